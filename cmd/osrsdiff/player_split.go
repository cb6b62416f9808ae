package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"
)

func (a *app) playerSplitCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "split NAME", Short: "Take the values held aside for another account's", Args: oneName,
		Long: `Decides about a flagged player: another account has the name now. The history
stays with an archived player under a free name, which is not fetched any more, and
a fresh player has the name and begins with the values that were held aside.

If you learn the new name of the old account, "player rename" tracks the archived
player again.`,
		Example: `  osrsdiff player split Zezima --dry-run
  osrsdiff player split Zezima`,
	}
	dryRun := cmd.Flags().Bool("dry-run", false, "only show what would be split off")
	asJSON := jsonFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return a.decide(cmd, args[0], *dryRun, func(ctx context.Context, s *session, f flagged) error {
			split, err := s.roster().Split(ctx, f.player.Name)
			if err != nil {
				return err
			}
			if *asJSON {
				return printJSON(a.stdout, splitLine{
					Archived: viewPlayer(split.Archived, s.nextTick(ctx, split.Archived)),
					Fresh:    viewPlayer(split.Fresh, s.nextTick(ctx, split.Fresh)),
				})
			}
			_, err = fmt.Fprintf(a.stdout, "the history of %s is %q now; %s begins afresh with %d answers%s\n",
				split.Fresh.Name, split.Archived.Name, split.Fresh.Name, len(f.held), s.waiting())
			return err
		})
	}
	return cmd
}

// splitLine is what became of a split player as --json shows it.
type splitLine struct {
	Archived playerLine `json:"archived"`
	Fresh    playerLine `json:"fresh"`
}
