package store_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/osrsdiff/osrsdiff/hiscores"
	"github.com/osrsdiff/osrsdiff/store"
)

// model keeps whole snapshots in memory and answers by looking through them.
type model []hiscores.Snapshot

// record keeps a snapshot unless a newer one came before it.
func (m *model) record(snap hiscores.Snapshot) {
	if n := len(*m); n == 0 || snap.At.After((*m)[n-1].At) {
		*m = append(*m, snap)
	}
}

// at is the last snapshot at or before a time.
func (m model) at(at time.Time) (hiscores.Snapshot, bool) {
	i := slices.IndexFunc(m, func(s hiscores.Snapshot) bool { return s.At.After(at) })
	if i < 0 {
		i = len(m)
	}
	if i == 0 {
		return hiscores.Snapshot{}, false
	}
	return m[i-1], true
}

func (m model) gains(from, to time.Time) map[string]hiscores.Change {
	if len(m) == 0 {
		return nil
	}
	if from.Before(m[0].At) {
		from = m[0].At
	}
	before, _ := m.at(from)
	after, ok := m.at(to)
	if !ok || !from.Before(to) {
		return nil
	}
	return byMetric(hiscores.Diff(before, after))
}

// series is the value at from and those of every later change up to to.
func (m model) series(metric string, from, to time.Time) []store.Point {
	var points []store.Point
	var last hiscores.Number
	if to.Before(from) {
		return nil
	}
	for _, snap := range m {
		row, _ := snap.Row(metric)
		if row.Value == last || snap.At.After(to) {
			continue
		}
		last = row.Value
		p := store.Point{At: snap.At, Value: row.Value, Rank: row.Rank, Level: row.Level}
		if !p.At.After(from) {
			p.At, points = from, nil
		}
		points = append(points, p)
	}
	return points
}

func byMetric(changes []hiscores.Change) map[string]hiscores.Change {
	found := make(map[string]hiscores.Change, len(changes))
	for _, c := range changes {
		// A level without an experience is not kept over time.
		if !c.Before.IsKnown() {
			c.LevelBefore = hiscores.Number{}
		}
		if !c.After.IsKnown() {
			c.LevelAfter = hiscores.Number{}
		}
		found[hiscores.MetricKey(c.Metric)] = c
	}
	return found
}

func knownValues(s hiscores.Snapshot) map[string]hiscores.Number {
	values := map[string]hiscores.Number{}
	for _, r := range s.Rows {
		if r.Value.IsKnown() {
			values[hiscores.MetricKey(r.Metric)] = r.Value
		}
	}
	return values
}

// modelMetrics may fall but for the total, which grows in the model: what cannot
// fall and does is for TestIdentity to look at.
var modelMetrics = []string{hiscores.Overall, "Grid Points", "League Points", "LMS - Rank"}

func drawSnapshot(t *rapid.T, at time.Time) hiscores.Snapshot {
	snap := hiscores.Snapshot{At: at}
	for i, metric := range modelMetrics {
		value := rapid.Int64Range(-2, 3).Draw(t, metric)
		if value == -2 && i > 0 {
			continue // no such row
		}
		row := hiscores.Row{Metric: metric, Kind: hiscores.Activity}
		if i < 2 {
			row.Kind = hiscores.Skill
		}
		if value >= 0 && i == 0 {
			value = 1 + int64(at.Sub(morning)/time.Minute)
		}
		if value >= 0 {
			row.Value = hiscores.Known(value * 1_600_000_000)
			row.Rank = hiscores.Known(rapid.Int64Range(0, 2).Draw(t, metric+" rank"))
			if i < 2 {
				row.Level = hiscores.Known(value)
			}
		}
		snap.Rows = append(snap.Rows, row)
	}
	return snap
}

// drawTime is a minute of the half hour in which everything happens.
func drawTime(t *rapid.T, what string) time.Time {
	return morning.Add(time.Duration(rapid.IntRange(0, 30).Draw(t, what)) * time.Minute)
}

func TestHistoryAgreesWithAModel(t *testing.T) {
	onEach(t, func(t *testing.T, b bench) {
		n := 0
		rapid.Check(t, func(rt *rapid.T) {
			n++
			p := b.add(t, fmt.Sprintf("model %d", n))
			var m model
			for range rapid.IntRange(0, 12).Draw(rt, "snapshots") {
				snap := drawSnapshot(rt, drawTime(rt, "fetched at"))
				m.record(snap)
				for range rapid.IntRange(1, 2).Draw(rt, "times recorded") {
					b.fetch(t, p.ID, snap.At, snap.Rows...)
				}
			}
			for range 5 {
				compare(rt, t, b, p.ID, m)
			}
		})
	})
}

// compare asks the store and the model the same random questions.
func compare(rt *rapid.T, t *testing.T, b bench, id int64, m model) {
	from, to := drawTime(rt, "from"), drawTime(rt, "to")

	want, ok := m.at(to)
	got, err := b.SnapshotAt(t.Context(), id, to)
	if errors.Is(err, store.ErrNotFound) == ok || (ok && err != nil) {
		rt.Fatalf("snapshot at %v: %v, the model has one: %v", to, err, ok)
	}
	same(rt, "values", knownValues(want), knownValues(got))

	changes, err := b.Gains(t.Context(), id, from, to)
	if err != nil {
		rt.Fatal(err)
	}
	gains := m.gains(from, to)
	if len(gains)+len(changes) > 0 {
		same(rt, "gains", gains, byMetric(changes))
	}
	overall, err := b.OverallGains(t.Context(), []int64{id}, from, to)
	if err != nil {
		rt.Fatal(err)
	}
	same(rt, "overall gain", gains[hiscores.MetricKey(hiscores.Overall)].Gain, overall[id])

	metric := rapid.SampledFrom(modelMetrics).Draw(rt, "metric")
	points, err := b.Series(t.Context(), id, metric, from, to)
	if err != nil && !errors.Is(err, store.ErrNotFound) { // as long as nobody had it
		rt.Fatal(err)
	}
	if series := m.series(metric, from, to); len(series)+len(points) > 0 {
		same(rt, "series of "+metric, series, points)
	}
}

func same(rt *rapid.T, what string, want, got any) {
	if d := cmp.Diff(want, got, equalNumbers); d != "" {
		rt.Fatalf("%s (-model +store):\n%s", what, d)
	}
}

func TestLatestKeepsAnyNumbers(t *testing.T) {
	onEach(t, func(t *testing.T, b bench) {
		p := b.add(t, "Zezima")
		at := morning
		number := rapid.Custom(func(rt *rapid.T) hiscores.Number {
			if rapid.Bool().Draw(rt, "known") {
				return hiscores.Known(rapid.Int64().Draw(rt, "n"))
			}
			return hiscores.Number{}
		})
		rapid.Check(t, func(rt *rapid.T) {
			at = at.Add(time.Microsecond)
			snap := hiscores.Snapshot{At: at}
			for i := range rapid.IntRange(1, 200).Draw(rt, "rows") {
				snap.Rows = append(snap.Rows, hiscores.Row{
					Metric: fmt.Sprint(i, " Points"), Kind: hiscores.Activity, // may fall
					Rank: number.Draw(rt, "rank"), Level: number.Draw(rt, "level"), Value: number.Draw(rt, "value"),
				})
			}
			b.fetch(t, p.ID, at, snap.Rows...)
			got, err := b.Latest(t.Context(), p.ID)
			if err != nil {
				rt.Fatal(err)
			}
			same(rt, "latest", snap, got)
		})
	})
}
