package store

import (
	"context"

	"github.com/uptrace/bun"

	"github.com/osrsdiff/osrsdiff/hiscores"
	"github.com/osrsdiff/osrsdiff/player"
)

// valueRow is the value of a metric from one time on, until the next row.
type valueRow struct {
	bun.BaseModel `bun:"table:metric_values,alias:v"`
	PlayerID      int64  `bun:"player_id,pk"`
	MetricID      int64  `bun:"metric_id,pk"`
	At            int64  `bun:"at,pk"`
	Value         *int64 `bun:"value"`
	Level         *int64 `bun:"level"`
	Rank          *int64 `bun:"rank"`
}

// applySnapshot writes a snapshot newer than the stored one to the row and the
// changed values to their table.
func (s *Store) applySnapshot(ctx context.Context, tx bun.Tx, row *fetchedRow, snap hiscores.Snapshot) ([]hiscores.Change, error) {
	before, err := s.unpackLatest(ctx, &latestRow{FirstAt: row.FirstAt, SnapshotAt: row.SnapshotAt, Snapshot: row.Snapshot})
	if err != nil {
		return nil, err
	}
	changes := hiscores.Diff(before, snap)
	if err := s.insertValues(ctx, tx, row.ID, snap, changes); err != nil {
		return nil, err
	}
	if row.Snapshot, err = s.pack(snap.Rows); err != nil {
		return nil, err
	}
	at := micros(snap.At)
	if row.FirstAt == 0 {
		row.FirstAt = at
	}
	row.SnapshotAt, row.LastFetchedAt = at, at
	row.Status, row.MissingSince, row.LastError = player.Active, 0, ""
	row.LastResult = player.Unchanged
	if len(changes) > 0 {
		row.LastResult, row.LastChangedAt = player.Changed, at
	}
	return changes, nil
}

func (s *Store) insertValues(ctx context.Context, tx bun.Tx, playerID int64, snap hiscores.Snapshot, changes []hiscores.Change) error {
	if len(changes) == 0 {
		return nil
	}
	byKey := make(map[string]hiscores.Row, len(snap.Rows))
	for _, r := range snap.Rows {
		byKey[hiscores.MetricKey(r.Metric)] = r
	}
	values := make([]valueRow, 0, len(changes))
	for _, c := range changes {
		m, err := s.metricByName(ctx, c.Metric)
		if err != nil {
			return err
		}
		now := byKey[m.Key] // absent: unknown
		values = append(values, valueRow{
			PlayerID: playerID, MetricID: m.ID, At: micros(snap.At),
			Value: nullable(now.Value), Level: nullable(now.Level), Rank: nullable(now.Rank),
		})
	}
	_, err := tx.NewInsert().Model(&values).On("CONFLICT DO NOTHING").Exec(ctx)
	return err
}

// nullable is a number as a column: nil when unknown.
func nullable(number hiscores.Number) *int64 {
	if n, known := number.Get(); known {
		return &n
	}
	return nil
}

// numberOf is the inverse of nullable.
func numberOf(n *int64) hiscores.Number {
	if n == nil {
		return hiscores.Number{}
	}
	return hiscores.Known(*n)
}
