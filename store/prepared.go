package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/uptrace/bun"

	"github.com/osrsdiff/osrsdiff/player"
)

// prepared are the queries that every fetch makes. bun writes arguments into the
// text of a query, so that the database would read it anew each time.
type prepared struct {
	// player finds a player by id; locked does so in a transaction, with its
	// latest snapshot, and keeps others from changing it; saved writes what a fetch
	// changed of the row.
	player, locked, saved *sql.Stmt
	// values, standings and gains take what a fetch found changed.
	values, standings, gains bulk
}

func (s *Store) prepareQueries(ctx context.Context) error {
	byID := "p.removed_at = 0 AND p.id = ?1"
	if s.engine == postgresEngine {
		byID = "p.removed_at = 0 AND p.id = $1"
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
	if s.prepared.saved, err = s.write.DB.PrepareContext(ctx, s.placeholders(saveFetched)); err != nil {
		return fmt.Errorf("prepare to save players: %w", err)
	}
	return s.prepareChanges(ctx)
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

// Player returns a player by id, or an error that matches ErrNotFound.
func (s *Store) Player(ctx context.Context, id int64) (player.Player, error) {
	var row playerRow
	if err := scanOne(ctx, s.prepared.player, id, row.targets()); err != nil {
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
	return row, scanOne(ctx, tx.StmtContext(ctx, s.prepared.locked), id, row.targets())
}

// saveFetched writes the columns of a row that a fetch may change.
const saveFetched = `UPDATE players SET status = ?, covered_until = ?, last_attempt_at = ?, last_fetched_at = ?,
	last_changed_at = ?, last_result = ?, last_error = ?, missing_since = ?, first_at = ?, snapshot_at = ?,
	snapshot = ?, peaks = ?, recent = ? WHERE id = ?`

func (s *Store) saveFetched(ctx context.Context, tx bun.Tx, row *fetchedRow) error {
	save := tx.StmtContext(ctx, s.prepared.saved) //nolint:sqlclosecheck // closed with the transaction
	_, err := save.ExecContext(ctx, string(row.Status), row.CoveredUntil, row.LastAttemptAt, row.LastFetchedAt,
		row.LastChangedAt, string(row.LastResult), row.LastError, row.MissingSince, row.FirstAt, row.SnapshotAt,
		row.Snapshot, row.Peaks, row.Recent, row.ID)
	return err
}

// scanOne reads the row of one player; none is ErrNotFound.
func scanOne(ctx context.Context, query *sql.Stmt, id int64, targets []any) error {
	err := query.QueryRowContext(ctx, id).Scan(targets...)
	if errors.Is(err, sql.ErrNoRows) {
		return ErrNotFound
	}
	return err
}
