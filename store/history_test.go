package store_test

import (
	"errors"
	"testing"
	"time"

	"github.com/osrsdiff/osrsdiff/hiscores"
	"github.com/osrsdiff/osrsdiff/store"
)

// threeDays is a player with a snapshot each morning: a new metric on the
// second day, a drop and a loss on the third.
func threeDays(t *testing.T, b bench) (id int64, day func(float64) time.Time) {
	t.Helper()
	p := b.add(t, "Zezima")
	day = func(n float64) time.Time { return morning.Add(time.Duration(n * 24 * float64(time.Hour))) }
	b.fetch(t, p.ID, day(0), skill("Overall", 100, 1000), skill("Attack", 1, 0), activity("LMS - Rank", 500), unknown("Nex"))
	b.fetch(t, p.ID, day(1), skill("Overall", 110, 1500), skill("Attack", 1, 0), activity("New Boss", 2), activity("LMS - Rank", 490), unknown("Nex"))
	b.fetch(t, p.ID, day(2), skill("Overall", 120, 2500), skill("Attack", 10, 1000), activity("New Boss", 2), activity("Nex", 7))
	return p.ID, day
}

// rows reads better than a literal.
func rows(rows ...hiscores.Row) []hiscores.Row { return rows }

func TestSnapshotAt(t *testing.T) {
	onEach(t, func(t *testing.T, b bench) {
		id, day := threeDays(t, b)
		latest := hiscores.Snapshot{At: day(2), Rows: rows(
			skill("Overall", 120, 2500), skill("Attack", 10, 1000), activity("New Boss", 2), activity("Nex", 7))}
		tests := map[string]struct {
			at   time.Time
			want hiscores.Snapshot
		}{
			"the first": {day(0), hiscores.Snapshot{At: day(0), Rows: rows(
				skill("Overall", 100, 1000), skill("Attack", 1, 0), activity("LMS - Rank", 500))}},
			"between": {day(0.5), hiscores.Snapshot{At: day(0.5), Rows: rows(
				skill("Overall", 100, 1000), skill("Attack", 1, 0), activity("LMS - Rank", 500))}},
			"just before": {day(1).Add(-time.Microsecond), hiscores.Snapshot{At: day(1).Add(-time.Microsecond), Rows: rows(
				skill("Overall", 100, 1000), skill("Attack", 1, 0), activity("LMS - Rank", 500))}},
			"the second": {day(1), hiscores.Snapshot{At: day(1), Rows: rows(
				skill("Overall", 110, 1500), skill("Attack", 1, 0), activity("New Boss", 2), activity("LMS - Rank", 490))}},
			"the last": {day(2), latest},
			"later":    {day(99), latest},
		}
		for what, test := range tests {
			got, err := b.SnapshotAt(t.Context(), id, test.at)
			if err != nil {
				t.Fatalf("%s: %v", what, err)
			}
			diff(t, what, test.want, got)
		}
		for _, at := range []time.Time{day(0).Add(-time.Microsecond), {}} {
			if _, err := b.SnapshotAt(t.Context(), id, at); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("at %v: %v", at, err)
			}
		}
		if since, err := b.TrackedSince(t.Context(), id); !since.Equal(day(0)) || err != nil {
			t.Errorf("tracked since %v, %v", since, err)
		}
	})
}

func TestGains(t *testing.T) {
	known := hiscores.Known
	overall := func(before, after, levelBefore, levelAfter int64) hiscores.Change {
		return hiscores.Change{
			Metric: "Overall", Kind: hiscores.Skill, What: hiscores.Gained, Gain: after - before,
			Before: known(before), After: known(after), LevelBefore: known(levelBefore), LevelAfter: known(levelAfter),
		}
	}
	attack := hiscores.Change{
		Metric: "Attack", Kind: hiscores.Skill, What: hiscores.Gained, Gain: 1000,
		Before: known(0), After: known(1000), LevelBefore: known(1), LevelAfter: known(10),
	}
	seen := func(metric string, score int64) hiscores.Change {
		return hiscores.Change{Metric: metric, Kind: hiscores.Activity, What: hiscores.FirstSeen, After: known(score)}
	}
	fell := hiscores.Change{
		Metric: "LMS - Rank", Kind: hiscores.Activity, What: hiscores.Fell, Before: known(500), After: known(490), Gain: -10,
	}
	lost := func(from int64) hiscores.Change {
		return hiscores.Change{Metric: "LMS - Rank", Kind: hiscores.Activity, What: hiscores.Lost, Before: known(from)}
	}
	onEach(t, func(t *testing.T, b bench) {
		id, day := threeDays(t, b)
		all := []hiscores.Change{overall(1000, 2500, 100, 120), attack, seen("New Boss", 2), seen("Nex", 7), lost(500)}
		tests := map[string]struct {
			from, to time.Time
			want     []hiscores.Change
		}{
			"everything":               {time.Time{}, time.Time{}, all},
			"from before the first":    {day(-30), day(30), all},
			"from the first":           {day(0), day(2), all},
			"the first day":            {day(0), day(1), []hiscores.Change{overall(1000, 1500, 100, 110), seen("New Boss", 2), fell}},
			"the second day":           {day(1), day(2), []hiscores.Change{overall(1500, 2500, 110, 120), attack, seen("Nex", 7), lost(490)}},
			"an idle half day":         {day(1), day(1.5), nil},
			"from within an idle time": {day(0.5), day(1.5), []hiscores.Change{overall(1000, 1500, 100, 110), seen("New Boss", 2), fell}},
			"only before the first":    {day(-2), day(-1), nil},
			"up to the first":          {day(-2), day(0), nil},
			"after the last":           {day(3), day(4), nil},
			"no time":                  {day(1), day(1), nil},
			"backwards":                {day(2), day(1), nil},
		}
		for what, test := range tests {
			got, err := b.Gains(t.Context(), id, test.from, test.to)
			if err != nil {
				t.Fatalf("%s: %v", what, err)
			}
			diff(t, what, test.want, got)
			var want int64
			for _, c := range test.want {
				if c.Metric == hiscores.Overall {
					want = c.Gain
				}
			}
			gains, err := b.OverallGains(t.Context(), []int64{id, 404}, test.from, test.to)
			if err != nil || gains[id] != want || gains[404] != 0 {
				t.Errorf("%s: overall gains %v, %v; want %d", what, gains, err, want)
			}
		}
	})
}

func TestGainsBeforeAnySnapshot(t *testing.T) {
	onEach(t, func(t *testing.T, b bench) {
		p := b.add(t, "Zezima")
		if gains, err := b.OverallGains(t.Context(), []int64{p.ID}, morning, time.Time{}); len(gains) != 0 || err != nil {
			t.Errorf("overall gains in an empty database: %v, %v", gains, err)
		}
		if changes, err := b.Gains(t.Context(), p.ID, morning, time.Time{}); len(changes) != 0 || err != nil {
			t.Errorf("gains: %v, %v", changes, err)
		}
		if _, err := b.Latest(t.Context(), p.ID); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("latest: %v", err)
		}
		if since, err := b.TrackedSince(t.Context(), p.ID); !since.IsZero() || err != nil {
			t.Errorf("tracked since %v, %v", since, err)
		}
	})
}

func TestOverallGainsOfMany(t *testing.T) {
	onEach(t, func(t *testing.T, b bench) {
		idle, busy, fresh := b.add(t, "idle"), b.add(t, "busy"), b.add(t, "fresh")
		b.fetch(t, idle.ID, morning, skill("Overall", 1, 10))
		b.fetch(t, busy.ID, morning, skill("Overall", 1, 20))
		b.fetch(t, busy.ID, morning.Add(2*time.Hour), skill("Overall", 1, 4_800_000_000))
		b.fetch(t, fresh.ID, morning.Add(3*time.Hour), skill("Overall", 1, 30))
		got, err := b.OverallGains(t.Context(), []int64{idle.ID, busy.ID, fresh.ID}, morning.Add(time.Hour), morning.Add(4*time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		diff(t, "gains", map[int64]int64{idle.ID: 0, busy.ID: 4_799_999_980, fresh.ID: 0}, got)
	})
}

func TestSeries(t *testing.T) {
	onEach(t, func(t *testing.T, b bench) {
		id, day := threeDays(t, b)
		point := func(at time.Time, level, xp int64) store.Point {
			return store.Point{At: at, Value: hiscores.Known(xp), Rank: hiscores.Known(1000), Level: hiscores.Known(level)}
		}
		score := func(at time.Time, n int64) store.Point { return store.Point{At: at, Value: hiscores.Known(n)} }
		tests := map[string]struct {
			metric   string
			from, to time.Time
			want     []store.Point
		}{
			"all":               {"overall", time.Time{}, time.Time{}, []store.Point{point(day(0), 100, 1000), point(day(1), 110, 1500), point(day(2), 120, 2500)}},
			"both ends":         {"Overall", day(1), day(2), []store.Point{point(day(1), 110, 1500), point(day(2), 120, 2500)}},
			"begins in between": {"Overall", day(0.5), day(1.5), []store.Point{point(day(0.5), 100, 1000), point(day(1), 110, 1500)}},
			"idle":              {"Overall", day(5), day(6), []store.Point{point(day(5), 120, 2500)}},
			"before the first":  {"Overall", day(-5), day(-4), []store.Point{}},
			"backwards":         {"Overall", day(2), day(1), []store.Point{}},
			"lost":              {"LMS - Rank", time.Time{}, time.Time{}, []store.Point{score(day(0), 500), score(day(1), 490), {At: day(2)}}},
			"never known":       {" NEX ", day(-1), day(9), []store.Point{score(day(2), 7)}},
		}
		for what, test := range tests {
			got, err := b.Series(t.Context(), id, test.metric, test.from, test.to)
			if err != nil {
				t.Fatalf("%s: %v", what, err)
			}
			diff(t, what, test.want, got)
		}
		if _, err := b.Series(t.Context(), id, "Runecrafting", day(0), day(1)); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("unknown metric: %v", err)
		}
	})
}
