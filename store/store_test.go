package store_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/osrsdiff/osrsdiff/hiscores"
	"github.com/osrsdiff/osrsdiff/internal/testenv"
	"github.com/osrsdiff/osrsdiff/player"
	"github.com/osrsdiff/osrsdiff/store"
)

// morning is when the clock of every test begins.
var morning = time.Date(2026, 10, 9, 8, 0, 0, 0, time.UTC)

// equalNames lets cmp compare names, which are equal when they read alike.
var equalNames = cmp.Comparer(func(a, b player.Name) bool { return a == b })

// equalNumbers lets cmp compare ranks and values.
var equalNumbers = cmp.Comparer(func(a, b hiscores.Number) bool { return a == b })

// clock is a clock that stands until it is moved.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) Advance(d time.Duration) time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
	return c.at
}

// bench is an open store of a test's own, with the clock it runs by.
type bench struct {
	*store.Store
	url   string
	clock *clock
}

// engines are the databases every test runs against, each with a URL of a fresh
// database.
var engines = map[string]func(testing.TB) string{
	"sqlite":   freshSQLite,
	"postgres": testenv.Postgres,
}

func freshSQLite(tb testing.TB) string {
	tb.Helper()
	return "sqlite://" + filepath.Join(tb.TempDir(), "new folder", "osrsdiff 100%25.db")
}

// onEach runs a test against both engines at once.
func onEach(t *testing.T, test func(t *testing.T, b bench)) {
	t.Parallel()
	for name, fresh := range engines {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, open(t, fresh(t)))
		})
	}
}

// open opens a database for as long as the test runs.
func open(tb testing.TB, url string) bench {
	tb.Helper()
	c := &clock{at: morning}
	s, err := store.Open(tb.Context(), url, store.Options{Now: c.Now})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := s.Close(); err != nil {
			tb.Error(err)
		}
	})
	return bench{Store: s, url: url, clock: c}
}

func name(tb testing.TB, typed string) player.Name {
	tb.Helper()
	n, err := player.ParseName(typed)
	if err != nil {
		tb.Fatal(err)
	}
	return n
}

// add tracks a player by name with the defaults.
func (b bench) add(tb testing.TB, typed string) player.Player {
	tb.Helper()
	p, err := b.AddPlayer(tb.Context(), player.Player{Name: name(tb, typed)})
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

// player reads a player back.
func (b bench) player(tb testing.TB, id int64) player.Player {
	tb.Helper()
	p, err := b.Player(tb.Context(), id)
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

// fetch records an answer of the hiscores that came at a time and covers it.
func (b bench) fetch(tb testing.TB, id int64, at time.Time, rows ...hiscores.Row) []hiscores.Change {
	tb.Helper()
	changes, err := b.RecordSnapshot(tb.Context(), attempt(id, at), hiscores.Snapshot{At: at, Rows: rows})
	if err != nil {
		tb.Fatal(err)
	}
	return changes
}

// attempt is a fetch for a tick, answered within a second.
func attempt(id int64, at time.Time) player.Attempt {
	return player.Attempt{
		PlayerID: id, TaskID: "player_fetch_1", Tick: at.Add(-time.Second), Covers: at,
		StartedAt: at.Add(-time.Second), At: at,
	}
}

// byHand makes an attempt one that a person asked for.
func byHand(a player.Attempt) player.Attempt {
	a.Tick = time.Time{}
	return a
}

// skill and activity are rows whose rank says nothing of their value.
func skill(metric string, level, xp int64) hiscores.Row {
	return hiscores.Row{
		Metric: metric, Kind: hiscores.Skill,
		Rank: hiscores.Known(1000), Level: hiscores.Known(level), Value: hiscores.Known(xp),
	}
}

func activity(metric string, score int64) hiscores.Row {
	return hiscores.Row{Metric: metric, Kind: hiscores.Activity, Value: hiscores.Known(score)}
}

func unknown(metric string) hiscores.Row {
	return hiscores.Row{Metric: metric, Kind: hiscores.Activity}
}

// writeRow writes database values as a line; text may come as bytes.
func writeRow(to *strings.Builder, values []any) {
	for _, v := range values {
		if b, ok := v.([]byte); ok {
			v = string(b)
		}
		fmt.Fprint(to, v, " ")
	}
	to.WriteString("\n")
}

func ptr[T any](v T) *T { return new(v) }

func diff(tb testing.TB, what string, want, got any) {
	tb.Helper()
	if d := cmp.Diff(want, got, equalNames, equalNumbers); d != "" {
		tb.Errorf("%s (-want +got):\n%s", what, d)
	}
}
