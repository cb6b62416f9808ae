package groups

import (
	"context"
	"fmt"

	"github.com/osrsdiff/osrsdiff/player"
)

// SyncRequest says which group to keep in step with which roster, and how.
type SyncRequest struct {
	// Group is whose roster it is.
	Group Name
	// Roster is who is to be in the group from now on.
	Roster Roster
	// SkipBad leaves out lines that cannot be read. Otherwise they are an error,
	// and nothing is changed.
	SkipBad bool
	// DryRun only says what would change.
	DryRun bool
	// Untrack stops tracking who leaves and is in no other group.
	Untrack bool
	// Every is the interval of players that are added. Zero: the default.
	Every player.Interval
}

// Rosters keeps groups; *store.Store does.
type Rosters interface {
	// SyncGroup makes the roster of a group what a request lists, in one
	// transaction. Those marked Untracked have left, and are still tracked.
	SyncGroup(ctx context.Context, request SyncRequest) (Sync, error)
}

// Remover stops tracking players; *roster.Roster does.
type Remover interface {
	Remove(ctx context.Context, name player.Name) (player.Player, error)
}

// Keeper keeps groups in step with their rosters.
type Keeper struct {
	Rosters Rosters
	Players Remover
}

// Sync makes the members of a group those that a roster lists: who is not tracked
// is added and will be fetched by its schedule, who is not listed leaves. All of it
// happens or nothing does; a second time changes nothing. Players to untrack are
// removed one after another once they have left. A roster with bad lines matches
// ErrInvalidRoster, an unknown group store.ErrNotFound.
func (k Keeper) Sync(ctx context.Context, request SyncRequest) (Sync, error) {
	if err := request.Roster.Check(request.SkipBad); err != nil {
		return Sync{Bad: request.Roster.Bad}, err
	}
	done, err := k.Rosters.SyncGroup(ctx, request)
	if err != nil || request.DryRun {
		return done, err
	}
	for _, c := range done.Changes {
		if c.What != Untracked {
			continue
		}
		if _, err := k.Players.Remove(ctx, c.Player); err != nil {
			return done, fmt.Errorf("%s left but is still tracked: %w", c.Player, err)
		}
	}
	return done, nil
}
