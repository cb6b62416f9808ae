package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/osrsdiff/osrsdiff/player"
)

func (a *app) playerAcceptCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "accept NAME", Short: "Take the values held aside for the player's own", Args: oneName,
		Long: `Decides about a flagged player: the values that fell are right, so everything
that was held aside goes into its history. See "player flags" for what is held, and
"player split" for the other way.`,
		Example: `  osrsdiff player accept Zezima --dry-run
  osrsdiff player accept Zezima`,
	}
	dryRun := cmd.Flags().Bool("dry-run", false, "only show what would be accepted")
	asJSON := jsonFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return a.decide(cmd, args[0], *dryRun, func(ctx context.Context, s *session, f flagged) error {
			p, err := s.roster().Accept(ctx, f.player.Name)
			if err != nil {
				return err
			}
			if *asJSON {
				return printJSON(a.stdout, viewPlayer(p, s.nextTick(ctx, p)))
			}
			_, err = fmt.Fprintf(a.stdout, "accepted %d answers into the history of %s, which is %s again\n", len(f.held), p.Name, standing(p))
			return err
		})
	}
	return cmd
}

// decide finds a flagged player and lets a decision be made, or shows what about.
func (a *app) decide(cmd *cobra.Command, typed string, dryRun bool, do func(context.Context, *session, flagged) error) error {
	name, err := player.ParseName(typed)
	if err != nil {
		return err
	}
	s, p, err := a.tracked(cmd, name, need{redis: redisIfRunning, database: true})
	if err != nil {
		return err
	}
	defer s.close()
	f, err := s.flagged(cmd.Context(), p)
	if err != nil {
		return err
	}
	if dryRun && len(f.held) > 0 {
		return a.printFlagged(f)
	}
	return do(cmd.Context(), s, f)
}
