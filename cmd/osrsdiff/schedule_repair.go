package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"

	"github.com/osrsdiff/osrsdiff/access"
	"github.com/osrsdiff/osrsdiff/schedules"
)

// errDrift is the failure of a verification that found something.
var errDrift = errors.New("schedules in Redis differ from the database; a running scheduler repairs them within 5 minutes, `osrsdiff schedule rebuild` does at once")

func (a *app) scheduleVerifyCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "verify", Short: "Compare the schedules in Redis with the database", Args: cobra.NoArgs,
		Long: `Compares every schedule in Redis with its player in the database and lists what
differs, without changing anything. Ends with exit code 1 if something does.`,
	}
	asJSON := jsonFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		s, err := a.session(cmd, need{redis: redisRequired, database: true})
		if err != nil {
			return err
		}
		defer s.close()
		report, err := s.keeper().Verify(cmd.Context())
		if err != nil {
			return err
		}
		if err := a.printReport(report, *asJSON); err != nil {
			return err
		}
		if report.Total() > 0 {
			return errDrift
		}
		return nil
	}
	return cmd
}

func (a *app) scheduleRebuildCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "rebuild", Short: "Fill Redis with the schedules of the database", Args: cobra.NoArgs,
		Long: `Empties the index of schedules in Redis and fills it from the database. Ticks stay
where they are: they follow from the player and its interval. A scheduler does
the same by itself when it finds Redis empty.`,
		Example: `  osrsdiff schedule rebuild --dry-run
  osrsdiff schedule rebuild`,
	}
	dryRun := cmd.Flags().Bool("dry-run", false, "only list what differs, as verify does, with exit code 0")
	asJSON := jsonFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		s, err := a.session(cmd, need{redis: redisRequired, database: true})
		if err != nil {
			return err
		}
		defer s.close()
		if *dryRun {
			report, err := s.keeper().Verify(cmd.Context())
			if err != nil {
				return err
			}
			return a.printReport(report, *asJSON)
		}
		return a.rebuild(cmd.Context(), s, *asJSON)
	}
	return cmd
}

func (a *app) rebuild(ctx context.Context, s *session, asJSON bool) error {
	total, err := s.store.CountPlayers(ctx)
	if err != nil {
		return err
	}
	bar := a.progress(total, "schedules")
	n, err := s.keeper().Rebuild(ctx, func(done int) { _ = bar.Set(done) }) // A bar that cannot be drawn is no failure.
	_ = bar.Finish()
	if err != nil {
		return fmt.Errorf("after %d of %d players: %w", n, total, err)
	}
	access.Note(ctx, access.Change{Action: "schedule.rebuild", New: fmt.Sprintf("%d schedules", n)})
	if asJSON {
		return printJSON(a.stdout, map[string]int{"schedules": n})
	}
	_, err = fmt.Fprintf(a.stdout, "rebuilt %d schedules\n", n)
	return err
}

// progress draws on a terminal and nowhere else.
func (a *app) progress(total int, what string) *progressbar.ProgressBar {
	w := a.stderr
	if !terminal(w) {
		w = io.Discard
	}
	return progressbar.NewOptions(total, progressbar.OptionSetWriter(w), progressbar.OptionSetDescription(what),
		progressbar.OptionShowCount(), progressbar.OptionClearOnFinish(), progressbar.OptionSetWidth(30))
}

func (a *app) printReport(r schedules.Report, asJSON bool) error {
	if asJSON {
		return printJSON(a.stdout, r)
	}
	if r.Total() == 0 {
		_, err := fmt.Fprintf(a.stdout, "compared %d players: nothing differs\n", r.Checked)
		return err
	}
	t := newTable(a.stdout, "KIND", "SUBJECT", "DETAIL")
	for _, f := range r.Findings {
		t.row(string(f.Kind), f.Subject, f.Detail)
	}
	if err := t.flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(a.stdout, "compared %d players: %d places differ, %d shown\n", r.Checked, r.Total(), len(r.Findings))
	return err
}
