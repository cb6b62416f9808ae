package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/uptrace/bun"

	"github.com/osrsdiff/osrsdiff/player"
)

// prepared are the queries that every fetch makes. bun writes arguments into the
// text of a query, so that the database would read it anew each time.
type prepared struct {
	// player finds a player by id; locked does so in a transaction, with its
	// latest snapshot, and keeps others from changing it.
	player, locked *sql.Stmt
}

func (s *Store) prepareQueries(ctx context.Context) error {
	byID := "p.id = ?1"
	if s.engine == postgresEngine {
		byID = "p.id = $1"
	}
	var err error
	find := s.read.NewSelect().Model((*playerRow)(nil)).Where(byID).String()
	if s.prepared.player, err = s.read.DB.PrepareContext(ctx, find); err != nil {
		return fmt.Errorf("prepare to find players: %w", err)
	}
	lock := s.forUpdate(s.write.NewSelect().Model((*fetchedRow)(nil)).Where(byID)).String()
	if s.prepared.locked, err = s.write.DB.PrepareContext(ctx, lock); err != nil {
		return fmt.Errorf("prepare to lock players: %w", err)
	}
	return nil
}

// Player returns a player by id, or an error that matches ErrNotFound.
func (s *Store) Player(ctx context.Context, id int64) (player.Player, error) {
	var row playerRow
	if err := s.scanOne(ctx, s.prepared.player, id, &row); err != nil {
		return player.Player{}, fmt.Errorf("player %d: %w", id, err)
	}
	p, err := row.player()
	if err != nil {
		return player.Player{}, fmt.Errorf("player %d: %w", id, err)
	}
	return p, nil
}

// lockFetched reads a player's row, with its latest snapshot, and locks it.
func (s *Store) lockFetched(ctx context.Context, tx bun.Tx, id int64) (*fetchedRow, error) {
	row := new(fetchedRow)
	return row, s.scanOne(ctx, tx.StmtContext(ctx, s.prepared.locked), id, row)
}

// scanOne reads the row of one player; none is ErrNotFound.
func (s *Store) scanOne(ctx context.Context, query *sql.Stmt, id int64, row any) error {
	rows, err := query.QueryContext(ctx, id)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	if !rows.Next() {
		if err := rows.Err(); err != nil {
			return err
		}
		return ErrNotFound
	}
	return errors.Join(s.read.ScanRow(ctx, rows, row), rows.Err())
}
