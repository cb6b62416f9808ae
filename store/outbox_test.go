package store_test

import (
	"testing"
	"time"

	"github.com/osrsdiff/osrsdiff/player"
	"github.com/osrsdiff/osrsdiff/store"
)

func TestPendingChanges(t *testing.T) {
	onEach(t, func(t *testing.T, b bench) {
		first := b.add(t, "first")
		b.clock.Advance(time.Second)
		second := b.add(t, "second")
		b.clock.Advance(time.Second)
		third := b.add(t, "third")
		b.clock.Advance(time.Second)
		if _, err := b.UpdatePlayer(t.Context(), first.ID, store.PlayerPatch{Paused: new(true)}); err != nil {
			t.Fatal(err)
		}
		pending := func(limit int) []player.Change {
			t.Helper()
			changes, err := b.PendingChanges(t.Context(), limit)
			if err != nil {
				t.Fatal(err)
			}
			return changes
		}
		diff(t, "oldest first, the newest of a player", []player.Change{
			{PlayerID: second.ID, Revision: 1}, {PlayerID: third.ID, Revision: 1}, {PlayerID: first.ID, Revision: 2},
		}, pending(10))
		diff(t, "limited", []player.Change{{PlayerID: second.ID, Revision: 1}}, pending(1))

		applied := []player.Change{{PlayerID: first.ID, Revision: 1}, {PlayerID: second.ID, Revision: 1}}
		for range 2 {
			if err := b.ChangesApplied(t.Context(), applied); err != nil {
				t.Fatal(err)
			}
		}
		diff(t, "a newer change stays", []player.Change{
			{PlayerID: third.ID, Revision: 1}, {PlayerID: first.ID, Revision: 2},
		}, pending(10))
		if err := b.ChangesApplied(t.Context(), nil); err != nil {
			t.Error(err)
		}
	})
}
