package store

import (
	"context"
	"fmt"
	"time"

	"github.com/osrsdiff/osrsdiff/player"
)

const (
	// lookupTimeout bounds a query for many, which the context of none of them may end.
	lookupTimeout = 10 * time.Second
	// lookupRest is how long lookups gather once several came together.
	lookupRest = 2 * time.Millisecond
)

// lookup is one who waits for a player.
type lookup struct {
	ctx  context.Context //nolint:containedctx // The caller waits meanwhile, as in a call.
	id   int64
	done chan found
}

// found is a player, or why there is none.
type found struct {
	player player.Player
	err    error
}

// Player returns a player by id, or an error that matches ErrNotFound. On PostgreSQL
// calls that come at the same time share a query, as those of many fetches do.
func (s *Store) Player(ctx context.Context, id int64) (player.Player, error) {
	f := found{err: ctx.Err()}
	if f.err == nil {
		f = s.find(ctx, id)
	}
	if f.err != nil {
		return player.Player{}, fmt.Errorf("player %d: %w", id, f.err)
	}
	return f.player, nil
}

func (s *Store) find(ctx context.Context, id int64) found {
	l := &lookup{ctx: ctx, id: id, done: make(chan found, 1)}
	if s.engine == sqliteEngine {
		// The driver starts a goroutine for each query that may be cut off, which costs
		// as much as to find a row.
		l.ctx = context.WithoutCancel(ctx)
		s.lookUp([]*lookup{l})
	} else {
		s.lookups.Join(l)
	}
	select {
	case f := <-l.done:
		return f
	case <-l.ctx.Done():
		return found{err: l.ctx.Err()}
	}
}

// lookUp answers all with one query.
func (s *Store) lookUp(all []*lookup) {
	ctx := all[0].ctx
	if len(all) > 1 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(context.WithoutCancel(ctx), lookupTimeout)
		defer cancel()
	}
	ids := make([]int64, len(all))
	for i, l := range all {
		ids[i] = l.id
	}
	rows, err := scanAll(ctx, s.prepared.players, s.among(ids), func(r *playerRow) []any { return r.targets() })
	byID := make(map[int64]*playerRow, len(rows))
	for _, row := range rows {
		byID[row.ID] = row
	}
	for _, l := range all {
		f := found{err: err}
		if row := byID[l.id]; row != nil {
			f.player, f.err = row.player()
		} else if err == nil {
			f.err = ErrNotFound
		}
		l.done <- f
	}
}
