package web

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/osrsdiff/osrsdiff/player"
	"github.com/osrsdiff/osrsdiff/schedules"
	"github.com/osrsdiff/osrsdiff/tasks"
)

// schedulesPath is where the schedules are listed.
const schedulesPath = "/schedules"

// The states that schedules are listed by.
const (
	overdueState = "overdue"
	pausedState  = "paused"
)

// schedulesPage lists schedules, the one due next first.
type schedulesPage struct {
	layout
	scheduleChoice
	// Done says what a form changed. Empty: none did.
	Done   string
	States []option
	Rows   []scheduleRow
	// Total, Paused and Due count all schedules, whatever is listed.
	Total, Paused, Due string
	// Self is the address of this very list, Next of the one after it and First
	// of the first one; empty where there is none.
	Self, Next, First string
}

// scheduleChoice is which schedules are listed.
type scheduleChoice struct{ State, Every, Search string }

func choiceOf(form url.Values) scheduleChoice {
	return scheduleChoice{State: form.Get("state"), Every: form.Get("every"), Search: form.Get("search")}
}

// Any reports whether the choice is one.
func (c scheduleChoice) Any() bool { return c != scheduleChoice{} }

// input asks the operation of the API for a page of them.
func (c scheduleChoice) input(cursor string) *listSchedulesInput {
	return &listSchedulesInput{
		Cursor: cursor, Limit: rowsPerPage, Overdue: c.State == overdueState, Paused: c.State == pausedState,
		Every: c.Every, Search: c.Search,
	}
}

// values are the parts of a query that say it.
func (c scheduleChoice) values() url.Values {
	query := url.Values{}
	for name, v := range map[string]string{"state": c.State, "every": c.Every, "search": c.Search} {
		if v != "" {
			query.Set(name, v)
		}
	}
	return query
}

// address is where a page of them is.
func (c scheduleChoice) address(cursor string) string {
	query := c.values()
	if cursor != "" {
		query.Set("cursor", cursor)
	}
	if len(query) == 0 {
		return schedulesPath
	}
	return schedulesPath + "?" + query.Encode()
}

// scheduleRow is a schedule in the list.
type scheduleRow struct {
	ID, URL, Player, PlayerURL string
	Every                      string
	Paused, Overdue, Trouble   bool
	Next, Last                 moment
	Lag, Result                string
}

// showSchedules answers GET /schedules.
func (p *pages) showSchedules(w http.ResponseWriter, r *http.Request) {
	page, err := p.schedulesPage(r.Context(), choiceOf(r.URL.Query()), r.URL.Query().Get("cursor"))
	if err != nil {
		p.fail(w, r, err)
		return
	}
	page.Done = changeDone(r.URL.Query())
	p.render(w, r, http.StatusOK, "schedules.html", page)
}

func (p *pages) schedulesPage(ctx context.Context, choice scheduleChoice, cursor string) (schedulesPage, error) {
	page := schedulesPage{layout: p.layout(ctx, "Schedules"), scheduleChoice: choice, Self: choice.address(cursor)}
	page.States = []option{
		{Name: "All that are not paused"},
		{Value: overdueState, Name: "Overdue", Selected: choice.State == overdueState},
		{Value: pausedState, Name: "Paused", Selected: choice.State == pausedState},
	}
	found, err := p.listSchedules(ctx, choice.input(cursor))
	if err != nil {
		return page, err
	}
	list := found.Body
	page.Total, page.Paused, page.Due = grouped(list.Total), grouped(list.Paused), grouped(list.Due)
	if list.NextCursor != "" {
		page.Next = choice.address(list.NextCursor)
	}
	if cursor != "" {
		page.First = choice.address("")
	}
	page.Rows, err = p.scheduleRows(ctx, list.Schedules, list.At)
	return page, err
}

// scheduleRows adds to schedules what the database knows of their players.
func (p *pages) scheduleRows(ctx context.Context, list []schedules.Entry, at time.Time) ([]scheduleRow, error) {
	ids := make([]int64, 0, len(list))
	for _, e := range list {
		ids = append(ids, e.PlayerID)
	}
	found, err := p.PlayerIDs.PlayersByID(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("list schedules: %w", err)
	}
	players := make(map[int64]player.Player, len(found))
	for _, pl := range found {
		players[pl.ID] = pl
	}
	rows := make([]scheduleRow, 0, len(list))
	for _, e := range list {
		pl := players[e.PlayerID]
		last := p.ScheduleList.LastTick(e, pl)
		rows = append(rows, scheduleRow{
			ID: e.ID, URL: scheduleURL(e.ID), Player: e.Player, PlayerURL: "/players/" + url.PathEscape(e.Player), Every: e.Every.String(),
			Paused: e.Paused, Overdue: !e.NextTick.IsZero() && !e.NextTick.After(at), Trouble: pl.LastResult == player.Failed,
			Next: ahead(at, e.NextTick, nextWord(e)), Last: ago(at, pl.LastAttemptAt, "never"),
			Lag: lagWord(last, pl.LastAttemptAt, at), Result: resultWord(pl.LastResult),
		})
	}
	return rows, nil
}

func scheduleURL(id string) string { return schedulesPath + "/" + url.PathEscape(id) }

// nextWord says why a schedule has no next tick.
func nextWord(e schedules.Entry) string {
	if e.Paused {
		return "paused"
	}
	return "not indexed yet"
}

// lagWord says how long after its last tick a player was fetched, or has waited
// since.
func lagWord(tick, fetched, at time.Time) string {
	switch {
	case tick.IsZero():
		return "no tick yet"
	case fetched.Before(tick):
		return "waits for " + roughly(max(0, at.Sub(tick)))
	}
	return roughly(fetched.Sub(tick))
}

// resultWord is how the last fetch ended, for people.
func resultWord(r player.Result) string { return cmp.Or(resultNames[r], "None yet") }

// isSchedule reports whether a name is the id of a player's schedule.
func isSchedule(name string) bool {
	_, ok := tasks.ParseScheduleID(name)
	return ok
}
