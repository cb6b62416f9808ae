package store

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/uptrace/bun"
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

// ExecAt runs statements on an empty database whose schema is that of a version.
func ExecAt(ctx context.Context, url string, version int, statements ...string) error {
	to, err := parseURL(url)
	if err != nil {
		return err
	}
	s := &Store{engine: to.engine, log: slog.New(slog.DiscardHandler), now: time.Now}
	if err := s.connect(ctx, to, 0); err != nil {
		return err
	}
	defer func() { _ = s.Close() }()
	steps, err := migrations()
	if err != nil {
		return err
	}
	if err := s.inTx(ctx, func(ctx context.Context, tx bun.Tx) error { return s.applyMissing(ctx, tx, steps[:version]) }); err != nil {
		return err
	}
	for _, statement := range statements {
		if _, err := s.write.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}

// SetRecent replaces what a player's row remembers of its runs.
func (s *Store) SetRecent(ctx context.Context, playerID int64, packed []byte) error {
	_, err := s.write.NewUpdate().Table("players").Set("recent = ?", packed).Where("id = ?", playerID).Exec(ctx)
	return err
}

// MissingVersions are the migrations that a database lacks which has seen some.
func MissingVersions(done ...int) ([]int, error) {
	steps, err := migrations()
	if err != nil {
		return nil, err
	}
	var versions []int
	for _, m := range missing(steps, done) {
		versions = append(versions, m.version)
	}
	return versions, nil
}
