package main

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/osrsdiff/osrsdiff/config"
	"github.com/osrsdiff/osrsdiff/hiscores"
	"github.com/osrsdiff/osrsdiff/hiscores/hiscorestest"
	"github.com/osrsdiff/osrsdiff/player"
	"github.com/osrsdiff/osrsdiff/store"
	"github.com/osrsdiff/osrsdiff/tasks"
)

// Each fetch that is stored is a line, and is stored.
func TestFeed(t *testing.T) {
	ctx := t.Context()
	db, err := store.Open(ctx, config.SQLiteURL(filepath.Join(t.TempDir(), "x.db")), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	name, err := player.ParseName("Zezima")
	if err != nil {
		t.Fatal(err)
	}
	p, err := db.AddPlayer(ctx, player.Player{Name: name})
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	var out strings.Builder
	f := &feed{Store: db, now: func() time.Time { return now }, w: &out}

	attempt := func() player.Attempt {
		now = now.Add(time.Minute)
		return player.Attempt{PlayerID: p.ID, Tick: now, Covers: now, StartedAt: now, At: now}
	}
	before := hiscorestest.Account(1_000_000)
	after := hiscorestest.Gain(hiscorestest.Gain(before, "Zulrah", 1), "Fishing", 1_000_000)
	for _, snap := range []hiscores.Snapshot{before, before, after} {
		a := attempt()
		snap.At = a.At
		if _, err := f.RecordSnapshot(ctx, a, snap); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.RecordMissing(ctx, attempt()); err != nil {
		t.Fatal(err)
	}
	if err := f.RecordFailure(ctx, attempt(), "no answer"); err != nil {
		t.Fatal(err)
	}
	f.modeChanged(ctx, tasks.ModeChange{PlayerID: p.ID, To: player.Ironman})
	f.modeChanged(ctx, tasks.ModeChange{PlayerID: p.ID, From: player.Ironman, To: player.Regular})
	want := []string{
		"03:05:05  Zezima        116 values first seen",
		"03:06:05  Zezima        unchanged",
		"03:07:05  Zezima        Fishing +1,000,000 (level ",
		"03:08:05  Zezima        not on the hiscores",
		"03:09:05  Zezima        failed: no answer",
		"03:09:05  Zezima        found as ironman",
		"03:09:05  Zezima        was ironman and is regular now",
	}
	got := strings.Split(strings.TrimSpace(out.String()), "\n")
	for i := range got {
		if i < len(want) && strings.HasPrefix(got[i], want[i]) {
			got[i] = want[i]
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("feed (-want +got):\n%s", diff)
	}
	if !strings.Contains(out.String(), "), Zulrah +1\n") {
		t.Errorf("the boss is missing in:\n%s", out.String())
	}
	if runs, err := db.Runs(ctx, p.ID, 10); err != nil || len(runs) != 1 {
		t.Errorf("Runs = %v, %v; want the failure stored", runs, err)
	}
}

func TestFeedSummary(t *testing.T) {
	gained := func(metric string) hiscores.Change {
		return hiscores.Change{Metric: metric, What: hiscores.Gained, Gain: 1}
	}
	for name, tc := range map[string]struct {
		changes []hiscores.Change
		want    string
	}{
		"nothing":            {nil, "unchanged"},
		"the total alone":    {[]hiscores.Change{gained(hiscores.Overall)}, "Overall +1"},
		"the total and more": {[]hiscores.Change{gained(hiscores.Overall), gained("Fishing")}, "Fishing +1"},
		"more than fits": {
			[]hiscores.Change{gained("A"), gained("B"), gained("C"), gained("D"), gained("E"), gained("F")},
			"A +1, B +1, C +1, D +1, 2 more",
		},
		"a fall and a loss": {
			[]hiscores.Change{{Metric: "LMS - Rank", What: hiscores.Fell, Gain: -12}, {Metric: "Zulrah", What: hiscores.Lost}},
			"LMS - Rank -12, Zulrah no longer ranked",
		},
	} {
		t.Run(name, func(t *testing.T) {
			if got := new(feed).summary(tc.changes); got != tc.want {
				t.Errorf("summary = %q, want %q", got, tc.want)
			}
		})
	}
}
