package store_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/osrsdiff/osrsdiff/player"
	"github.com/osrsdiff/osrsdiff/store"
)

func TestRenamePlayer(t *testing.T) {
	onEach(t, func(t *testing.T, b bench) {
		p := b.add(t, "Zezima")
		b.fetch(t, p.ID, hours(0), totals(90_000_000, 300)...)
		p = b.player(t, p.ID)
		values := dump(t, b)["metric_values"]
		b.applyAll(t)
		now := b.clock.Advance(time.Hour)
		got, err := b.RenamePlayer(t.Context(), p.ID, store.Renaming{To: name(t, "New-Name"), Forced: true})
		if err != nil {
			t.Fatal(err)
		}
		want := p
		want.Name, want.Revision, want.UpdatedAt = name(t, "New-Name"), p.Revision+1, now
		diff(t, "player", want, got)
		diff(t, "stored player", want, b.player(t, p.ID))
		diff(t, "values", values, dump(t, b)["metric_values"])
		diff(t, "schedule changes", map[int64]int64{p.ID: want.Revision}, revisions(b.applyAll(t)))
		events, err := b.Events(t.Context(), p.ID)
		if err != nil {
			t.Fatal(err)
		}
		diff(t, "events", []store.Event{{PlayerID: p.ID, At: now, Kind: store.WasRenamed,
			EventDetail: store.EventDetail{From: "Zezima", To: "New-Name", Forced: true}}}, events)

		if _, err := b.RenamePlayer(t.Context(), p.ID, store.Renaming{To: name(t, "new name")}); err != nil {
			t.Fatal(err)
		}
		if got := b.player(t, p.ID).Name.String(); got != "new name" || len(b.happened(t, p.ID)) != 1 {
			t.Errorf("another spelling: %q, events %v", got, b.happened(t, p.ID))
		}
		if _, err := b.RenamePlayer(t.Context(), p.ID, store.Renaming{To: name(t, "new name")}); err != nil || b.player(t, p.ID).Revision != want.Revision+1 {
			t.Errorf("the same name: %v, %+v", err, b.player(t, p.ID))
		}
	})
}

func TestRenamePlayerRefuses(t *testing.T) {
	onEach(t, func(t *testing.T, b bench) {
		p, other, flagged := b.add(t, "Zezima"), b.add(t, "B0aty"), b.flagged(t, "Lynx Titan")
		for what, test := range map[string]struct {
			id   int64
			to   string
			want error
			says string
		}{
			"a name that is taken": {p.ID, "b0ATY", store.ErrExists, other.Name.String()},
			"a flagged player":     {flagged.ID, "Lynx", store.ErrFlagged, "Lynx Titan"},
			"nobody":               {999, "Somebody", store.ErrNotFound, "999"},
		} {
			_, err := b.RenamePlayer(t.Context(), test.id, store.Renaming{To: name(t, test.to)})
			if !errors.Is(err, test.want) || !strings.Contains(err.Error(), test.says) {
				t.Errorf("%s: %v", what, err)
			}
		}
		if _, err := b.RenamePlayer(t.Context(), p.ID, store.Renaming{}); !errors.Is(err, player.ErrInvalidName) {
			t.Errorf("no name: %v", err)
		}
		if _, err := b.RenamePlayer(t.Context(), flagged.ID, store.Renaming{To: name(t, "LYNX TITAN")}); err != nil {
			t.Errorf("another spelling of a flagged player: %v", err)
		}
		if got := b.player(t, p.ID); !got.Name.Equal(p.Name) || got.Revision != p.Revision {
			t.Errorf("player %+v", got)
		}
	})
}

func TestPatchesLeaveDecisionsAlone(t *testing.T) {
	onEach(t, func(t *testing.T, b bench) {
		p := b.flagged(t, "Zezima")
		other := name(t, "Other")
		patch := func(want error, patch store.PlayerPatch) {
			t.Helper()
			if _, err := b.UpdatePlayer(t.Context(), p.ID, patch); !errors.Is(err, want) {
				t.Errorf("%+v: %v, want %v", patch, err, want)
			}
		}
		patch(store.ErrFlagged, store.PlayerPatch{Name: &other})
		patch(nil, store.PlayerPatch{Paused: new(true)})
		patch(nil, store.PlayerPatch{Paused: new(false)})
		if _, err := b.SplitPlayer(t.Context(), p.ID); err != nil {
			t.Fatal(err)
		}
		patch(store.ErrArchived, store.PlayerPatch{Paused: new(false)})
		patch(store.ErrArchived, store.PlayerPatch{Name: &other})
		patch(nil, store.PlayerPatch{Paused: new(true)})
		if got := b.player(t, p.ID); got.Status != player.Archived || !got.Paused {
			t.Errorf("player %+v", got)
		}
	})
}

func TestRenameTracksAnArchivedPlayerAgain(t *testing.T) {
	onEach(t, func(t *testing.T, b bench) {
		p := b.flagged(t, "Zezima")
		if _, err := b.SplitPlayer(t.Context(), p.ID); err != nil {
			t.Fatal(err)
		}
		got, err := b.RenamePlayer(t.Context(), p.ID, store.Renaming{To: name(t, "Found Again")})
		if err != nil || got.Status != player.Active || got.Paused {
			t.Fatalf("%+v, %v", got, err)
		}
		if stored := b.player(t, p.ID); stored.Status != player.Active || stored.Paused || stored.Revision != got.Revision {
			t.Errorf("stored %+v", stored)
		}
		if changes := b.fetch(t, p.ID, hours(4), totals(90_100_000, 301)...); len(changes) != 2 {
			t.Errorf("changes %+v", changes)
		}
		if got := b.gain(t, p.ID, 0, 9); got != [2]int64{100_000, 1} {
			t.Errorf("gains across the gap: %v", got)
		}
	})
}
