package store

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"

	"github.com/osrsdiff/osrsdiff/gains"
	"github.com/osrsdiff/osrsdiff/hiscores"
)

// recordRow is a record whose values may be thinned by now.
type recordRow struct {
	bun.BaseModel `bun:"table:records,alias:r"`
	PlayerID      int64        `bun:"player_id,pk"`
	MetricID      int64        `bun:"metric_id,pk"`
	Period        gains.Period `bun:"period,pk"`
	Gain          int64        `bun:"gain"`
	FromAt        int64        `bun:"from_at"`
	ToAt          int64        `bun:"to_at"`
}

// Records returns the most that each of a player's metrics grew within a day, a
// week and a month (see gains.Best), by metric in the order they were first seen.
// They are exact over every change ever stored: thinning keeps what it found. An
// unknown player matches ErrNotFound.
func (s *Store) Records(ctx context.Context, playerID int64) ([]gains.Record, error) {
	rows, err := s.recordsOf(ctx, s.read, playerID)
	if err != nil {
		return nil, fmt.Errorf("records of player %d: %w", playerID, err)
	}
	records := make([]gains.Record, 0, len(rows))
	for _, r := range rows {
		m, err := s.metricByID(ctx, r.MetricID)
		if err != nil {
			return nil, fmt.Errorf("records of player %d: %w", playerID, err)
		}
		records = append(records, gains.Record{
			Metric: m.Name, Kind: m.Kind, Period: r.Period, Gain: r.Gain,
			Window: gains.Window{From: fromMicros(r.FromAt), To: fromMicros(r.ToAt)},
		})
	}
	return records, nil
}

// recordsOf finds the records in the values that are not thinned yet and puts
// those kept beside them.
func (s *Store) recordsOf(ctx context.Context, db bun.IDB, playerID int64) ([]recordRow, error) {
	since, err := thinnedUntil(ctx, db, playerID)
	if err != nil {
		return nil, err
	}
	histories, err := historiesOf(ctx, db, playerID)
	if err != nil {
		return nil, err
	}
	var kept []recordRow
	if since > 0 {
		if err := db.NewSelect().Model(&kept).Where("r.player_id = ?", playerID).Scan(ctx); err != nil {
			return nil, err
		}
	}
	return s.bestOf(ctx, histories, since, kept)
}

// bestOf finds the records in histories, by metric and period. Of equal ones the
// kept one counts: it is the earlier.
func (s *Store) bestOf(ctx context.Context, histories []history, since int64, kept []recordRow) ([]recordRow, error) {
	type id struct {
		metric int64
		period gains.Period
	}
	known := make(map[id]recordRow, len(kept))
	for _, r := range kept {
		known[id{r.MetricID, r.Period}] = r
	}
	var records []recordRow
	for _, h := range histories {
		m, err := s.metricByID(ctx, h.metricID)
		if err != nil {
			return nil, err
		}
		points := h.points()
		for _, period := range gains.RecordPeriods() {
			best := known[id{m.ID, period}]
			o := gains.BestOptions{Length: period.Length(), MayFall: hiscores.MayFall(m.Key), Since: fromMicros(since)}
			record, found := gains.Best(points, o)
			if found && record.Gain > best.Gain {
				best = recordRow{
					PlayerID: h.playerID, MetricID: m.ID, Period: period, Gain: record.Gain,
					FromAt: micros(record.From), ToAt: micros(record.To),
				}
			}
			if best.Gain > 0 {
				records = append(records, best)
			}
		}
	}
	return records, nil
}

// history is every value stored of one metric of a player, in order of time.
type history struct {
	playerID, metricID int64
	values             []counted
}

// counted is a value that gains are counted by. Nil: unknown.
type counted struct {
	at    int64
	value *int64
}

func (h history) points() []gains.Point {
	points := make([]gains.Point, 0, len(h.values))
	for _, v := range h.values {
		points = append(points, gains.Point{At: fromMicros(v.at), Value: numberOf(v.value)})
	}
	return points
}

// historiesOf reads all values of a player, by metric.
func historiesOf(ctx context.Context, db bun.IDB, playerID int64) ([]history, error) {
	rows, err := db.QueryContext(ctx, `SELECT metric_id, at, value FROM metric_values
		WHERE player_id = ? ORDER BY metric_id, at`, playerID)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var all []history
	for rows.Next() {
		var metricID int64
		var v counted
		if err := rows.Scan(&metricID, &v.at, &v.value); err != nil {
			return nil, err
		}
		if n := len(all); n == 0 || all[n-1].metricID != metricID {
			all = append(all, history{playerID: playerID, metricID: metricID})
		}
		last := &all[len(all)-1]
		last.values = append(last.values, v)
	}
	return all, rows.Err()
}

// thinnedUntil is the time up to which a player's values are thinned. Zero: not
// at all.
func thinnedUntil(ctx context.Context, db bun.IDB, playerID int64) (int64, error) {
	var until []int64
	err := db.NewSelect().Table("players").Column("thinned_until").Where("id = ?", playerID).Scan(ctx, &until)
	if err == nil && len(until) == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return 0, err
	}
	return until[0], nil
}
