package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/osrsdiff/osrsdiff/comparison"
	"github.com/osrsdiff/osrsdiff/gains"
	"github.com/osrsdiff/osrsdiff/hiscores"
	"github.com/osrsdiff/osrsdiff/player"
)

func (a *app) compareCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "compare NAME NAME...",
		Short: "Show players side by side, what each gained, and who leads",
		Long: `Puts two to eight players side by side: what each stands at in every metric at
the end of a period, and what each gained in it. The highest value of a row has
a star. Metrics that nobody has anything of are left out.`,
		Example: `  osrsdiff compare Zezima "Lynx Titan"
  osrsdiff compare Zezima "Lynx Titan" --period month --calendar
  osrsdiff compare Zezima "Lynx Titan" --metric Overall --json`,
		Args: cobra.RangeArgs(comparison.Fewest, comparison.Most),
	}
	wanted := periodFlags(cmd, string(gains.Week))
	metric := cmd.Flags().String("metric", "", "only this row of the hiscores")
	asJSON := jsonFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		w, err := wanted.window(time.Now())
		if err != nil {
			return err
		}
		names, err := parseNames(args)
		if err != nil {
			return err
		}
		s, err := a.session(cmd, need{database: true})
		if err != nil {
			return err
		}
		defer s.close()
		var players []player.Player
		for _, name := range names {
			p, err := s.store.PlayerByName(cmd.Context(), name)
			if err != nil {
				return err
			}
			players = append(players, p)
		}
		c, err := comparison.Of(cmd.Context(), s.store, players, w)
		if err != nil {
			return err
		}
		if *metric != "" {
			if c.Rows, err = rowsOf(c, *metric); err != nil {
				return err
			}
		}
		if *asJSON {
			return printJSON(a.stdout, compareLines(c)...)
		}
		return a.printComparison(c)
	}
	return cmd
}

// rowsOf are the rows of one metric.
func rowsOf(c comparison.Comparison, metric string) ([]comparison.Row, error) {
	for _, row := range c.Rows {
		if hiscores.MetricKey(row.Metric) == hiscores.MetricKey(metric) {
			return []comparison.Row{row}, nil
		}
	}
	return nil, usage("--metric %q: none of these players has such a row", metric)
}

// compareLine is one metric of all players as --json shows it.
type compareLine struct {
	Metric     string        `json:"metric"`
	Kind       hiscores.Kind `json:"kind"`
	Leader     string        `json:"leader,omitempty"`
	GainLeader string        `json:"gain_leader,omitempty"`
	Players    []compareCell `json:"players"`
}

type compareCell struct {
	Player string              `json:"player"`
	Value  hiscores.Number     `json:"value"`
	Level  hiscores.Number     `json:"level"`
	Rank   hiscores.Number     `json:"rank"`
	What   hiscores.ChangeKind `json:"what,omitempty"`
	Gain   int64               `json:"gain"`
}

func compareLines(c comparison.Comparison) []compareLine {
	nameOf := func(side int) string {
		if side < 0 {
			return ""
		}
		return c.Sides[side].Player.Name.String()
	}
	lines := make([]compareLine, 0, len(c.Rows))
	for _, row := range c.Rows {
		line := compareLine{Metric: row.Metric, Kind: row.Kind, Leader: nameOf(row.Leader), GainLeader: nameOf(row.GainLeader)}
		for i, cell := range row.Cells {
			line.Players = append(line.Players, compareCell{
				Player: nameOf(i), Value: cell.Value, Level: cell.Level, Rank: cell.Rank, What: cell.What, Gain: cell.Gain,
			})
		}
		lines = append(lines, line)
	}
	return lines
}

func (a *app) printComparison(c comparison.Comparison) error {
	if _, err := fmt.Fprintf(a.stdout, "gained from %s to %s\n", stamp(c.Window.From), stamp(c.Window.To)); err != nil {
		return err
	}
	header := []string{"METRIC"}
	for _, side := range c.Sides {
		header = append(header, side.Player.Name.String(), "GAINED")
	}
	t := newTable(a.stdout, header...)
	for _, row := range c.Rows {
		cells, anything := []string{row.Metric}, false
		for i, cell := range row.Cells {
			n, _ := cell.Value.Get()
			anything = anything || n > 0
			value := numberCell(cell.Value)
			if i == row.Leader {
				value += " *"
			}
			cells = append(cells, value, gainCell(cell))
		}
		if anything {
			t.row(cells...)
		}
	}
	return t.flush()
}

// gainCell is what happened to a value. It is not coloured, since more cells
// follow.
func gainCell(cell comparison.Cell) string {
	if cell.What == "" {
		return "-"
	}
	return changeCell(false, hiscores.Change{What: cell.What, Gain: cell.Gain})
}
