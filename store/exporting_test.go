package store_test

import (
	"testing"
	"time"

	"github.com/osrsdiff/osrsdiff/store"
)

// TestHistoryAfter reads a history in pages of every size and compares it with the
// series of its metrics.
func TestHistoryAfter(t *testing.T) {
	onEach(t, func(t *testing.T, b bench) {
		id, day := threeDays(t, b)
		other := b.add(t, "Someone Else")
		b.fetch(t, other.ID, day(1), skill("Attack", 1, 5))
		read := func(f store.HistoryFilter) []store.Value {
			t.Helper()
			var all []store.Value
			for {
				page, err := b.HistoryAfter(t.Context(), f)
				if err != nil {
					t.Fatal(err)
				}
				all = append(all, page...)
				if len(page) < f.Limit {
					return all
				}
				f.After = page[len(page)-1].Key
			}
		}
		whole := read(store.HistoryFilter{PlayerID: id, Limit: 1000})
		byMetric := map[string][]store.Point{}
		for _, v := range whole {
			byMetric[v.Metric] = append(byMetric[v.Metric], v.Point)
		}
		if len(byMetric) == 0 {
			t.Fatal("the history is empty")
		}
		for metric, points := range byMetric {
			series, err := b.Series(t.Context(), id, metric, time.Time{}, time.Time{})
			if err != nil {
				t.Fatal(err)
			}
			diff(t, "history of "+metric, series, points)
		}
		for limit := 1; limit <= 3; limit++ {
			if paged := read(store.HistoryFilter{PlayerID: id, Limit: limit}); len(paged) != len(whole) || paged[len(paged)-1].Key != whole[len(whole)-1].Key {
				t.Errorf("pages of %d have %d values, the whole %d", limit, len(paged), len(whole))
			}
		}
		for _, v := range read(store.HistoryFilter{PlayerID: id, From: day(1), To: day(2), Limit: 10}) {
			if v.At.Before(day(1)) || v.At.After(day(2)) {
				t.Errorf("value of %v is outside", v.At)
			}
		}
	})
}
