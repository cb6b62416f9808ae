package roster

import (
	"context"
	"fmt"

	"github.com/osrsdiff/osrsdiff/access"
	"github.com/osrsdiff/osrsdiff/player"
	"github.com/osrsdiff/osrsdiff/store"
)

// OptOuts keeps who must not be tracked; *store.Store does.
type OptOuts interface {
	// OptOut puts a name on the list and stops tracking its player.
	OptOut(ctx context.Context, request store.OptOutRequest) (store.OptedOut, error)
	// LiftOptOut takes a name off the list.
	LiftOptOut(ctx context.Context, name player.Name) (store.OptOut, error)
}

var _ OptOuts = (*store.Store)(nil)

// OptOut keeps a name from being tracked: its player is removed, with its history
// unless that is to be kept, and nothing can add the name again until LiftOptOut.
// It is safe to repeat.
func (r *Roster) OptOut(ctx context.Context, request store.OptOutRequest) (store.OptedOut, error) {
	if request.Name.IsZero() {
		return store.OptedOut{}, fmt.Errorf("opt out: %w: the name is empty", player.ErrInvalidName)
	}
	done, err := r.opts.OptOuts.OptOut(ctx, request)
	if err != nil || request.DryRun {
		return done, err
	}
	if gone := done.Removed; gone.ID != 0 {
		note(ctx, "player.remove", gone.Name, "", "")
		r.courtesy(ctx, gone, func(ctx context.Context) error {
			return r.opts.Schedules.Unschedule(ctx, gone.ID, gone.Revision)
		})
	}
	if done.Histories > 0 {
		note(ctx, "player.purge", request.Name, "", "")
	}
	if !done.Already {
		access.Note(ctx, access.Change{Action: "optout.add", Target: done.Name.String(), New: done.Reason})
	}
	return done, nil
}

// LiftOptOut lets a name be tracked again; it adds nobody. A name that is not on
// the list matches store.ErrNotFound.
func (r *Roster) LiftOptOut(ctx context.Context, name player.Name) (store.OptOut, error) {
	lifted, err := r.opts.OptOuts.LiftOptOut(ctx, name)
	if err != nil {
		return store.OptOut{}, err
	}
	access.Note(ctx, access.Change{Action: "optout.remove", Target: lifted.Name.String(), Old: lifted.Reason})
	return lifted, nil
}
