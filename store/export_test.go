package store

import (
	"context"
	"fmt"
	"time"
)

// LockMigrate is the advisory lock that migrations hold, for a test that dies
// holding it.
const LockMigrate = lockMigrate

// Rollups lists what the tables of the leaderboards hold of a player.
func (s *Store) Rollups(ctx context.Context, playerID int64) ([]string, error) {
	var lines []string
	var standings []standingRow
	if err := s.read.NewSelect().Model(&standings).Where("s.player_id = ?", playerID).Scan(ctx); err != nil {
		return nil, err
	}
	for _, r := range standings {
		lines = append(lines, fmt.Sprint("standing of ", r.MetricID, ": ", r.Value))
	}
	var sums []gainRow
	if err := s.read.NewSelect().Model(&sums).Where("g.player_id = ?", playerID).Where("g.gain <> 0").Scan(ctx); err != nil {
		return nil, err
	}
	for _, r := range sums {
		lines = append(lines, fmt.Sprint("gain in ", r.MetricID, " in ", r.Bucket, ": ", r.Gain))
	}
	return lines, nil
}

// ForgetRollups makes a database as if it were older than the leaderboards.
func (s *Store) ForgetRollups(ctx context.Context) error {
	for _, q := range []string{"DELETE FROM standings", "DELETE FROM period_gains", "DELETE FROM meta WHERE name = 'rollups'"} {
		if _, err := s.write.ExecContext(ctx, q); err != nil {
			return err
		}
	}
	return nil
}

// CountValues is how many values are stored of a player.
func (s *Store) CountValues(ctx context.Context, playerID int64) (int64, error) {
	return s.read.NewSelect().Table("metric_values").Where("player_id = ?", playerID).Count(ctx)
}

// ThinPlayer thins one player up to the day of a time, however lately that was
// done before.
func (s *Store) ThinPlayer(ctx context.Context, playerID int64, before time.Time) error {
	_, err := s.thinPlayer(ctx, playerID, floorDiv(micros(before), dayMicros)*dayMicros)
	return err
}
