package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/osrsdiff/osrsdiff/player"
)

const (
	// lookupTimeout bounds a query for many, which the context of none of them may end.
	lookupTimeout = 10 * time.Second
	// lookupRest is how long lookups gather once several came together.
	lookupRest = time.Millisecond
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

// Player returns a player by id, or an error that matches ErrNotFound. Calls that come
// at the same time, as those of many fetches do, share the way to the database: a
// query on PostgreSQL, and on SQLite a transaction, since what a connection holds of
// the file is of no use to it once another has written.
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
	s.lookups.Join(l)
	select {
	case f := <-l.done:
		return f
	case <-ctx.Done():
		return found{err: ctx.Err()}
	}
}

// lookUp answers all at once.
func (s *Store) lookUp(all []*lookup) {
	ids := make([]int64, len(all))
	for i, l := range all {
		ids[i] = l.id
	}
	rows, err := s.readPlayers(all[0].ctx, ids)
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

// readPlayers reads the rows of players that are there. Its context must not end with
// that of one of many who wait.
func (s *Store) readPlayers(ctx context.Context, ids []int64) ([]*playerRow, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lookupTimeout)
	defer cancel()
	query := s.prepared.players
	if s.engine == sqliteEngine {
		tx, err := s.read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
		if err != nil {
			return nil, err
		}
		defer func() { _ = tx.Rollback() }() // nothing was written
		// The driver starts a goroutine for each query that may be cut off, which costs
		// as much as to find a row. These take no longer than the file does.
		ctx = context.WithoutCancel(ctx)
		query = tx.StmtContext(ctx, query)
	}
	return scanAll(ctx, query, s.among(ids), func(r *playerRow) []any { return r.targets() })
}
