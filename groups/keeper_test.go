package groups_test

import (
	"context"
	"errors"
	"testing"

	"github.com/osrsdiff/osrsdiff/groups"
	"github.com/osrsdiff/osrsdiff/player"
)

// ledger notes what a Keeper asks for.
type ledger struct {
	sync    groups.Sync
	synced  int
	removed []string
	err     error
}

func (l *ledger) SyncGroup(context.Context, groups.SyncRequest) (groups.Sync, error) {
	l.synced++
	return l.sync, nil
}

func (l *ledger) Remove(_ context.Context, name player.Name) (player.Player, error) {
	l.removed = append(l.removed, name.String())
	return player.Player{}, l.err
}

func TestKeeper(t *testing.T) {
	l := &ledger{sync: groups.Sync{Changes: []groups.Change{
		{Player: named(t, "a"), What: groups.Left}, {Player: named(t, "b"), What: groups.Untracked},
	}}}
	k := groups.Keeper{Rosters: l, Players: l}
	if _, err := k.Sync(t.Context(), groups.SyncRequest{Roster: read(t, "a\nWhat!\n")}); !errors.Is(err, groups.ErrInvalidRoster) || l.synced != 0 {
		t.Errorf("a bad roster: %v, synced %d times", err, l.synced)
	}
	request := groups.SyncRequest{Roster: read(t, "c\nWhat!\n"), SkipBad: true, DryRun: true}
	if _, err := k.Sync(t.Context(), request); err != nil || l.removed != nil {
		t.Errorf("a dry run: %v, removed %v", err, l.removed)
	}
	request.DryRun = false
	if _, err := k.Sync(t.Context(), request); err != nil || len(l.removed) != 1 || l.removed[0] != "b" {
		t.Errorf("sync: %v, removed %v", err, l.removed)
	}
	l.err = errors.New("no")
	if _, err := k.Sync(t.Context(), request); !errors.Is(err, l.err) {
		t.Errorf("a removal that fails: %v", err)
	}
}
