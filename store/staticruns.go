package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"
)

// StaticRun is the last run of a job whose cron entry is declared in code.
type StaticRun struct {
	// ID is the job.
	ID string
	// Nominal is the minute the run was due.
	Nominal time.Time
	// Owner is the task that claimed the run. Empty: only seeded.
	Owner string
	// StartedAt is when the run was claimed. Zero: only seeded.
	StartedAt time.Time
	// FinishedAt is when the run ended. Zero: it has not.
	FinishedAt time.Time
	// Result is what the run said of itself at its end.
	Result string
}

type staticRunRow struct {
	bun.BaseModel `bun:"table:static_runs,alias:s"`
	ID            string `bun:"id,pk"`
	Nominal       int64  `bun:"nominal"`
	Owner         string `bun:"owner"`
	StartedAt     int64  `bun:"started_at"`
	FinishedAt    int64  `bun:"finished_at"`
	Result        string `bun:"result"`
}

// Last is the latest sign of life of the job: when its last run ended, or began
// if it has not ended. A run by hand leaves only its end. Zero: it never ran.
func (r StaticRun) Last() time.Time {
	if r.FinishedAt.After(r.StartedAt) {
		return r.FinishedAt
	}
	return r.StartedAt
}

// ClaimRun takes the run of a job that was due at nominal and reports whether
// the caller may run it: nobody took it or a later one yet, or the same owner
// did, which tries again. So any number of schedulers run a job once.
func (s *Store) ClaimRun(ctx context.Context, id string, nominal time.Time, owner string) (bool, error) {
	if id == "" || owner == "" {
		return false, errors.New("claim run: job and owner must not be empty")
	}
	row := &staticRunRow{ID: id, Nominal: micros(nominal), Owner: owner, StartedAt: micros(s.now())}
	res, err := s.write.NewInsert().Model(row).
		On("CONFLICT (id) DO UPDATE").
		Set("nominal = EXCLUDED.nominal").Set("owner = EXCLUDED.owner").
		Set("started_at = EXCLUDED.started_at").Set("finished_at = 0").Set("result = ''").
		Where("s.nominal < EXCLUDED.nominal OR (s.nominal = EXCLUDED.nominal AND s.owner = EXCLUDED.owner)").
		Exec(ctx)
	if err != nil {
		return false, fmt.Errorf("claim run of %q at %v: %w", id, nominal, err)
	}
	n, err := res.RowsAffected()
	if err != nil {
		return false, fmt.Errorf("claim run of %q at %v: %w", id, nominal, err)
	}
	return n > 0, nil
}

// SeedRun notes a nominal time for a job that has none, so that the first start
// of a new installation does not run what would have been due before it.
func (s *Store) SeedRun(ctx context.Context, id string, nominal time.Time) error {
	_, err := s.write.NewInsert().Model(&staticRunRow{ID: id, Nominal: micros(nominal)}).
		On("CONFLICT (id) DO NOTHING").Exec(ctx)
	if err != nil {
		return fmt.Errorf("seed run of %q: %w", id, err)
	}
	return nil
}

// FinishRun notes how the claimed run of a job ended. A job never claimed or
// seeded matches ErrNotFound.
func (s *Store) FinishRun(ctx context.Context, id, result string, at time.Time) error {
	res, err := s.write.NewUpdate().Model((*staticRunRow)(nil)).
		Set("result = ?", shorten(result)).Set("finished_at = ?", micros(at)).Where("id = ?", id).Exec(ctx)
	if err != nil {
		return fmt.Errorf("finish run of %q: %w", id, err)
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return fmt.Errorf("finish run of %q: %w", id, errors.Join(ErrNotFound, err))
	}
	return nil
}

// LastRuns returns the last run of every job by its id.
func (s *Store) LastRuns(ctx context.Context) (map[string]StaticRun, error) {
	var rows []staticRunRow
	if err := s.read.NewSelect().Model(&rows).Scan(ctx); err != nil {
		return nil, fmt.Errorf("read last runs: %w", err)
	}
	runs := make(map[string]StaticRun, len(rows))
	for _, r := range rows {
		runs[r.ID] = StaticRun{
			ID: r.ID, Nominal: fromMicros(r.Nominal), Owner: r.Owner,
			StartedAt: fromMicros(r.StartedAt), FinishedAt: fromMicros(r.FinishedAt), Result: r.Result,
		}
	}
	return runs, nil
}
