package tasks_test

import (
	"testing"
	"time"

	"github.com/osrsdiff/osrsdiff/hiscores"
	"github.com/osrsdiff/osrsdiff/hiscores/hiscorestest"
	"github.com/osrsdiff/osrsdiff/player"
)

// A flagged player is fetched like any other: one request a tick, each covered.
// After a split the fresh player finds out its mode.
func TestFetchOfANameThatAnotherAccountTook(t *testing.T) {
	b := newBench(t)
	p := b.add("Zezima", player.Ironman)
	h := b.fetcher()
	requests := 0
	fetch := func(p player.Player, cost int) player.Player {
		t.Helper()
		if err := h.ProcessTask(t.Context(), b.tick(p)); err != nil {
			t.Fatal(err)
		}
		requests += cost
		b.wantRequests(p, requests)
		got := b.player(p.ID)
		if got.CoveredUntil.Before(b.clock()) {
			t.Errorf("the tick is not covered: %v at %v", got.CoveredUntil, b.clock())
		}
		b.advance(2 * time.Hour)
		return got
	}
	fetch(p, 1)
	b.site.SetAccount("Zezima", player.HardcoreIronman, hiscorestest.Account(xp/20))
	for range 3 {
		if got := fetch(p, 1); got.Status != player.Flagged || got.LastResult != player.Held {
			t.Errorf("status %s, result %s", got.Status, got.LastResult)
		}
	}
	snapshot, err := b.store.Latest(t.Context(), p.ID)
	if row, _ := snapshot.Row(hiscores.Overall); err != nil || row.Value != hiscores.Known(xp) {
		t.Errorf("overall %s, %v; want the old account's", row.Value, err)
	}
	split, err := b.store.SplitPlayer(t.Context(), p.ID)
	if err != nil {
		t.Fatal(err)
	}
	if got := fetch(split.Fresh, len(hiscores.Tables())); got.Mode != player.HardcoreIronman || got.LastResult != player.Unchanged {
		t.Errorf("fresh player %+v", got)
	}
	fetch(split.Fresh, 1)
	if err := h.ProcessTask(t.Context(), b.tick(split.Archived)); err != nil {
		t.Fatal(err)
	}
	b.wantRequests(p, requests)
}
