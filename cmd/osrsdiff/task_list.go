package main

import (
	"cmp"
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/osrsdiff/osrsdiff/store"
	"github.com/osrsdiff/osrsdiff/tasks"
)

// taskLine is a task that runs by the clock, as --json shows it.
type taskLine struct {
	ID          string    `json:"id"`
	Type        string    `json:"type"`
	Cron        string    `json:"cron"`
	Zone        string    `json:"zone"`
	Description string    `json:"description"`
	NextRun     time.Time `json:"next_run"`
	LastRun     time.Time `json:"last_run,omitzero"`
	FinishedAt  time.Time `json:"finished_at,omitzero"`
	LastResult  string    `json:"last_result,omitempty"`
}

func (a *app) taskListCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "list", Short: "List the tasks that run by the clock", Args: cobra.NoArgs,
		Long: `Lists the tasks that are declared with a cron specification. The fetches of
players are listed by "osrsdiff schedule list".`,
	}
	return a.listing(cmd, func(ctx context.Context, s *session, asJSON bool) error {
		runs, err := s.store.LastRuns(ctx)
		if err != nil {
			return err
		}
		lines, err := taskLines(s.parts().statics(), runs, time.Now())
		if err != nil {
			return err
		}
		if asJSON {
			return printJSON(a.stdout, lines...)
		}
		return a.printTasks(lines)
	})
}

func taskLines(statics []tasks.Static, runs map[string]store.StaticRun, now time.Time) ([]taskLine, error) {
	var lines []taskLine
	for _, s := range statics {
		next, err := s.Next(now)
		if err != nil {
			return nil, err
		}
		run := runs[s.ID]
		lines = append(lines, taskLine{
			ID: s.ID, Type: s.TaskType(), Cron: s.Cron, Zone: cmp.Or(s.Zone, "UTC"), Description: s.Description,
			NextRun: next, LastRun: run.Last().UTC(), FinishedAt: run.FinishedAt.UTC(), LastResult: run.Result,
		})
	}
	return lines, nil
}

func (a *app) printTasks(lines []taskLine) error {
	t := newTable(a.stdout, "ID", "CRON", "ZONE", "NEXT RUN", "LAST RUN", "RESULT", "DESCRIPTION")
	for _, l := range lines {
		t.row(l.ID, l.Cron, l.Zone, stamp(l.NextRun), stamp(l.LastRun), taskResult(l), l.Description)
	}
	return t.flush()
}

func taskResult(l taskLine) string {
	if !l.LastRun.IsZero() && l.FinishedAt.IsZero() {
		return "running"
	}
	return orDash(l.LastResult)
}
