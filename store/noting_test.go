package store_test

import (
	"testing"
	"time"

	"github.com/osrsdiff/osrsdiff/access"
	"github.com/osrsdiff/osrsdiff/gains"
	"github.com/osrsdiff/osrsdiff/groups"
	"github.com/osrsdiff/osrsdiff/hiscores"
)

func TestCompetitionsLeaveATrail(t *testing.T) {
	onEach(t, func(t *testing.T, b bench) {
		b.fetch(t, b.add(t, "ann").ID, morning, skill("Overall", 1, 100))
		ctx, trail := access.Begin(t.Context())
		duel := groups.Competition{Title: "Duel", Metric: hiscores.Overall, Window: gains.Window{From: morning, To: morning.Add(time.Hour)}}
		made, err := b.AddCompetition(ctx, duel, roster(t, "ann"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := b.RemoveCompetition(ctx, made.ID); err != nil {
			t.Fatal(err)
		}
		entries := trail.Entries(morning, access.Change{})
		if len(entries) != 2 || entries[0].Action != "competition.add" || entries[0].New != "Duel" || entries[1].Action != "competition.remove" {
			t.Errorf("noted %+v", entries)
		}
	})
}
