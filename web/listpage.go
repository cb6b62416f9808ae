package web

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"

	"github.com/osrsdiff/osrsdiff/player"
	"github.com/osrsdiff/osrsdiff/store"
)

// rowsPerPage is how many players the first page lists at once.
const rowsPerPage = 50

// listPage is the first page.
type listPage struct {
	layout
	Rows   []listRow
	Search string
	// Self is the address of this very list, Next of the one after it and First
	// of the first one; empty where there is none.
	Self, Next, First string
	Total             int
	Form              addForm
}

// listRow is a player on the first page.
type listRow struct {
	Name, URL, Status   string
	Mode, ModeKey       string
	Paused, Trouble     bool
	LastFetch, NextTick moment
	LastChange          moment
	XPToday             string
}

// addForm is what was typed into the form, and what was wrong with it.
type addForm struct {
	newPlayer
	Error string
	Modes []modeOption
}

// filledForm completes a form with what there is to choose from.
func filledForm(form addForm) addForm {
	form.Modes = modeOptions(form.Mode)
	form.Every = cmp.Or(form.Every, player.DefaultInterval.String())
	return form
}

type modeOption struct {
	Value, Name string
	Selected    bool
}

// showPlayers answers GET /.
func (p *pages) showPlayers(w http.ResponseWriter, r *http.Request) {
	p.list(w, r, http.StatusOK, addForm{})
}

// submitPlayer answers the form that adds a player.
func (p *pages) submitPlayer(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		refuse(w, r, http.StatusBadRequest, "the form could not be read")
		return
	}
	form := addForm{newPlayer: newPlayer{Name: r.PostForm.Get("name"), Every: r.PostForm.Get("every"), Mode: r.PostForm.Get("mode")}}
	request, err := form.request("form.")
	if err == nil {
		added, addErr := p.Registrar.Add(r.Context(), request)
		if addErr == nil {
			p.seePlayer(w, r, added.Player.Name, "added")
			return
		}
		err = addErr
	}
	problem := p.problem(r.Context(), r.Pattern, err)
	form.Error = problem.Detail
	p.list(w, r, problem.Status, form)
}

// list shows the players that the address asks for.
func (p *pages) list(w http.ResponseWriter, r *http.Request, status int, form addForm) {
	query := r.URL.Query()
	after, err := PageQuery{Cursor: query.Get("after")}.after()
	if err != nil {
		p.fail(w, r, err)
		return
	}
	search := query.Get("q")
	found, err := p.Players.Players(r.Context(), store.PlayerFilter{AfterID: after, Limit: rowsPerPage + 1, Search: search})
	if err != nil {
		p.fail(w, r, fmt.Errorf("list players: %w", err))
		return
	}
	found, next := cursorOf(found, rowsPerPage)
	page := listPage{layout: p.layout(r.Context(), "Players"), Search: search, Self: listURL(search, query.Get("after")), Form: form}
	if next != "" {
		page.Next = listURL(search, next)
	}
	if after > 0 {
		page.First = listURL(search, "")
	}
	if page.Total, err = p.Players.CountPlayers(r.Context()); err == nil {
		page.Rows, err = p.rows(r.Context(), found)
	}
	if err != nil {
		p.fail(w, r, fmt.Errorf("list players: %w", err))
		return
	}
	page.Form = filledForm(form)
	p.render(w, r, status, "players.html", page)
}

// listURL is the address of a list. The list of everyone from the start is "/".
func listURL(search, after string) string {
	query := url.Values{}
	if search != "" {
		query.Set("q", search)
	}
	if after != "" {
		query.Set("after", after)
	}
	if len(query) == 0 {
		return "/"
	}
	return "/?" + query.Encode()
}

func (p *pages) rows(ctx context.Context, found []player.Player) ([]listRow, error) {
	now := p.now()
	ids := make([]int64, len(found))
	for i, pl := range found {
		ids[i] = pl.ID
	}
	gains, err := p.Totals.OverallGains(ctx, ids, dayStart(now), now)
	if err != nil {
		return nil, fmt.Errorf("experience gained today: %w", err)
	}
	ticks := p.nextTicks(ctx, found)
	rows := make([]listRow, 0, len(found))
	for _, pl := range found {
		rows = append(rows, listRow{
			Name: pl.Name.String(), URL: playerURL(pl.Name), Status: statusName(pl), Mode: modeName(pl.Mode), ModeKey: string(pl.Mode),
			Paused: pl.Paused, Trouble: pl.Status == player.Missing || pl.Status == player.Flagged || pl.LastResult == player.Failed || pl.LastResult == player.NotFound,
			LastFetch: ago(now, pl.LastFetchedAt, "never"), NextTick: ahead(now, ticks[pl.ID], noTick(pl)),
			LastChange: ago(now, pl.LastChangedAt, "none yet"), XPToday: xpWord(pl, gains[pl.ID]),
		})
	}
	return rows, nil
}

// xpWord is the experience gained today, unknown of who was never fetched.
func xpWord(p player.Player, gain int64) string {
	if p.LastFetchedAt.IsZero() {
		return "unknown"
	}
	return signed(gain)
}

// noTick says why a player has no next tick.
func noTick(p player.Player) string {
	if p.Paused {
		return "paused"
	}
	return "unknown"
}

func playerURL(name player.Name) string { return "/players/" + url.PathEscape(name.String()) }

// modeOptions are the game modes to choose from. That of the hiscores is first.
func modeOptions(chosen string) []modeOption {
	options := []modeOption{{Value: "auto", Name: "As the hiscores say"}}
	for _, m := range player.Modes() {
		options = append(options, modeOption{Value: string(m), Name: modeName(m), Selected: string(m) == chosen})
	}
	return options
}
