package store_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/osrsdiff/osrsdiff/store"
)

func TestClaimRun(t *testing.T) {
	two := time.Date(2026, 10, 9, 2, 0, 0, 0, time.UTC)
	tests := map[string]struct {
		nominal time.Time
		owner   string
		want    bool
	}{
		"a later run":                {two.AddDate(0, 0, 1), "b", true},
		"the same run, same owner":   {two, "a", true},
		"the same run, other owner":  {two, "b", false},
		"an earlier run":             {two.AddDate(0, 0, -1), "b", false},
		"an earlier run, same owner": {two.AddDate(0, 0, -1), "a", false},
	}
	onEach(t, func(t *testing.T, b bench) {
		for what, test := range tests {
			if ok, err := b.ClaimRun(t.Context(), what, two, "a"); !ok || err != nil {
				t.Fatalf("%s, first: %v, %v", what, ok, err)
			}
			ok, err := b.ClaimRun(t.Context(), what, test.nominal, test.owner)
			if ok != test.want || err != nil {
				t.Errorf("%s: %v, %v; want %v", what, ok, err, test.want)
			}
		}
		if _, err := b.ClaimRun(t.Context(), "job", two, ""); err == nil {
			t.Error("a claim without an owner")
		}
	})
}

func TestClaimRunGivesItToOne(t *testing.T) {
	onEach(t, func(t *testing.T, b bench) {
		won := make(chan string, 16)
		var g errgroup.Group
		for i := range 16 {
			owner := fmt.Sprint("owner ", i)
			g.Go(func() error {
				ok, err := b.ClaimRun(t.Context(), "check_game_mode_downgrades", morning, owner)
				if ok {
					won <- owner
				}
				return err
			})
		}
		if err := g.Wait(); err != nil {
			t.Fatal(err)
		}
		if len(won) != 1 {
			t.Fatalf("%d owners won", len(won))
		}
		runs, err := b.LastRuns(t.Context())
		if got := runs["check_game_mode_downgrades"].Owner; err != nil || got != <-won {
			t.Errorf("owner %q, %v", got, err)
		}
	})
}

func TestSeedAndFinishRun(t *testing.T) {
	onEach(t, func(t *testing.T, b bench) {
		ctx, job := t.Context(), "store:prune"
		seed := func(nominal time.Time) {
			t.Helper()
			if err := b.SeedRun(ctx, job, nominal); err != nil {
				t.Fatal(err)
			}
		}
		last := func() store.StaticRun {
			t.Helper()
			runs, err := b.LastRuns(ctx)
			if err != nil {
				t.Fatal(err)
			}
			return runs[job]
		}
		if err := b.FinishRun(ctx, job, "ok", morning); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("finished what was never claimed: %v", err)
		}
		seed(morning)
		diff(t, "seeded", store.StaticRun{ID: job, Nominal: morning}, last())
		if ok, err := b.ClaimRun(ctx, job, morning, "a"); ok || err != nil {
			t.Errorf("claimed the seeded run: %v, %v", ok, err)
		}
		tomorrow := morning.AddDate(0, 0, 1)
		if ok, err := b.ClaimRun(ctx, job, tomorrow, "a"); !ok || err != nil {
			t.Errorf("claimed the run after: %v, %v", ok, err)
		}
		seed(morning.AddDate(1, 0, 0)) // there already: nothing
		if err := b.FinishRun(ctx, job, "removed 3 runs", tomorrow.Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
		diff(t, "finished", store.StaticRun{
			ID: job, Nominal: tomorrow, Owner: "a", StartedAt: morning,
			FinishedAt: tomorrow.Add(time.Minute), Result: "removed 3 runs",
		}, last())
		b.clock.Advance(48 * time.Hour)
		if ok, err := b.ClaimRun(ctx, job, tomorrow.AddDate(0, 0, 1), "b"); !ok || err != nil {
			t.Errorf("claimed the next: %v, %v", ok, err)
		}
		diff(t, "claimed again", store.StaticRun{
			ID: job, Nominal: tomorrow.AddDate(0, 0, 1), Owner: "b", StartedAt: morning.Add(48 * time.Hour),
		}, last())
	})
}
