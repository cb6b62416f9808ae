package web_test

import (
	"flag"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/osrsdiff/osrsdiff/hiscores"
	"github.com/osrsdiff/osrsdiff/hiscores/hiscorestest"
	"github.com/osrsdiff/osrsdiff/player"
	"github.com/osrsdiff/osrsdiff/web"
)

var update = flag.Bool("update", false, "write the golden pages anew")

// golden compares the part of a page that is its own with the file of a name.
func golden(t *testing.T, name, page string) {
	t.Helper()
	_, got, begins := strings.Cut(page, "<main id=\"main\" tabindex=\"-1\">\n")
	got, _, ends := strings.Cut(got, "\n</main>")
	if !begins || !ends {
		t.Fatalf("the page has no main part: %s", page)
	}
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}

// board is a small page of the hiscores.
func board(attack int64, zulrah hiscores.Number) hiscores.Snapshot {
	known := hiscores.Known
	return hiscores.Snapshot{Rows: []hiscores.Row{
		{Metric: "Overall", Kind: hiscores.Skill, Rank: known(76_741), Level: known(1_893), Value: known(attack + 47_000_000)},
		{Metric: "Attack", Kind: hiscores.Skill, Rank: known(790_319), Level: known(83 + (attack-3_000_000)/100_000), Value: known(attack)},
		{Metric: "Runecraft", Kind: hiscores.Skill, Level: known(1), Value: known(0)},
		{Metric: "Sailing", Kind: hiscores.Skill},
		{Metric: "Clue Scrolls (all)", Kind: hiscores.Activity, Value: known(3)},
		{Metric: "K'ril Tsutsaroth", Kind: hiscores.Activity, Value: known(0)},
		{Metric: "Vorkath", Kind: hiscores.Activity},
		{Metric: "Zulrah", Kind: hiscores.Activity, Rank: known(1_818_182), Value: zulrah},
	}}
}

// newTown is a bench with a player of each kind, ten in the morning plus an hour.
func newTown(t *testing.T) *bench {
	t.Helper()
	b := newBench(t, func(o *web.Options) {
		o.Demo = true
		o.Schedules = &standing{ticks: map[int64]time.Time{1: start.Add(62 * time.Minute), 3: start.Add(50 * time.Minute)}}
	})
	first := board(3_000_000, hiscores.Number{})
	gains := b.add("Zezima", &first)
	b.record(gains, start.Add(58*time.Minute), board(3_123_456, hiscores.Known(50)))
	b.add("Asleep", nil)
	lost := b.add("Lost", nil)
	failed := b.add("Failed", &first)
	attempt := player.Attempt{PlayerID: failed.ID, TaskID: "test", StartedAt: start.Add(time.Minute), At: start.Add(time.Minute), Covers: start.Add(time.Minute)}
	if err := b.store.RecordFailure(t.Context(), attempt, "hiscores unavailable: status 503"); err != nil {
		t.Fatal(err)
	}
	attempt.PlayerID = lost.ID
	if err := b.store.RecordMissing(t.Context(), attempt); err != nil {
		t.Fatal(err)
	}
	b.call(http.MethodPatch, "/api/players/asleep", `{"paused":true,"mode":"hardcore_ironman"}`).want(http.StatusOK, nil)
	b.clock.set(start.Add(time.Hour))
	return b
}

func TestListPage(t *testing.T) {
	b := newTown(t)
	page := b.call(http.MethodGet, "/players", "").want(http.StatusOK, nil)
	if strings.Contains(page.body, "-1<") {
		t.Error("an unknown number shows as -1")
	}
	golden(t, "players.html", page.body)
	t.Run("its table alone", func(t *testing.T) {
		part := b.in(t).call(http.MethodGet, "/players", "", "HX-Request", "true").want(http.StatusOK, nil)
		if !strings.HasPrefix(part.body, `<div id="players"`) || !strings.Contains(page.body, part.body) {
			t.Errorf("the part is not what the page holds: %s", part.body)
		}
	})
	t.Run("search", func(t *testing.T) {
		b := b.in(t)
		res := b.call(http.MethodGet, "/players?q=zez", "").want(http.StatusOK, nil).says("Zezima", `value="zez"`, `hx-get="/players?q=zez"`)
		if strings.Contains(res.body, "Asleep") {
			t.Error("shows who was not looked for")
		}
		b.call(http.MethodGet, "/players?q=%3Cscript%3E", "").want(http.StatusOK, nil).says("none of them is called anything like <q>&lt;script&gt;</q>")
	})
	for query, says := range map[string]string{"after=x": "invalid cursor", "mode=x": "invalid game mode", "status=x": "no such status"} {
		b.call(http.MethodGet, "/players?"+query, "").want(http.StatusUnprocessableEntity, nil).says(says)
	}
	t.Run("filters", func(t *testing.T) {
		for query, want := range map[string][2]string{
			"status=missing": {"Lost", "Zezima"}, "status=paused": {"Asleep", "Zezima"}, "mode=hardcore_ironman": {"Asleep", "Failed"},
			"mode=regular&status=active": {"Zezima", "Asleep"},
		} {
			res := b.in(t).call(http.MethodGet, "/players?"+query, "").want(http.StatusOK, nil).says(">"+want[0]+"</a>", "selected")
			if strings.Contains(res.body, ">"+want[1]+"</a>") {
				t.Errorf("%s shows %s", query, want[1])
			}
		}
	})
}

func TestListPagePages(t *testing.T) {
	b := newBench(t, nil)
	b.call(http.MethodGet, "/players", "").want(http.StatusOK, nil).says("No players yet", "osrsdiff player add")
	for i := range 51 {
		b.add(fmt.Sprintf("Player %d", i), nil)
	}
	b.call(http.MethodGet, "/players", "").want(http.StatusOK, nil).says("51 tracked", "Player 49<", `href="/players?after=50" rel="next"`)
	second := b.call(http.MethodGet, "/players?after=50", "").want(http.StatusOK, nil).says("Player 50", `href="/players">First page`)
	if strings.Contains(second.body, "Player 49<") || strings.Contains(second.body, `rel="next"`) {
		t.Errorf("second page: %s", second.body)
	}
}

func TestPlayerPage(t *testing.T) {
	b := newTown(t)
	golden(t, "player.html", b.call(http.MethodGet, "/players/zezima?done=fresh", "").want(http.StatusOK, nil).body)
	for path, words := range map[string][]string{
		"/players/asleep":          {"Nothing is stored", "Paused", "Hardcore Ironman", `action="/players/Asleep/resume"`},
		"/players/failed":          {"The last fetch failed: hiscores unavailable: status 503", "Nothing changed."},
		"/players/lost":            {"overdue", "Missing"},
		"/players/failed/schedule": {"Last runs", "Failed: ", "hiscores unavailable: status 503", "tick of"},
		"/players/asleep/schedule": {"a person paused it", "None yet.", `value="1h"`},
		"/players/asleep/chart":    {"Nothing is stored"},
		"/players/asleep/history":  {"Hardcore Ironman ever since", "No renames"},
		"/players/asleep/remove":   {"Remove Asleep?", "kept for 30 days", "Delete the history at once"},
	} {
		t.Run(path, func(t *testing.T) {
			b.in(t).call(http.MethodGet, path, "").want(http.StatusOK, nil).says(words...)
		})
	}
	t.Run("made-up message", func(t *testing.T) {
		if res := b.in(t).call(http.MethodGet, "/players/zezima?done=You+won", ""); strings.Contains(res.body, "You won") {
			t.Error("the page says what the address says")
		}
	})
	b.call(http.MethodGet, "/players/nobody", "").want(http.StatusNotFound, nil).says("<h1>Not Found</h1>", "All players")
	b.call(http.MethodGet, "/players/no.body", "").want(http.StatusUnprocessableEntity, nil).says("is not allowed")
}

// send submits a form.
func (b *bench) send(path string, pairs ...string) answer {
	b.t.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Add(pairs[i], pairs[i+1])
	}
	return b.call(http.MethodPost, path, form.Encode(), "Content-Type", "application/x-www-form-urlencoded", "Sec-Fetch-Site", "same-origin")
}

func TestForms(t *testing.T) {
	b := newBench(t, nil)
	b.site.SetAccount("Lynx Titan", player.Ironman, hiscorestest.Account(1_000_000))
	for _, tt := range []struct {
		name, path string
		form       []string
		goes       string
	}{
		{"add", "/players", []string{"name", "lynx titan", "every", "30m", "mode", "auto"}, "/players/lynx%20titan?done=added"},
		{"pause", "/players/Lynx%20Titan/pause", nil, "/players/Lynx%20Titan?done=paused"},
		{"resume", "/players/Lynx%20Titan/resume", nil, "/players/Lynx%20Titan?done=resumed"},
		{"fetch while the first one waits", "/players/Lynx%20Titan/fetch", nil, "/players/Lynx%20Titan?done=waiting"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			res := b.in(t).send(tt.path, tt.form...).want(http.StatusSeeOther, nil)
			if got := res.header.Get("Location"); got != tt.goes {
				t.Errorf("goes to %s, want %s", got, tt.goes)
			}
		})
	}
	var p playerAnswer
	b.call(http.MethodGet, "/api/players/lynx%20titan", "").want(http.StatusOK, &p)
	if p.Every != "30m" || p.Mode != "ironman" || p.Paused {
		t.Errorf("the forms made %+v", p)
	}
	for _, tt := range []struct {
		name   string
		form   []string
		status int
		says   []string
	}{
		{"taken", []string{"name", "LYNX_TITAN"}, http.StatusConflict, []string{"lynx titan&#34; is tracked", `value="LYNX_TITAN"`}},
		{"not on the hiscores", []string{"name", "Nobody", "every", "6h", "mode", "ironman"}, http.StatusNotFound, []string{"do not list", `value="6h"`, `value="ironman" selected`}},
		{"bad name", []string{"name", "a.b"}, http.StatusUnprocessableEntity, []string{"is not allowed", `value="a.b"`}},
		{"bad interval", []string{"name", "ab", "every", "soon"}, http.StatusUnprocessableEntity, []string{"whole minutes"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b.in(t).send("/players", tt.form...).want(tt.status, nil).says(tt.says...).says(`role="alert"`)
		})
	}
	b.send("/players/lynx%20titan/delete").want(http.StatusNotFound, nil)
	b.send("/players/nobody/pause").want(http.StatusNotFound, nil)
}
