package store_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/osrsdiff/osrsdiff/gains"
	"github.com/osrsdiff/osrsdiff/groups"
	"github.com/osrsdiff/osrsdiff/hiscores"
	"github.com/osrsdiff/osrsdiff/player"
	"github.com/osrsdiff/osrsdiff/store"
)

// TestOptedOutNamesAreNeverTracked tries every way in which a player gets a name.
func TestOptedOutNamesAreNeverTracked(t *testing.T) {
	onEach(t, func(t *testing.T, b bench) {
		ctx := t.Context()
		other := addFetched(t, b, "Other")
		removed := addFetched(t, b, "Gone Before")
		if _, err := b.RetirePlayer(ctx, removed.ID); err != nil {
			t.Fatal(err)
		}
		for _, typed := range []string{"Zezima", "Gone Before"} {
			if _, err := b.OptOut(ctx, store.OptOutRequest{Name: name(t, typed), KeepHistory: true}); err != nil {
				t.Fatal(err)
			}
		}
		zezima := name(t, "ZEZIMA")
		patch := store.PlayerPatch{Name: &zezima}
		_, _, many := b.AddPlayers(ctx, []player.Player{{Name: name(t, "Fine")}, {Name: zezima}})
		duel := groups.Competition{Title: "Duel", Metric: hiscores.Overall, Window: gains.Window{From: morning, To: morning.Add(time.Hour)}}
		_, contest := b.AddCompetition(ctx, duel, groups.Roster{Entries: []groups.Entry{{Name: zezima, Line: 1}}})
		for what, err := range map[string]error{
			"add":         errOf(b.AddPlayer(ctx, player.Player{Name: zezima})),
			"add many":    many,
			"restore":     errOf(b.AddPlayer(ctx, player.Player{Name: name(t, "gone_before")})),
			"rename":      errOf(b.RenamePlayer(ctx, other.ID, store.Renaming{To: zezima, Forced: true})),
			"change":      errOf(b.UpdatePlayer(ctx, other.ID, patch)),
			"competition": contest,
		} {
			var out *store.OptedOutError
			if !errors.Is(err, store.ErrOptedOut) || !errors.As(err, &out) || len(out.Names) != 1 {
				t.Errorf("%s: %v", what, err)
			}
		}
		list, err := b.Players(ctx, store.PlayerFilter{})
		if err != nil || len(list) != 1 || list[0].Name != other.Name {
			t.Errorf("tracked are %+v, %v", list, err)
		}
		if _, err := b.LiftOptOut(ctx, zezima); err != nil {
			t.Fatal(err)
		}
		if _, err := b.AddPlayer(ctx, player.Player{Name: zezima}); err != nil {
			t.Errorf("lifted, but %v", err)
		}
		if _, err := b.LiftOptOut(ctx, zezima); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("lifted twice: %v", err)
		}
	})
}

// TestRosterLeavesOutWhoOptedOut syncs a group with a roster that still lists them.
func TestRosterLeavesOutWhoOptedOut(t *testing.T) {
	onEach(t, func(t *testing.T, b bench) {
		ctx := t.Context()
		if _, err := b.AddGroup(ctx, groups.Group{Name: groupName(t, "Clan")}); err != nil {
			t.Fatal(err)
		}
		if _, err := b.OptOut(ctx, store.OptOutRequest{Name: name(t, "Zezima")}); err != nil {
			t.Fatal(err)
		}
		for _, dry := range []bool{true, false} {
			done, err := b.SyncGroup(ctx, groups.SyncRequest{Group: groupName(t, "Clan"), DryRun: dry, Roster: groups.Roster{
				Entries: []groups.Entry{{Name: name(t, "Fine"), Line: 1}, {Name: name(t, "zezima"), Line: 2}},
			}})
			if err != nil || done.Count(groups.Added) != 1 || len(done.Bad) != 1 || done.Bad[0].Line != 2 {
				t.Errorf("dry run %t: %+v, %v", dry, done, err)
			}
		}
	})
}

func TestOptOutForgets(t *testing.T) {
	onEach(t, func(t *testing.T, b bench) {
		ctx := t.Context()
		before := addFetched(t, b, "Zezima")
		if _, err := b.RetirePlayer(ctx, before.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := b.PurgeName(ctx, before.Name); err != nil {
			t.Fatal(err)
		}
		p := addFetched(t, b, "Zezima")
		request := store.OptOutRequest{Name: p.Name, Reason: "asked", DryRun: true}
		would, err := b.OptOut(ctx, request)
		if err != nil || would.Already || would.Removed.ID != p.ID || would.Histories != 1 {
			t.Fatalf("would %+v, %v", would, err)
		}
		if _, err := b.PlayerByName(ctx, p.Name); err != nil {
			t.Fatalf("after a dry run: %v", err)
		}
		if list, err := b.OptOuts(ctx); err != nil || len(list) != 0 {
			t.Fatalf("after a dry run the list is %v, %v", list, err)
		}
		request.DryRun = false
		done, err := b.OptOut(ctx, request)
		if err != nil || done.Removed.Revision != p.Revision+1 || done.Histories != 1 {
			t.Fatalf("did %+v, %v", done, err)
		}
		if n, err := b.PurgeName(ctx, p.Name); err != nil || n != 0 {
			t.Errorf("%d histories were left, %v", n, err)
		}
		request.Reason = "again"
		again, err := b.OptOut(ctx, request)
		if err != nil || !again.Already || again.Reason != "asked" || again.Removed.ID != 0 || again.Histories != 0 {
			t.Errorf("the second time %+v, %v", again, err)
		}
	})
}

// TestOptOutWhileAdding lets both happen at once: whoever comes first, nobody is
// tracked afterwards.
func TestOptOutWhileAdding(t *testing.T) {
	onEach(t, func(t *testing.T, b bench) {
		for i := range 20 {
			who := name(t, fmt.Sprintf("Racer %d", i))
			var wg sync.WaitGroup
			wg.Go(func() {
				if _, err := b.AddPlayer(t.Context(), player.Player{Name: who}); err != nil && !errors.Is(err, store.ErrOptedOut) {
					t.Error(err)
				}
			})
			wg.Go(func() {
				if _, err := b.OptOut(t.Context(), store.OptOutRequest{Name: who}); err != nil {
					t.Error(err)
				}
			})
			wg.Wait()
			if _, err := b.PlayerByName(t.Context(), who); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("%s: %v", who, err)
			}
		}
	})
}
