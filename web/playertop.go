package web

import (
	"context"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"net/url"

	"github.com/osrsdiff/osrsdiff/gains"
	"github.com/osrsdiff/osrsdiff/hiscores"
	"github.com/osrsdiff/osrsdiff/player"
	"github.com/osrsdiff/osrsdiff/store"
)

// playerTop is what all pages of one player begin with.
type playerTop struct {
	layout
	Name, URL string
	// Mode is the game mode, and ModeKey the same for the style sheet.
	Mode, ModeKey   string
	Status          string
	Paused, Trouble bool
	Flagged         bool
	// Values is false until something was stored.
	Values bool
	// Combat, Level, XP and Rank are the account's as a whole.
	Combat, Level, XP, Rank string
	LastFetch, NextTick     moment
	// Tabs lead to the pages of the player.
	Tabs []playerTab
	Done string
}

type playerTab struct {
	Name, URL string
	Current   bool
}

// registerPlayer puts the pages of a player on mux.
func (p *pages) registerPlayer(mux *router) {
	mux.HandleFunc("GET /players/{name}", p.about("", p.showPlayer))
	mux.HandleFunc("GET /players/{name}/gains", p.about("gains", p.showGains))
	mux.HandleFunc("GET /players/{name}/chart", p.about("chart", p.showChart))
	mux.HandleFunc("GET /players/{name}/activities", p.about("activities", p.showActivities))
	mux.HandleFunc("GET /players/{name}/diff", p.about("diff", p.showDiff))
	mux.HandleFunc("GET /players/{name}/records", p.about("records", p.showRecords))
	mux.HandleFunc("GET /players/{name}/milestones", p.about("milestones", p.showMilestones))
	mux.HandleFunc("GET /players/{name}/history", p.about("history", p.showHistory))
	mux.HandleFunc("GET /players/{name}/schedule", p.about("schedule", p.showSchedule))
	mux.HandleFunc("GET /players/{name}/remove", p.about("schedule", p.showRemove))
	for _, action := range []string{"pause", "resume", "fetch", "accept", "split"} {
		mux.HandleFunc("POST /players/{name}/"+action, p.submitAction(action))
	}
	mux.HandleFunc("POST /players/{name}/interval", p.about("schedule", p.submitInterval))
	mux.HandleFunc("POST /players/{name}/rename", p.about("schedule", p.submitRename))
	mux.HandleFunc("POST /players/{name}/remove", p.about("schedule", p.submitRemove))
}

// readPlayerTemplates reads the templates of a player's pages, which share a top.
func (p *pages) readPlayerTemplates() error {
	for _, name := range []string{
		"player.html", "gains.html", "chart.html", "activities.html", "diff.html", "records.html", "milestones.html", "history.html", "schedule.html", "remove.html",
	} {
		t, err := template.ParseFS(files, "templates/layout.html", "templates/parts.html", "templates/playerparts.html",
			"templates/player/top.html", "templates/player/"+name)
		if err != nil {
			return fmt.Errorf("read the template of a page: %w", err)
		}
		p.templates[name] = t
	}
	return nil
}

// playerSections are the pages of a player, by the last part of their addresses.
var playerSections = []struct{ path, name string }{
	{"", "Overview"},
	{"gains", "Gains"},
	{"chart", "Chart"},
	{"activities", "Bosses and clues"},
	{"diff", "Compare times"},
	{"records", "Records"},
	{"milestones", "Milestones"},
	{"history", "History"},
	{"schedule", "Schedule"},
}

// subject is the player that a page is about.
type subject struct {
	player.Player
	top playerTop
	// snapshot is what the hiscores said last; without rows when nothing was stored.
	snapshot hiscores.Snapshot
}

// about serves one page of a player. It shows what show returns, or its error.
func (p *pages) about(section string, show func(w http.ResponseWriter, r *http.Request, s subject) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		s, err := p.subject(r, section)
		if err == nil {
			err = show(w, r, s)
		}
		if err != nil {
			p.fail(w, r, err)
		}
	}
}

// subject finds the player of an address.
func (p *pages) subject(r *http.Request, section string) (subject, error) {
	pl, err := p.find(r.Context(), r.PathValue("name"))
	if err != nil {
		return subject{}, err
	}
	s := subject{Player: pl}
	if s.snapshot, err = p.latest(r.Context(), pl); err != nil {
		return s, err
	}
	s.top = p.playerTop(r.Context(), s, section)
	s.top.Done = doneWords[r.URL.Query().Get("done")]
	return s, nil
}

// latest is what the hiscores said last of a player: nothing before the first
// fetch.
func (s *service) latest(ctx context.Context, pl player.Player) (hiscores.Snapshot, error) {
	snap, err := s.Values.SnapshotAt(ctx, pl.ID, s.now())
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return hiscores.Snapshot{}, fmt.Errorf("values of player %q: %w", pl.Name, err)
	}
	return snap, nil
}

func (p *pages) playerTop(ctx context.Context, s subject, section string) playerTop {
	now, tick := p.now(), p.nextTicks(ctx, []player.Player{s.Player})[s.ID]
	name := s.Name.String()
	top := playerTop{
		layout: p.layout(ctx, name), Name: name, URL: playerURL(s.Name), Mode: modeName(s.Mode), ModeKey: string(s.Mode),
		Status: statusName(s.Player), Paused: s.Paused, Trouble: troubled(s.Player), Flagged: s.Status == player.Flagged,
		LastFetch: ago(now, s.LastFetchedAt, "never"), NextTick: ahead(now, tick, noTick(s.Player)),
	}
	for _, tab := range playerSections {
		to := top.URL
		if tab.path != "" {
			to += "/" + tab.path
		}
		top.Tabs = append(top.Tabs, playerTab{Name: tab.name, URL: to, Current: tab.path == section})
		if tab.path == section && section != "" {
			top.Title = name + ": " + tab.name
		}
	}
	if overall, ok := s.snapshot.Row(hiscores.Overall); ok {
		top.Values, top.Combat = true, numberWord(gains.CombatLevel(s.snapshot), "unknown")
		top.Level, top.XP = numberWord(overall.Level, "unknown"), numberWord(overall.Value, "unknown")
		top.Rank = numberWord(overall.Rank, "unranked")
	}
	return top
}

// troubled reports whether a person should look at a player.
func troubled(p player.Player) bool {
	return p.Status == player.Missing || p.Status == player.Flagged || p.LastResult == player.Failed || p.LastResult == player.NotFound
}

// chartURL leads to the chart of a metric of a player.
func chartURL(player, metric string) string {
	return player + "/chart?metric=" + url.QueryEscape(metric)
}
