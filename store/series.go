package store

import (
	"context"
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
	var values []valueRow
	err = s.read.NewSelect().Model(&values).
		Where("v.player_id = ?0 AND v.metric_id = ?1", playerID, m.ID).
		Where("v.at <= ?0 AND ?1 <= ?0", end, start).
		Where(`v.at >= COALESCE((SELECT MAX(w.at) FROM metric_values AS w
			WHERE w.player_id = ?0 AND w.metric_id = ?1 AND w.at <= ?2), ?2)`, playerID, m.ID, start).
		OrderExpr("v.at").Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("series of %q of player %d: %w", metric, playerID, err)
	}
	points := make([]Point, 0, len(values))
	for _, v := range values {
		points = append(points, Point{
			At:    fromMicros(max(v.At, start)),
			Value: v.stated(m).Value, Rank: numberOf(v.Rank), Level: numberOf(v.Level),
		})
	}
	return points, nil
}
