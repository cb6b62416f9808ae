package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/osrsdiff/osrsdiff/events"
	"github.com/osrsdiff/osrsdiff/player"
	"github.com/osrsdiff/osrsdiff/store"
)

// mostListed is the most that one call of a listing prints.
const mostListed = 1000

func (a *app) activityCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "activity [NAME]",
		Short: "Show what happened to a player, or to all",
		Long: `Lists level-ups, milestones, large gains, changes of game mode and name, players
gone missing, come back or flagged, and the circuit breaker of the hiscores, the
latest first. Thirty days are kept.`,
		Example: `  osrsdiff activity
  osrsdiff activity Zezima --kind milestone,mode_change --json`,
		Args: cobra.MaximumNArgs(1),
	}
	kinds := cmd.Flags().StringSlice("kind", nil, "only these `kinds`: level_up, milestone, large_gain, mode_change, missing, returned, flagged, renamed, breaker")
	limit := cmd.Flags().Int("limit", 50, "how many to list at most")
	asJSON := jsonFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		f, err := activityFilter(*kinds, *limit)
		if err != nil {
			return err
		}
		happened, err := a.readActivity(cmd, args, f)
		switch {
		case err != nil:
			return err
		case *asJSON:
			return printJSON(a.stdout, happened...)
		case len(happened) == 0:
			_, err := fmt.Fprintln(a.stderr, "nothing happened yet")
			return err
		}
		t := newTable(a.stdout, "WHEN", "KIND", "WHAT")
		for _, e := range happened {
			t.row(stamp(e.At), string(e.Kind), e.Text)
		}
		return t.flush()
	}
	return cmd
}

// activityFilter reads the flags of the command.
func activityFilter(words []string, limit int) (store.ActivityFilter, error) {
	f := store.ActivityFilter{Limit: limit}
	if limit < 1 || limit > mostListed {
		return f, mark(errUsage, fmt.Errorf("--limit %d: must be 1 to %d", limit, mostListed))
	}
	for _, word := range words {
		kind, err := events.ParseKind(word)
		if err != nil {
			return f, mark(errUsage, fmt.Errorf("--kind: %w", err))
		}
		if kind.Quiet() {
			return f, mark(errUsage, fmt.Errorf("--kind %s: such events are told at the time and not kept", kind))
		}
		f.Kinds = append(f.Kinds, kind)
	}
	return f, nil
}

// readActivity reads the feed of everybody, or of the player that args names.
func (a *app) readActivity(cmd *cobra.Command, args []string, f store.ActivityFilter) ([]events.Event, error) {
	read := func(ctx context.Context, s *session) ([]events.Event, error) {
		defer s.close()
		return s.store.Activity(ctx, f)
	}
	if len(args) == 0 {
		s, err := a.session(cmd, need{database: true})
		if err != nil {
			return nil, err
		}
		return read(cmd.Context(), s)
	}
	name, err := player.ParseName(args[0])
	if err != nil {
		return nil, err
	}
	s, p, err := a.tracked(cmd, name, need{database: true})
	if err != nil {
		return nil, err
	}
	f.PlayerID = p.ID
	return read(cmd.Context(), s)
}
