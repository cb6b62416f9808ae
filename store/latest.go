package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/osrsdiff/osrsdiff/hiscores"
)

// latestRow is the part of a player's row that holds its latest snapshot.
type latestRow struct {
	bun.BaseModel `bun:"table:players,alias:p"`
	ID            int64 `bun:"id,pk"`
	// FirstAt is when the first snapshot was taken. Zero: none was.
	FirstAt    int64  `bun:"first_at"`
	SnapshotAt int64  `bun:"snapshot_at"`
	Snapshot   []byte `bun:"snapshot"`
	// Peaks are the highest values of rows that are below them (see standing).
	// Empty: none is.
	Peaks []byte `bun:"peaks"`
}

// latestOf reads a player's latest snapshot; before the first one FirstAt is
// zero. An unknown player is ErrNotFound.
func latestOf(ctx context.Context, db bun.IDB, id int64) (*latestRow, error) {
	row := &latestRow{ID: id}
	err := db.NewSelect().Model(row).WherePK().Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, ErrNotFound
	}
	return row, err
}

func (s *Store) unpackLatest(ctx context.Context, row *latestRow) (hiscores.Snapshot, error) {
	if row.FirstAt == 0 {
		return hiscores.Snapshot{}, nil
	}
	rows, err := s.unpack(ctx, row.Snapshot)
	return hiscores.Snapshot{At: fromMicros(row.SnapshotAt), Rows: rows}, err
}

// Latest returns what the hiscores said last of a player, ranks included. An
// unknown player and one without a snapshot match ErrNotFound.
func (s *Store) Latest(ctx context.Context, playerID int64) (hiscores.Snapshot, error) {
	row, err := latestOf(ctx, s.read, playerID)
	if err == nil && row.FirstAt == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return hiscores.Snapshot{}, fmt.Errorf("latest snapshot of player %d: %w", playerID, err)
	}
	snapshot, err := s.unpackLatest(ctx, row)
	if err != nil {
		return hiscores.Snapshot{}, fmt.Errorf("latest snapshot of player %d: %w", playerID, err)
	}
	return snapshot, nil
}

// TrackedSince returns when a player's first snapshot was taken, and the zero
// time before that. An unknown player matches ErrNotFound.
func (s *Store) TrackedSince(ctx context.Context, playerID int64) (time.Time, error) {
	row, err := latestOf(ctx, s.read, playerID)
	if err != nil {
		return time.Time{}, fmt.Errorf("first snapshot of player %d: %w", playerID, err)
	}
	return fromMicros(row.FirstAt), nil
}
