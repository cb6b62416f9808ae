package store_test

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/osrsdiff/osrsdiff/hiscores"
	"github.com/osrsdiff/osrsdiff/store"
)

func (b bench) thin(tb testing.TB, before time.Time) int64 {
	tb.Helper()
	done, err := b.Prune(tb.Context(), store.PruneOptions{ThinBefore: before})
	if err != nil {
		tb.Fatal(err)
	}
	return done.Values
}

func (b bench) points(tb testing.TB, id int64, metric string) []string {
	tb.Helper()
	points, err := b.Series(tb.Context(), id, metric, time.Time{}, time.Time{})
	if err != nil {
		tb.Fatal(err)
	}
	all := []string{}
	for _, p := range points {
		all = append(all, fmt.Sprint(p.At.Sub(morning).Hours(), ": ", p.Value))
	}
	return all
}

func TestThinning(t *testing.T) {
	onEach(t, func(t *testing.T, b bench) {
		p := b.add(t, "Zezima")
		values := []struct {
			hour int
			xp   int64
		}{
			{0, 100}, {1, 101}, {2, 102}, {10, 103}, // the first day, from 08:00 on
			{20, 110}, {22, 170}, {30, 180}, // the second day
			{60, 190}, {61, 191}, {62, 192},
		}
		for _, v := range values {
			b.fetch(t, p.ID, morning.Add(time.Duration(v.hour)*time.Hour), skill("Overall", 1, v.xp), activity("Zulrah", 3))
		}
		b.clock.Advance(40 * 24 * time.Hour)
		before := b.records(t, p.ID)
		if n := b.thin(t, time.Time{}); n != 0 {
			t.Errorf("%d values thinned without being asked", n)
		}
		// 10 ends the first day and 30 the second, and the record of a day, from 6
		// to 30, starts from the value at 2.
		if n := b.thin(t, b.clock.Now()); n == 0 {
			t.Error("nothing was thinned")
		}
		diff(t, "what is left", []string{"0: 100", "2: 102", "10: 103", "30: 180", "62: 192"}, b.points(t, p.ID, "Overall"))
		diff(t, "records", before, b.records(t, p.ID))
		diff(t, "the other metric", []string{"0: 3"}, b.points(t, p.ID, "Zulrah"))
		if n := b.thin(t, b.clock.Now()); n != 0 {
			t.Errorf("%d more values thinned", n)
		}
	})
}

func TestThinningLeavesTheLastMonth(t *testing.T) {
	onEach(t, func(t *testing.T, b bench) {
		p := b.add(t, "Zezima")
		for i := range 10 {
			b.fetch(t, p.ID, morning.Add(time.Duration(i)*time.Minute), skill("Overall", 1, int64(100+i)))
		}
		b.clock.Advance(32 * 24 * time.Hour)
		if n := b.thin(t, b.clock.Now().AddDate(1, 0, 0)); n != 0 {
			t.Errorf("%d values of the day 32 days ago thinned", n)
		}
		b.clock.Advance(8 * 24 * time.Hour)
		if n := b.thin(t, b.clock.Now()); n == 0 {
			t.Error("nothing thinned a week later")
		}
	})
}

// TestThinningKeepsWhatCounts thins histories again and again as they grow. It
// must change no record, no gain between two days of UTC and no sum of the
// leaderboards.
func TestThinningKeepsWhatCounts(t *testing.T) {
	onEach(t, func(t *testing.T, b bench) {
		n := 0
		rapid.Check(t, func(rt *rapid.T) {
			n++
			b.clock.Advance(morning.Sub(b.clock.Now()))
			thinned, whole := b.add(t, fmt.Sprint("thin ", n)), b.add(t, fmt.Sprint("all ", n))
			metric := rapid.SampledFrom([]string{"Zulrah", "LMS - Rank"}).Draw(rt, "metric")
			value := int64(10)
			for range rapid.IntRange(2, 30).Draw(rt, "fetches") {
				at := b.clock.Advance(time.Duration(rapid.SampledFrom([]int{1, 3, 9, 30, 200}).Draw(rt, "hours")) * time.Hour)
				least := int64(0)
				if hiscores.MayFall(metric) {
					least = -9
				}
				value = max(0, value+rapid.Int64Range(least, 12).Draw(rt, "gain"))
				body := rows(skill("Overall", 1, 5))
				if rapid.IntRange(0, 9).Draw(rt, "stated") > 0 {
					body = append(body, activity(metric, value))
				}
				b.fetch(t, thinned.ID, at, body...)
				b.fetch(t, whole.ID, at, body...)
				if rapid.IntRange(0, 4).Draw(rt, "thins") == 0 {
					thinOne(rt, b, thinned.ID)
				}
			}
			b.clock.Advance(33 * 24 * time.Hour)
			thinOne(rt, b, thinned.ID)
			compareThinned(rt, t, b, thinned.ID, whole.ID)
			for _, id := range []int64{thinned.ID, whole.ID} {
				if _, err := b.RemovePlayer(t.Context(), id); err != nil {
					rt.Fatal(err)
				}
			}
		})
	})
}

func thinOne(rt *rapid.T, b bench, id int64) {
	if err := b.ThinPlayer(rt.Context(), id, b.clock.Now().Add(-32*24*time.Hour)); err != nil {
		rt.Fatal(err)
	}
}

func compareThinned(rt *rapid.T, t *testing.T, b bench, thinned, whole int64) {
	same(rt, "records", b.records(t, whole), b.records(t, thinned))
	for range 5 {
		from := drawLater(rt, morning).Truncate(24 * time.Hour)
		to := drawLater(rt, from).Truncate(24 * time.Hour)
		want, err1 := b.Gains(t.Context(), whole, from, to)
		got, err2 := b.Gains(t.Context(), thinned, from, to)
		if err1 != nil || err2 != nil {
			rt.Fatal(err1, err2)
		}
		same(rt, fmt.Sprint("gains from ", from, " to ", to), want, got)
	}
	sums := b.dump(t, thinned)
	if err := b.Recount(t.Context(), thinned); err != nil {
		rt.Fatal(err)
	}
	same(rt, "sums", sums, b.dump(t, thinned))
}
