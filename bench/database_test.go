package bench

import (
	"database/sql"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/osrsdiff/osrsdiff/internal/testenv"
	"github.com/osrsdiff/osrsdiff/player"
	"github.com/osrsdiff/osrsdiff/store"
)

// engines are the databases that are measured, by name.
var engines = []struct {
	name string
	url  func(tb testing.TB) string
}{
	{"SQLite", func(tb testing.TB) string {
		tb.Helper()
		return "sqlite://" + filepath.Join(tb.TempDir(), "players.db")
	}},
	{"PostgreSQL", testenv.Postgres},
}

// addPlayers fills a database with players of mixed intervals, each answered up to
// a time, with nothing left to tell Redis.
func addPlayers(tb testing.TB, url string, n int, covered time.Time) *store.Store {
	tb.Helper()
	s, err := store.Open(tb.Context(), url, store.Options{})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = s.Close() })
	c := crowd{n: n}
	const batch = 10_000
	for after := int64(0); after < int64(n); after += batch {
		list, err := c.PlayersAfter(tb.Context(), after, batch)
		if err != nil {
			tb.Fatal(err)
		}
		for i := range list {
			list[i].CreatedAt = time.Time{}
		}
		if added, _, err := s.AddPlayers(tb.Context(), list); err != nil || len(added) != len(list) {
			tb.Fatalf("added %d of %d players: %v", len(added), len(list), err)
		}
	}
	settlePlayers(tb, url, covered)
	return s
}

// settlePlayers does to all players at once what fetches do one by one.
func settlePlayers(tb testing.TB, url string, covered time.Time) {
	tb.Helper()
	driver, name := "pgx", url
	if path, ok := strings.CutPrefix(url, "sqlite://"); ok {
		driver, name = "sqlite", "file:"+path+"?_pragma=busy_timeout(10000)"
	}
	db, err := sql.Open(driver, name)
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if !covered.IsZero() {
		execSQL(tb, db, "UPDATE players SET covered_until = $1, status = $2", covered.UnixMicro(), string(player.Active))
	}
	execSQL(tb, db, "DELETE FROM schedule_changes")
}

func execSQL(tb testing.TB, db *sql.DB, statement string, args ...any) {
	tb.Helper()
	if _, err := db.ExecContext(tb.Context(), statement, args...); err != nil {
		tb.Fatalf("%s: %v", statement, err)
	}
}
