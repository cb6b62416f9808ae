package main

import (
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/osrsdiff/osrsdiff/hiscores"
	"github.com/osrsdiff/osrsdiff/player"
)

func (a *app) diffCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "diff NAME",
		Short: "Show what changed for a player between two times",
		Long: `Compares the values a player had at two times, the last ones known at each. A
value that was unknown before is first seen, never a gain; ranks are left out,
since they move without the player doing anything.`,
		Example: `  osrsdiff diff Zezima
  osrsdiff diff "Lynx Titan" --since 7d
  osrsdiff diff Zezima --since 2026-01-01 --until 2026-02-01 --json`,
		Args: oneName,
	}
	since := cmd.Flags().String("since", "24h", "start: how long ago (24h, 7d), a day or an RFC 3339 time")
	until := cmd.Flags().String("until", "0s", "end, in the same forms")
	asJSON := jsonFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		name, err := player.ParseName(args[0])
		if err != nil {
			return err
		}
		from, to, err := parsePeriod(*since, *until, time.Now())
		if err != nil {
			return err
		}
		s, p, err := a.tracked(cmd, name, need{database: true})
		if err != nil {
			return err
		}
		defer s.close()
		changes, err := s.store.Gains(cmd.Context(), p.ID, from, to)
		if err != nil {
			return err
		}
		if *asJSON {
			return printJSON(a.stdout, changes...)
		}
		return a.printDiff(p, from, to, changes)
	}
	return cmd
}

func parsePeriod(since, until string, now time.Time) (from, to time.Time, err error) {
	if from, err = parseMoment("since", since, now); err != nil {
		return from, to, err
	}
	if to, err = parseMoment("until", until, now); err != nil {
		return from, to, err
	}
	if !from.Before(to) {
		return from, to, usage("--since %s is %s: must be before --until, which is %s", since, stamp(from), stamp(to))
	}
	return from, to, nil
}

func (a *app) printDiff(p player.Player, from, to time.Time, changes []hiscores.Change) error {
	if _, err := fmt.Fprintf(a.stdout, "%s from %s to %s\n", p.Name, stamp(from), stamp(to)); err != nil {
		return err
	}
	if len(changes) == 0 {
		return a.printNoChange(p)
	}
	return printChanges(a.stdout, a.painter(a.stdout), changes)
}

func (a *app) printNoChange(p player.Player) error {
	text := "nothing changed"
	if p.LastFetchedAt.IsZero() {
		text = "not fetched yet, so there is nothing to compare"
	}
	_, err := fmt.Fprintln(a.stdout, text)
	return err
}

func printChanges(w io.Writer, paint painter, changes []hiscores.Change) error {
	t := newTable(w, "METRIC", "BEFORE", "AFTER", "LEVEL", "CHANGE")
	for _, c := range changes {
		t.row(c.Metric, numberCell(c.Before), numberCell(c.After), levelCell(c), changeCell(paint, c))
	}
	return t.flush()
}

func levelCell(c hiscores.Change) string {
	before, after := numberCell(c.LevelBefore), numberCell(c.LevelAfter)
	if before == after {
		return after
	}
	return before + "→" + after
}

// changeCell is coloured, so it has to be the last cell of its row: the table
// counts colour codes as width.
func changeCell(paint painter, c hiscores.Change) string {
	switch c.What {
	case hiscores.Gained:
		return paint.green("+" + grouped(c.Gain))
	case hiscores.Fell:
		return paint.red(grouped(c.Gain))
	case hiscores.FirstSeen:
		return paint.faint("first seen")
	case hiscores.Lost:
		return paint.faint("no longer ranked")
	}
	return string(c.What)
}
