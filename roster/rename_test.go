package roster_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/osrsdiff/osrsdiff/hiscores"
	"github.com/osrsdiff/osrsdiff/hiscores/hiscorestest"
	"github.com/osrsdiff/osrsdiff/player"
	"github.com/osrsdiff/osrsdiff/roster"
	"github.com/osrsdiff/osrsdiff/store"
)

// track adds a player and stores answers, an hour apart, the last one now.
func (b *bench) track(typed string, mode player.Mode, answers ...hiscores.Snapshot) player.Player {
	b.tb.Helper()
	ctx := context.Background()
	p, err := b.store.AddPlayer(ctx, player.Player{Name: name(typed), Mode: mode})
	if err != nil {
		b.tb.Fatal(err)
	}
	for i, s := range answers {
		s.At = time.Now().Add(time.Duration(i-len(answers)+1) * time.Hour)
		a := player.Attempt{PlayerID: p.ID, TaskID: "test", Tick: s.At, Covers: s.At, StartedAt: s.At, At: s.At}
		if _, err := b.store.RecordSnapshot(ctx, a, s); err != nil {
			b.tb.Fatal(err)
		}
	}
	p, err = b.store.Player(ctx, p.ID)
	if err != nil {
		b.tb.Fatal(err)
	}
	return p
}

func TestRename(t *testing.T) {
	account := hiscorestest.Account(xp)
	more, less := hiscorestest.Gain(account, "Attack", 1000), hiscorestest.Account(xp/2)
	list := func(name string, s hiscores.Snapshot) func(*bench) {
		return func(b *bench) { b.site.SetAccount(name, player.Ironman, s) }
	}
	fail := func(name string, kind hiscorestest.FaultKind) func(*bench) {
		return func(b *bench) { b.site.Fault(name, hiscorestest.Fault{Kind: kind}) }
	}
	for _, test := range []struct {
		name     string
		site     []func(*bench)
		to       string
		force    bool
		err      error
		requests int
		says     string
	}{
		{"gone from the old name, listed under the new", []func(*bench){list("New", more)}, "New", false, nil, 2, ""},
		{"both names show it for a while", []func(*bench){list("New", more), list("Old", more)}, "New", false, nil, 2, ""},
		{"another account took the old name", []func(*bench){list("New", more), list("Old", less)}, "New", false, nil, 2, ""},
		{"it still has its old name", []func(*bench){list("New", hiscorestest.Account(xp*2)), list("Old", more)}, "New", false, roster.ErrStillListed, 2, `list "Old"`},
		{"the new name has lower values", []func(*bench){list("New", less)}, "New", false, roster.ErrFalls, 1, "Overall from 50000000 to 25000000"},
		{"lower values, but forced", []func(*bench){list("New", less)}, "New", true, nil, 0, ""},
		{"nobody has the new name", nil, "New", false, hiscores.ErrNotFound, 1, `"New"`},
		{"listed, but not as ironman", []func(*bench){func(b *bench) { b.site.SetAccount("New", player.Regular, more) }}, "New", false, hiscores.ErrNotFound, 1, ""},
		{"the new name is invalid to the site", []func(*bench){fail("New", hiscorestest.InvalidName)}, "New", false, hiscores.ErrInvalidName, 1, ""},
		{"hiscores down", []func(*bench){fail("New", hiscorestest.Unavailable503)}, "New", false, roster.ErrUnverified, 1, ""},
		{"hiscores down for the second name", []func(*bench){list("New", more), fail("Old", hiscorestest.HTMLBlocked200)}, "New", false, roster.ErrUnverified, 2, ""},
		{"hiscores down, but forced", []func(*bench){fail("New", hiscorestest.Unavailable503)}, "New", true, nil, 0, ""},
		{"another spelling", nil, "OLD", false, nil, 0, ""},
		{"the new name is tracked", nil, "b0aty", false, store.ErrExists, 0, `"B0aty" is tracked`},
		{"the new name is tracked, and forced", nil, "b0aty", true, store.ErrExists, 0, `"B0aty" is tracked`},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := newBench(t)
			for _, prepare := range test.site {
				prepare(b)
			}
			p := b.track("Old", player.Ironman, account)
			b.track("B0aty", player.Regular)
			got, err := b.roster().Rename(t.Context(), roster.RenameRequest{From: name("old"), To: name(test.to), Force: test.force})
			if !errors.Is(err, test.err) || err != nil && !strings.Contains(err.Error(), test.says) {
				t.Fatalf("Rename: %v, want %v (%s)", err, test.err, test.says)
			}
			if requests := b.site.Requests(hiscorestest.Everyone); requests != test.requests {
				t.Errorf("%d requests, want %d", requests, test.requests)
			}
			stored, lookupErr := b.store.Player(t.Context(), p.ID)
			if lookupErr != nil {
				t.Fatal(lookupErr)
			}
			if err != nil {
				if !stored.Name.Equal(p.Name) || len(b.book.lines) > 0 {
					t.Errorf("refused, but it is %+v, applied %v", stored, b.book.lines)
				}
				return
			}
			if !stored.Name.Equal(name(test.to)) || !got.Name.Equal(stored.Name) || stored.Revision != p.Revision+1 {
				t.Errorf("renamed to %+v, stored %+v", got, stored)
			}
			want := []string{"ensure " + test.to + " every 1h paused=false revision 2"}
			if diff := cmp.Diff(want, b.book.lines); diff != "" {
				t.Errorf("applied (-want +got):\n%s", diff)
			}
			if queued := b.queued("interactive"); (len(queued) == 1) != (test.to != "OLD") {
				t.Errorf("queued %v", queued)
			}
		})
	}
}

func TestRenameOfNobody(t *testing.T) {
	b := newBench(t)
	_, err := b.roster().Rename(t.Context(), roster.RenameRequest{From: name("Nobody"), To: name("Somebody")})
	if !errors.Is(err, store.ErrNotFound) || !strings.Contains(err.Error(), "Nobody") {
		t.Errorf("Rename: %v", err)
	}
	b.opts.Hiscores = nil
	b.track("Old", player.Regular)
	if _, err := b.roster().Rename(t.Context(), roster.RenameRequest{From: name("Old"), To: name("New")}); !errors.Is(err, roster.ErrUnverified) {
		t.Errorf("Rename without hiscores: %v", err)
	}
}

func TestDecisionsAreAppliedAtOnce(t *testing.T) {
	account, other := hiscorestest.Account(xp), hiscorestest.Account(xp/9)
	b := newBench(t)
	r := b.roster()
	split := b.track("Taken", player.Ironman, account, other)
	accepted := b.track("Reset", player.Regular, account, other)
	b.site.SetAccount("Found", player.Ironman, hiscorestest.Gain(account, "Attack", 5))

	if _, err := r.Rename(t.Context(), roster.RenameRequest{From: split.Name, To: name("Other"), Force: true}); !errors.Is(err, store.ErrFlagged) {
		t.Errorf("rename of a flagged player: %v", err)
	}
	got, err := r.Split(t.Context(), split.Name)
	if err != nil || got.Archived.ID != split.ID || got.Fresh.Name != split.Name {
		t.Fatalf("Split: %+v, %v", got, err)
	}
	if _, err := r.Fetch(t.Context(), got.Archived.Name); !errors.Is(err, store.ErrArchived) {
		t.Errorf("fetch of an archived player: %v", err)
	}
	if _, err := r.Resume(t.Context(), got.Archived.Name); !errors.Is(err, store.ErrArchived) {
		t.Errorf("resume of an archived player: %v", err)
	}
	if _, err := r.Rename(t.Context(), roster.RenameRequest{From: got.Archived.Name, To: name("Found")}); err != nil {
		t.Errorf("rename of an archived player: %v", err)
	}
	if p, err := r.Accept(t.Context(), accepted.Name); err != nil || p.Status != player.Active {
		t.Errorf("Accept: %+v, %v", p, err)
	}
	want := []string{
		"ensure " + got.Archived.Name.String() + " every 1h paused=true revision 2",
		"ensure Taken every 1h paused=false revision 1",
		"ensure Found every 1h paused=false revision 3",
	}
	if diff := cmp.Diff(want, b.book.lines); diff != "" {
		t.Errorf("applied (-want +got):\n%s", diff)
	}
	if queued := b.queued("interactive"); len(queued) != 2 || !slices.ContainsFunc(queued, func(s string) bool { return strings.Contains(s, `"Taken"`) }) {
		t.Errorf("queued %v", queued)
	}
	for what, do := range map[string]func(player.Name) error{
		"Accept": func(n player.Name) error { _, err := r.Accept(t.Context(), n); return err },
		"Split":  func(n player.Name) error { _, err := r.Split(t.Context(), n); return err },
	} {
		if err := do(accepted.Name); !errors.Is(err, store.ErrNotFlagged) {
			t.Errorf("%s of a player that is not flagged: %v", what, err)
		}
		if err := do(name("Nobody")); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%s of nobody: %v", what, err)
		}
	}
}
