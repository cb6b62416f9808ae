package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/osrsdiff/osrsdiff/hiscores"
)

// Value is one stored change of one metric of a player.
type Value struct {
	// Key says where it stands, to go on behind it.
	Key ValueKey
	// Metric is the row's name, Kind which list it is in.
	Metric string
	Kind   hiscores.Kind
	// Point is the value and when it was first seen.
	Point
}

// ValueKey is the place of a value in the history of a player. The zero key is
// before all.
type ValueKey struct{ metric, at int64 }

// HistoryFilter chooses and pages through the stored values of a player.
type HistoryFilter struct {
	// PlayerID is the player.
	PlayerID int64
	// From and To bound when values were first seen, both included. A zero From is
	// the beginning, a zero To is now.
	From, To time.Time
	// After continues a listing. The zero key: from the start.
	After ValueKey
	// Limit is the most values to return. Zero or less: 100.
	Limit int
}

// HistoryAfter lists the stored values of a player, metric by metric, each the
// oldest first. Unlike a cursor of the database, paging holds no connection and no
// old state while a slow reader takes its time.
func (s *Store) HistoryAfter(ctx context.Context, f HistoryFilter) ([]Value, error) {
	if f.Limit <= 0 {
		f.Limit = defaultLimit
	}
	rows, err := s.read.QueryContext(ctx, `SELECT v.metric_id, v.at, v.value, v.stated, v.rank, v.level FROM metric_values AS v
		WHERE v.player_id = ? AND (v.metric_id, v.at) > (?, ?) AND v.at >= ? AND v.at <= ?
		ORDER BY v.metric_id, v.at LIMIT ?`, f.PlayerID, f.After.metric, f.After.at, micros(f.From), endOf(f.To), f.Limit)
	if err != nil {
		return nil, fmt.Errorf("history of player %d: %w", f.PlayerID, err)
	}
	defer func() { _ = rows.Close() }()
	found := make([]Value, 0, min(f.Limit, 1000))
	for rows.Next() {
		v := Value{}
		var value, stated, rank, level sql.NullInt64
		if err := rows.Scan(&v.Key.metric, &v.Key.at, &value, &stated, &rank, &level); err != nil {
			return nil, fmt.Errorf("history of player %d: %w", f.PlayerID, err)
		}
		if stated.Valid {
			value = stated
		}
		v.Point = Point{At: fromMicros(v.Key.at), Value: scanned(value), Rank: scanned(rank), Level: scanned(level)}
		found = append(found, v)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("history of player %d: %w", f.PlayerID, err)
	}
	for i := range found {
		m, err := s.metricByID(ctx, found[i].Key.metric)
		if err != nil {
			return nil, fmt.Errorf("history of player %d: %w", f.PlayerID, err)
		}
		found[i].Metric, found[i].Kind = m.Name, m.Kind
	}
	return found, nil
}
