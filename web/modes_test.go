package web_test

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/osrsdiff/osrsdiff/hiscores"
	"github.com/osrsdiff/osrsdiff/player"
	"github.com/osrsdiff/osrsdiff/store"
)

func TestModeChanges(t *testing.T) {
	b := newBench(t, nil)
	p := b.add("Zezima", nil)
	if _, err := b.store.UpdatePlayer(t.Context(), p.ID, store.PlayerPatch{Mode: new(player.HardcoreIronman)}); err != nil {
		t.Fatal(err)
	}
	evidence, err := json.Marshal([]hiscores.Reading{
		{Table: hiscores.RegularTable, Found: true, Overall: hiscores.Known(5_001_000)},
		{Table: hiscores.HardcoreTable},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []store.ModeChange{
		{From: player.HardcoreIronman, To: player.Ironman, At: start.Add(-2 * time.Hour), Applied: true, Evidence: evidence},
		{From: player.Ironman, To: player.UltimateIronman, At: start.Add(-time.Hour)},
	} {
		c.PlayerID = p.ID
		if err := b.store.RecordMode(t.Context(), c); err != nil {
			t.Fatal(err)
		}
	}
	type total struct {
		Table string
		Found bool
		XP    *int64
	}
	type change struct {
		At, From, To string
		Applied      bool
		Evidence     []total
	}
	var got struct {
		Player, Mode string
		Changes      []change
	}
	b.call(http.MethodGet, "/api/players/zezima/mode-changes", "").want(http.StatusOK, &got)
	if got.Player != "Zezima" || got.Mode != "ironman" {
		t.Errorf("player %q, mode %q", got.Player, got.Mode)
	}
	want := []change{
		{At: start.Add(-time.Hour).Format(time.RFC3339), From: "ironman", To: "ultimate_ironman", Evidence: []total{}},
		{At: start.Add(-2 * time.Hour).Format(time.RFC3339), From: "hardcore_ironman", To: "ironman", Applied: true, Evidence: []total{
			{"hiscore_oldschool", true, new(int64(5_001_000))}, {"hiscore_oldschool_hardcore_ironman", false, nil},
		}},
	}
	if diff := cmp.Diff(want, got.Changes); diff != "" {
		t.Errorf("changes (-want +got):\n%s", diff)
	}
	b.call(http.MethodGet, "/players/Zezima/history", "").want(http.StatusOK, nil).
		says("Hardcore Ironman", "Applied", "Not applied", "Regular 5,001,000 XP, Hardcore Ironman not listed")
	b.call(http.MethodGet, "/api/players/nobody/mode-changes", "").fails(http.StatusNotFound)
}
