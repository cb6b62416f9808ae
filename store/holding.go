package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/osrsdiff/osrsdiff/hiscores"
	"github.com/osrsdiff/osrsdiff/player"
)

// heldRow is an answer held aside, and when it was last repeated.
type heldRow struct {
	bun.BaseModel `bun:"table:held_snapshots,alias:h"`
	PlayerID      int64  `bun:"player_id,pk"`
	At            int64  `bun:"at,pk"`
	LastAt        int64  `bun:"last_at"`
	Snapshot      []byte `bun:"snapshot"`
}

// hold keeps an answer aside and flags the player. Values that did not change
// since the last one only move its end, so a flagged player costs no more than
// its changes.
func (s *Store) hold(ctx context.Context, tx bun.Tx, row *fetchedRow, snap hiscores.Snapshot) error {
	at := micros(snap.At)
	held, err := s.lastHeld(ctx, tx, row.ID)
	if err != nil {
		return err
	}
	if held != nil && at <= held.LastAt {
		return errStale
	}
	row.Status, row.LastResult, row.LastError = player.Flagged, player.Held, ""
	row.LastFetchedAt, row.MissingSince = at, 0
	packed, err := s.pack(snap.Rows)
	if err != nil {
		return err
	}
	if held != nil {
		before, err := s.unpackHeld(ctx, held)
		if err != nil {
			return err
		}
		if len(hiscores.Diff(before.Snapshot, snap)) == 0 {
			held.LastAt, held.Snapshot = at, packed
			_, err := tx.NewUpdate().Model(held).WherePK().Column("last_at", "snapshot").Exec(ctx)
			return err
		}
	}
	_, err = tx.NewInsert().Model(&heldRow{PlayerID: row.ID, At: at, LastAt: at, Snapshot: packed}).Exec(ctx)
	return err
}

// lastHeld is the newest answer held aside of a player, or nil.
func (s *Store) lastHeld(ctx context.Context, db bun.IDB, playerID int64) (*heldRow, error) {
	row := new(heldRow)
	err := db.NewSelect().Model(row).Where("h.player_id = ?", playerID).OrderExpr("h.at DESC").Limit(1).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return row, err
}

// HeldSnapshot is an answer of the hiscores that is held aside.
type HeldSnapshot struct {
	// Snapshot is the answer. Its time is when the values were first seen.
	hiscores.Snapshot
	// Until is when the same values were last seen.
	Until time.Time
}

// HeldSnapshots returns the answers of a player that are held aside, oldest
// first. Only a flagged player has any.
func (s *Store) HeldSnapshots(ctx context.Context, playerID int64) ([]HeldSnapshot, error) {
	snapshots, err := s.heldOf(ctx, s.read, playerID)
	if err != nil {
		return nil, fmt.Errorf("read what is held of player %d: %w", playerID, err)
	}
	return snapshots, nil
}

func (s *Store) heldOf(ctx context.Context, db bun.IDB, playerID int64) ([]HeldSnapshot, error) {
	var rows []heldRow
	if err := db.NewSelect().Model(&rows).Where("h.player_id = ?", playerID).OrderExpr("h.at").Scan(ctx); err != nil {
		return nil, err
	}
	snapshots := make([]HeldSnapshot, 0, len(rows))
	for i := range rows {
		held, err := s.unpackHeld(ctx, &rows[i])
		if err != nil {
			return nil, err
		}
		snapshots = append(snapshots, held)
	}
	return snapshots, nil
}

func (s *Store) unpackHeld(ctx context.Context, row *heldRow) (HeldSnapshot, error) {
	rows, err := s.unpack(ctx, row.Snapshot)
	if err != nil {
		return HeldSnapshot{}, err
	}
	return HeldSnapshot{Snapshot: hiscores.Snapshot{At: fromMicros(row.At), Rows: rows}, Until: fromMicros(row.LastAt)}, nil
}

// release takes what is held of a player away, into the hands of the caller.
func (s *Store) release(ctx context.Context, tx bun.Tx, playerID int64) ([]HeldSnapshot, error) {
	held, err := s.heldOf(ctx, tx, playerID)
	if err != nil {
		return nil, err
	}
	_, err = tx.NewDelete().Model((*heldRow)(nil)).Where("player_id = ?", playerID).Exec(ctx)
	return held, err
}

// applyHeld applies answers that were held aside, oldest first.
func (s *Store) applyHeld(ctx context.Context, tx bun.Tx, row *fetchedRow, held []HeldSnapshot) error {
	w := &writing{Tx: tx, prepared: &s.prepared}
	for _, h := range held {
		now, err := s.standingOf(ctx, row.latest())
		if err != nil {
			return err
		}
		if _, err := s.applySnapshot(ctx, w, row, now, h.Snapshot); err != nil {
			return err
		}
		row.SnapshotAt, row.LastFetchedAt = micros(h.Until), micros(h.Until)
		if err := w.flush(ctx); err != nil {
			return err
		}
	}
	return nil
}
