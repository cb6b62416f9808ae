package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/osrsdiff/osrsdiff/hiscores"
	"github.com/osrsdiff/osrsdiff/roster"
)

func (a *app) playerRenameCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "rename OLD NEW", Short: "Follow an account to its new name",
		Long: `Gives a player the name that its account has now. Its history and its schedule
stay. Both names are looked up on the hiscores first: the new one must be listed
with no value lower than the player's, and the old one must not go on as the same
account. --force renames without asking; if values fall then, the next fetch holds
them aside until you accept them.

An archived player is tracked again under the new name.`,
		Example: `  osrsdiff player rename Zezima "Zezima II"
  osrsdiff player rename "archive 12" "Found Again"`,
		Args: twoNames,
	}
	force := cmd.Flags().Bool("force", false, "do not ask the hiscores whether it is the same account")
	asJSON := jsonFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		names, err := parseNames(args)
		if err != nil {
			return err
		}
		s, err := a.session(cmd, need{redis: redisIfRunning, database: true})
		if err != nil {
			return err
		}
		defer s.close()
		old, err := s.store.PlayerByName(cmd.Context(), names[0])
		if err != nil {
			return err
		}
		p, err := s.roster().Rename(cmd.Context(), roster.RenameRequest{From: names[0], To: names[1], Force: *force})
		if err != nil {
			return explainRename(err)
		}
		if *asJSON {
			return printJSON(a.stdout, viewPlayer(p, s.nextTick(cmd.Context(), p)))
		}
		_, err = fmt.Fprintf(a.stdout, "renamed %s to %s (%s), every %s; its history stays%s\n", old.Name, p.Name, modeWord(p.Mode), p.Every, s.waiting())
		return err
	}
	return cmd
}

func twoNames(_ *cobra.Command, args []string) error {
	if len(args) != 2 {
		return usage(`give the old and the new name, not %d names; put names with spaces in quotes`, len(args))
	}
	return nil
}

// explainRename tells a person how to rename all the same, where that may be
// right.
func explainRename(err error) error {
	for _, refusal := range []error{roster.ErrFalls, roster.ErrStillListed, roster.ErrUnverified, hiscores.ErrNotFound} {
		if errors.Is(err, refusal) {
			return fmt.Errorf("%w; --force renames all the same", err)
		}
	}
	return err
}
