package store_test

import (
	"errors"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/osrsdiff/osrsdiff/player"
	"github.com/osrsdiff/osrsdiff/store"
)

func TestUpdatePlayer(t *testing.T) {
	later := morning.Add(time.Hour)
	tests := map[string]struct {
		paused bool
		patch  func(t *testing.T) store.PlayerPatch
		want   func(p *player.Player)
		noted  bool
	}{
		"interval": {
			patch: func(*testing.T) store.PlayerPatch { return store.PlayerPatch{Every: ptr(player.Interval(30))} },
			want: func(p *player.Player) {
				p.Every, p.IntervalChangedAt, p.UpdatedAt, p.Revision = 30, later, later, 2
			},
			noted: true,
		},
		"pause": {
			patch: func(*testing.T) store.PlayerPatch { return store.PlayerPatch{Paused: new(true)} },
			want:  func(p *player.Player) { p.Paused, p.UpdatedAt, p.Revision = true, later, 2 },
			noted: true,
		},
		"resume": {
			paused: true,
			patch:  func(*testing.T) store.PlayerPatch { return store.PlayerPatch{Paused: new(false)} },
			want: func(p *player.Player) {
				p.Paused, p.ResumedAt, p.UpdatedAt, p.Revision = false, later, later, 2
			},
			noted: true,
		},
		"rename": {
			patch: func(t *testing.T) store.PlayerPatch { return store.PlayerPatch{Name: new(name(t, "Lynx Titan"))} },
			want: func(p *player.Player) {
				p.Name, p.UpdatedAt, p.Revision = name(t, "Lynx Titan"), later, 2
			},
			noted: true,
		},
		"other spelling of its own name": {
			patch: func(t *testing.T) store.PlayerPatch { return store.PlayerPatch{Name: new(name(t, "ZEZIMA"))} },
			want:  func(p *player.Player) { p.Name, p.UpdatedAt, p.Revision = name(t, "ZEZIMA"), later, 2 },
			noted: true,
		},
		"mode alone is no schedule change": {
			patch: func(*testing.T) store.PlayerPatch { return store.PlayerPatch{Mode: ptr(player.UltimateIronman)} },
			want:  func(p *player.Player) { p.Mode, p.UpdatedAt = player.UltimateIronman, later },
		},
		"nothing": {
			patch: func(*testing.T) store.PlayerPatch { return store.PlayerPatch{} },
			want:  func(*player.Player) {},
		},
		"what it is already": {
			patch: func(t *testing.T) store.PlayerPatch {
				return store.PlayerPatch{
					Every: ptr(player.DefaultInterval), Paused: new(false),
					Mode: ptr(player.Mode("")), Name: new(name(t, "Zezima")),
				}
			},
			want: func(*player.Player) {},
		},
	}
	onEach(t, func(t *testing.T, b bench) {
		for what, test := range tests {
			b.clock.at = morning
			before, err := b.AddPlayer(t.Context(), player.Player{Name: name(t, "Zezima"), Paused: test.paused})
			if err != nil {
				t.Fatal(err)
			}
			b.applyAll(t)
			b.clock.Advance(time.Hour)
			got, err := b.UpdatePlayer(t.Context(), before.ID, test.patch(t))
			if err != nil {
				t.Fatalf("%s: %v", what, err)
			}
			want := before
			test.want(&want)
			diff(t, what, want, got)
			diff(t, what+", stored", want, b.player(t, before.ID))
			var noted []player.Change
			if test.noted {
				noted = []player.Change{{PlayerID: before.ID, Revision: 2}}
			}
			diff(t, what+", schedule changes", noted, b.applyAll(t))
			if _, err := b.RemovePlayer(t.Context(), before.ID); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// applyAll takes all pending schedule changes.
func (b bench) applyAll(t *testing.T) []player.Change {
	t.Helper()
	changes, err := b.PendingChanges(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.ChangesApplied(t.Context(), changes); err != nil {
		t.Fatal(err)
	}
	if len(changes) == 0 {
		return nil
	}
	return changes
}

func TestUpdatePlayerRefuses(t *testing.T) {
	onEach(t, func(t *testing.T, b bench) {
		p, taken := b.add(t, "Zezima"), b.add(t, "Lynx Titan")
		tests := map[string]struct {
			patch store.PlayerPatch
			want  error
		}{
			"interval":       {store.PlayerPatch{Every: ptr(player.Interval(0))}, player.ErrInvalidInterval},
			"mode":           {store.PlayerPatch{Mode: ptr(player.Mode("group"))}, player.ErrInvalidMode},
			"no name":        {store.PlayerPatch{Name: &player.Name{}}, player.ErrInvalidName},
			"another's name": {store.PlayerPatch{Name: new(name(t, "lynx_titan")), Paused: new(true)}, store.ErrExists},
		}
		for what, test := range tests {
			_, err := b.UpdatePlayer(t.Context(), p.ID, test.patch)
			if !errors.Is(err, test.want) {
				t.Errorf("%s: got %v, want %v", what, err, test.want)
			}
			if exists, ok := errors.AsType[*store.ExistsError](err); ok {
				diff(t, what, taken, exists.Existing)
			}
		}
		diff(t, "the player afterwards", p, b.player(t, p.ID))
	})
}

func TestConcurrentPatchesAreNeverLost(t *testing.T) {
	onEach(t, func(t *testing.T, b bench) {
		p := b.add(t, "Zezima")
		other := open(t, b.url) // as another process would
		const rounds = 10
		var g errgroup.Group
		for i := range rounds {
			for _, patch := range []store.PlayerPatch{
				{Every: new(player.Interval(100 + i))},
				{Paused: new(i%2 == 0)},
				{Mode: new(player.Modes()[i%4])},
			} {
				through := []bench{b, other}[i%2]
				g.Go(func() error {
					_, err := through.UpdatePlayer(t.Context(), p.ID, patch)
					return err
				})
			}
			at := morning.Add(time.Duration(i+1) * time.Minute)
			g.Go(func() error {
				_, err := b.RecordSnapshot(t.Context(), attempt(p.ID, at), oneRow)
				return err
			})
		}
		if err := g.Wait(); err != nil {
			t.Fatal(err)
		}
		last := store.PlayerPatch{Every: ptr(player.Interval(7)), Paused: new(true), Mode: ptr(player.Regular)}
		got, err := b.UpdatePlayer(t.Context(), p.ID, last)
		if err != nil {
			t.Fatal(err)
		}
		if got.Every != 7 || !got.Paused || got.Mode != player.Regular {
			t.Errorf("last patch: %+v", got)
		}
		if want := morning.Add(rounds * time.Minute); !got.CoveredUntil.Equal(want) {
			t.Errorf("covered until %v, want %v: a patch undid a fetch", got.CoveredUntil, want)
		}
	})
}

func TestConcurrentPatchesOfDifferentFieldsAllHold(t *testing.T) {
	onEach(t, func(t *testing.T, b bench) {
		for range 10 {
			p := b.add(t, "Zezima")
			renamed := name(t, "Lynx Titan")
			var g errgroup.Group
			for _, patch := range []store.PlayerPatch{
				{Every: ptr(player.Interval(5))}, {Paused: new(true)},
				{Mode: ptr(player.Ironman)}, {Name: &renamed},
			} {
				g.Go(func() error {
					_, err := b.UpdatePlayer(t.Context(), p.ID, patch)
					return err
				})
			}
			if err := g.Wait(); err != nil {
				t.Fatal(err)
			}
			got := b.player(t, p.ID)
			if got.Every != 5 || !got.Paused || got.Mode != player.Ironman || got.Name != renamed || got.Revision != 4 {
				t.Fatalf("a patch was lost: %+v", got)
			}
			if _, err := b.RemovePlayer(t.Context(), p.ID); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func TestRemovePlayer(t *testing.T) {
	onEach(t, func(t *testing.T, b bench) {
		p, stays := b.add(t, "Zezima"), b.add(t, "Lynx Titan")
		for _, id := range []int64{p.ID, stays.ID} {
			b.fetch(t, id, morning, skill("Overall", 1000, 5_000_000))
			if err := b.RecordFailure(t.Context(), attempt(id, morning.Add(time.Hour)), "down"); err != nil {
				t.Fatal(err)
			}
		}
		b.applyAll(t)
		gone, err := b.RemovePlayer(t.Context(), p.ID)
		if err != nil {
			t.Fatal(err)
		}
		if gone.Revision != p.Revision+1 || gone.Name != p.Name {
			t.Errorf("removed %+v", gone)
		}
		diff(t, "schedule changes", []player.Change{{PlayerID: p.ID, Revision: 2}}, b.applyAll(t))
		if runs, err := b.Runs(t.Context(), p.ID, 0); len(runs) != 0 || err != nil {
			t.Errorf("runs of the removed player: %v, %v", runs, err)
		}
		if points, err := b.Series(t.Context(), p.ID, "Overall", time.Time{}, time.Time{}); len(points) != 0 || err != nil {
			t.Errorf("values of the removed player: %v, %v", points, err)
		}
		if points, err := b.Series(t.Context(), stays.ID, "Overall", time.Time{}, time.Time{}); len(points) != 1 || err != nil {
			t.Errorf("values of the other player: %v, %v", points, err)
		}
	})
}
