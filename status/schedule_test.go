package status_test

import (
	"slices"
	"testing"
	"time"

	"github.com/osrsdiff/osrsdiff/player"
	"github.com/osrsdiff/osrsdiff/status"
)

func TestScheduleSaysWhatHoldsItUp(t *testing.T) {
	b := newBench(t, 1)
	due := b.track(1, 60, b.now.Add(-61*time.Minute))
	other := b.track(2, 60, b.now.Add(-3*time.Hour))
	resting := due
	resting.ID, resting.Paused = 3, true
	if err := b.book.Schedule(t.Context(), resting); err != nil {
		t.Fatal(err)
	}
	unknown := due
	unknown.ID = 4
	for _, tt := range []struct {
		name   string
		player player.Player
		known  bool
		kind   status.Kind
	}{
		{"due after another", due, true, status.Behind},
		{"paused", resting, true, status.Paused},
		{"unknown to Redis", unknown, false, status.NotInRedis},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := b.reader.Schedule(t.Context(), tt.player)
			if err != nil {
				t.Fatal(err)
			}
			if got.InRedis != tt.known || got.PlayerID != tt.player.ID || got.At.IsZero() {
				t.Errorf("in Redis %v, player %d, at %v", got.InRedis, got.PlayerID, got.At)
			}
			if !slices.ContainsFunc(got.Why, func(t status.Trouble) bool { return t.Kind == tt.kind }) {
				t.Errorf("why is %v, without %s", got.Why, tt.kind)
			}
		})
	}
	first, err := b.reader.Schedule(t.Context(), other)
	if err != nil {
		t.Fatal(err)
	}
	if first.LastTick.IsZero() || first.NextTick.After(first.At) {
		t.Errorf("last tick %v, next tick %v at %v", first.LastTick, first.NextTick, first.At)
	}
}

func TestScheduleWithoutRedis(t *testing.T) {
	b := newBench(t, 1)
	p := b.track(1, 60, b.now)
	if err := b.rdb.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := b.reader.Schedule(t.Context(), p); err == nil {
		t.Error("no error without Redis")
	}
}
