package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/osrsdiff/osrsdiff/hiscores"
	"github.com/osrsdiff/osrsdiff/player"
	"github.com/osrsdiff/osrsdiff/schedules"
	"github.com/osrsdiff/osrsdiff/store"
	"github.com/osrsdiff/osrsdiff/tasks"
)

// shownRuns is how many remembered runs `player show` lists.
const shownRuns = 5

func (a *app) playerShowCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "show NAME", Short: "Show a player, its schedule and its last runs", Args: oneName,
		Example: `  osrsdiff player show "Lynx Titan"`,
	}
	asJSON := jsonFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		name, err := player.ParseName(args[0])
		if err != nil {
			return err
		}
		s, p, err := a.tracked(cmd, name, need{redis: redisIfRunning, database: true})
		if err != nil {
			return err
		}
		defer s.close()
		if *asJSON {
			return printJSON(a.stdout, viewPlayer(p, s.nextTick(cmd.Context(), p)))
		}
		return a.printPlayer(cmd.Context(), s, p)
	}
	return cmd
}

// nextTick is zero where Redis does not know one or is not there: the rest of
// the player is worth showing all the same.
func (s *session) nextTick(ctx context.Context, p player.Player) time.Time {
	if s.redis == nil || p.Paused {
		return time.Time{}
	}
	entry, err := s.book().Get(ctx, tasks.ScheduleID(p.ID))
	if err != nil && !errors.Is(err, schedules.ErrNotFound) {
		s.log.WarnContext(ctx, "next tick unknown", "error", err)
	}
	return entry.NextTick
}

func (a *app) printPlayer(ctx context.Context, s *session, p player.Player) error {
	runs, err := s.store.Runs(ctx, p.ID, shownRuns)
	if err != nil {
		return err
	}
	modes, err := s.store.ModeChanges(ctx, p.ID)
	if err != nil {
		return err
	}
	now := time.Now()
	t := newTable(a.stdout)
	t.row("name", p.Name.String())
	t.row("mode", modeWord(p.Mode))
	t.row("status", standing(p))
	t.row("every", p.Every.String())
	t.row("schedule", tasks.ScheduleID(p.ID))
	t.row("next tick", nextTickCell(p, s.nextTick(ctx, p), now))
	t.row("added", stamp(p.CreatedAt))
	t.row("last fetch", stamp(p.LastFetchedAt))
	t.row("last change", stamp(p.LastChangedAt))
	t.row("last result", orDash(string(p.LastResult)))
	if p.LastError != "" {
		t.row("last error", p.LastError)
	}
	if !p.MissingSince.IsZero() {
		t.row("missing since", stamp(p.MissingSince))
	}
	for _, c := range modes {
		if c.From == "" {
			continue // it was found out, which is no change
		}
		t.row("mode "+stamp(c.At), modeChangeCell(c))
	}
	for _, r := range runs {
		t.row("run "+stamp(r.StartedAt), runCell(r))
	}
	return t.flush()
}

func nextTickCell(p player.Player, tick, now time.Time) string {
	switch {
	case p.Paused:
		return "none while paused"
	case tick.IsZero():
		return "unknown: no scheduler's Redis was found"
	case tick.Before(now):
		return stamp(tick) + " (due)"
	}
	return fmt.Sprintf("%s (%s)", stamp(tick), ago(tick, now))
}

func runCell(r store.Run) string {
	asked := "by hand"
	if !r.Tick.IsZero() {
		asked = "for the tick of " + stamp(r.Tick)
	}
	cell := string(r.Result) + ", " + asked
	if r.Error != "" {
		cell += ": " + r.Error
	}
	return cell
}

// modeChangeCell says what became of a game mode and what the tables said.
func modeChangeCell(c store.ModeChange) string {
	cell := fmt.Sprintf("%s to %s", modeWord(c.From), modeWord(c.To))
	if !c.Applied {
		cell = fmt.Sprintf("looks like %s, which cannot come of %s: not applied", modeWord(c.To), modeWord(c.From))
	}
	var readings []hiscores.Reading
	if err := json.Unmarshal(c.Evidence, &readings); err != nil {
		return cell // it was kept without evidence
	}
	for i, r := range readings {
		sign, total := ", ", "not listed"
		if i == 0 {
			sign = "; "
		}
		if r.Found {
			total = numberCell(r.Overall) + " XP"
		}
		cell += fmt.Sprintf("%s%s %s", sign, modeWord(r.Table.Mode()), total)
	}
	return cell
}
