package main

import (
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/osrsdiff/osrsdiff/config"
	"github.com/osrsdiff/osrsdiff/hiscores"
	"github.com/osrsdiff/osrsdiff/player"
	"github.com/osrsdiff/osrsdiff/store"
)

// TestPruneThinsWhenAskedTo: the job of the night thins old values only where
// store.thin_after says so.
func TestPruneThinsWhenAskedTo(t *testing.T) {
	db, err := store.Open(t.Context(), "sqlite://"+filepath.Join(t.TempDir(), "thin.db"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() }) // Nothing is at stake.
	name, err := player.ParseName("Zezima")
	if err != nil {
		t.Fatal(err)
	}
	p, err := db.AddPlayer(t.Context(), player.Player{Name: name})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 20 {
		at := time.Now().UTC().Truncate(24*time.Hour).AddDate(0, 0, -100).Add(time.Duration(i+1) * time.Hour)
		snap := hiscores.Snapshot{At: at, Rows: []hiscores.Row{{Metric: hiscores.Overall, Kind: hiscores.Skill, Value: hiscores.Known(int64(1000 + i))}}}
		if _, err := db.RecordSnapshot(t.Context(), player.Attempt{PlayerID: p.ID, Tick: at, At: at, Covers: at}, snap); err != nil {
			t.Fatal(err)
		}
	}
	count := func() int {
		points, err := db.Series(t.Context(), p.ID, hiscores.Overall, time.Time{}, time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		return len(points)
	}
	for _, tt := range []struct {
		age  time.Duration
		want int
	}{{0, 20}, {200 * 24 * time.Hour, 20}, {90 * 24 * time.Hour, 2}} {
		parts := &parts{store: db, log: slog.New(slog.DiscardHandler), settings: config.Settings{Store: config.Store{ThinAfter: tt.age}}}
		if _, err := parts.prune(t.Context(), time.Now()); err != nil {
			t.Fatal(err)
		}
		if n := count(); n != tt.want {
			t.Errorf("thinned after %v: %d values, want %d", tt.age, n, tt.want)
		}
	}
}
