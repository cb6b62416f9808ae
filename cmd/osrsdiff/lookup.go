package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/osrsdiff/osrsdiff/config"
	"github.com/osrsdiff/osrsdiff/hiscores"
	"github.com/osrsdiff/osrsdiff/player"
)

func (a *app) lookupCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "lookup NAME",
		Short: "Fetch one player once and print the hiscores",
		Long: `Makes one request to the hiscores and prints the answer. Nothing is stored, and
no database and no Redis are needed. Unranked activities are left out of the
table unless --all is given. Beside a running "up" on the same data folder it asks
the site that one asks: the demo's, for example.`,
		Example: `  osrsdiff lookup "Lynx Titan"
  osrsdiff lookup "Iron Mammal" --mode ironman --json`,
		Args: oneName,
	}
	mode := cmd.Flags().String("mode", string(player.Regular), "table to read: regular, ironman, hardcore_ironman or ultimate_ironman")
	all := cmd.Flags().Bool("all", false, "list activities without a score as well")
	asJSON := jsonFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		name, err := player.ParseName(args[0])
		if err != nil {
			return err
		}
		m, err := player.ParseMode(*mode)
		if err != nil {
			return err
		}
		c, _, err := a.joined(cmd)
		if err != nil {
			return err
		}
		snap, err := newHiscores(c.Settings.Hiscores).Fetch(cmd.Context(), name, hiscores.TableOf(m))
		if err != nil {
			return err
		}
		if *asJSON {
			return printJSON(a.stdout, snap)
		}
		return printSnapshot(a.stdout, snap, *all)
	}
	return cmd
}

// oneName makes the usual mistake, a name with a space and no quotes, a clear error.
func oneName(_ *cobra.Command, args []string) error {
	switch len(args) {
	case 0:
		return usage("give the name of a player")
	case 1:
		return nil
	}
	return usage(`give one name, not %d; put a name with spaces in quotes, such as "Lynx Titan"`, len(args))
}

func newHiscores(s config.Hiscores) *hiscores.Client {
	agent := s.UserAgent
	if agent == "" {
		agent = hiscores.UserAgent(thisBuild().Version, s.Contact)
	}
	return hiscores.NewClient(hiscores.Options{BaseURL: s.URL, UserAgent: agent, Timeout: s.Timeout})
}

func printSnapshot(w io.Writer, snap hiscores.Snapshot, all bool) error {
	t := newTable(w, "METRIC", "RANK", "LEVEL", "VALUE")
	for _, r := range snap.Rows {
		if n, known := r.Value.Get(); r.Kind == hiscores.Activity && (!known || n == 0) && !all {
			continue
		}
		t.row(r.Metric, numberCell(r.Rank), numberCell(r.Level), numberCell(r.Value))
	}
	if err := t.flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "as of %s\n", stamp(snap.At))
	return err
}

// numberCell shows an unknown number as a dash, so that it is never taken for zero.
func numberCell(n hiscores.Number) string {
	if v, known := n.Get(); known {
		return grouped(v)
	}
	return "-"
}
