package web

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"

	"github.com/osrsdiff/osrsdiff/gains"
	"github.com/osrsdiff/osrsdiff/hiscores"
	"github.com/osrsdiff/osrsdiff/player"
)

// boardPage is the page of leaderboards.
type boardPage struct {
	layout
	Metrics []optionGroup
	Modes   []option
	// Window is when gains were made. Gains is false where values are ranked.
	Window windowForm
	Gains  bool
	// Slow says that these gains are put together from the values themselves.
	Slow            bool
	Caption, Column string
	Rows            []boardRow
	// Player is who was looked for, Found what came of it and Error what was wrong
	// with it.
	Player, Found, Error string
	// Next and First are addresses of other pages. Empty: there is none.
	Next, First string
	// API is the address of the same as JSON.
	API string
}

type boardRow struct {
	Place                      int
	Player, URL, Mode, ModeKey string
	Level, Value               string
	// Sought marks the player who was looked for.
	Sought bool
}

// showLeaderboard answers GET /leaderboards.
func (p *pages) showLeaderboard(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	in := BoardQuery{
		Metric: cmp.Or(query.Get("metric"), hiscores.Overall), Mode: query.Get("mode"),
		PageQuery: placesPage(query),
	}
	page, err := p.boardPage(r.Context(), in, query)
	if err != nil {
		p.fail(w, r, err)
		return
	}
	status := http.StatusOK
	if page.Window.Error != "" {
		status = http.StatusUnprocessableEntity
	} else if err := p.fillBoard(r.Context(), &page, in, query); err != nil {
		p.fail(w, r, err)
		return
	}
	if page.Player != "" && page.Window.Error == "" {
		status = p.seek(r, &page, in)
	}
	p.render(w, r, status, "leaderboards.html", page)
}

// boardPage is the page with what there is to choose, and no places yet.
func (p *pages) boardPage(ctx context.Context, in BoardQuery, query url.Values) (boardPage, error) {
	page := boardPage{layout: p.layout(ctx, "Leaderboards"), Column: "Value", Player: query.Get("player")}
	if in.Mode != "" {
		if _, err := player.ParseMode(in.Mode); err != nil {
			return page, invalid("query.mode", in.Mode, err)
		}
	}
	metrics, err := p.Boards.Metrics(ctx)
	if err != nil {
		return page, fmt.Errorf("metrics: %w", err)
	}
	page.Metrics, page.Modes = metricOptions(metrics, in.Metric), boardModes(in.Mode)
	page.Window = readWindow("/leaderboards", query, gains.Week, p.now())
	page.Gains = len(page.Window.Chosen) > 0
	values := windowChoice{Name: "Values", URL: boardURL(query, map[string]string{"period": "", "calendar": "", "from": "", "to": "", "cursor": ""}), Current: !page.Gains}
	if !page.Gains {
		page.Window.Words = ""
		for i := range page.Window.Choices {
			page.Window.Choices[i].Current = false
		}
	}
	page.Window.Choices = append([]windowChoice{values}, page.Window.Choices...)
	page.Slow = page.Gains && (query.Get("calendar") != "true" || page.Window.Zone != "UTC")
	page.Caption = hiscores.GameName(in.Metric)
	return page, nil
}

// wanted is the stretch of time that is ranked by, nil for values.
func (page *boardPage) wanted() *gains.Window {
	if !page.Gains {
		return nil
	}
	return &page.Window.Window
}

// fillBoard puts the places and the ways to other pages on the page.
func (p *pages) fillBoard(ctx context.Context, page *boardPage, in BoardQuery, query url.Values) error {
	if len(page.Metrics) == 0 {
		return nil
	}
	board, err := p.board(ctx, in, page.wanted())
	if err != nil {
		return err
	}
	page.Caption = hiscores.GameName(board.Metric)
	page.API = "/api/leaderboards/" + url.PathEscape(board.Metric)
	if page.Gains {
		page.Column, page.Caption = "Gained", page.Caption+" gained"
		page.API += "/gains?" + url.Values{"from": {page.Window.From.UTC().Format(apiTime)}, "to": {page.Window.To.UTC().Format(apiTime)}}.Encode()
	}
	page.Rows = boardRows(board)
	if board.Next != "" {
		page.Next = boardURL(query, map[string]string{"cursor": board.Next})
	}
	if in.Cursor != "" {
		page.First = boardURL(query, map[string]string{"cursor": ""})
	}
	return nil
}

// boardRows are the places of a leaderboard; gains have a sign.
func boardRows(board *boardView) []boardRow {
	rows := make([]boardRow, 0, len(board.Places))
	for _, place := range board.Places {
		row := boardRow{
			Place: place.Place, Player: place.Player, Mode: modeName(player.Mode(place.Mode)), ModeKey: place.Mode,
			URL: "/players/" + url.PathEscape(place.Player), Value: grouped(place.Value),
		}
		if board.From != nil {
			row.Value = signed(place.Value)
		}
		if place.Level != nil {
			row.Level = grouped(*place.Level)
		}
		rows = append(rows, row)
	}
	return rows
}

// seek says where a player stands, and returns the status of the answer.
func (p *pages) seek(r *http.Request, page *boardPage, in BoardQuery) int {
	in.Player, in.Cursor = page.Player, ""
	sought, err := p.find(r.Context(), page.Player)
	var board *boardView
	if err == nil {
		board, err = p.board(r.Context(), in, page.wanted())
	}
	if err != nil {
		problem := p.problem(r.Context(), r.Pattern, err)
		page.Error = problem.Detail
		return problem.Status
	}
	page.Found = sought.Name.String() + " is not on it: there is nothing to rank, or the game mode is another."
	for _, place := range board.Places {
		page.Found = fmt.Sprintf("%s is %s with %s.", place.Player, ordinal(place.Place), grouped(place.Value))
	}
	for i, row := range page.Rows {
		page.Rows[i].Sought = row.Player == sought.Name.String()
	}
	return http.StatusOK
}

// ordinal is a place in words: 1st, 2nd, 3rd, 4th.
func ordinal(n int) string {
	ending := "th"
	if n%100 < 11 || n%100 > 13 {
		switch n % 10 {
		case 1:
			ending = "st"
		case 2:
			ending = "nd"
		case 3:
			ending = "rd"
		}
	}
	return grouped(int64(n)) + ending
}

// placesPage is the page of a leaderboard that an address asks for. A cursor that
// none gave out is the first page.
func placesPage(query url.Values) PageQuery {
	in := PageQuery{Cursor: query.Get("cursor"), Limit: rowsPerPage}
	if _, err := in.after(); err != nil {
		in.Cursor = ""
	}
	return in
}

// boardURL is the address of a leaderboard with other values of some parts; empty
// ones are left out.
func boardURL(query url.Values, with map[string]string) string {
	to := url.Values{}
	for name := range query {
		if v := query.Get(name); v != "" {
			to.Set(name, v)
		}
	}
	for name, v := range with {
		to.Del(name)
		if v != "" {
			to.Set(name, v)
		}
	}
	if len(to) == 0 {
		return "/leaderboards"
	}
	return "/leaderboards?" + to.Encode()
}

// boardModes are the game modes to choose from.
func boardModes(chosen string) []option {
	options := []option{{Name: "All game modes", Selected: chosen == ""}}
	for _, m := range player.Modes() {
		options = append(options, option{Value: string(m), Name: modeName(m), Selected: string(m) == chosen})
	}
	return options
}
