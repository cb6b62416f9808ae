package schedules

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/hibiken/asynq"

	"github.com/osrsdiff/osrsdiff/tasks"
)

// missedGrace is how late a static task may be before it counts as missed: the
// PeriodicTaskManager's own entry and the queue come first.
const missedGrace = time.Minute

// Ledger keeps the runs of static tasks; package store keeps it.
type Ledger interface {
	tasks.Ledger
	// SeedRun notes a nominal time for a task that never ran, so that its first
	// start does not run what is not due.
	SeedRun(ctx context.Context, id string, nominal time.Time) error
	// NominalRun is the nominal time of the last run. Zero: it never ran.
	NominalRun(ctx context.Context, id string) (time.Time, error)
}

// catchUp enqueues static tasks whose run was missed while no scheduler was
// there to fire it and whose declaration asks to make it up. The task's id is
// that of the missed run, and the ledger lets a run begin once, so repeating it
// does no harm.
func (s *Scheduler) catchUp(ctx context.Context) error {
	now, err := s.keeper.book.Now(ctx)
	if err != nil {
		return err
	}
	var errs []error
	for _, static := range s.opts.Statics {
		if err := s.catchUpOne(ctx, static, now); err != nil {
			errs = append(errs, fmt.Errorf("catch up %s: %w", static.ID, err))
		}
	}
	return errors.Join(errs...)
}

func (s *Scheduler) catchUpOne(ctx context.Context, static tasks.Static, now time.Time) error {
	due, err := static.Previous(now)
	if err != nil || due.IsZero() {
		return err
	}
	if err := s.opts.Ledger.SeedRun(ctx, static.ID, due); err != nil {
		return err
	}
	if static.Missed != tasks.RunOnce || now.Sub(due) < missedGrace {
		return nil
	}
	last, err := s.opts.Ledger.NominalRun(ctx, static.ID)
	if err != nil || !last.Before(due) {
		return err
	}
	id := static.ID + "_" + strconv.FormatInt(due.Unix(), 10)
	_, err = s.queue.EnqueueContext(ctx, static.Task(), append(static.Options(), asynq.TaskID(id))...)
	if errors.Is(err, asynq.ErrTaskIDConflict) {
		return nil
	}
	if err == nil {
		s.opts.Log.InfoContext(ctx, "missed static task enqueued", "task", static.ID, "due", due)
	}
	return err
}
