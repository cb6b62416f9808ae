package demo_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/osrsdiff/osrsdiff/demo"
	"github.com/osrsdiff/osrsdiff/hiscores"
	"github.com/osrsdiff/osrsdiff/player"
)

var start = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)

// world is a demo site with a clock to set and a client of it.
type world struct {
	site   *demo.Site
	client *hiscores.Client
	mu     sync.Mutex
	clock  time.Time
}

func newWorld(seed uint64) *world {
	w := &world{clock: start}
	w.site = demo.NewSite(demo.Options{Seed: seed, Now: w.now})
	w.client = hiscores.NewClient(hiscores.Options{
		BaseURL: "http://demo.invalid", HTTP: &http.Client{Transport: w}, Now: w.now,
	})
	return w
}

func (w *world) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.clock
}

// after sets the clock to that long after the start.
func (w *world) after(d time.Duration) *world {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.clock = start.Add(d)
	return w
}

// RoundTrip hands a request to the site without a network.
func (w *world) RoundTrip(r *http.Request) (*http.Response, error) {
	rec := httptest.NewRecorder()
	w.site.ServeHTTP(rec, r)
	return rec.Result(), nil
}

func named(t testing.TB, s string) player.Name {
	t.Helper()
	name, err := player.ParseName(s)
	if err != nil {
		t.Fatal(err)
	}
	return name
}

// fetch gives the zero snapshot for a player who is not listed.
func (w *world) fetch(t testing.TB, name string, table hiscores.Table) hiscores.Snapshot {
	t.Helper()
	s, err := w.client.Fetch(t.Context(), named(t, name), table)
	if err != nil && !errors.Is(err, hiscores.ErrNotFound) {
		t.Fatal(err)
	}
	return s
}

func (w *world) all(t testing.TB) map[string]hiscores.Snapshot {
	t.Helper()
	all := map[string]hiscores.Snapshot{}
	for _, p := range demo.Players() {
		all[p.Name] = w.fetch(t, p.Name, hiscores.TableOf(p.Mode))
	}
	return all
}

func TestPlayersAreOfEveryMode(t *testing.T) {
	modes, keys := map[player.Mode]int{}, map[string]bool{}
	for _, p := range demo.Players() {
		modes[p.Mode]++
		keys[named(t, p.Name).Key()] = true
		if !strings.HasPrefix(p.Name, "Demo ") || p.Story == "" {
			t.Errorf("%q does not look invented, or has no story", p.Name)
		}
	}
	if len(keys) != 12 {
		t.Errorf("%d players of different names, want 12", len(keys))
	}
	for _, m := range player.Modes() {
		if modes[m] < 2 {
			t.Errorf("%d players are %s, want at least 2", modes[m], m)
		}
	}
}

func TestPlayersStartInTheirMode(t *testing.T) {
	w := newWorld(1)
	for _, p := range demo.Players() {
		readings, err := hiscores.ReadTables(t.Context(), w.client, named(t, p.Name))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := hiscores.Detect(readings); got != p.Mode || err != nil {
			t.Errorf("%s looks %s, %v; want %s", p.Name, got, err, p.Mode)
		}
	}
}

func TestWithin90SecondsThereIsSomethingToSee(t *testing.T) {
	w := newWorld(1)
	before := w.all(t)
	after := w.after(90 * time.Second).all(t)
	gained, leveled, firstKills := 0, 0, 0
	for name, s := range after {
		for _, c := range hiscores.Diff(before[name], s) {
			switch {
			case c.Metric == hiscores.Overall:
				gained++
			case c.Kind == hiscores.Skill && c.LevelBefore != c.LevelAfter:
				leveled++
			case c.Kind == hiscores.Activity && c.Before == hiscores.Known(0) && c.Gain == 1:
				firstKills++
			}
		}
	}
	if gained < 10 || leveled < 3 || firstKills < 4 {
		t.Errorf("%d players gained, %d levels, %d first kills; want 10, 3 and 4", gained, leveled, firstKills)
	}
}

func TestMostPlayersChangeEveryMinute(t *testing.T) {
	w := newWorld(2)
	before := w.all(t)
	for minute := 1; minute <= 60; minute++ {
		after := w.after(time.Duration(minute) * time.Minute).all(t)
		changed := 0
		for name, s := range after {
			if len(hiscores.Diff(before[name], s)) > 0 {
				changed++
			}
		}
		if changed < 7 {
			t.Errorf("minute %d: %d players changed, want 7 or more", minute, changed)
		}
		before = after
	}
}

func checkSums(t *testing.T, name string, s hiscores.Snapshot) {
	t.Helper()
	var xp, level int64
	for _, r := range s.Rows {
		if r.Kind != hiscores.Skill || r.Metric == hiscores.Overall {
			continue
		}
		n, _ := r.Value.Get()
		l, _ := r.Level.Get()
		xp, level = xp+n, level+l
		if n > hiscores.MaxSkillXP || l != hiscores.Level(n) {
			t.Errorf("%s: %s has %d experience at level %d", name, r.Metric, n, l)
		}
	}
	overall, _ := s.Row(hiscores.Overall)
	if overall.Value != hiscores.Known(xp) || overall.Level != hiscores.Known(level) {
		t.Errorf("%s: Overall %s at level %s, the skills add up to %d and %d", name, overall.Value, overall.Level, xp, level)
	}
}

func TestTotalsFitAndOnlyRatingsFall(t *testing.T) {
	w := newWorld(3)
	times := []time.Duration{0, 9 * time.Second, time.Minute, 4 * time.Minute, 10 * time.Minute, 3 * time.Hour,
		24 * time.Hour, 4 * 24 * time.Hour}
	before := map[string]hiscores.Snapshot{}
	fell := 0
	for _, after := range times {
		w.after(after)
		for _, p := range demo.Players() {
			for _, table := range hiscores.Tables() {
				s := w.fetch(t, p.Name, table)
				if len(s.Rows) == 0 {
					continue
				}
				checkSums(t, p.Name, s)
				key := p.Name + string(table)
				for _, c := range hiscores.Diff(before[key], s) {
					if c.What == hiscores.Lost || c.What == hiscores.Fell && !hiscores.MayFall(c.Metric) {
						t.Errorf("after %v %s: %s %s from %s to %s", after, p.Name, c.Metric, c.What, c.Before, c.After)
					}
					if c.What == hiscores.Fell {
						fell++
					}
				}
				before[key] = s
			}
		}
	}
	if fell == 0 {
		t.Error("no rating ever fell")
	}
}

func TestOneGoesMissingAndComesBack(t *testing.T) {
	w := newWorld(1)
	listed := func(after time.Duration) bool {
		return len(w.after(after).fetch(t, "Demo Ember", hiscores.RegularTable).Rows) > 0
	}
	var got []bool
	for _, after := range []time.Duration{0, 2 * time.Minute, 3 * time.Minute, 4 * time.Minute, 5 * time.Minute, 18 * time.Minute, 20 * time.Minute} {
		got = append(got, listed(after))
	}
	if diff := cmp.Diff([]bool{true, true, false, false, true, false, true}, got); diff != "" {
		t.Errorf("listed (-want +got):\n%s", diff)
	}
}

func TestModesAreLostInTime(t *testing.T) {
	tests := []struct {
		name string
		from player.Mode
		to   player.Mode
		late time.Duration // when it must have happened
	}{
		{"Demo Jinx", player.HardcoreIronman, player.Ironman, 4 * time.Minute},
		{"Demo Heath", player.Ironman, player.Regular, 5 * time.Minute},
		{"Demo Lotus", player.UltimateIronman, player.Ironman, 7 * time.Minute},
		{"Demo Ivy", player.HardcoreIronman, player.HardcoreIronman, time.Hour},
		{"Demo Kelp", player.UltimateIronman, player.UltimateIronman, time.Hour},
		{"Demo Gully", player.Ironman, player.Ironman, time.Hour},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(1)
			for _, check := range []struct {
				after time.Duration
				want  player.Mode
			}{{2 * time.Minute, tt.from}, {tt.late, tt.to}, {24 * time.Hour, tt.to}} {
				readings, err := hiscores.ReadTables(t.Context(), w.after(check.after).client, named(t, tt.name))
				if err != nil {
					t.Fatal(err)
				}
				if got := hiscores.Downgrade(tt.from, readings); !got.Known || got.Mode != check.want {
					t.Errorf("after %v: %+v, want mode %s", check.after, got, check.want)
				}
			}
		})
	}
}

func TestFrozenRowsStayWhileOthersGrow(t *testing.T) {
	w := newWorld(1)
	hardcore := w.after(5*time.Minute).fetch(t, "Demo Jinx", hiscores.HardcoreTable)
	ironman := w.fetch(t, "Demo Jinx", hiscores.IronmanTable)
	w.after(15 * time.Minute)
	if changes := hiscores.Diff(hardcore, w.fetch(t, "Demo Jinx", hiscores.HardcoreTable)); len(changes) != 0 {
		t.Errorf("the hardcore row moved: %+v", changes)
	}
	if changes := hiscores.Diff(ironman, w.fetch(t, "Demo Jinx", hiscores.IronmanTable)); len(changes) == 0 {
		t.Error("the ironman row stood still")
	}
}

func TestAGameUpdateBringsARow(t *testing.T) {
	const wyrm = "Clockwork Wyrm"
	w := newWorld(1)
	for name, s := range w.all(t) {
		if _, ok := s.Row(wyrm); ok {
			t.Errorf("%s has the row from the start", name)
		}
	}
	kills := int64(0)
	for name, s := range w.after(2 * time.Hour).all(t) {
		row, ok := s.Row(wyrm)
		if n, known := row.Value.Get(); ok && known {
			kills += n
		} else {
			t.Errorf("%s lacks the row", name)
		}
	}
	if kills == 0 {
		t.Error("nobody killed the new boss")
	}
}

func TestRanksDriftWithoutPlay(t *testing.T) {
	w := newWorld(1)
	before := w.fetch(t, "Demo Dormant", hiscores.RegularTable)
	after := w.after(4*time.Minute).fetch(t, "Demo Dormant", hiscores.RegularTable)
	if changes := hiscores.Diff(before, after); len(changes) != 0 {
		t.Errorf("changes of one who does not play: %+v", changes)
	}
	a, _ := before.Row(hiscores.Overall)
	b, _ := after.Row(hiscores.Overall)
	if a.Rank == b.Rank {
		t.Errorf("rank stayed %s", a.Rank)
	}
	if row, _ := after.Row("Bounty Hunter - Hunter"); row.Value.IsKnown() {
		t.Error("an unranked score of a dormant player is known")
	}
}

func TestTheSameSeedTellsTheSameStory(t *testing.T) {
	often, once, other := newWorld(7), newWorld(7), newWorld(8)
	for m := range 20 {
		often.after(time.Duration(m) * time.Minute).all(t)
	}
	want := often.all(t)
	if diff := cmp.Diff(want, once.after(19*time.Minute).all(t)); diff != "" {
		t.Errorf("asked often, and asked once (-often +once):\n%s", diff)
	}
	if cmp.Equal(want, other.after(19*time.Minute).all(t)) {
		t.Error("another seed tells the same story")
	}
	resumed := demo.NewSite(demo.Options{Seed: 7, Start: often.site.Start(), Now: often.now})
	often.site = resumed
	if diff := cmp.Diff(want, often.all(t)); diff != "" {
		t.Errorf("a new site with the old start (-before +after):\n%s", diff)
	}
}

func TestTheSiteRefusesOthers(t *testing.T) {
	w := newWorld(1)
	if _, err := w.client.Fetch(t.Context(), named(t, "Somebody"), hiscores.RegularTable); !errors.Is(err, hiscores.ErrNotFound) {
		t.Errorf("a player there is none of: %v", err)
	}
	tests := []struct {
		name, method, path string
		want               int
	}{
		{"no name", http.MethodGet, "/m=hiscore_oldschool/index_lite.json", http.StatusBadRequest},
		{"no table", http.MethodGet, "/m=hiscore_oldschool_deadman/index_lite.json?player=a", http.StatusNotFound},
		{"another page", http.MethodGet, "/", http.StatusNotFound},
		{"another method", http.MethodPost, "/m=hiscore_oldschool/index_lite.json?player=a", http.StatusNotFound},
	}
	for _, tt := range tests {
		rec := httptest.NewRecorder()
		w.site.ServeHTTP(rec, httptest.NewRequestWithContext(t.Context(), tt.method, tt.path, http.NoBody))
		if rec.Code != tt.want {
			t.Errorf("%s: %d, want %d", tt.name, rec.Code, tt.want)
		}
	}
}

func TestManyMayAskAtOnce(t *testing.T) {
	server := httptest.NewServer(demo.NewSite(demo.Options{}))
	defer server.Close()
	client := hiscores.NewClient(hiscores.Options{BaseURL: server.URL})
	var wg sync.WaitGroup
	for _, p := range demo.Players() {
		for range 3 {
			wg.Go(func() {
				name, err := player.ParseName(p.Name)
				if err == nil {
					_, err = client.Fetch(context.WithoutCancel(t.Context()), name, hiscores.TableOf(p.Mode))
				}
				if err != nil {
					t.Error(err)
				}
			})
		}
	}
	wg.Wait()
}
