package web

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/osrsdiff/osrsdiff/player"
)

// scheduleDetail shows one schedule with all there is to know about it.
type scheduleDetail struct {
	layout
	ID, Player, PlayerURL, Every, Phase string
	Paused, InRedis                     bool
	Next, LastTick, Created, Updated    moment
	Result, Error                       string
	Why                                 []string
	Runs                                []scheduleRunRow
	// Definition is the schedule as it stands in Redis.
	Definition string
}

// scheduleRunRow is one of the last runs of a schedule.
type scheduleRunRow struct {
	Started                       moment
	For, Lag, Took, Result, Error string
	Trouble                       bool
}

// showScheduleDetail answers GET /schedules/{id}.
func (p *pages) showScheduleDetail(w http.ResponseWriter, r *http.Request) {
	page, err := p.scheduleDetail(r.Context(), r.PathValue("id"))
	if err != nil {
		p.fail(w, r, err)
		return
	}
	p.render(w, r, http.StatusOK, "scheduledetail.html", page)
}

func (p *pages) scheduleDetail(ctx context.Context, id string) (scheduleDetail, error) {
	found, err := p.getSchedule(ctx, &SchedulePath{ID: id})
	if err != nil {
		return scheduleDetail{}, err
	}
	s := found.Body
	definition, err := indented(s.Schedule)
	if err != nil {
		return scheduleDetail{}, fmt.Errorf("show schedule %q: %w", id, err)
	}
	page := scheduleDetail{
		layout: p.layout(ctx, "Schedule of "+s.Player), ID: s.ID, Player: s.Player, PlayerURL: "/players/" + url.PathEscape(s.Player),
		Every: s.Every.String(), Phase: fmt.Sprintf("%d min", s.Phase), Paused: s.Paused, InRedis: s.InRedis,
		Next: ahead(s.At, s.NextTick, nextWord(s.Entry)), LastTick: ago(s.At, s.LastTick, "none yet"),
		Created: ago(s.At, s.CreatedAt, "unknown"), Updated: ago(s.At, s.UpdatedAt, "never"),
		Result: resultWord(s.LastResult), Error: s.LastError, Definition: definition,
	}
	for _, trouble := range s.Why {
		page.Why = append(page.Why, trouble.Detail)
	}
	for _, run := range s.Runs {
		page.Runs = append(page.Runs, scheduleRun(run, s.At))
	}
	return page, nil
}

func scheduleRun(r runView, at time.Time) scheduleRunRow {
	row := scheduleRunRow{
		Started: ago(at, r.StartedAt, "unknown"), For: "asked for by hand", Took: r.EndedAt.Sub(r.StartedAt).Round(time.Millisecond).String(),
		Result: resultWord(r.Result), Error: r.Error, Trouble: r.Result == player.Failed,
	}
	if !r.ByHand {
		row.For, row.Lag = r.Tick.UTC().Format("2006-01-02 15:04 UTC"), roughly(max(0, r.StartedAt.Sub(r.Tick)))
	}
	row.Lag = cmp.Or(row.Lag, "none")
	return row
}
