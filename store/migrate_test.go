package store_test

import (
	"database/sql"
	"slices"
	"testing"

	"github.com/osrsdiff/osrsdiff/internal/testenv"
	"github.com/osrsdiff/osrsdiff/store"
)

// Steps made side by side reach a database in any order: one that has a later
// step still gets the earlier one.
func TestAStepThatCameLateIsStillApplied(t *testing.T) {
	all, err := store.MissingVersions()
	if err != nil {
		t.Fatal(err)
	}
	late := all[len(all)-2]
	seen := slices.DeleteFunc(slices.Clone(all), func(v int) bool { return v == late })
	got, err := store.MissingVersions(seen...)
	if err != nil || !slices.Equal(got, []int{late}) {
		t.Errorf("missing: %v, %v; want only %d", got, err, late)
	}
	if got, err := store.MissingVersions(all...); err != nil || len(got) != 0 {
		t.Errorf("missing of a database that has seen all: %v, %v", got, err)
	}
}

// TestPostgresLooksUpNoMetrics wants the tables that each fetch writes to refer to
// players only.
func TestPostgresLooksUpNoMetrics(t *testing.T) {
	url := testenv.Postgres(t)
	st, err := store.Open(t.Context(), url, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = st.Close() }()
	db, err := sql.Open("pgx", url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	var found string
	err = db.QueryRowContext(t.Context(), `SELECT string_agg(conrelid::regclass || ' to ' || confrelid::regclass, ', ' ORDER BY conrelid::regclass::text)
		FROM pg_constraint WHERE contype = 'f' AND conrelid IN ('metric_values'::regclass, 'standings'::regclass, 'period_gains'::regclass)`).Scan(&found)
	if want := "metric_values to players, period_gains to players, standings to players"; err != nil || found != want {
		t.Errorf("references: %s, %v; want %s", found, err, want)
	}
}
