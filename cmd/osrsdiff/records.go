package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/osrsdiff/osrsdiff/gains"
	"github.com/osrsdiff/osrsdiff/player"
)

func (a *app) recordsCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "records NAME",
		Short: "Show the most a player gained in a day, a week and a month",
		Long: `Lists for every metric the most that it grew within 24 hours, 7 days and 30 days,
over every stretch of time and not only those of the calendar. A value's first
appearance and its first rise from zero count for none: they may be older than the
row on the hiscores.`,
		Example: `  osrsdiff records "Lynx Titan"
  osrsdiff records Zezima --json`,
		Args: oneName,
	}
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
		records, err := s.store.Records(cmd.Context(), p.ID)
		if err != nil {
			return err
		}
		if *asJSON {
			return printJSON(a.stdout, records...)
		}
		return a.printRecords(records)
	}
	return cmd
}

func (a *app) printRecords(records []gains.Record) error {
	if len(records) == 0 {
		_, err := fmt.Fprintln(a.stderr, "no records yet: one needs two fetches with something gained between them")
		return err
	}
	t := newTable(a.stdout, "METRIC", "PERIOD", "GAIN", "FROM", "TO")
	for _, r := range records {
		t.row(r.Metric, string(r.Period), "+"+grouped(r.Gain), stamp(r.From), stamp(r.To))
	}
	return t.flush()
}
