package roster

import (
	"context"
	"errors"
	"fmt"

	"github.com/osrsdiff/osrsdiff/hiscores"
	"github.com/osrsdiff/osrsdiff/player"
	"github.com/osrsdiff/osrsdiff/store"
)

// manyBatch is how many players are added in one transaction.
const manyBatch = 500

// Refused is a name of many that was not added.
type Refused struct {
	// Name is the name.
	Name player.Name
	// Err says why: it matches hiscores.ErrNotFound, hiscores.ErrInvalidName or
	// one of package player's, or store.ErrOptedOut.
	Err error
}

// AddedMany is what became of many names.
type AddedMany struct {
	// Added are the new players.
	Added []player.Player
	// Existing are those that were tracked already, as they are stored.
	Existing []player.Player
	// Refused were not added.
	Refused []Refused
}

// AddMany tracks many players, such as a file of names. It can be called again
// with the same names after it was cut off, since those already tracked are
// skipped and reported. Progress is told how many names are done; nil is fine.
//
// With Verify each name is asked for within the shared limit, one after another.
// First fetches are left to the schedules, which spread them out: a queue full of
// them would go before everything else. An error is one of the database or of
// ctx; what was added before stays added and is returned.
func (r *Roster) AddMany(ctx context.Context, reqs []AddRequest, progress func(done int)) (AddedMany, error) {
	if progress == nil {
		progress = func(int) {}
	}
	var many AddedMany
	for done := 0; done < len(reqs); {
		n := min(manyBatch, len(reqs)-done)
		if reqs[done].Verify {
			n = 1
		} else {
			n = untilVerify(reqs[done : done+n])
		}
		if err := r.addSome(ctx, reqs[done:done+n], &many); err != nil {
			return many, fmt.Errorf("add players from %q on: %w", reqs[done].Name, err)
		}
		done += n
		progress(done)
	}
	return many, nil
}

// untilVerify is how many requests come before one that is to be verified.
func untilVerify(reqs []AddRequest) int {
	for i, req := range reqs {
		if req.Verify {
			return i
		}
	}
	return len(reqs)
}

// addSome adds one request to verify, or a batch of others.
func (r *Roster) addSome(ctx context.Context, reqs []AddRequest, many *AddedMany) error {
	names := make([]player.Name, 0, len(reqs))
	for _, req := range reqs {
		names = append(names, req.Name)
	}
	out, err := r.opts.Additions.OptedOut(ctx, names)
	if err != nil {
		return err
	}
	var players []player.Player
	for _, req := range reqs {
		if _, refused := out[req.Name.Key()]; refused {
			many.Refused = append(many.Refused, Refused{Name: req.Name, Err: &store.OptedOutError{Names: []player.Name{req.Name}}})
			continue
		}
		p, err := r.prepare(ctx, req)
		var exists *store.ExistsError
		switch {
		case err == nil:
			players = append(players, p)
		case errors.As(err, &exists):
			many.Existing = append(many.Existing, exists.Existing)
		case refusal(err):
			many.Refused = append(many.Refused, Refused{Name: req.Name, Err: err})
		default:
			return err
		}
	}
	if len(players) == 0 {
		return nil
	}
	added, existing, err := r.opts.Additions.AddPlayers(ctx, players)
	noteAdded(ctx, added)
	many.Added = append(many.Added, added...)
	many.Existing = append(many.Existing, existing...)
	return err
}

// prepare is the row to add for a request, verified if it asks for that.
func (r *Roster) prepare(ctx context.Context, req AddRequest) (player.Player, error) {
	p, err := req.player()
	if err != nil || !req.Verify || r.opts.Hiscores == nil {
		return p, err
	}
	if err := r.refuseName(ctx, req.Name); err != nil {
		return p, err
	}
	p.Mode, _, err = r.verify(ctx, req)
	return p, err
}

// refusal reports whether err is about the name rather than about the database.
func refusal(err error) bool {
	for _, about := range []error{
		hiscores.ErrNotFound, hiscores.ErrInvalidName,
		player.ErrInvalidName, player.ErrInvalidInterval, player.ErrInvalidMode,
	} {
		if errors.Is(err, about) {
			return true
		}
	}
	return false
}
