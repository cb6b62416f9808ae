package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/osrsdiff/osrsdiff/player"
	"github.com/osrsdiff/osrsdiff/schedules"
	"github.com/osrsdiff/osrsdiff/tasks"
)

func (a *app) scheduleListCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "list", Short: "List schedules by their next tick", Args: cobra.NoArgs,
		Long: `Lists the schedules in Redis, the one due next first. Paused ones have no next
tick and are left out.`,
		Example: `  osrsdiff schedule list
  osrsdiff schedule list --overdue --json`,
	}
	overdue := cmd.Flags().Bool("overdue", false, "only schedules whose tick has come")
	asJSON := jsonFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		s, err := a.session(cmd, need{redis: redisRequired, database: true})
		if err != nil {
			return err
		}
		defer s.close()
		filter := schedules.ListFilter{Limit: listPage, Overdue: *overdue}
		if *asJSON {
			return s.eachSchedule(cmd.Context(), filter, func(e schedules.Entry) error { return printJSON(a.stdout, e) })
		}
		return a.printSchedules(cmd.Context(), s, filter)
	}
	return cmd
}

func (s *session) eachSchedule(ctx context.Context, f schedules.ListFilter, do func(schedules.Entry) error) error {
	for {
		page, next, err := s.book().List(ctx, f, s.log)
		if err != nil {
			return err
		}
		for _, e := range page {
			if err := do(e); err != nil {
				return err
			}
		}
		if next == "" {
			return nil
		}
		f.After = next
	}
}

func (a *app) printSchedules(ctx context.Context, s *session, f schedules.ListFilter) error {
	stats, err := s.book().Stats(ctx)
	if err != nil {
		return err
	}
	t := newTable(a.stdout, "ID", "PLAYER", "EVERY", "NEXT TICK", "")
	err = s.eachSchedule(ctx, f, func(e schedules.Entry) error {
		t.row(e.ID, e.Player, e.Every.String(), stamp(e.NextTick), tickCell(e.NextTick, stats.Now))
		return t.err
	})
	if err != nil {
		return err
	}
	if err := t.flush(); err != nil {
		return err
	}
	_, err = fmt.Fprintf(a.stderr, "%d schedules, %d paused, %d due now\n",
		stats.Schedules, stats.Schedules-stats.Active, stats.Due)
	return err
}

// tickCell says how far off a tick is by the clock of Redis.
func tickCell(tick, now time.Time) string {
	if tick.After(now) {
		return ago(tick, now)
	}
	return "due for " + brief(now.Sub(tick))
}

func (a *app) scheduleShowCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "show ID|NAME", Short: "Show one schedule", Args: oneName,
		Example: `  osrsdiff schedule show player_fetch_123
  osrsdiff schedule show Zezima --json`,
	}
	asJSON := jsonFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		s, err := a.session(cmd, need{redis: redisRequired, database: true})
		if err != nil {
			return err
		}
		defer s.close()
		id, err := s.scheduleID(cmd.Context(), args[0])
		if err != nil {
			return err
		}
		entry, err := s.book().Get(cmd.Context(), id)
		if err != nil {
			return err
		}
		if *asJSON {
			return printJSON(a.stdout, entry)
		}
		return a.printSchedule(cmd.Context(), s, entry)
	}
	return cmd
}

// scheduleID takes the id of a schedule or the name of its player. No name has
// the form of an id: ids are longer than names may be.
func (s *session) scheduleID(ctx context.Context, typed string) (string, error) {
	if _, ok := tasks.ParseScheduleID(typed); ok {
		return typed, nil
	}
	name, err := player.ParseName(typed)
	if err != nil {
		return "", err
	}
	p, err := s.store.PlayerByName(ctx, name)
	return tasks.ScheduleID(p.ID), err
}

func (a *app) printSchedule(ctx context.Context, s *session, e schedules.Entry) error {
	now, err := s.book().Now(ctx)
	if err != nil {
		return err
	}
	t := newTable(a.stdout)
	t.row("id", e.ID)
	t.row("player", e.Player)
	t.row("every", e.Every.String())
	t.row("phase", fmt.Sprintf("%d minutes", e.Phase))
	switch {
	case e.Paused:
		t.row("next tick", "none while paused")
	case e.NextTick.IsZero():
		t.row("next tick", "not indexed yet")
	default:
		t.row("next tick", fmt.Sprintf("%s (%s)", stamp(e.NextTick), tickCell(e.NextTick, now)))
	}
	t.row("created", stamp(e.CreatedAt))
	t.row("updated", stamp(e.UpdatedAt))
	t.row("revision", fmt.Sprint(e.Revision))
	return t.flush()
}
