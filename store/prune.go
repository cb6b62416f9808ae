package store

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"
)

// pruneBatch is how many rows one statement of Prune deletes, so that writers
// get their turn in between.
const pruneBatch = 5000

// PruneOptions say what is old enough to go.
type PruneOptions struct {
	// RunsBefore removes runs that ended before it. Zero: none.
	RunsBefore time.Time
	// EventsBefore removes events, and their deliveries to webhooks, from before it.
	// Zero: none.
	EventsBefore time.Time
	// ThinBefore thins values from before it to one a day of each metric: the
	// day's last. First, last and record values stay. A time within the last 32
	// days is moved back to their start. Zero: none are thinned.
	ThinBefore time.Time
}

// PruneResult says what Prune removed.
type PruneResult struct {
	// Runs is the number of runs removed.
	Runs int64
	// Events is the number of events removed, and Deliveries of deliveries.
	Events, Deliveries int64
	// Values is the number of values removed by thinning.
	Values int64
}

// Prune removes what is no longer of use. When it fails, what it counted is gone
// and a later call removes the rest.
func (s *Store) Prune(ctx context.Context, o PruneOptions) (PruneResult, error) {
	var done PruneResult
	for _, old := range []aged{
		{table: "runs", time: "ended_at", before: o.RunsBefore, removed: &done.Runs},
		{table: "activity", time: "at", before: o.EventsBefore, removed: &done.Events},
		{table: "deliveries", time: "created_at", before: o.EventsBefore, removed: &done.Deliveries},
	} {
		if err := s.pruneAged(ctx, old); err != nil {
			return done, fmt.Errorf("prune %s before %v: %w", old.table, old.before, err)
		}
	}
	if o.ThinBefore.IsZero() {
		return done, nil
	}
	var err error
	if done.Values, err = s.thin(ctx, o.ThinBefore); err != nil {
		return done, fmt.Errorf("thin values before %v: %w", o.ThinBefore, err)
	}
	return done, nil
}

// aged are the rows of a table whose time lies before another.
type aged struct {
	table, time string
	before      time.Time
	removed     *int64
}

func (s *Store) pruneAged(ctx context.Context, old aged) error {
	if old.before.IsZero() {
		return nil
	}
	for {
		rows := s.write.NewSelect().Table(old.table).Column("id").
			Where("? < ?", bun.Ident(old.time), micros(old.before)).OrderExpr("?", bun.Ident(old.time)).Limit(pruneBatch)
		res, err := s.write.NewDelete().Table(old.table).Where("id IN (?)", rows).Exec(ctx)
		if err != nil {
			return err
		}
		n, err := res.RowsAffected()
		if err != nil {
			return err
		}
		*old.removed += n
		if n < pruneBatch {
			return nil
		}
	}
}
