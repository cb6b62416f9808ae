package store_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/osrsdiff/osrsdiff/gains"
	"github.com/osrsdiff/osrsdiff/groups"
	"github.com/osrsdiff/osrsdiff/hiscores"
	"github.com/osrsdiff/osrsdiff/store"
)

// speedVariable names how many players TestSpeed makes a year of. Unset: a few,
// to see that it works. docs/data-speed.md has the results of many.
const speedVariable = "OSRSDIFF_SPEED"

// speedURLVariable names a database to make the year in and keep, so that it can
// be measured again; one that has players is only measured. Unset: databases of
// the test's own.
const speedURLVariable = "OSRSDIFF_SPEED_URL"

// speedEndVariable is when the year ends, as RFC 3339: a database for others to read
// as of today. Unset: yearEnd.
const speedEndVariable = "OSRSDIFF_SPEED_END"

// yearEnd is when the made-up year ends: a Friday evening.
var yearEnd = time.Date(2026, 10, 9, 18, 30, 0, 0, time.UTC)

// TestSpeed makes a year of history and measures the questions that people ask
// of it. It fails only when an answer is wrong, never because it took long.
func TestSpeed(t *testing.T) {
	players, rounds := 50, 3
	if text := os.Getenv(speedVariable); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 50 {
			t.Fatalf("%s=%q: must be a whole number from 50 on", speedVariable, text)
		}
		players, rounds = n, 400
	}
	if text := os.Getenv(speedEndVariable); text != "" {
		end, err := time.Parse(time.RFC3339, text)
		if err != nil {
			t.Fatalf("%s: %v", speedEndVariable, err)
		}
		yearEnd = end.UTC()
	}
	databases := engines
	if url := os.Getenv(speedURLVariable); url != "" {
		databases = map[string]func(testing.TB) string{"kept": func(testing.TB) string { return url }}
	}
	for name, fresh := range databases {
		t.Run(name, func(t *testing.T) {
			b := open(t, fresh(t))
			b.clock.Advance(yearEnd.Sub(b.clock.Now()))
			y := store.Year{Players: players, End: yearEnd, Log: t.Logf}
			if n, err := b.CountPlayers(t.Context()); err != nil {
				t.Fatal(err)
			} else if n == 0 {
				made, err := b.MakeYear(t.Context(), y)
				if err != nil {
					t.Fatal(err)
				}
				report(t, made)
			}
			m := measurer{bench: b, t: t, rounds: rounds, random: rand.New(rand.NewPCG(3, 4)), players: int64(players), busy: y.Busy()}
			for _, part := range []struct {
				name string
				do   func(measurer)
			}{{"player", measurer.player}, {"boards", measurer.boards}, {"group", measurer.group}} {
				t.Run(part.name, func(t *testing.T) {
					m := m
					m.t = t
					part.do(m)
				})
			}
		})
	}
}

func report(t *testing.T, m store.YearMade) {
	t.Helper()
	rows := m.FirstValues + m.Changes
	t.Logf("values: %d of first snapshots, %d changes", m.FirstValues, m.Changes)
	t.Logf("bytes a value: %.1f; a change after the first: %.1f", float64(m.BytesValues)/float64(rows), float64(m.BytesValues-m.BytesFirst)/float64(m.Changes))
	t.Logf("roll-ups: %d standings, %d sums, %d MB: %.1f bytes a value", m.Standings, m.Sums, m.BytesRollups>>20, float64(m.BytesRollups)/float64(rows))
	t.Logf("database: %d MB", m.BytesAll>>20)
}

type measurer struct {
	bench
	t       *testing.T
	rounds  int
	random  *rand.Rand
	players int64
	busy    int64
}

// measure asks a question many times and logs how long answers took.
func (m measurer) measure(what string, ask func() error) {
	m.t.Helper()
	var took []time.Duration
	for range m.rounds {
		began := time.Now()
		if err := ask(); err != nil {
			m.t.Fatalf("%s: %v", what, err)
		}
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	at := func(share float64) float64 {
		return float64(took[int(share*float64(len(took)-1))].Microseconds()) / 1000
	}
	m.t.Logf("%-46s p50 %8.2f ms  p99 %8.2f ms", what, at(0.5), at(0.99))
}

func (m measurer) anyone() int64 { return 1 + m.random.Int64N(m.players) }

func (m measurer) player() {
	ctx := m.t.Context()
	for what, who := range map[string]func() int64{"anyone": m.anyone, "busy": func() int64 { return m.busy }} {
		if who() == 0 {
			continue
		}
		m.measure("gains of a month, "+what, func() error {
			_, err := m.Gains(ctx, who(), yearEnd.AddDate(0, -1, 0), yearEnd)
			return err
		})
		m.measure("gains of a past month, "+what, func() error {
			from := yearEnd.AddDate(0, 0, -30-m.random.IntN(300))
			_, err := m.Gains(ctx, who(), from, from.AddDate(0, 1, 0))
			return err
		})
		m.measure("chart of a year, every change, "+what, func() error {
			_, err := m.Series(ctx, who(), hiscores.Overall, yearEnd.AddDate(-1, 0, 0), yearEnd)
			return err
		})
		m.measure("chart of a year, 366 points, "+what, func() error {
			span := store.Span{From: yearEnd.AddDate(-1, 0, 0), To: yearEnd, Points: 366}
			points, err := m.Chart(ctx, who(), hiscores.Overall, span)
			if err == nil && len(points) == 0 {
				err = fmt.Errorf("no points")
			}
			return err
		})
		m.measure("records, "+what, func() error {
			_, err := m.Records(ctx, who())
			return err
		})
		m.measure("milestones, "+what, func() error {
			_, err := m.Milestones(ctx, who())
			return err
		})
	}
}

func (m measurer) boards() {
	metrics := []string{hiscores.Overall, "Attack", "Sailing", "Zulrah", "Vorkath"}
	filter := func(offset int) store.LeaderboardFilter {
		return store.LeaderboardFilter{Metric: metrics[m.random.IntN(len(metrics))], Limit: 50, Offset: offset}
	}
	ctx := m.t.Context()
	m.measure("leaderboard of values", func() error {
		_, err := m.Leaderboard(ctx, filter(0))
		return err
	})
	m.measure("leaderboard of values, page 21", func() error {
		_, err := m.Leaderboard(ctx, filter(1000))
		return err
	})
	for _, period := range gains.Periods() {
		m.measure("leaderboard of this "+string(period), func() error {
			_, err := m.GainsLeaderboard(ctx, filter(0), period.Calendar(yearEnd, time.UTC))
			return err
		})
	}
	m.rounds = max(1, m.rounds/20)
	berlin := zone(m.t, "Europe/Berlin")
	for _, period := range gains.Periods() {
		m.measure("leaderboard of the last "+string(period), func() error {
			_, err := m.GainsLeaderboard(ctx, filter(0), period.Rolling(yearEnd))
			return err
		})
		m.measure("leaderboard of this "+string(period)+" in Berlin", func() error {
			_, err := m.GainsLeaderboard(ctx, filter(0), period.Calendar(yearEnd, berlin))
			return err
		})
	}
}

// group asks what a large clan asks.
func (m measurer) group() {
	ctx := m.t.Context()
	const typed = "Speed"
	var lines []string
	for range min(500, m.players/2) {
		lines = append(lines, fmt.Sprint("Player ", m.anyone()-1))
	}
	m.rounds = min(m.rounds, 100)
	request := groups.SyncRequest{Group: groupName(m.t, typed), Roster: roster(m.t, lines...)}
	g, err := m.AddGroup(ctx, groups.Group{Name: request.Group})
	if errors.Is(err, groups.ErrExists) {
		g, err = m.GroupByName(ctx, request.Group)
	}
	if err != nil {
		m.t.Fatal(err)
	}
	m.measure("sync of a group of 500", func() error {
		_, err := m.SyncGroup(ctx, request)
		return err
	})
	m.measure("members of a group of 500", func() error {
		_, err := m.Members(ctx, g.ID)
		return err
	})
	m.measure("leaderboard of a group of 500", func() error {
		_, err := m.Leaderboard(ctx, store.LeaderboardFilter{Metric: "Zulrah", GroupID: g.ID, Limit: 50})
		return err
	})
	for _, metric := range []string{hiscores.Overall, "Zulrah"} {
		m.measure("gains of a group of 500 in a week, "+metric, func() error {
			w := gains.Week.Rolling(yearEnd.AddDate(0, 0, -m.random.IntN(300)))
			_, err := m.GroupGains(ctx, g.ID, metric, w)
			return err
		})
		m.measure("gains of a group of 500 in a year, "+metric, func() error {
			_, err := m.GroupGains(ctx, g.ID, metric, gains.Year.Rolling(yearEnd))
			return err
		})
	}
	board := store.LeaderboardFilter{Metric: hiscores.Overall, GroupID: g.ID, Limit: 50}
	m.measure("leaderboard of gains of a group of 500", func() error {
		_, err := m.GainsLeaderboard(ctx, board, gains.Month.Calendar(yearEnd, time.UTC))
		return err
	})
	m.measure("the same of the last 7 days", func() error {
		_, err := m.GainsLeaderboard(ctx, board, gains.Week.Rolling(yearEnd))
		return err
	})
}
