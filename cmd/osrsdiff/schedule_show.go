package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/osrsdiff/osrsdiff/player"
	"github.com/osrsdiff/osrsdiff/schedules"
	"github.com/osrsdiff/osrsdiff/status"
	"github.com/osrsdiff/osrsdiff/store"
	"github.com/osrsdiff/osrsdiff/tasks"
)

func (a *app) scheduleShowCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "show ID|NAME", Short: "Show one schedule, its last runs and what holds it up", Args: oneName,
		Long: `Shows a schedule, its last tick and the next one, its ten last runs, and why it
does not run if something is the matter: with the player, with the limit, with
what should be running, or with the hiscores.`,
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
		p, err := s.scheduled(cmd.Context(), args[0])
		if err != nil {
			return err
		}
		view, err := s.viewSchedule(cmd.Context(), p)
		if err != nil {
			return err
		}
		if *asJSON {
			return printJSON(a.stdout, view)
		}
		return a.printSchedule(view)
	}
	return cmd
}

// scheduled finds the player of a schedule by the id of the schedule or by name.
// No name has the form of an id: ids are longer than names may be.
func (s *session) scheduled(ctx context.Context, typed string) (player.Player, error) {
	if id, ok := tasks.ParseScheduleID(typed); ok {
		p, err := s.store.Player(ctx, id)
		if errors.Is(err, store.ErrNotFound) {
			return p, fmt.Errorf("schedule %q: %w", typed, schedules.ErrNotFound)
		}
		return p, err
	}
	name, err := player.ParseName(typed)
	if err != nil {
		return player.Player{}, err
	}
	return s.store.PlayerByName(ctx, name)
}

// scheduleView is one schedule with all there is to know about it, as --json
// shows it.
type scheduleView struct {
	schedules.Entry
	// Indexed reports whether Redis holds the schedule.
	Indexed bool `json:"in_redis"`
	// LastTick is the tick before the next one. Left out: there was none yet.
	LastTick time.Time `json:"last_tick,omitzero"`
	// LastResult is how the last fetch ended.
	LastResult player.Result `json:"last_result,omitempty"`
	LastError  string        `json:"last_error,omitempty"`
	// Why says what keeps it from running as its interval says. Empty: nothing.
	Why []status.Trouble `json:"why"`
	// Runs are the last ten, newest first.
	Runs []runView `json:"runs"`
	// now is the clock of Redis.
	now time.Time
}

// runView is one run as --json shows it.
type runView struct {
	Tick      time.Time     `json:"tick,omitzero"`
	ByHand    bool          `json:"by_hand"`
	StartedAt time.Time     `json:"started_at"`
	EndedAt   time.Time     `json:"ended_at"`
	Result    player.Result `json:"result"`
	Error     string        `json:"error,omitempty"`
}

func (s *session) viewSchedule(ctx context.Context, p player.Player) (scheduleView, error) {
	found, err := s.parts().status().Schedule(ctx, p)
	if err != nil {
		return scheduleView{}, err
	}
	v := scheduleView{
		Entry: found.Entry, Indexed: found.InRedis, LastTick: found.LastTick, LastResult: p.LastResult, LastError: p.LastError,
		Why: found.Why, now: found.At, Runs: []runView{},
	}
	runs, err := s.store.RecentRuns(ctx, p.ID)
	for _, r := range runs {
		v.Runs = append(v.Runs, runView{
			Tick: r.Tick, ByHand: r.Tick.IsZero(), StartedAt: r.StartedAt, EndedAt: r.EndedAt, Result: r.Result, Error: r.Error,
		})
	}
	return v, err
}

func (a *app) printSchedule(v scheduleView) error {
	t := newTable(a.stdout)
	t.row("id", v.ID)
	t.row("player", v.Player)
	t.row("every", v.Every.String())
	t.row("phase", fmt.Sprintf("%d minutes", v.Phase))
	t.row("next tick", v.nextTick())
	t.row("last tick", cmp.Or(stampOf(v.LastTick, v.now), "none yet"))
	t.row("last result", orDash(string(v.LastResult)))
	if v.LastError != "" {
		t.row("last error", v.LastError)
	}
	t.row("created", stamp(v.CreatedAt))
	t.row("updated", stamp(v.UpdatedAt))
	t.row("revision", fmt.Sprint(v.Revision))
	for i, w := range v.Why {
		t.row(first(i, "held up"), w.Detail)
	}
	for i, r := range v.Runs {
		t.row(first(i, "last runs"), r.cell())
	}
	return t.flush()
}

// first is a label for the first of several rows.
func first(i int, label string) string {
	if i == 0 {
		return label
	}
	return ""
}

func (v scheduleView) nextTick() string {
	switch {
	case v.Paused:
		return "none while paused"
	case !v.Indexed:
		return "unknown: Redis does not hold the schedule"
	case v.NextTick.IsZero():
		return "not indexed yet"
	}
	return fmt.Sprintf("%s (%s)", stamp(v.NextTick), tickCell(v.Entry, v.now))
}

// stampOf is a time and how long ago it was, empty for none.
func stampOf(t, now time.Time) string {
	if t.IsZero() {
		return ""
	}
	return fmt.Sprintf("%s (%s)", stamp(t), ago(t, now))
}

// cell shows a run on one line.
func (r runView) cell() string {
	asked := "by hand"
	if !r.ByHand {
		asked = "for the tick of " + stamp(r.Tick)
	}
	cell := fmt.Sprintf("%s  %s, %s, took %s", stamp(r.StartedAt), cmp.Or(string(r.Result), "unknown"), asked,
		r.EndedAt.Sub(r.StartedAt).Round(time.Millisecond))
	if r.Error != "" {
		cell += ": " + r.Error
	}
	return cell
}
