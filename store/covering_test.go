package store_test

import (
	"testing"
	"time"
)

func TestCoverTick(t *testing.T) {
	onEach(t, func(t *testing.T, b bench) {
		p := b.add(t, "Zezima")
		want := p
		want.CoveredUntil = morning.Add(time.Hour)
		for _, tick := range []time.Time{morning, morning.Add(time.Hour), morning.Add(time.Minute)} {
			if err := b.CoverTick(t.Context(), p.ID, tick); err != nil {
				t.Fatal(err)
			}
		}
		diff(t, "player", want, b.player(t, p.ID))
		if err := b.CoverTick(t.Context(), 404, morning); err != nil {
			t.Errorf("an unknown player: %v", err)
		}
	})
}
