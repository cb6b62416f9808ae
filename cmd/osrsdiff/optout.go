package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/osrsdiff/osrsdiff/player"
	"github.com/osrsdiff/osrsdiff/store"
)

// optOutView is an entry of the opt-out list as programs get it.
type optOutView struct {
	Name   string    `json:"name"`
	Reason string    `json:"reason,omitempty"`
	At     time.Time `json:"at"`
}

func viewOptOut(o store.OptOut) optOutView {
	return optOutView{Name: o.Name.String(), Reason: o.Reason, At: o.At}
}

func (a *app) optOutAddCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "add NAME...", Short: "Keep names from being tracked", Args: someNames,
		Long: `Puts names on the opt-out list. A player of the name is removed, and its history,
with that of players of the name removed before, is deleted at once: who opts out
expects that. --keep-history keeps it for 30 days instead, as any removal does.

From then on nothing adds the name, restores it or renames a player to it, until
"optout remove". The list is of names: an account that changes its name has to opt
out under the new one. On a terminal it asks before it deletes; --yes answers.`,
		Example: `  osrsdiff optout add Zezima --dry-run
  osrsdiff optout add Zezima --reason "asked by mail" --yes`,
	}
	var request store.OptOutRequest
	flags := cmd.Flags()
	flags.StringVar(&request.Reason, "reason", "", "what to keep with it, for those who read the list")
	flags.BoolVar(&request.KeepHistory, "keep-history", false, "keep the history for 30 days")
	flags.BoolVar(&request.DryRun, "dry-run", false, "only say what would happen")
	yes := flags.Bool("yes", false, "do not ask")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		names, err := parseNames(args)
		if err != nil {
			return err
		}
		s, err := a.session(cmd, need{redis: redisIfRunning})
		if err != nil {
			return err
		}
		defer s.close()
		if !request.DryRun && !request.KeepHistory && !*yes && terminal(a.stderr) &&
			!a.agreed("Opt %d names out and delete their history?", len(names)) {
			return errors.New("nobody was opted out")
		}
		r := s.roster()
		for _, name := range names {
			request.Name = name
			done, err := r.OptOut(cmd.Context(), request)
			if err != nil {
				return err
			}
			if _, err := fmt.Fprintln(a.stdout, optOutText(request, done)); err != nil {
				return err
			}
		}
		return nil
	}
	return cmd
}

// optOutText says what an opt-out did, or would do.
func optOutText(request store.OptOutRequest, done store.OptedOut) string {
	text := fmt.Sprintf("%s opted out", done.Name)
	if done.Already {
		text = fmt.Sprintf("%s had opted out already", done.Name)
	}
	if request.DryRun {
		text = "would be: " + text
	}
	if done.Removed.ID != 0 {
		text += ", is not tracked any more"
		if request.KeepHistory {
			text += ", and its history is kept for 30 days"
		}
	}
	if done.Histories > 0 {
		text += fmt.Sprintf("; histories deleted: %d", done.Histories)
	}
	return text
}

func (a *app) optOutListCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "ls", Aliases: []string{"list"}, Short: "List who opted out of being tracked", Args: cobra.NoArgs,
		Example: `  osrsdiff optout ls --json | jq -r .name`,
	}
	return a.listing(cmd, func(ctx context.Context, s *session, asJSON bool) error {
		list, err := s.store.OptOuts(ctx)
		if err != nil {
			return err
		}
		if asJSON {
			views := make([]optOutView, 0, len(list))
			for _, o := range list {
				views = append(views, viewOptOut(o))
			}
			return printJSON(a.stdout, views...)
		}
		if len(list) == 0 {
			_, err := fmt.Fprintln(a.stderr, "nobody opted out")
			return err
		}
		t := newTable(a.stdout, "NAME", "SINCE", "REASON")
		for _, o := range list {
			t.row(o.Name.String(), stamp(o.At), orDash(o.Reason))
		}
		return t.flush()
	})
}

func (a *app) optOutRemoveCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "remove NAME", Short: "Let a name be tracked again",
		Long:    `Takes a name off the opt-out list. It adds nobody.`,
		Example: `  osrsdiff optout remove Zezima`,
		Args:    cobra.ExactArgs(1),
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		name, err := player.ParseName(args[0])
		if err != nil {
			return err
		}
		s, err := a.session(cmd, need{database: true})
		if err != nil {
			return err
		}
		defer s.close()
		lifted, err := s.roster().LiftOptOut(cmd.Context(), name)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(a.stdout, "%s can be tracked again\n", lifted.Name)
		return err
	}
	return cmd
}
