package web_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/osrsdiff/osrsdiff/hiscores"
	"github.com/osrsdiff/osrsdiff/player"
)

// scheduled adds players whose schedules Redis holds; the last of them is paused.
func scheduled(b *bench, names ...string) []player.Player {
	b.t.Helper()
	players := make([]player.Player, 0, len(names))
	for i, name := range names {
		p := b.add(name, nil)
		if i == len(names)-1 {
			p.Paused = true
			b.call(http.MethodPatch, playerPath(name), `{"paused":true}`).want(http.StatusOK, nil)
		} else if err := b.book.Schedule(b.t.Context(), p); err != nil {
			b.t.Fatal(err)
		}
		players = append(players, p)
	}
	return players
}

func TestSchedulesPage(t *testing.T) {
	b := newBench(t, nil)
	b.call(http.MethodGet, "/schedules", "").want(http.StatusOK, nil).says("No schedules yet")
	players := scheduled(b, "Zezima", "Lynx Titan", "Asleep")
	attempt := player.Attempt{PlayerID: players[0].ID, TaskID: "test", StartedAt: start, At: start, Covers: start}
	if err := b.store.RecordFailure(t.Context(), attempt, "status 503"); err != nil {
		t.Fatal(err)
	}
	for query, want := range map[string]struct{ shows, hides string }{
		"":                         {"player_fetch_1</a>", "Asleep"},
		"?state=overdue":           {"Lynx Titan", "Asleep"}, // never fetched: due at once
		"?state=paused":            {"Asleep", "Zezima"},
		"?every=1h&search=LYNX_TI": {"Lynx Titan", "Zezima"},
		"?every=30m":               {"No schedule is like that, of 3 in all", "<table"},
	} {
		t.Run(query, func(t *testing.T) {
			res := b.in(t).call(http.MethodGet, "/schedules"+query, "").want(http.StatusOK, nil).says(want.shows)
			if _, main, _ := strings.Cut(res.body, `<div id="schedules">`); strings.Contains(main, want.hides) {
				t.Errorf("shows %s", want.hides)
			}
		})
	}
	b.call(http.MethodGet, "/schedules", "").want(http.StatusOK, nil).says("3 schedules in all, 1 paused, 2 due now", `<span class="badge bad">Failed</span>`)
	b.call(http.MethodGet, "/schedules?every=soon", "").want(http.StatusUnprocessableEntity, nil).says("whole minutes")
	b.call(http.MethodGet, "/schedules?cursor=x", "").want(http.StatusUnprocessableEntity, nil).says("invalid cursor")
}

func TestSchedulesPagePages(t *testing.T) {
	b := newBench(t, nil)
	names := make([]string, 0, 52)
	for i := range 52 {
		names = append(names, fmt.Sprintf("Player %d", i))
	}
	scheduled(b, names...)
	first := b.call(http.MethodGet, "/schedules", "").want(http.StatusOK, nil).body
	_, rest, found := strings.Cut(first, `<a href="/schedules?cursor=`)
	cursor, _, _ := strings.Cut(rest, `"`)
	if n := strings.Count(first, "/schedules/player_fetch_"); !found || n != 50 {
		t.Fatalf("the first page has %d schedules, a next one: %t", n, found)
	}
	second := b.call(http.MethodGet, "/schedules?cursor="+cursor, "").want(http.StatusOK, nil).says(`<a href="/schedules">First page</a>`).body
	if n := strings.Count(second, "/schedules/player_fetch_"); n != 1 {
		t.Errorf("the second page has %d schedules, want the one that is left", n)
	}
}

func TestScheduleDetail(t *testing.T) {
	b := newBench(t, nil)
	first := board(3_000_000, hiscores.Number{})
	p := b.add("Zezima", &first)
	if err := b.book.Schedule(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	attempt := player.Attempt{PlayerID: p.ID, TaskID: "test", Tick: start, StartedAt: start.Add(2 * time.Second), At: start.Add(3 * time.Second), Covers: start}
	if err := b.store.RecordFailure(t.Context(), attempt, "status 503"); err != nil {
		t.Fatal(err)
	}
	b.call(http.MethodGet, "/schedules/player_fetch_1", "").want(http.StatusOK, nil).says(
		`<a href="/players/Zezima">Zezima</a>`, "The last fetch failed: status 503", "2026-03-04 10:00 UTC", `<td data-label="Lag">2 s</td>`, `<td data-label="Took">1s</td>`,
		"&#34;id&#34;: &#34;player_fetch_1&#34;", "no worker is running: start one")
	b.call(http.MethodGet, "/schedules/zezima", "").want(http.StatusOK, nil).says("player_fetch_1")
	b.call(http.MethodGet, "/schedules/player_fetch_9", "").want(http.StatusNotFound, nil).says("no such schedule")
}

func playerPath(name string) string { return "/api/players/" + strings.ReplaceAll(name, " ", "%20") }
