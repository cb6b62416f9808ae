package web

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/osrsdiff/osrsdiff/player"
)

// schedulePage is the page of when a player is fetched, why it is not if it is
// not, and of what a person can do about it.
type schedulePage struct {
	playerTop
	ID, Every          string
	LastTick, NextTick moment
	LastChange         moment
	// Why are the reasons for which it does not run as its interval says.
	Why []string
	// Unavailable says that Redis did not answer, so that ticks are not known.
	Unavailable bool
	Runs        []runRow
	// Interval and Rename are what was typed, and what was wrong with it.
	Interval, Rename playerForm
	Archived         bool
}

// playerForm is a form of one field.
type playerForm struct{ Value, Error string }

type runRow struct {
	At                          moment
	Tick, Took, Result, Problem string
}

// resultNames are the results of runs as pages call them.
var resultNames = map[player.Result]string{
	player.Changed: "Changed", player.Unchanged: "Unchanged", player.Held: "Held aside", player.NotFound: "Not on the hiscores", player.Failed: "Failed",
}

// showSchedule answers GET /players/{name}/schedule.
func (p *pages) showSchedule(w http.ResponseWriter, r *http.Request, s subject) error {
	page, err := p.schedulePage(r.Context(), s)
	if err == nil {
		p.render(w, r, http.StatusOK, "schedule.html", page)
	}
	return err
}

func (p *pages) schedulePage(ctx context.Context, s subject) (schedulePage, error) {
	now := p.now()
	page := schedulePage{
		playerTop: s.top, Every: s.Every.String(), LastChange: ago(now, s.LastChangedAt, "none yet"), NextTick: s.top.NextTick,
		Interval: playerForm{Value: s.Every.String()}, Rename: playerForm{Value: s.Name.String()}, Archived: s.Status == player.Archived,
	}
	p.addSchedule(ctx, s, &page)
	runs, err := p.Runs.RecentRuns(ctx, s.ID)
	if err != nil {
		return page, fmt.Errorf("runs of player %q: %w", s.Name, err)
	}
	for _, run := range runs {
		row := runRow{
			At: ago(now, run.StartedAt, "unknown"), Tick: "asked for by hand", Result: resultNames[run.Result], Problem: run.Error,
			Took: run.EndedAt.Sub(run.StartedAt).Round(time.Millisecond).String(),
		}
		if !run.Tick.IsZero() {
			row.Tick = "tick of " + exactly(run.Tick, time.UTC)
		}
		page.Runs = append(page.Runs, row)
	}
	return page, nil
}

// addSchedule puts on the page what Redis says. What the database says is worth
// showing without it.
func (p *pages) addSchedule(ctx context.Context, s subject, page *schedulePage) {
	ctx, cancel := context.WithTimeout(ctx, redisPatience)
	defer cancel()
	found, err := p.Standing.Schedule(ctx, s.Player)
	if err != nil {
		p.log.WarnContext(ctx, "showed a player without its schedule", "player", s.Name.String(), "error", err)
		page.Unavailable = true
		return
	}
	page.ID, page.LastTick = found.ID, ago(found.At, found.LastTick, "none yet")
	for _, why := range found.Why {
		page.Why = append(page.Why, why.Detail)
	}
}
