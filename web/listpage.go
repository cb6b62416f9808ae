package web

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/osrsdiff/osrsdiff/player"
	"github.com/osrsdiff/osrsdiff/store"
)

// rowsPerPage is how many players the first page lists at once.
const rowsPerPage = 50

// playersPath is where all players are listed.
const playersPath = "/players"

// listPage is the list of players.
type listPage struct {
	layout
	Rows []listRow
	// Search is the part of names that was asked for, Filtered says whether
	// anything was, and Statuses and Modes are what to choose from.
	Search          string
	Filtered        bool
	Statuses, Modes []option
	// Self is the address of this very list, Next of the one after it and First
	// of the first one; empty where there is none.
	Self, Next, First string
	Total             string
	Form              addForm
}

// listRow is a player in a list.
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
	Modes []option
}

// filledForm completes a form with what there is to choose from.
func filledForm(form addForm) addForm {
	form.Modes = modeOptions(form.Mode)
	form.Every = cmp.Or(form.Every, player.DefaultInterval.String())
	return form
}

// option is one of those that a list or a row of boxes offers.
type option struct {
	Value, Name string
	Selected    bool
}

// showPlayers answers GET /players.
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
	page, err := p.listPage(r.Context(), r.URL.Query())
	if err != nil {
		p.fail(w, r, err)
		return
	}
	page.Form = filledForm(form)
	p.render(w, r, status, "players.html", page)
}

func (p *pages) listPage(ctx context.Context, query url.Values) (listPage, error) {
	page := listPage{layout: p.layout(ctx, "Players"), Search: query.Get("q"), Self: listURL(query, query.Get("after"))}
	f, err := playerFilter(query)
	if err != nil {
		return page, err
	}
	found, err := p.Players.Players(ctx, f)
	if err != nil {
		return page, fmt.Errorf("list players: %w", err)
	}
	total, err := p.Players.CountPlayers(ctx)
	if err != nil {
		return page, fmt.Errorf("list players: %w", err)
	}
	found, next := cursorOf(found, rowsPerPage)
	if next != "" {
		page.Next = listURL(query, next)
	}
	if f.AfterID > 0 {
		page.First = listURL(query, "")
	}
	page.Total, page.Filtered = grouped(int64(total)), f.Search != "" || f.Status != "" || f.Mode != "" || f.Paused != nil
	page.Statuses, page.Modes = statusOptions(query.Get("status")), modeFilterOptions(string(f.Mode))
	if page.Rows, err = p.rows(ctx, found); err != nil {
		return page, fmt.Errorf("list players: %w", err)
	}
	return page, nil
}

// pausedStatus is what the list calls paused players, whatever their status.
const pausedStatus = "paused"

// playerFilter reads which players an address asks for.
func playerFilter(query url.Values) (store.PlayerFilter, error) {
	f := store.PlayerFilter{Limit: rowsPerPage + 1, Search: strings.TrimSpace(query.Get("q"))}
	var err error
	if f.AfterID, err = (PageQuery{Cursor: query.Get("after")}).after(); err != nil {
		return f, err
	}
	if mode := query.Get("mode"); mode != "" {
		if f.Mode, err = player.ParseMode(mode); err != nil {
			return f, invalid("query.mode", mode, err)
		}
	}
	switch s := query.Get("status"); {
	case s == pausedStatus:
		f.Paused = new(true)
	case s != "" && !slices.Contains(player.Statuses(), player.Status(s)):
		return f, invalid("query.status", s, fmt.Errorf("%w: there is none called %q", errUnknownStatus, s))
	default:
		f.Status = player.Status(s)
	}
	return f, nil
}

// errUnknownStatus says that players cannot have such a status.
var errUnknownStatus = errors.New("no such status")

// listURL is the address of the page of a list that begins behind a player.
func listURL(query url.Values, after string) string {
	to := url.Values{}
	for _, name := range []string{"q", "status", "mode"} {
		if v := query.Get(name); v != "" {
			to.Set(name, v)
		}
	}
	if after != "" {
		to.Set("after", after)
	}
	if len(to) == 0 {
		return playersPath
	}
	return playersPath + "?" + to.Encode()
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
			Paused: pl.Paused, Trouble: troubled(pl),
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
func modeOptions(chosen string) []option {
	options := []option{{Value: "auto", Name: "As the hiscores say"}}
	for _, m := range player.Modes() {
		options = append(options, option{Value: string(m), Name: modeName(m), Selected: string(m) == chosen})
	}
	return options
}

// modeFilterOptions are the game modes to list the players of.
func modeFilterOptions(chosen string) []option {
	options := modeOptions(chosen)
	options[0] = option{Name: "Any"}
	return options
}

// statusOptions are the statuses to list the players of.
func statusOptions(chosen string) []option {
	options := []option{{Name: "Any"}}
	for _, s := range append(player.Statuses(), pausedStatus) {
		word := string(s)
		options = append(options, option{Value: word, Name: strings.ToUpper(word[:1]) + word[1:], Selected: word == chosen})
	}
	return options
}
