package roster

import (
	"context"
	"errors"
	"fmt"

	"github.com/osrsdiff/osrsdiff/player"
	"github.com/osrsdiff/osrsdiff/store"
)

// Tracked returns which of the names are tracked, by the key of the name, without
// changing anything: what AddMany would skip.
func (r *Roster) Tracked(ctx context.Context, names []player.Name) (map[string]player.Player, error) {
	tracked := map[string]player.Player{}
	for _, name := range names {
		p, err := r.opts.Lookup.PlayerByName(ctx, name)
		switch {
		case err == nil:
			tracked[name.Key()] = p
		case !errors.Is(err, store.ErrNotFound):
			return nil, fmt.Errorf("look for %q: %w", name, err)
		}
	}
	return tracked, nil
}

// BulkChange asks for the same change of many players.
type BulkChange struct {
	// Names are the players'.
	Names []player.Name
	// Patch is the change. A new name in it is refused: no two players share one.
	Patch store.PlayerPatch
	// DryRun only says what would change.
	DryRun bool
}

// Changed is what became of one player of a BulkChange.
type Changed struct {
	// Name is the name that was given.
	Name player.Name
	// Player is how the player stands now, or stood in a dry run. Zero: Missing.
	Player player.Player
	// Missing means no such player is tracked.
	Missing bool
	// Altered means something changed, or would.
	Altered bool
}

// ChangeMany makes the same change to each of many players, one after another, and
// says what became of each, in their order. An error is one of the database or of
// ctx; what was changed before stays changed and is returned. It is safe to repeat.
func (r *Roster) ChangeMany(ctx context.Context, bulk BulkChange) ([]Changed, error) {
	if bulk.Patch.Name != nil {
		return nil, errors.New("change many players: the new name of one cannot be that of others")
	}
	done := make([]Changed, 0, len(bulk.Names))
	for _, name := range bulk.Names {
		c, err := r.changeOne(ctx, name, bulk)
		if err != nil {
			return done, err
		}
		done = append(done, c)
	}
	return done, nil
}

func (r *Roster) changeOne(ctx context.Context, name player.Name, bulk BulkChange) (Changed, error) {
	before, err := r.opts.Lookup.PlayerByName(ctx, name)
	if errors.Is(err, store.ErrNotFound) {
		return Changed{Name: name, Missing: true}, nil
	}
	if err != nil {
		return Changed{}, fmt.Errorf("change %q: %w", name, err)
	}
	c := Changed{Name: name, Player: before, Altered: bulk.Patch.Alters(before)}
	if bulk.DryRun || !c.Altered {
		return c, nil
	}
	c.Player, err = r.Change(ctx, name, bulk.Patch)
	if errors.Is(err, store.ErrNotFound) { // removed meanwhile
		return Changed{Name: name, Missing: true}, nil
	}
	return c, err
}
