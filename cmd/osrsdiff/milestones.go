package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/osrsdiff/osrsdiff/gains"
	"github.com/osrsdiff/osrsdiff/player"
)

func (a *app) milestonesCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "milestones NAME",
		Short: "Show what a player reached, and when",
		Long: `Lists level 99s, round numbers of experience and of kills, base and total levels,
the latest first. Each was reached between two fetches; what the first known values
showed already has no date and comes last.`,
		Example: `  osrsdiff milestones "Lynx Titan"
  osrsdiff milestones Zezima --dated --json`,
		Args: oneName,
	}
	dated := cmd.Flags().Bool("dated", false, "leave out what has no date")
	asJSON := jsonFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		name, err := player.ParseName(args[0])
		if err != nil {
			return err
		}
		s, p, err := a.tracked(cmd, name, need{database: true})
		if err != nil {
			return err
		}
		defer s.close()
		all, err := s.store.Milestones(cmd.Context(), p.ID)
		if err != nil {
			return err
		}
		if *dated {
			all = withDates(all)
		}
		if *asJSON {
			return printJSON(a.stdout, all...)
		}
		return a.printMilestones(all)
	}
	return cmd
}

// withDates are the milestones that have a date; they come first.
func withDates(all []gains.Milestone) []gains.Milestone {
	for i, m := range all {
		if !m.Dated() {
			return all[:i]
		}
	}
	return all
}

func (a *app) printMilestones(all []gains.Milestone) error {
	if len(all) == 0 {
		_, err := fmt.Fprintln(a.stderr, "no milestones yet")
		return err
	}
	t := newTable(a.stdout, "WHAT", "WHEN")
	for _, m := range all {
		t.row(m.String(), whenCell(m))
	}
	return t.flush()
}

func whenCell(m gains.Milestone) string {
	switch {
	case m.Exact():
		return stamp(m.By)
	case m.Dated():
		return "between " + stamp(m.After) + " and " + stamp(m.By)
	}
	return "unknown: it was there before"
}
