package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/osrsdiff/osrsdiff/hiscores"
)

// Point is a value of a metric that holds from At until the next point.
type Point struct {
	// At is when the value was first seen.
	At time.Time `json:"at"`
	// Value is the experience or score as stated, a rollback of the game
	// included; unknown when the hiscores stopped stating it.
	Value hiscores.Number `json:"value"`
	// Rank and Level are those that came with the value.
	Rank  hiscores.Number `json:"rank"`
	Level hiscores.Number `json:"level"`
}

// Series returns how one metric moved between two times, both included: a point
// for each change, oldest first, and before them, at from, the value that held
// then. A zero from is the beginning and a zero to is now. A metric that no body
// ever had matches ErrNotFound; a player without values has no points, and
// neither has a period that ends before it begins.
func (s *Store) Series(ctx context.Context, playerID int64, metric string, from, to time.Time) ([]Point, error) {
	m, err := s.metricByName(ctx, metric)
	if err != nil {
		return nil, fmt.Errorf("series of player %d: %w", playerID, err)
	}
	start, end := micros(from), endOf(to)
	rows, err := s.read.QueryContext(ctx, `SELECT v.at, v.value, v.stated, v.rank, v.level FROM metric_values AS v
		WHERE v.player_id = ?0 AND v.metric_id = ?1 AND v.at <= ?3 AND ?2 <= ?3
		AND v.at >= COALESCE((SELECT MAX(w.at) FROM metric_values AS w
			WHERE w.player_id = ?0 AND w.metric_id = ?1 AND w.at <= ?2), ?2)
		ORDER BY v.at`, playerID, m.ID, start, end)
	if err != nil {
		return nil, fmt.Errorf("series of %q of player %d: %w", metric, playerID, err)
	}
	points, err := scanPoints(rows, start)
	if err != nil {
		return nil, fmt.Errorf("series of %q of player %d: %w", metric, playerID, err)
	}
	return points, nil
}

// scanPoints reads the rows of a query for points, without the detour through a
// model: a chart of a year may have ten thousand. A point before start is at start.
func scanPoints(rows *sql.Rows, start int64) ([]Point, error) {
	defer func() { _ = rows.Close() }()
	points := []Point{}
	for rows.Next() {
		p, err := scanPoint(rows, start)
		if err != nil {
			return nil, err
		}
		points = append(points, p)
	}
	return points, rows.Err()
}

func scanPoint(rows *sql.Rows, start int64) (Point, error) {
	var at int64
	var value, stated, rank, level sql.NullInt64
	if err := rows.Scan(&at, &value, &stated, &rank, &level); err != nil {
		return Point{}, err
	}
	if stated.Valid {
		value = stated
	}
	return Point{
		At: fromMicros(max(at, start)), Value: scanned(value), Rank: scanned(rank), Level: scanned(level),
	}, nil
}

func scanned(n sql.NullInt64) hiscores.Number {
	if !n.Valid {
		return hiscores.Number{}
	}
	return hiscores.Known(n.Int64)
}
