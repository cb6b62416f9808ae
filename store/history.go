package store

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"github.com/osrsdiff/osrsdiff/hiscores"
	"github.com/osrsdiff/osrsdiff/identity"
)

// endOf is the bound for "until this time", where the zero time is no bound.
func endOf(to time.Time) int64 {
	if to.IsZero() {
		return math.MaxInt64
	}
	return micros(to)
}

// SnapshotAt returns the values a player had at a time, in the feed's order.
// From the latest snapshot on that is the latest snapshot; earlier, ranks and
// levels are those of when each value last changed, and At is the time asked
// for. Before the first snapshot, and for an unknown player, the error matches
// ErrNotFound.
func (s *Store) SnapshotAt(ctx context.Context, playerID int64, at time.Time) (hiscores.Snapshot, error) {
	row, err := latestOf(ctx, s.read, playerID)
	if err == nil && (row.FirstAt == 0 || micros(at) < row.FirstAt) {
		err = ErrNotFound
	}
	if err != nil {
		return hiscores.Snapshot{}, fmt.Errorf("snapshot of player %d at %v: %w", playerID, at, err)
	}
	snapshot, err := s.snapshotAt(ctx, row, micros(at), valueRow.stated)
	if err != nil {
		return hiscores.Snapshot{}, fmt.Errorf("snapshot of player %d at %v: %w", playerID, at, err)
	}
	return snapshot, nil
}

// reading chooses what of a value is read: what the hiscores stated, or what
// gains are counted by.
type reading func(valueRow, metric) hiscores.Row

// snapshotAt is SnapshotAt for a time not before the first snapshot.
func (s *Store) snapshotAt(ctx context.Context, row *latestRow, at int64, read reading) (hiscores.Snapshot, error) {
	latest, err := s.unpackLatest(ctx, row)
	if err != nil || at >= row.SnapshotAt {
		return latest, err
	}
	values, err := s.valuesAt(ctx, row.ID, at)
	if err != nil {
		return hiscores.Snapshot{}, err
	}
	rows := make([]hiscores.Row, 0, len(values))
	for _, v := range values {
		m, err := s.metricByID(ctx, v.MetricID)
		if err != nil {
			return hiscores.Snapshot{}, err
		}
		rows = append(rows, read(v, m))
	}
	sortLike(rows, latest.Rows)
	return hiscores.Snapshot{At: fromMicros(at), Rows: rows}, nil
}

// valuesAt finds each metric's last value row at or before a time: one look into
// the key for each metric, however long the history.
func (s *Store) valuesAt(ctx context.Context, playerID, at int64) ([]valueRow, error) {
	var values []valueRow
	err := s.read.NewSelect().Model(&values).Where("v.player_id = ?", playerID).
		Where(`(v.metric_id, v.at) IN (SELECT m.id, (SELECT MAX(w.at) FROM metric_values AS w
			WHERE w.player_id = ? AND w.metric_id = m.id AND w.at <= ?) FROM metrics AS m)`, playerID, at).
		// A row without any number is one that the feed had dropped by then.
		Where("COALESCE(v.value, v.level, v.rank) IS NOT NULL").
		OrderExpr("v.metric_id").Scan(ctx)
	return values, err
}

// sortLike puts rows into the order that another snapshot has them in, and those
// it lacks behind, as they were.
func sortLike(rows, order []hiscores.Row) {
	place := make(map[string]int, len(order))
	for i, r := range order {
		place[hiscores.MetricKey(r.Metric)] = i - len(order)
	}
	slices.SortStableFunc(rows, func(a, b hiscores.Row) int {
		return place[hiscores.MetricKey(a.Metric)] - place[hiscores.MetricKey(b.Metric)]
	})
}

// Gains compares a player's values at two times: the last ones at or before
// from with the last ones at or before to. When tracking began after from, it
// compares with the first snapshot, so a new player's first day has gains. A
// value that was unknown then is first seen, never a gain. Gains are growth of
// the highest value, so a rollback of the game takes none away and what is earned
// again gives none (see package identity). A zero from is the
// beginning and a zero to is now. Nothing to compare yet is no change; an
// unknown player matches ErrNotFound.
func (s *Store) Gains(ctx context.Context, playerID int64, from, to time.Time) ([]hiscores.Change, error) {
	row, err := latestOf(ctx, s.read, playerID)
	if err != nil {
		return nil, fmt.Errorf("gains of player %d: %w", playerID, err)
	}
	start, end := max(micros(from), row.FirstAt), endOf(to)
	if row.FirstAt == 0 || end <= start {
		return nil, nil
	}
	before, err := s.countedAt(ctx, row, start)
	if err != nil {
		return nil, fmt.Errorf("gains of player %d from %v: %w", playerID, from, err)
	}
	after, err := s.countedAt(ctx, row, end)
	if err != nil {
		return nil, fmt.Errorf("gains of player %d to %v: %w", playerID, to, err)
	}
	return identity.Gains(before, after), nil
}

// countedAt is what gains from or to a time are counted by.
func (s *Store) countedAt(ctx context.Context, row *latestRow, at int64) (hiscores.Snapshot, error) {
	if at < row.SnapshotAt {
		return s.snapshotAt(ctx, row, at, valueRow.counted)
	}
	now, err := s.standingOf(ctx, row)
	return now.counted(), err
}

// OverallGains returns how much each player's overall experience grew between
// two times, by the rules of Gains, in one query. Players without two values to
// compare are left out, so they read as zero.
func (s *Store) OverallGains(ctx context.Context, ids []int64, from, to time.Time) (map[int64]int64, error) {
	overall, err := s.metricByName(ctx, hiscores.Overall)
	gains := make(map[int64]int64, len(ids))
	switch {
	case errors.Is(err, ErrNotFound):
		return gains, nil
	case err != nil:
		return nil, err
	case len(ids) == 0:
		return gains, nil
	}
	var rows []struct {
		ID     int64  `bun:"id"`
		Before *int64 `bun:"value_before"`
		After  *int64 `bun:"value_after"`
	}
	const last = `(SELECT v.value FROM metric_values AS v WHERE v.player_id = p.id AND v.metric_id = ?
		AND v.at <= ? ORDER BY v.at DESC LIMIT 1) AS ?`
	start := bun.SafeQuery("CASE WHEN p.first_at > ?0 THEN p.first_at ELSE ?0 END", micros(from))
	err = s.read.NewSelect().TableExpr("players AS p").Column("p.id").
		ColumnExpr(last, overall.ID, start, bun.Ident("value_before")).
		ColumnExpr(last, overall.ID, endOf(to), bun.Ident("value_after")).
		Where("p.id IN (?)", bun.List(ids)).Scan(ctx, &rows)
	if err != nil {
		return nil, fmt.Errorf("overall gains of %d players: %w", len(ids), err)
	}
	for _, r := range rows {
		if r.Before != nil && r.After != nil && micros(from) < endOf(to) {
			gains[r.ID] = max(0, *r.After-*r.Before)
		}
	}
	return gains, nil
}
