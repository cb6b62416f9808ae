package store_test

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/osrsdiff/osrsdiff/gains"
	"github.com/osrsdiff/osrsdiff/hiscores"
	"github.com/osrsdiff/osrsdiff/player"
	"github.com/osrsdiff/osrsdiff/store"
)

// line is a place of a leaderboard as a line.
func line(p store.Place) string { return fmt.Sprint(p.Place, " ", p.Player, " ", p.Value) }

func lines(places []store.Place) []string {
	all := []string{}
	for _, p := range places {
		all = append(all, line(p))
	}
	return all
}

func (b bench) board(tb testing.TB, f store.LeaderboardFilter) []string {
	tb.Helper()
	places, err := b.Leaderboard(tb.Context(), f)
	if err != nil {
		tb.Fatal(err)
	}
	return lines(places)
}

func (b bench) gainsBoard(tb testing.TB, f store.LeaderboardFilter, w gains.Window) []string {
	tb.Helper()
	places, err := b.GainsLeaderboard(tb.Context(), f, w)
	if err != nil {
		tb.Fatal(err)
	}
	return lines(places)
}

func TestLeaderboard(t *testing.T) {
	onEach(t, func(t *testing.T, b bench) {
		if _, err := b.Leaderboard(t.Context(), store.LeaderboardFilter{Metric: "Overall"}); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("before any body: %v", err)
		}
		low, high, even, none := b.add(t, "low"), b.add(t, "high"), b.add(t, "even"), b.add(t, "none")
		b.fetch(t, low.ID, morning, skill("Overall", 1, 5), activity("Zulrah", 7), activity("LMS - Rank", 500))
		b.fetch(t, high.ID, morning, skill("Overall", 9, 4_800_000_000), activity("Zulrah", 0))
		b.fetch(t, even.ID, morning, skill("Overall", 2, 5), unknown("Zulrah"))
		b.fetch(t, none.ID, morning, skill("Overall", 1, 0))
		ironman := player.Ironman
		if _, err := b.UpdatePlayer(t.Context(), even.ID, store.PlayerPatch{Mode: &ironman}); err != nil {
			t.Fatal(err)
		}
		overall := store.LeaderboardFilter{Metric: " OVERALL "}
		diff(t, "overall", []string{"1 high 4800000000", "2 low 5", "3 even 5"}, b.board(t, overall))
		diff(t, "Zulrah", []string{"1 low 7"}, b.board(t, store.LeaderboardFilter{Metric: "Zulrah"}))
		diff(t, "a page", []string{"2 low 5"}, b.board(t, store.LeaderboardFilter{Metric: "Overall", Limit: 1, Offset: 1}))
		diff(t, "behind the last", []string{}, b.board(t, store.LeaderboardFilter{Metric: "Overall", Offset: 9}))
		diff(t, "the place of one", []string{"3 even 5"}, b.board(t, store.LeaderboardFilter{Metric: "Overall", PlayerID: even.ID}))
		diff(t, "the place of one among ironmen", []string{"1 even 5"}, b.board(t, store.LeaderboardFilter{Metric: "Overall", PlayerID: even.ID, Mode: ironman}))
		diff(t, "the place of one who has none", []string{}, b.board(t, store.LeaderboardFilter{Metric: "Overall", PlayerID: none.ID}))
		diff(t, "ironmen", []string{"1 even 5"}, b.board(t, store.LeaderboardFilter{Metric: "Overall", Mode: ironman}))

		b.fetch(t, low.ID, morning.Add(time.Hour), skill("Overall", 1, 6), activity("Zulrah", 7), activity("LMS - Rank", 450))
		diff(t, "after a gain", []string{"1 high 4800000000", "2 low 6", "3 even 5"}, b.board(t, overall))
		diff(t, "a rating that fell", []string{"1 low 450"}, b.board(t, store.LeaderboardFilter{Metric: "LMS - Rank"}))
		b.fetch(t, low.ID, morning.Add(2*time.Hour), skill("Overall", 1, 6), unknown("Zulrah"), activity("LMS - Rank", 0))
		diff(t, "no longer stated", []string{}, b.board(t, store.LeaderboardFilter{Metric: "Zulrah"}))
		diff(t, "zero", []string{}, b.board(t, store.LeaderboardFilter{Metric: "LMS - Rank"}))
		if _, err := b.RemovePlayer(t.Context(), high.ID); err != nil {
			t.Fatal(err)
		}
		diff(t, "after a removal", []string{"1 low 6", "2 even 5"}, b.board(t, overall))
	})
}

func TestGainsLeaderboardEdges(t *testing.T) {
	onEach(t, func(t *testing.T, b bench) {
		p, q := b.add(t, "p"), b.add(t, "q")
		midnight := morning.Truncate(24 * time.Hour) // of Friday
		day := func(n int) time.Time { return midnight.AddDate(0, 0, n) }
		b.fetch(t, p.ID, day(0).Add(time.Hour), skill("Overall", 1, 100))
		b.fetch(t, p.ID, day(1), skill("Overall", 1, 110))                       // exactly at Friday's end
		b.fetch(t, p.ID, day(1).Add(time.Microsecond), skill("Overall", 1, 130)) // Saturday
		b.fetch(t, p.ID, day(3).Add(time.Hour), skill("Overall", 1, 170))        // Monday
		b.fetch(t, q.ID, day(1).Add(time.Hour), skill("Overall", 1, 500))        // first seen
		b.fetch(t, q.ID, day(3).Add(2*time.Hour), skill("Overall", 1, 505))
		b.clock.Advance(60 * 24 * time.Hour)
		tests := map[string]struct {
			w    gains.Window
			want []string
		}{
			"Friday":                    {gains.Day.Calendar(day(0), time.UTC), []string{"1 p 10"}},
			"Saturday":                  {gains.Day.Calendar(day(1), time.UTC), []string{"1 p 20"}},
			"Sunday":                    {gains.Day.Calendar(day(2), time.UTC), []string{}},
			"Monday":                    {gains.Day.Calendar(day(3), time.UTC), []string{"1 p 40", "2 q 5"}},
			"the first week":            {gains.Week.Calendar(day(0), time.UTC), []string{"1 p 30"}},
			"the week after":            {gains.Week.Calendar(day(3), time.UTC), []string{"1 p 40", "2 q 5"}},
			"the month":                 {gains.Month.Calendar(day(0), time.UTC), []string{"1 p 70", "2 q 5"}},
			"the year":                  {gains.Year.Calendar(day(0), time.UTC), []string{"1 p 70", "2 q 5"}},
			"since ever":                {gains.Window{}, []string{"1 p 70", "2 q 5"}},
			"from Friday's noon":        {gains.Window{From: day(0).Add(12 * time.Hour), To: day(3).Add(time.Hour)}, []string{"1 p 70"}},
			"up to before a change":     {gains.Window{From: day(0), To: day(3).Add(time.Hour - time.Microsecond)}, []string{"1 p 30"}},
			"within a day":              {gains.Window{From: day(3).Add(time.Hour), To: day(3).Add(2 * time.Hour)}, []string{"1 q 5"}},
			"from the change at an end": {gains.Window{From: day(1), To: day(2)}, []string{"1 p 20"}},
			"a week in Auckland":        {gains.Week.Calendar(day(3).Add(-12*time.Hour), zone(t, "Pacific/Auckland")), []string{"1 p 40", "2 q 5"}},
			"backwards":                 {gains.Window{From: day(3), To: day(1)}, []string{}},
			"before everything":         {gains.Window{From: day(-9), To: day(-1)}, []string{}},
		}
		for what, test := range tests {
			diff(t, what, test.want, b.gainsBoard(t, store.LeaderboardFilter{Metric: "overall"}, test.w))
		}
		if _, err := b.GainsLeaderboard(t.Context(), store.LeaderboardFilter{Metric: "nothing"}, gains.Window{}); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("unknown metric: %v", err)
		}
	})
}

func zone(tb testing.TB, name string) *time.Location {
	tb.Helper()
	z, err := gains.Zone(name)
	if err != nil {
		tb.Fatal(err)
	}
	return z
}

// contest is players' snapshots in memory, which ranks them by adding up every
// change in a window.
type contest map[string]model

func (c contest) gains(metric string, w gains.Window) []string {
	type gainer struct {
		name string
		gain int64
	}
	var all []gainer
	for name, m := range c {
		sum := int64(0)
		for i := 1; i < len(m); i++ {
			if !m[i].At.After(w.From) || m[i].At.After(w.To) {
				continue
			}
			before, _ := m[i-1].Row(metric)
			after, _ := m[i].Row(metric)
			was, ok1 := before.Value.Get()
			is, ok2 := after.Value.Get()
			if ok1 && ok2 {
				sum += is - was
			}
		}
		if sum > 0 {
			all = append(all, gainer{name, sum})
		}
	}
	slices.SortFunc(all, func(a, b gainer) int { return cmp.Or(cmp.Compare(b.gain, a.gain), cmp.Compare(a.name, b.name)) })
	places := []string{}
	for i, g := range all {
		places = append(places, fmt.Sprint(i+1, " ", g.name, " ", g.gain))
	}
	return places
}

// TestGainsLeaderboardAgreesWithAModel records players over months, a rating that
// comes, goes and falls, and asks for any window.
func TestGainsLeaderboardAgreesWithAModel(t *testing.T) {
	const metric = "LMS - Rank" // may fall, so that every sum is one of changes
	onEach(t, func(t *testing.T, b bench) {
		b.clock.Advance(400 * 24 * time.Hour)
		n := 0
		rapid.Check(t, func(rt *rapid.T) {
			c, clan := contest{}, contest{}
			var ids []int64
			var members []string
			n++
			for i := range rapid.IntRange(1, 3).Draw(rt, "players") {
				p := b.add(t, fmt.Sprint("m", n, " ", i))
				ids = append(ids, p.ID)
				var m model
				at := morning
				for range rapid.IntRange(1, 8).Draw(rt, "fetches") {
					at = drawLater(rt, at)
					snap := hiscores.Snapshot{At: at, Rows: rows(skill("Overall", 1, 5))}
					if v := rapid.Int64Range(-1, 50).Draw(rt, "value"); v >= 0 {
						snap.Rows = append(snap.Rows, activity(metric, v))
					}
					b.fetch(t, p.ID, at, snap.Rows...)
					m.record(snap)
				}
				c[p.Name.String()] = m
				if i > 0 {
					clan[p.Name.String()], members = m, append(members, p.Name.String())
				}
			}
			g := b.group(t, fmt.Sprint("clan ", n), members...)
			for range 6 {
				w := gains.Window{From: drawLater(rt, morning.AddDate(0, 0, -3))}
				w.To = drawLater(rt, w.From)
				places, err := b.GainsLeaderboard(t.Context(), store.LeaderboardFilter{Metric: metric}, w)
				if err != nil && !errors.Is(err, store.ErrNotFound) { // as long as nobody had it
					rt.Fatal(err)
				}
				same(rt, fmt.Sprint("gains in ", w), c.gains(metric, w), lines(places))
				places, err = b.GainsLeaderboard(t.Context(), store.LeaderboardFilter{Metric: metric, GroupID: g.ID}, w)
				if err != nil && !errors.Is(err, store.ErrNotFound) {
					rt.Fatal(err)
				}
				same(rt, fmt.Sprint("gains of a group in ", w), clan.gains(metric, w), lines(places))
			}
			for _, id := range ids {
				if _, err := b.RemovePlayer(t.Context(), id); err != nil {
					rt.Fatal(err)
				}
			}
		})
	})
}

// drawLater is a later time: minutes, days or months, and often a midnight.
func drawLater(rt *rapid.T, at time.Time) time.Time {
	unit := rapid.SampledFrom([]time.Duration{time.Minute, time.Hour, 24 * time.Hour, 30 * 24 * time.Hour}).Draw(rt, "unit")
	at = at.Add(time.Duration(rapid.IntRange(1, 3).Draw(rt, "units")) * unit)
	if rapid.Bool().Draw(rt, "at midnight") {
		at = at.Truncate(24 * time.Hour).Add(24 * time.Hour)
	}
	return at
}
