package store

import (
	"context"
	"fmt"
	"time"
)

// pruneBatch is how many rows one statement of Prune deletes, so that writers
// get their turn in between.
const pruneBatch = 5000

// PruneOptions say what is old enough to go.
type PruneOptions struct {
	// RunsBefore removes runs that ended before it. Zero: none.
	RunsBefore time.Time
	// ThinBefore thins values from before it to one a day of each metric: the
	// day's last. First, last and record values stay. A time within the last 32
	// days is moved back to their start. Zero: none are thinned.
	ThinBefore time.Time
}

// PruneResult says what Prune removed.
type PruneResult struct {
	// Runs is the number of runs removed.
	Runs int64
	// Values is the number of values removed by thinning.
	Values int64
}

// Prune removes what is no longer of use. When it fails, what it counted is gone
// and a later call removes the rest.
func (s *Store) Prune(ctx context.Context, o PruneOptions) (PruneResult, error) {
	done, err := s.pruneRuns(ctx, o)
	if err != nil || o.ThinBefore.IsZero() {
		return done, err
	}
	if done.Values, err = s.thin(ctx, o.ThinBefore); err != nil {
		return done, fmt.Errorf("thin values before %v: %w", o.ThinBefore, err)
	}
	return done, nil
}

func (s *Store) pruneRuns(ctx context.Context, o PruneOptions) (PruneResult, error) {
	var done PruneResult
	if o.RunsBefore.IsZero() {
		return done, nil
	}
	for {
		old := s.write.NewSelect().Table("runs").Column("id").
			Where("ended_at < ?", micros(o.RunsBefore)).OrderExpr("ended_at").Limit(pruneBatch)
		res, err := s.write.NewDelete().Table("runs").Where("id IN (?)", old).Exec(ctx)
		if err != nil {
			return done, fmt.Errorf("prune runs before %v: %w", o.RunsBefore, err)
		}
		n, err := res.RowsAffected()
		if err != nil {
			return done, fmt.Errorf("prune runs before %v: %w", o.RunsBefore, err)
		}
		done.Runs += n
		if n < pruneBatch {
			return done, nil
		}
	}
}
