package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/uptrace/bun"
)

// prepared are the queries that every fetch makes. bun writes arguments into the
// text of a query, so that the database would read it anew each time.
type prepared struct {
	// players finds players by their ids (see among); locked does so in a transaction,
	// with their latest snapshots, and keeps others from changing them.
	players, locked *sql.Stmt
	// saved writes what fetches changed of rows.
	saved saver
	// values, standings and gains take what fetches found changed.
	values, standings, gains bulk
}

func (s *Store) prepareQueries(ctx context.Context) error {
	among := "p.id = ?1"
	if s.engine == postgresEngine {
		among = "p.id = ANY($1)"
	}
	var err error
	find := s.read.NewSelect().Model((*playerRow)(nil)).Where("p.removed_at = 0").Where(among).String()
	if s.prepared.players, err = s.read.DB.PrepareContext(ctx, find); err != nil {
		return fmt.Errorf("prepare to find players: %w", err)
	}
	// In one order, so that two transactions never wait for each other.
	lock := s.forUpdate(s.write.NewSelect().Model((*fetchedRow)(nil)).Where("p.removed_at = 0").Where(among).OrderExpr("p.id")).String()
	if s.prepared.locked, err = s.write.DB.PrepareContext(ctx, lock); err != nil {
		return fmt.Errorf("prepare to lock players: %w", err)
	}
	if s.prepared.saved, err = s.prepareSaver(ctx); err != nil {
		return fmt.Errorf("prepare to save players: %w", err)
	}
	return s.prepareChanges(ctx)
}

// among are the arguments that a query for the players of some ids is made with, one
// after another: PostgreSQL finds all at once, SQLite one by one (see bulk).
func (s *Store) among(ids []int64) []any {
	if s.engine == postgresEngine {
		return []any{ids}
	}
	args := make([]any, len(ids))
	for i, id := range ids {
		args[i] = id
	}
	return args
}

// scanAll reads the rows that a query finds with one argument after another.
func scanAll[R any](ctx context.Context, query *sql.Stmt, args []any, targets func(*R) []any) ([]*R, error) {
	var list []*R
	for _, arg := range args {
		some, err := scanSome(ctx, query, arg, targets)
		if err != nil {
			return nil, err
		}
		list = append(list, some...)
	}
	return list, nil
}

func scanSome[R any](ctx context.Context, query *sql.Stmt, arg any, targets func(*R) []any) (list []*R, err error) {
	rows, err := query.QueryContext(ctx, arg)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		row := new(R)
		if err := rows.Scan(targets(row)...); err != nil {
			return nil, err
		}
		list = append(list, row)
	}
	return list, rows.Err()
}

func (s *Store) prepareChanges(ctx context.Context) error {
	var err, err2, err3 error
	s.prepared.values, err = s.prepareBulk(ctx, "metric_values", "ON CONFLICT DO NOTHING",
		"player_id", "metric_id", "at", "value", "level", "rank", "stated")
	s.prepared.standings, err2 = s.prepareBulk(ctx, "standings", "ON CONFLICT (player_id, metric_id) DO UPDATE SET value = excluded.value",
		"player_id", "metric_id", "value")
	s.prepared.gains, err3 = s.prepareBulk(ctx, "period_gains",
		"ON CONFLICT (player_id, metric_id, bucket) DO UPDATE SET gain = period_gains.gain + excluded.gain",
		"player_id", "metric_id", "bucket", "gain")
	return errors.Join(err, err2, err3)
}

// placeholders numbers the question marks of a query as the database wants them.
func (s *Store) placeholders(query string) string {
	mark := "?"
	if s.engine == postgresEngine {
		mark = "$"
	}
	parts := strings.Split(query, "?")
	for i := range parts[:len(parts)-1] {
		parts[i] += mark + strconv.Itoa(i+1)
	}
	return strings.Join(parts, "")
}

// lockFetched reads the rows of players by their ids, with their latest snapshots,
// and locks them. Players that are gone are missing.
func (s *Store) lockFetched(ctx context.Context, tx bun.Tx, ids ...int64) (map[int64]*fetchedRow, error) {
	lock := tx.StmtContext(ctx, s.prepared.locked)
	if s.engine == sqliteEngine {
		ctx = context.WithoutCancel(ctx) // as in bulk.insert
	}
	rows, err := scanAll(ctx, lock, s.among(ids), (*fetchedRow).targets)
	byID := make(map[int64]*fetchedRow, len(rows))
	for _, row := range rows {
		byID[row.ID] = row
	}
	return byID, err
}
