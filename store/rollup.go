package store

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"

	"github.com/osrsdiff/osrsdiff/gains"
	"github.com/osrsdiff/osrsdiff/hiscores"
)

// standingRow is a player's present value of a metric, for the leaderboards.
// Unknown values and zeros have none.
type standingRow struct {
	bun.BaseModel `bun:"table:standings,alias:s"`
	PlayerID      int64 `bun:"player_id,pk"`
	MetricID      int64 `bun:"metric_id,pk"`
	Value         int64 `bun:"value"`
}

// gainRow is how much a player's value of a metric grew in a bucket: the sum of
// its changes, without those from or to unknown.
type gainRow struct {
	bun.BaseModel `bun:"table:period_gains,alias:g"`
	PlayerID      int64  `bun:"player_id,pk"`
	MetricID      int64  `bun:"metric_id,pk"`
	Bucket        bucket `bun:"bucket,pk"`
	Gain          int64  `bun:"gain"`
}

// mostGain is more than any change of a real value. Larger ones are not counted,
// so that a body full of nonsense cannot make sums that no column holds.
const mostGain = 1_000_000_000_000_000

func believable(gain int64) bool { return -mostGain < gain && gain < mostGain }

// rise is what an answer changed of a player, in the terms of the leaderboards.
type rise struct {
	playerID, at int64
	// stated is what differs of what the hiscores say, counted what differs of
	// what gains are counted by.
	stated, counted []hiscores.Change
	reached         []gains.Milestone
}

// rollUp keeps the leaderboards and milestones in step with an answer.
func (s *Store) rollUp(ctx context.Context, w *writing, r rise) error {
	if err := s.saveStandings(ctx, w, r); err != nil {
		return fmt.Errorf("standings: %w", err)
	}
	if err := s.saveGains(ctx, w, r); err != nil {
		return fmt.Errorf("period gains: %w", err)
	}
	return s.saveMilestones(ctx, w.Tx, r.playerID, r.reached)
}

func (s *Store) saveGains(ctx context.Context, w *writing, r rise) error {
	for _, c := range r.counted {
		if c.Gain == 0 || !believable(c.Gain) {
			continue
		}
		m, err := s.metricByName(ctx, c.Metric)
		if err != nil {
			return err
		}
		for _, b := range bucketsOf(r.at) {
			w.gains = append(w.gains, []*int64{&r.playerID, &m.ID, (*int64)(&b), &c.Gain})
		}
	}
	return nil
}

func (s *Store) saveStandings(ctx context.Context, w *writing, r rise) error {
	var gone []int64
	for _, c := range r.stated {
		m, err := s.metricByName(ctx, c.Metric)
		if err != nil {
			return err
		}
		if value, known := c.After.Get(); known && value > 0 {
			w.standings = append(w.standings, []*int64{&r.playerID, &m.ID, &value})
		} else if before, known := c.Before.Get(); known && before > 0 {
			gone = append(gone, m.ID)
		}
	}
	if len(gone) == 0 {
		return nil
	}
	_, err := w.NewDelete().Model((*standingRow)(nil)).
		Where("s.player_id = ?", r.playerID).Where("s.metric_id IN (?)", bun.List(gone)).Exec(ctx)
	return err
}
