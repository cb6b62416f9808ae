package comparison_test

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/osrsdiff/osrsdiff/comparison"
	"github.com/osrsdiff/osrsdiff/gains"
	"github.com/osrsdiff/osrsdiff/hiscores"
	"github.com/osrsdiff/osrsdiff/player"
	"github.com/osrsdiff/osrsdiff/store"
)

var noon = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)

// tracked adds players to a store; each has the Attack and Zulrah of its two
// snapshots, an hour apart. Negative: unknown.
func tracked(t *testing.T, histories map[string][2][2]int64) (*store.Store, map[string]player.Player) {
	t.Helper()
	s, err := store.Open(t.Context(), "sqlite://"+filepath.Join(t.TempDir(), "c.db"), store.Options{Now: func() time.Time { return noon.Add(2 * time.Hour) }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	players := map[string]player.Player{}
	for name, history := range histories {
		typed, err := player.ParseName(name)
		if err != nil {
			t.Fatal(err)
		}
		p, err := s.AddPlayer(t.Context(), player.Player{Name: typed, Status: player.Pending, Every: player.DefaultInterval})
		if err != nil {
			t.Fatal(err)
		}
		for i, values := range history {
			at := noon.Add(time.Duration(i) * time.Hour)
			snap := hiscores.Snapshot{At: at, Rows: []hiscores.Row{
				{Metric: "Attack", Kind: hiscores.Skill, Value: number(values[0])}, {Metric: "Zulrah", Kind: hiscores.Activity, Value: number(values[1])},
			}}
			if _, err := s.RecordSnapshot(t.Context(), player.Attempt{PlayerID: p.ID, TaskID: "test", Tick: at, Covers: at, StartedAt: at, At: at}, snap); err != nil {
				t.Fatal(err)
			}
		}
		players[name] = p
	}
	return s, players
}

func number(n int64) hiscores.Number {
	if n < 0 {
		return hiscores.Number{}
	}
	return hiscores.Known(n)
}

func TestOf(t *testing.T) {
	s, players := tracked(t, map[string][2][2]int64{
		"Ahead": {{5000, 10}, {5100, 30}},
		"Fast":  {{1000, 10}, {4000, 30}},
		"First": {{10, -1}, {10, 70}},
	})
	c, err := comparison.Of(t.Context(), s, []player.Player{players["Ahead"], players["Fast"], players["First"]},
		gains.Window{From: noon, To: noon.Add(90 * time.Minute)})
	if err != nil {
		t.Fatal(err)
	}
	attack, zulrah := c.Rows[0], c.Rows[1]
	if attack.Metric != "Attack" || attack.Leader != 0 || attack.GainLeader != 1 || attack.Cells[1].Gain != 3000 || attack.Cells[2].What != "" {
		t.Errorf("attack is %+v", attack)
	}
	// What is first seen is a value to lead with, and no gain; equal gains have no leader.
	if zulrah.Leader != 2 || zulrah.GainLeader != -1 || zulrah.Cells[2].What != hiscores.FirstSeen || zulrah.Cells[2].Gain != 0 {
		t.Errorf("zulrah is %+v", zulrah)
	}
	if c.Sides[0].Leads != 1 || c.Sides[1].GainLeads != 1 || c.Sides[2].Leads != 1 || c.Sides[0].Combat.IsKnown() {
		t.Errorf("sides are %+v", c.Sides)
	}
}

func TestOfBeforeTracking(t *testing.T) {
	s, players := tracked(t, map[string][2][2]int64{"One": {{5, 5}, {6, 6}}, "Two": {{7, 7}, {8, 8}}})
	c, err := comparison.Of(t.Context(), s, []player.Player{players["One"], players["Two"]}, gains.Window{From: noon.Add(-2 * time.Hour), To: noon.Add(-time.Hour)})
	if err != nil || len(c.Rows) != 0 || len(c.Sides) != 2 {
		t.Errorf("compared %+v, %v", c, err)
	}
}

func TestOfWrongPlayers(t *testing.T) {
	some := make([]player.Player, comparison.Most+1)
	for i := range some {
		some[i].ID = int64(i + 1)
	}
	for name, players := range map[string][]player.Player{
		"nobody": nil, "one": some[:1], "too many": some, "one twice": {some[0], some[1], some[0]},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := comparison.Of(t.Context(), nil, players, gains.Window{}); !errors.Is(err, comparison.ErrPlayers) {
				t.Errorf("error is %v", err)
			}
		})
	}
}

// broken answers nothing.
type broken struct{ snapshot, gains error }

func (b broken) SnapshotAt(context.Context, int64, time.Time) (hiscores.Snapshot, error) {
	return hiscores.Snapshot{}, b.snapshot
}

func (b broken) Gains(context.Context, int64, time.Time, time.Time) ([]hiscores.Change, error) {
	return nil, b.gains
}

func TestOfFails(t *testing.T) {
	wrong := errors.New("the disk is gone")
	for _, b := range []broken{{snapshot: wrong}, {gains: wrong}} {
		if _, err := comparison.Of(t.Context(), b, []player.Player{{ID: 1}, {ID: 2}}, gains.Window{}); !errors.Is(err, wrong) {
			t.Errorf("error is %v", err)
		}
	}
}
