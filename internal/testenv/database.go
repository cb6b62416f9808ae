package testenv

import (
	"context"
	"database/sql"
	"net/url"
	"testing"
)

// withDatabase is the URL of another database of the same server.
func withDatabase(tb testing.TB, admin, name string) string {
	tb.Helper()
	u, err := url.Parse(admin)
	if err != nil {
		tb.Fatalf("OSRSDIFF_TEST_POSTGRES: %v", err)
	}
	u.Path = "/" + name
	return u.String()
}

// dropDatabase removes a test's database from a server that outlives the test.
// Failure policy: a left-over database harms nothing, so errors are ignored.
func dropDatabase(admin, name string) {
	db, err := sql.Open("pgx", admin)
	if err != nil {
		return
	}
	defer func() { _ = db.Close() }()
	_, _ = db.ExecContext(context.Background(), "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)")
}
