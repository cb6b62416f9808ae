package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/osrsdiff/osrsdiff/events"
	"github.com/osrsdiff/osrsdiff/groups"
	"github.com/osrsdiff/osrsdiff/player"
	"github.com/osrsdiff/osrsdiff/store"
)

// mostListed is the most that one call of a listing prints.
const mostListed = 1000

func (a *app) activityCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "activity [NAME]",
		Short: "Show what happened to a player, to a group, or to all",
		Long: `Lists level-ups, milestones, large gains, changes of game mode and name, players
gone missing, come back or flagged, and the circuit breaker of the hiscores, the
latest first. Thirty days are kept.`,
		Example: `  osrsdiff activity
  osrsdiff activity Zezima --kind milestone,mode_change --json
  osrsdiff activity --group "Iron Clan"`,
		Args: cobra.MaximumNArgs(1),
	}
	kinds := cmd.Flags().StringSlice("kind", nil, "only these `kinds`: level_up, milestone, large_gain, mode_change, missing, returned, flagged, renamed, breaker")
	group := cmd.Flags().String("group", "", "only what is about those who are in this group now")
	limit := cmd.Flags().Int("limit", 50, "how many to list at most")
	asJSON := jsonFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		f, err := activityFilter(*kinds, *limit)
		if err != nil {
			return err
		}
		if *group != "" && len(args) > 0 {
			return usage("give a NAME or --group, not both")
		}
		happened, err := a.readActivity(cmd, strings.Join(args, ""), *group, f)
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

// readActivity reads the feed of a player, of a group, or where neither is named,
// of everybody.
func (a *app) readActivity(cmd *cobra.Command, ofPlayer, ofGroup string, f store.ActivityFilter) ([]events.Event, error) {
	s, err := a.session(cmd, need{database: true})
	if err != nil {
		return nil, err
	}
	defer s.close()
	if f.PlayerID, err = s.playerNamed(cmd.Context(), ofPlayer); err != nil {
		return nil, err
	}
	if f.GroupID, err = s.groupNamed(cmd.Context(), ofGroup); err != nil {
		return nil, err
	}
	return s.store.Activity(cmd.Context(), f)
}

// playerNamed is the id of a player, or zero when none is named.
func (s *session) playerNamed(ctx context.Context, typed string) (int64, error) {
	if typed == "" {
		return 0, nil
	}
	name, err := player.ParseName(typed)
	if err != nil {
		return 0, err
	}
	p, err := s.store.PlayerByName(ctx, name)
	return p.ID, err
}

// groupNamed is the id of a group, or zero when none is named.
func (s *session) groupNamed(ctx context.Context, typed string) (int64, error) {
	if typed == "" {
		return 0, nil
	}
	name, err := groups.ParseName(typed)
	if err != nil {
		return 0, err
	}
	g, err := s.store.GroupByName(ctx, name)
	return g.ID, err
}
