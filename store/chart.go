package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/uptrace/bun"
)

// mostPoints is how many points one chart may have.
const mostPoints = 2000

// Chart is Series with a bound to the number of points, for drawing: of each of so
// many equal parts of the time the last value, with the exact time it was first
// seen.
func (s *Store) Chart(ctx context.Context, playerID int64, metric string, span Span) ([]Point, error) {
	if span.Points <= 0 {
		return s.Series(ctx, playerID, metric, span.From, span.To)
	}
	m, err := s.metricByName(ctx, metric)
	if err != nil {
		return nil, fmt.Errorf("chart of player %d: %w", playerID, err)
	}
	row, err := latestOf(ctx, s.read, playerID)
	if err != nil {
		return nil, fmt.Errorf("chart of player %d: %w", playerID, err)
	}
	start, end := max(micros(span.From), row.FirstAt), min(endOf(span.To), micros(s.now()))
	if row.FirstAt == 0 || end < start {
		return []Point{}, nil
	}
	at, err := s.lastOfParts(ctx, valueRow{PlayerID: playerID, MetricID: m.ID}, partsOf(start, end, span.Points))
	if err != nil || len(at) == 0 {
		return []Point{}, err
	}
	points, err := s.pointsAt(ctx, valueRow{PlayerID: playerID, MetricID: m.ID}, at, start)
	if err != nil {
		return nil, fmt.Errorf("chart of %q of player %d: %w", metric, playerID, err)
	}
	return points, nil
}

// Span is what a chart shows.
type Span struct {
	// From and To are its ends, both included. A zero From is when tracking began
	// and a zero To is now.
	From, To time.Time
	// Points is how many parts it has; more than 2000 are 2000. Zero: every change
	// is a point.
	Points int
}

// partsOf are the ends of the equal parts of a time, its start before them.
func partsOf(start, end int64, parts int) []int64 {
	parts = min(parts, mostPoints)
	ends := []int64{start}
	for i := int64(1); i <= int64(parts); i++ {
		// Not multiplied first: a part is shorter than all by far, but the times
		// themselves have few bits to spare.
		whole, rest := (end-start)/int64(parts), (end-start)%int64(parts)
		ends = append(ends, start+whole*i+rest*i/int64(parts))
	}
	return slices.Compact(ends)
}

// lastOfParts are the times of the last values at or before each end: one look
// into the key for each.
func (s *Store) lastOfParts(ctx context.Context, of valueRow, ends []int64) ([]int64, error) {
	rows := make([]bun.TupleValues, 0, len(ends))
	for _, end := range ends {
		rows = append(rows, bun.Tuple([]int64{end}))
	}
	var at []*int64
	err := s.read.NewRaw(`WITH ends (t) AS (VALUES ?)
		SELECT (SELECT MAX(w.at) FROM metric_values AS w
			WHERE w.player_id = ? AND w.metric_id = ? AND w.at <= ends.t) FROM ends`,
		bun.List(rows), of.PlayerID, of.MetricID).Scan(ctx, &at)
	if err != nil {
		return nil, fmt.Errorf("chart of player %d: %w", of.PlayerID, err)
	}
	found := make([]int64, 0, len(at))
	for _, n := range at {
		if n != nil {
			found = append(found, *n)
		}
	}
	slices.Sort(found)
	return slices.Compact(found), nil
}

func (s *Store) pointsAt(ctx context.Context, of valueRow, at []int64, start int64) ([]Point, error) {
	rows, err := s.read.QueryContext(ctx, `SELECT v.at, v.value, v.stated, v.rank, v.level FROM metric_values AS v
		WHERE v.player_id = ? AND v.metric_id = ? AND v.at IN (?) ORDER BY v.at`, of.PlayerID, of.MetricID, bun.List(at))
	if err != nil {
		return nil, err
	}
	return scanPoints(rows, start)
}
