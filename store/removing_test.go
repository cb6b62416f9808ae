package store_test

import (
	"errors"
	"testing"
	"time"

	"github.com/osrsdiff/osrsdiff/hiscores"
	"github.com/osrsdiff/osrsdiff/hiscores/hiscorestest"
	"github.com/osrsdiff/osrsdiff/player"
	"github.com/osrsdiff/osrsdiff/store"
)

// TestRetiredPlayersAreNowhere removes a player with a history and asks for it in
// every way.
func TestRetiredPlayersAreNowhere(t *testing.T) {
	onEach(t, func(t *testing.T, b bench) {
		ctx := t.Context()
		p := addFetched(t, b, "Zezima")
		gone, err := b.RetirePlayer(ctx, p.ID)
		if err != nil || gone.Name != p.Name || gone.Revision != p.Revision+1 {
			t.Fatalf("retired %+v, %v", gone, err)
		}
		for what, err := range map[string]error{
			"by id":   errOf(b.Player(ctx, p.ID)),
			"by name": errOf(b.PlayerByName(ctx, p.Name)),
			"change":  errOf(b.UpdatePlayer(ctx, p.ID, store.PlayerPatch{Paused: new(true)})),
			"rename":  errOf(b.RenamePlayer(ctx, p.ID, store.Renaming{To: p.Name})),
			"again":   errOf(b.RetirePlayer(ctx, p.ID)),
			"fetch":   errOf(b.RecordSnapshot(ctx, attempt(p.ID, morning.Add(2*time.Hour)), hiscorestest.Account(3_000_000))),
		} {
			if !errors.Is(err, store.ErrNotFound) {
				t.Errorf("%s: %v", what, err)
			}
		}
		list, err := b.Players(ctx, store.PlayerFilter{})
		byID, err2 := b.PlayersByID(ctx, []int64{p.ID})
		n, err3 := b.CountPlayers(ctx)
		board, err4 := b.Leaderboard(ctx, store.LeaderboardFilter{Metric: hiscores.Overall})
		if err := errors.Join(err, err2, err3, err4); err != nil || len(list)+len(byID)+n+len(board) != 0 {
			t.Errorf("listed %v, by id %v, counted %d, on the board %v (%v)", list, byID, n, board, err)
		}
		changes, err := b.PendingChanges(ctx, 0)
		if err != nil || len(changes) != 1 || changes[0] != (player.Change{PlayerID: p.ID, Revision: gone.Revision}) {
			t.Errorf("noted %+v, %v", changes, err)
		}
	})
}

func TestAddingRestores(t *testing.T) {
	onEach(t, func(t *testing.T, b bench) {
		ctx := t.Context()
		p := addFetched(t, b, "Zezima")
		batch := addFetched(t, b, "Batch")
		for _, id := range []int64{p.ID, batch.ID} {
			if _, err := b.RetirePlayer(ctx, id); err != nil {
				t.Fatal(err)
			}
		}
		back, err := b.AddPlayer(ctx, player.Player{Name: name(t, "ZEZIMA"), Every: 30})
		if err != nil || back.ID != p.ID || back.Every != 30 || back.Revision != p.Revision+2 || back.Name.String() != "ZEZIMA" {
			t.Errorf("back as %+v, %v", back, err)
		}
		added, existing, err := b.AddPlayers(ctx, []player.Player{{Name: name(t, "New")}, {Name: name(t, "batch")}, {Name: name(t, "zezima")}, {Name: name(t, "Batch")}})
		if err != nil || len(added) != 2 || added[1].ID != batch.ID || len(existing) != 2 {
			t.Errorf("added %+v, existing %+v, %v", added, existing, err)
		}
		for _, id := range []int64{p.ID, batch.ID} {
			if _, err := b.Latest(ctx, id); err != nil {
				t.Errorf("the history of %d: %v", id, err)
			}
		}
		// Another player took the name meanwhile.
		if _, err := b.RetirePlayer(ctx, p.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := b.UpdatePlayer(ctx, batch.ID, store.PlayerPatch{Name: new(name(t, "Zezima"))}); err != nil {
			t.Errorf("the name of a removed player: %v", err)
		}
		if _, err := b.AddPlayer(ctx, player.Player{Name: name(t, "Zezima")}); !errors.Is(err, store.ErrExists) {
			t.Errorf("a name that is taken: %v", err)
		}
		if _, existing, err := b.AddPlayers(ctx, []player.Player{{Name: name(t, "Zezima")}}); err != nil || len(existing) != 1 {
			t.Errorf("of many, a name that is taken: %v, %v", existing, err)
		}
	})
}

func TestPurge(t *testing.T) {
	onEach(t, func(t *testing.T, b bench) {
		ctx := t.Context()
		old, late, named := addFetched(t, b, "Old"), addFetched(t, b, "Late"), addFetched(t, b, "Named")
		retire := func(p player.Player) {
			if _, err := b.RetirePlayer(ctx, p.ID); err != nil {
				t.Fatal(err)
			}
		}
		retire(old)
		retire(named)
		b.clock.Advance(time.Hour)
		retire(late)
		if n, err := b.PurgeName(ctx, named.Name); err != nil || n != 1 {
			t.Errorf("purged %d of the name, %v", n, err)
		}
		if n, err := b.PurgeRetired(ctx, morning.Add(time.Minute)); err != nil || n != 1 {
			t.Errorf("purged %d, %v", n, err)
		}
		for _, tt := range []struct {
			was  player.Player
			kept bool
		}{{old, false}, {named, false}, {late, true}} {
			back, err := b.AddPlayer(ctx, player.Player{Name: tt.was.Name})
			if err != nil || (back.ID == tt.was.ID) != tt.kept {
				t.Errorf("%s is back as %d, was %d (%v)", tt.was.Name, back.ID, tt.was.ID, err)
			}
		}
	})
}

func errOf[T any](_ T, err error) error { return err }

// addFetched tracks a player and stores one answer.
func addFetched(t *testing.T, b bench, typed string) player.Player {
	t.Helper()
	p, err := b.AddPlayer(t.Context(), player.Player{Name: name(t, typed), Mode: player.Regular})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.RecordSnapshot(t.Context(), attempt(p.ID, morning), hiscorestest.Account(2_000_000)); err != nil {
		t.Fatal(err)
	}
	return p
}
