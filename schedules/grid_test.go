package schedules

import (
	"testing"
	"time"

	"github.com/robfig/cron/v3"
	"pgregory.net/rapid"

	"github.com/osrsdiff/osrsdiff/player"
)

var anyInterval = rapid.Custom(func(t *rapid.T) player.Interval {
	return player.Interval(rapid.IntRange(int(player.MinInterval), int(player.MaxInterval)).Draw(t, "every"))
})

var anyTime = rapid.Custom(func(t *rapid.T) time.Time {
	return time.Unix(rapid.Int64Range(1_000_000_000, 4_000_000_000).Draw(t, "unix"), 0).UTC()
})

// TestEveryIntervalIsExact is invariant 1, for each of the 10,080 intervals: in a
// window of any length the number of ticks is window/every, give or take one.
func TestEveryIntervalIsExact(t *testing.T) {
	start := time.Date(2026, 2, 27, 23, 58, 30, 0, time.UTC)
	const window = 60 * 24 * time.Hour
	for every := player.MinInterval; every <= player.MaxInterval; every++ {
		s := Standing{Every: every, Phase: Phase(int64(every)*7919, every)}
		first := Grid{}.After(s, start)
		if wait := first.Sub(start); wait <= 0 || wait > every.Duration() {
			t.Fatalf("every %v: first tick after %v", every, wait)
		}
		ticks, tick := 0, first
		for ; !tick.After(start.Add(window)); ticks++ {
			next := Grid{}.After(s, tick)
			if next.Sub(tick) != every.Duration() {
				t.Fatalf("every %v: %v after the tick at %v", every, next.Sub(tick), tick)
			}
			// Long windows of short intervals are checked by their gap alone.
			if tick = next; ticks > 200 {
				break
			}
		}
		if want := int(window / every.Duration()); ticks <= 200 && (ticks < want-1 || ticks > want+1) {
			t.Errorf("every %v: %d ticks in %v, want %d give or take one", every, ticks, window, want)
		}
	}
}

func TestTicksDependOnNothingButTheGrid(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		every, at := anyInterval.Draw(t, "every"), anyTime.Draw(t, "at")
		s := Standing{Every: every, Phase: Phase(rapid.Int64Range(1, 1<<40).Draw(t, "id"), every)}
		tick := Grid{}.After(s, at)
		later := at.Add(time.Duration(rapid.Int64Range(0, int64(tick.Sub(at))-1).Draw(t, "later")))
		if got := (Grid{}).After(s, later); !got.Equal(tick) {
			t.Fatalf("after %v the tick is %v, but after %v it is %v", at, tick, later, got)
		}
		if m := tick.Unix() / 60; tick.Unix()%60 != 0 || (m-s.Phase)%int64(every) != 0 {
			t.Fatalf("tick %v is not on the grid of %v, phase %d", tick, every, s.Phase)
		}
	})
}

func TestNextTick(t *testing.T) {
	now := time.Date(2026, 11, 25, 12, 34, 56, 0, time.UTC)
	clock := func(h, m int) time.Time { return time.Date(2026, 11, 25, h, m, 0, 0, time.UTC) }
	tests := []struct {
		name string
		s    Standing
		want time.Time
	}{
		{"NeverFetchedIsDueNow", Standing{Every: 60}, now},
		{"CoveredWaitsForTheNext", Standing{Every: 60, Phase: 10, Covered: clock(12, 10)}, clock(13, 10)},
		{"OverdueIsTheOldestOwed", Standing{Every: 60, Phase: 10, Covered: clock(9, 30)}, clock(10, 10)},
		{"MissedWhilePausedIsNotOwed", Standing{Every: 60, Phase: 10, Covered: clock(2, 10), Resumed: clock(12, 0)}, clock(12, 10)},
		{"ResumedWaits", Standing{Every: 60, Phase: 10, Covered: clock(2, 10), Resumed: clock(12, 30)}, clock(13, 10)},
		{"ShorterIntervalCountsFromTheChange", Standing{Every: 5, Covered: clock(6, 0), Changed: clock(12, 33)}, clock(12, 35)},
		{"CoverInTheFutureDelaysOneIntervalAtMost", Standing{Every: 60, Phase: 10, Covered: clock(23, 0)}, clock(13, 10)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := (Grid{}).NextTick(tt.s, now); !got.Equal(tt.want) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

func TestPhasesSpreadPlayers(t *testing.T) {
	const players = 60_000
	var perMinute [60]int
	for id := int64(1); id <= players; id++ {
		perMinute[Phase(id, 60)]++
	}
	for minute, n := range perMinute {
		if n < 800 || n > 1200 {
			t.Errorf("minute %d has %d of %d players, want about 1000", minute, n, players)
		}
	}
}

func TestGridOfSeconds(t *testing.T) {
	g := Grid{Unit: time.Second}
	at := time.Unix(1_000_000_000, 500_000_000)
	if got, want := g.After(Standing{Every: 7, Phase: 3}, at), time.Unix(1_000_000_004, 0); !got.Equal(want) {
		t.Errorf("got %v, want %v", got.Unix(), want.Unix())
	}
}

// TestCronSpecTellsTheTicks compares each spec with the grid, tick by tick.
func TestCronSpecTellsTheTicks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		every := rapid.SampledFrom(expressible()).Draw(t, "every")
		phase := rapid.Int64Range(0, int64(every)-1).Draw(t, "phase")
		spec, ok := CronSpec(every, phase)
		if !ok {
			t.Fatalf("every %v: cron cannot say it", every)
		}
		sched, err := cron.ParseStandard("CRON_TZ=UTC " + spec)
		if err != nil {
			t.Fatal(err)
		}
		at := anyTime.Draw(t, "at")
		for range 30 {
			want := Grid{}.After(Standing{Every: every, Phase: phase}, at)
			if got := sched.Next(at); !got.Equal(want) {
				t.Fatalf("every %v, phase %d, spec %q: after %v cron says %v, the grid %v", every, phase, spec, at, got, want)
			}
			at = want
		}
	})
}

func TestCronSaysTwentyIntervals(t *testing.T) {
	if got := len(expressible()); got != 20 {
		t.Errorf("cron can say %d intervals, want 20: %v", got, expressible())
	}
}

func expressible() []player.Interval {
	var list []player.Interval
	for every := player.MinInterval; every <= player.MaxInterval; every++ {
		if _, ok := CronSpec(every, 0); ok {
			list = append(list, every)
		}
	}
	return list
}
