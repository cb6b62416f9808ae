package web

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/osrsdiff/osrsdiff/gains"
	"github.com/osrsdiff/osrsdiff/hiscores"
	"github.com/osrsdiff/osrsdiff/player"
)

// boardPage is the page of leaderboards.
type boardPage struct {
	layout
	Metrics, Periods []boardOption
	Caption, Column  string
	Rows             []boardRow
	// Next and First are addresses of other pages. Empty: there is none.
	Next, First string
}

type boardOption struct {
	Value, Name string
	Selected    bool
}

type boardRow struct {
	Place                    int
	Player, URL, Mode, Value string
}

// showLeaderboard answers GET /leaderboards.
func (p *pages) showLeaderboard(w http.ResponseWriter, r *http.Request) {
	page, err := p.boardPage(r.Context(), r.URL.Query())
	if err != nil {
		p.fail(w, r, err)
		return
	}
	p.render(w, r, http.StatusOK, "leaderboards.html", page)
}

func (p *pages) boardPage(ctx context.Context, query url.Values) (boardPage, error) {
	page := boardPage{layout: p.layout(ctx, "Leaderboards"), Column: "Value"}
	metrics, err := p.Boards.Metrics(ctx)
	if err != nil {
		return page, fmt.Errorf("metrics: %w", err)
	}
	metric, chosen := cmp.Or(query.Get("metric"), hiscores.Overall), query.Get("period")
	page.Caption = metric
	for _, m := range metrics {
		page.Metrics = append(page.Metrics, boardOption{Name: m.Name, Selected: hiscores.MetricKey(m.Name) == hiscores.MetricKey(metric)})
	}
	page.Periods = periodOptions(chosen)
	in := BoardQuery{Metric: metric, Limit: rowsPerPage, Offset: pageOffset(query.Get("offset"))}
	var window *gains.Window
	if chosen != "" {
		w, err := WindowQuery{Period: chosen, Calendar: true}.window(p.now())
		if err != nil {
			return page, err
		}
		window, page.Column = &w, "Gained"
		page.Caption = fmt.Sprintf("%s gained since %s UTC", metric, w.From.Format(time.DateOnly))
	}
	if len(metrics) == 0 {
		return page, nil
	}
	board, err := p.board(ctx, in, window)
	if err != nil {
		return page, err
	}
	page.fill(board, in.Offset, query)
	return page, nil
}

// fill puts the places and the ways to other pages on the page.
func (page *boardPage) fill(board *boardView, offset int, query url.Values) {
	for _, place := range board.Places {
		row := boardRow{
			Place: place.Place, Player: place.Player, Mode: modeName(player.Mode(place.Mode)),
			URL: "/players/" + url.PathEscape(place.Player), Value: grouped(place.Value),
		}
		page.Rows = append(page.Rows, row)
	}
	if board.Next > 0 && board.Next <= maxOffset {
		page.Next = boardURL(query, board.Next)
	}
	if offset > 0 {
		page.First = boardURL(query, 0)
	}
}

// maxOffset is as far as the pages of a leaderboard go.
const maxOffset = 10_000

// pageOffset reads an offset; what is none is the first page.
func pageOffset(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil {
		return 0
	}
	return min(max(n, 0), maxOffset)
}

func boardURL(query url.Values, offset int) string {
	to := url.Values{}
	for _, name := range []string{"metric", "period"} {
		if v := query.Get(name); v != "" {
			to.Set(name, v)
		}
	}
	if offset > 0 {
		to.Set("offset", strconv.Itoa(offset))
	}
	if len(to) == 0 {
		return "/leaderboards"
	}
	return "/leaderboards?" + to.Encode()
}

// periodOptions are what players can be compared by.
func periodOptions(chosen string) []boardOption {
	options := []boardOption{{Name: "values", Selected: chosen == ""}}
	for _, period := range gains.Periods() {
		name := "gains of this " + string(period)
		options = append(options, boardOption{Value: string(period), Name: name, Selected: chosen == string(period)})
	}
	return options
}
