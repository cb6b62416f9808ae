package store

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/osrsdiff/osrsdiff/hiscores"
)

const (
	// thinLeast is the age that values reach before they are thinned, whatever
	// was asked for: longer than the longest record, so that every record that
	// thinning could spoil is complete by then.
	thinLeast = 32 * 24 * time.Hour
	// thinStep is how much more must have become old before a player's values
	// are read again to be thinned.
	thinStep = 7 * dayMicros
	// thinPage is how many players are looked up at once.
	thinPage = 500
	// thinBatch is how many values one statement deletes.
	thinBatch = 500
)

// thin thins the values of all players that are older than a time and returns how
// many it removed. Each player is a transaction of its own, so a later call goes
// on where this one stopped.
func (s *Store) thin(ctx context.Context, before time.Time) (int64, error) {
	if latest := s.now().Add(-thinLeast); before.After(latest) {
		before = latest
	}
	until := floorDiv(micros(before), dayMicros) * dayMicros
	removed, after := int64(0), int64(0)
	for {
		var ids []int64
		err := s.read.NewSelect().Table("players").Column("id").Where("id > ?", after).
			Where("first_at > 0").Where("first_at < ?", until).Where("thin_checked_until <= ?", until-thinStep).
			OrderExpr("id").Limit(thinPage).Scan(ctx, &ids)
		if err != nil || len(ids) == 0 {
			return removed, err
		}
		for _, id := range ids {
			n, err := s.thinPlayer(ctx, id, until)
			removed += n
			if err != nil {
				return removed, fmt.Errorf("player %d: %w", id, err)
			}
		}
		after = ids[len(ids)-1]
	}
}

// thinPlayer thins a player's values up to a day's end. Its records are kept from
// then on, since they can no longer be found in the values.
func (s *Store) thinPlayer(ctx context.Context, id, until int64) (removed int64, err error) {
	err = s.inTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		var locked []int64
		err := s.forUpdate(tx.NewSelect().Table("players").Column("id").Where("id = ?", id)).Scan(ctx, &locked)
		if err != nil || len(locked) == 0 {
			return err // Removed meanwhile.
		}
		histories, records, err := s.recordsBefore(ctx, tx, id)
		if err != nil {
			return err
		}
		for _, h := range histories {
			n, err := s.thinHistory(ctx, tx, h, thinRules{until: until, records: records})
			removed += n
			if err != nil {
				return err
			}
		}
		return markThinned(ctx, tx, id, until, records, removed > 0)
	})
	return removed, err
}

// recordsBefore reads all there is of a player, as it is before thinning.
func (s *Store) recordsBefore(ctx context.Context, tx bun.Tx, id int64) ([]history, []recordRow, error) {
	histories, err := historiesOf(ctx, tx, id)
	if err != nil {
		return nil, nil, err
	}
	records, err := s.recordsOf(ctx, tx, id)
	return histories, records, err
}

func markThinned(ctx context.Context, tx bun.Tx, id, until int64, records []recordRow, thinned bool) error {
	q := tx.NewUpdate().Table("players").Set("thin_checked_until = ?", until).Where("id = ?", id)
	if thinned {
		q = q.Set("thinned_until = ?", until)
		if len(records) > 0 {
			_, err := tx.NewInsert().Model(&records).On("CONFLICT (player_id, metric_id, period) DO UPDATE").
				Set("gain = EXCLUDED.gain").Set("from_at = EXCLUDED.from_at").Set("to_at = EXCLUDED.to_at").Exec(ctx)
			if err != nil {
				return err
			}
		}
	}
	_, err := q.Exec(ctx)
	return err
}

// thinHistory deletes what may go of one metric.
func (s *Store) thinHistory(ctx context.Context, tx bun.Tx, h history, rules thinRules) (removed int64, err error) {
	m, err := s.metricByID(ctx, h.metricID)
	if err != nil {
		return 0, err
	}
	rules.mayFall = hiscores.MayFall(m.Key)
	drop := rules.drop(h)
	for len(drop) > 0 {
		n := min(thinBatch, len(drop))
		_, err := tx.NewDelete().Table("metric_values").Where("player_id = ?", h.playerID).
			Where("metric_id = ?", h.metricID).Where("at IN (?)", bun.List(drop[:n])).Exec(ctx)
		if err != nil {
			return removed, err
		}
		removed, drop = removed+int64(n), drop[n:]
	}
	return removed, nil
}

// thinRules say which values of a metric stay.
type thinRules struct {
	// until is the end of the last day that is thinned.
	until   int64
	records []recordRow
	mayFall bool
}

// drop lists the times of the values that may go: within a day only the last one
// says what the day gained. The first and the last value stay, and those a record
// starts from or ends with, and wherever a change is no gain, what is before and
// behind it.
func (r thinRules) drop(h history) []int64 {
	keep := r.recordTimes(h)
	var drop []int64
	for i := 1; i < len(h.values)-1 && h.values[i].at <= r.until; i++ {
		before, v, next := h.values[i-1], h.values[i], h.values[i+1]
		lastOfDay := dayOf(v.at) != dayOf(next.at)
		if !lastOfDay && r.gained(before, v) && r.gained(v, next) && !keep[v.at] {
			drop = append(drop, v.at)
		}
	}
	return drop
}

// gained reports whether one value following another adds to the gains.
func (r thinRules) gained(before, after counted) bool {
	return before.value != nil && after.value != nil && (r.mayFall || *after.value >= *before.value)
}

// recordTimes are the times of the values that records start from or end with.
func (r thinRules) recordTimes(h history) map[int64]bool {
	keep := make(map[int64]bool)
	for _, record := range r.records {
		if record.MetricID != h.metricID {
			continue
		}
		keep[record.ToAt] = true
		start := int64(0)
		for _, v := range h.values {
			if v.at > record.FromAt {
				break
			}
			start = v.at
		}
		keep[start] = true
	}
	return keep
}
