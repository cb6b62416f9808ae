package tasks

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/hibiken/asynq"
)

const (
	// relayEvery is how soon what happened is on its way to webhooks.
	relayEvery = 2 * time.Second
	// relaySweep is how often deliveries without a task are looked for.
	relaySweep = time.Minute
	// relayPage is how many deliveries are looked at together.
	relayPage = 500
)

// Outgoing makes deliveries to webhooks. The store is one.
type Outgoing interface {
	// RelayEvents makes deliveries of what has none yet and says whether there may
	// be more.
	RelayEvents(ctx context.Context) (deliveries []int64, more bool, err error)
	// WaitingDeliveries pages through those that are to be sent.
	WaitingDeliveries(ctx context.Context, afterID int64, limit int) ([]int64, error)
	// AddTestDelivery makes one that tries a webhook out.
	AddTestDelivery(ctx context.Context, hookID int64) (int64, error)
}

// Relay brings what happened on its way to the webhooks: from the activity table
// into deliveries, and from there into the queue. Any number may run at once.
type Relay struct {
	// Outgoing makes the deliveries.
	Outgoing Outgoing
	// Queue takes their tasks. Nil: a Relay that runs elsewhere enqueues them
	// within a minute.
	Queue Enqueuer
	// Log gets what went wrong, which is tried again. Nil: nothing is logged.
	Log *slog.Logger
}

// Run relays until ctx ends. Failure policy: log and try again, since what was not
// relayed or enqueued is still in the database.
func (r *Relay) Run(ctx context.Context) error {
	log := orDiscard(r.Log)
	next, sweep := time.NewTicker(relayEvery), time.NewTicker(relaySweep)
	defer next.Stop()
	defer sweep.Stop()
	do := r.Sweep // what a process that was killed left behind
	for {
		if err := do(ctx); err != nil && ctx.Err() == nil {
			log.WarnContext(ctx, "events are late for webhooks", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-next.C:
			do = r.Once
		case <-sweep.C:
			do = r.Sweep
		}
	}
}

// Once relays all that happened since the last time.
func (r *Relay) Once(ctx context.Context) error {
	for more := true; more; {
		var made []int64
		var err error
		if made, more, err = r.Outgoing.RelayEvents(ctx); err != nil {
			return err
		}
		if err := r.enqueue(ctx, made); err != nil {
			return err
		}
	}
	return nil
}

// Sweep enqueues every delivery that waits and has no task: its process was killed
// before it came to that, or Redis lost it.
func (r *Relay) Sweep(ctx context.Context) error {
	for after := int64(0); ; {
		ids, err := r.Outgoing.WaitingDeliveries(ctx, after, relayPage)
		if err != nil {
			return err
		}
		if err := r.enqueue(ctx, ids); err != nil {
			return err
		}
		if len(ids) < relayPage {
			return nil
		}
		after = ids[len(ids)-1]
	}
}

// Test sends a test to a webhook and returns the id of its task.
func (r *Relay) Test(ctx context.Context, hookID int64) (taskID string, err error) {
	id, err := r.Outgoing.AddTestDelivery(ctx, hookID)
	if err != nil {
		return "", err
	}
	if err := r.enqueue(ctx, []int64{id}); err != nil {
		orDiscard(r.Log).WarnContext(ctx, "a worker enqueues the delivery later", "delivery", id, "error", err)
	}
	return DeliverID(id), nil
}

func (r *Relay) enqueue(ctx context.Context, deliveries []int64) error {
	if r.Queue == nil {
		return nil
	}
	for _, id := range deliveries {
		task, err := NewDeliver(id)
		if err != nil {
			return err
		}
		if _, err := r.Queue.EnqueueContext(ctx, task); err != nil && !errors.Is(err, asynq.ErrTaskIDConflict) {
			return fmt.Errorf("enqueue delivery %d: %w", id, err)
		}
	}
	return nil
}
