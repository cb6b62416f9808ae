package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/osrsdiff/osrsdiff/events"
	"github.com/osrsdiff/osrsdiff/gains"
	"github.com/osrsdiff/osrsdiff/hiscores"
	"github.com/osrsdiff/osrsdiff/store"
)

const (
	// homeEvents and homePlaces are how many of each the first page shows.
	homeEvents = 20
	homePlaces = 10
)

// homePage is the first page.
type homePage struct {
	layout
	// Tracked, Scheduled and Due count players; the last two are empty while
	// Redis cannot be asked.
	Tracked, Scheduled, Due string
	// Empty says that nobody is tracked yet.
	Empty bool
	Feed  []feedItem
	Top   []boardRow
	// Board is the address of all places of the day.
	Board string
	Form  addForm
}

// feedItem is an event as a page tells it: a sentence with its player's name,
// which leads to the player, in the middle.
type feedItem struct {
	Label, Tone        string
	Before, Name, Rest string
	URL                string
	At                 moment
}

// showHome answers GET /.
func (p *pages) showHome(w http.ResponseWriter, r *http.Request) {
	page, err := p.homePage(r.Context())
	if err != nil {
		p.fail(w, r, err)
		return
	}
	p.render(w, r, http.StatusOK, "home.html", page)
}

func (p *pages) homePage(ctx context.Context) (homePage, error) {
	page := homePage{layout: p.layout(ctx, "Every change, kept"), Form: filledForm(addForm{})}
	tracked, err := p.Players.CountPlayers(ctx)
	if err != nil {
		return page, fmt.Errorf("first page: %w", err)
	}
	page.Tracked, page.Empty = grouped(int64(tracked)), tracked == 0
	page.count(ctx, p)
	if page.Feed, err = p.feed(ctx, homeEvents); err != nil {
		return page, fmt.Errorf("first page: %w", err)
	}
	if page.Top, page.Board, err = p.topToday(ctx); err != nil {
		return page, fmt.Errorf("first page: %w", err)
	}
	return page, nil
}

// count fills in what Redis counts. Without Redis the page goes out without.
func (page *homePage) count(ctx context.Context, p *pages) {
	ctx, cancel := context.WithTimeout(ctx, redisPatience)
	defer cancel()
	stats, err := p.Schedules.Stats(ctx)
	if err != nil {
		p.log.WarnContext(ctx, "showed the first page without counts of schedules", "error", err)
		return
	}
	page.Scheduled, page.Due = grouped(stats.Active), grouped(stats.Due)
}

// topToday lists who gained the most experience since midnight in UTC, from the
// sums that fetches keep.
func (p *pages) topToday(ctx context.Context) ([]boardRow, string, error) {
	address := "/leaderboards?" + url.Values{"metric": {hiscores.Overall}, "period": {string(gains.Day)}, "calendar": {"true"}}.Encode()
	window, err := WindowQuery{Period: string(gains.Day), Calendar: true}.window(p.now())
	if err != nil {
		return nil, "", err
	}
	board, err := p.board(ctx, BoardQuery{Metric: hiscores.Overall, PageQuery: PageQuery{Limit: homePlaces}}, &window)
	if errors.Is(err, errUnknownMetric) {
		return nil, address, nil // nobody was ever found
	}
	if err != nil {
		return nil, "", err
	}
	return boardRows(board), address, nil
}

// feed tells what happened, the latest first.
func (p *pages) feed(ctx context.Context, limit int) ([]feedItem, error) {
	happened, err := p.Activity.Activity(ctx, store.ActivityFilter{Limit: limit})
	if err != nil {
		return nil, err // says what was asked already
	}
	now := p.now()
	items := make([]feedItem, 0, len(happened))
	for _, e := range happened {
		item := feedItem{At: ago(now, e.At, "")}
		item.Label, item.Tone = kindLabel(e.Kind)
		item.Before, item.Name, item.Rest = aroundName(e.Text, e.Player)
		if item.Name != "" {
			item.URL = "/players/" + url.PathEscape(item.Name)
		}
		items = append(items, item)
	}
	return items, nil
}

// aroundName cuts a sentence around the name of a player, which most begin or end
// with. Without it the sentence is whole.
func aroundName(text, name string) (before, found, rest string) {
	if name == "" {
		return text, "", ""
	}
	if rest, ok := strings.CutPrefix(text, name); ok {
		return "", name, rest
	}
	if i := strings.LastIndex(text, name); i >= 0 {
		return text[:i], name, text[i+len(name):]
	}
	return text, "", ""
}

// kindLabel is a word for a kind of event, and the badge it is shown on.
func kindLabel(k events.Kind) (label, tone string) {
	switch k {
	case events.LevelUp:
		return "Level", ""
	case events.Milestone:
		return "Milestone", "good"
	case events.LargeGain:
		return "Large gain", "good"
	case events.ModeChange:
		return "Game mode", ""
	case events.Missing:
		return "Missing", "warn"
	case events.Returned:
		return "Returned", ""
	case events.Flagged:
		return "Flagged", "warn"
	case events.Renamed:
		return "Renamed", ""
	case events.Breaker:
		return "Hiscores", "warn"
	}
	return "Fetch", ""
}
