package tasks_test

import (
	"errors"
	"testing"
	"time"

	"github.com/osrsdiff/osrsdiff/hiscores"
	"github.com/osrsdiff/osrsdiff/hiscores/hiscorestest"
	"github.com/osrsdiff/osrsdiff/player"
	"github.com/osrsdiff/osrsdiff/tasks"
)

func TestGuestTakesAPermitForEachRequest(t *testing.T) {
	b := newBench(t)
	b.add("Zezima", player.Ironman)
	counted := &takes{Office: b.office}
	g := b.guest(func(o *tasks.GuestOptions) { o.Permits = counted })
	if _, err := hiscores.ReadTables(t.Context(), g, must(player.ParseName("Zezima"))); err != nil {
		t.Fatal(err)
	}
	if got := len(counted.list()); got != 4 || b.site.Requests("Zezima") != 4 {
		t.Errorf("%d permits, %d requests; want 4 of each", got, b.site.Requests("Zezima"))
	}
}

func TestGuestPausesEverybodyAtMostADay(t *testing.T) {
	b := newBench(t)
	b.add("Zezima", player.Regular)
	b.site.Fault("Zezima", hiscorestest.Fault{Kind: hiscorestest.RateLimited, RetryAfter: 1000 * time.Hour})
	_, err := b.guest().Fetch(t.Context(), must(player.ParseName("Zezima")), hiscores.RegularTable)
	var postponed *tasks.PostponedError
	if !errors.As(err, &postponed) || postponed.For <= 0 || postponed.For > 24*time.Hour {
		t.Fatalf("Fetch: %v, want it postponed for at most a day", err)
	}
	b.wantPause(postponed.For)
}

func TestRestorePause(t *testing.T) {
	b := newBench(t)
	if err := b.store.SetSitePause(t.Context(), b.clock().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	if err := b.guest().RestorePause(t.Context()); err != nil {
		t.Fatal(err)
	}
	if left, err := b.office.Paused(t.Context()); err != nil || left <= 0 || left > time.Minute {
		t.Errorf("paused for %s, %v; want up to a minute", left, err)
	}
}
