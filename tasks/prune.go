package tasks

import (
	"context"
	"fmt"
	"time"

	"github.com/hibiken/asynq"
)

// DefaultKeepRuns is how long records of failed and manual runs are kept.
const DefaultKeepRuns = 30 * 24 * time.Hour

// PruneJob does the work of TypePrune: it removes records of runs older than
// they are kept.
type PruneJob struct {
	// Prune removes the records of runs that ended before a time and says how
	// many they were.
	Prune func(ctx context.Context, runsBefore time.Time) (removed int64, err error)
	// KeepRuns is how long records of runs are kept. Zero: DefaultKeepRuns.
	KeepRuns time.Duration
	// Now is the host's clock. Nil: time.Now.
	Now func() time.Time
}

var _ Job = (*PruneJob)(nil)

// Static declares the daily pruning, which this job does the work of.
func (j *PruneJob) Static() Static {
	return Static{
		ID: TypePrune, Cron: "0 4 * * *", Missed: Skip,
		Description: "Removes records of runs and events that are older than they are kept.",
		Queue:       QueueMaintenance, Timeout: PruneTimeout, Retries: 5, Retention: 24 * time.Hour, Job: j,
	}
}

// Run removes what is old and says how much that was.
func (j *PruneJob) Run(ctx context.Context, _ *asynq.Task) (string, error) {
	keep, now := j.KeepRuns, j.Now
	if keep <= 0 {
		keep = DefaultKeepRuns
	}
	if now == nil {
		now = time.Now
	}
	removed, err := j.Prune(ctx, now().Add(-keep))
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%d records of runs removed", removed), nil
}
