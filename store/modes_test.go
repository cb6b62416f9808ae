package store_test

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/osrsdiff/osrsdiff/player"
	"github.com/osrsdiff/osrsdiff/store"
)

// addMode tracks an active player of a game mode.
func (b bench) addMode(t *testing.T, typed string, mode player.Mode) player.Player {
	t.Helper()
	p, err := b.AddPlayer(t.Context(), player.Player{Name: name(t, typed), Mode: mode, Status: player.Active})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestRecordMode(t *testing.T) {
	onEach(t, func(t *testing.T, b bench) {
		p := b.addMode(t, "hc dies", player.HardcoreIronman)
		b.applyAll(t)
		died := store.ModeChange{
			PlayerID: p.ID, From: player.HardcoreIronman, To: player.Ironman, At: morning,
			Evidence: json.RawMessage(`[{"table":"ironman","overall":5}]`),
		}
		record := func(c store.ModeChange) {
			t.Helper()
			if err := b.RecordMode(t.Context(), c); err != nil {
				t.Fatal(err)
			}
		}
		for later := range 3 { // seen day after day, kept once
			again := died
			again.At = morning.Add(time.Duration(later) * time.Minute)
			record(again)
		}
		diff(t, "player while it is not applied", p, b.player(t, p.ID))

		confirmed := died
		confirmed.At, confirmed.Applied = morning.Add(time.Hour), true
		b.clock.Advance(time.Hour)
		for range 2 {
			record(confirmed)
		}
		want := p
		want.Mode, want.UpdatedAt = player.Ironman, morning.Add(time.Hour)
		diff(t, "player once confirmed", want, b.player(t, p.ID))
		if changes := b.applyAll(t); len(changes) != 0 {
			t.Errorf("schedule changes: %v", changes)
		}

		stale := confirmed
		stale.To, stale.At = player.Regular, morning.Add(2*time.Hour)
		if err := b.RecordMode(t.Context(), stale); !errors.Is(err, store.ErrModeMoved) {
			t.Errorf("a verdict on another mode: %v", err)
		}
		unknown := stale
		unknown.To = "group"
		if err := b.RecordMode(t.Context(), unknown); !errors.Is(err, player.ErrInvalidMode) {
			t.Errorf("an unknown mode: %v", err)
		}
		changes, err := b.ModeChanges(t.Context(), p.ID)
		if err != nil {
			t.Fatal(err)
		}
		diff(t, "mode changes", []store.ModeChange{confirmed, died}, changes)
	})
}

func TestRecordModeOfAPlayerWhoseModeWasUnknown(t *testing.T) {
	onEach(t, func(t *testing.T, b bench) {
		p := b.add(t, "Zezima")
		err := b.RecordMode(t.Context(), store.ModeChange{PlayerID: p.ID, To: player.Regular, At: morning, Applied: true})
		if err != nil {
			t.Fatal(err)
		}
		if got := b.player(t, p.ID).Mode; got != player.Regular {
			t.Errorf("mode %q", got)
		}
	})
}

func TestPlayersForModeCheck(t *testing.T) {
	onEach(t, func(t *testing.T, b bench) {
		iron := b.addMode(t, "iron", player.Ironman)
		b.addMode(t, "regular", player.Regular)
		b.addMode(t, "unknown", "")
		hardcore := b.addMode(t, "hardcore", player.HardcoreIronman)
		ultimate := b.addMode(t, "ultimate", player.UltimateIronman)
		if _, err := b.AddPlayer(t.Context(), player.Player{Name: name(t, "pending"), Mode: player.Ironman}); err != nil {
			t.Fatal(err)
		}
		paused := b.addMode(t, "paused", player.Ironman)
		if _, err := b.UpdatePlayer(t.Context(), paused.ID, store.PlayerPatch{Paused: new(true)}); err != nil {
			t.Fatal(err)
		}
		list := func(before time.Time, after int64, limit int) []int64 {
			t.Helper()
			players, err := b.PlayersForModeCheck(t.Context(), before, after, limit)
			if err != nil {
				t.Fatal(err)
			}
			var ids []int64
			for _, p := range players {
				ids = append(ids, p.ID)
			}
			return ids
		}
		diff(t, "never checked", []int64{iron.ID, hardcore.ID, ultimate.ID}, list(morning, 0, 0))
		diff(t, "second page", []int64{hardcore.ID}, list(morning, iron.ID, 1))
		for _, at := range []time.Time{morning, morning.Add(-time.Hour)} {
			if err := b.MarkModeChecked(t.Context(), hardcore.ID, at); err != nil {
				t.Fatal(err)
			}
		}
		diff(t, "checked just now", []int64{iron.ID, ultimate.ID}, list(morning, 0, 0))
		diff(t, "due again", []int64{iron.ID, hardcore.ID, ultimate.ID}, list(morning.Add(time.Microsecond), 0, 0))
	})
}
