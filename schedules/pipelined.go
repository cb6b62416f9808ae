package schedules

import (
	"context"
	"errors"
	"fmt"

	"github.com/hibiken/asynq"
	"github.com/redis/go-redis/v9"

	"github.com/osrsdiff/osrsdiff/internal/redishook"
	"github.com/osrsdiff/osrsdiff/tasks"
)

// BatchEnqueuer puts many tasks into the queue at once. Queue is one; asynq's own
// batch of enqueues can take its place once it is released.
type BatchEnqueuer interface {
	// EnqueueBatch enqueues tasks in their order. The errors are those of
	// EnqueueContext, one for each task.
	EnqueueBatch(ctx context.Context, list []*asynq.Task) []error
}

// Queue is an asynq client that can enqueue many tasks at once. asynq sends one
// script a task and waits for its answer; Queue lets it say what it would send
// and sends that in one pipeline, so that hundreds of tasks take one round trip.
type Queue struct {
	*asynq.Client
	rdb redis.UniversalClient
}

var (
	_ tasks.Enqueuer = (*Queue)(nil)
	_ BatchEnqueuer  = (*Queue)(nil)
)

// NewQueue returns a queue on a Redis client that nothing else uses and that the
// caller closes.
func NewQueue(rdb redis.UniversalClient) *Queue {
	rdb.AddHook(redishook.Process(holdBack))
	return &Queue{Client: asynq.NewClientFromRedisClient(rdb), rdb: rdb}
}

// EnqueueBatch enqueues tasks in their order, in one pipeline. They must be for
// now and have no Unique lock and no group.
func (q *Queue) EnqueueBatch(ctx context.Context, list []*asynq.Task) []error {
	errs := make([]error, len(list))
	calls := make([]heldCall, 0, len(list))
	var said heldCall
	held := context.WithValue(ctx, heldKey{}, &said)
	for i, task := range list {
		said = heldCall{place: i, task: task}
		_, err := q.EnqueueContext(held, task)
		switch {
		case err != nil:
			errs[i] = err
		case said.args == nil:
			errs[i] = errors.New("enqueue in a batch: asynq sent no script")
		default:
			calls = append(calls, said)
		}
	}
	q.send(ctx, calls, errs)
	return errs
}

// send sends what was held back, and what Redis did not know the script of once
// more, after asynq itself has loaded it with the first of those.
func (q *Queue) send(ctx context.Context, calls []heldCall, errs []error) {
	unknown := q.pipe(ctx, calls, errs)
	if len(unknown) == 0 {
		return
	}
	_, errs[unknown[0].place] = q.EnqueueContext(ctx, unknown[0].task)
	q.pipe(ctx, unknown[1:], errs)
}

// pipe sends calls in one pipeline and returns those whose script Redis did not
// know.
func (q *Queue) pipe(ctx context.Context, calls []heldCall, errs []error) (unknown []heldCall) {
	if len(calls) == 0 {
		return nil
	}
	pipe := q.rdb.Pipeline()
	answers := make([]*redis.Cmd, len(calls))
	for i, c := range calls {
		answers[i] = pipe.Do(ctx, c.args...)
	}
	_, _ = pipe.Exec(ctx) // each answer has its own error
	for i, c := range calls {
		n, err := answers[i].Int64()
		switch {
		case redis.HasErrorPrefix(err, "NOSCRIPT"):
			errs[c.place] = fmt.Errorf("enqueue in a batch: %w", err)
			unknown = append(unknown, c)
		case err != nil:
			errs[c.place] = fmt.Errorf("enqueue in a batch: %w", err)
		case n != 1:
			errs[c.place] = asynq.ErrTaskIDConflict
		default:
			errs[c.place] = nil
		}
	}
	return unknown
}

// heldCall is what asynq would have sent for one task of a batch.
type heldCall struct {
	place int
	task  *asynq.Task
	// args are those of the script.
	args []any
}

// heldKey is the key of the heldCall that a context carries.
type heldKey struct{}

// holdBack is a hook of a Redis client that keeps the scripts of a batch back and
// answers that they succeeded.
func holdBack(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		held, ok := ctx.Value(heldKey{}).(*heldCall)
		answer, script := cmd.(*redis.Cmd)
		if !ok || !script || cmd.Name() != "evalsha" {
			return next(ctx, cmd)
		}
		held.args = cmd.Args()
		answer.SetVal(int64(1))
		return nil
	}
}

// oneByOne makes a BatchEnqueuer of an Enqueuer.
type oneByOne struct{ tasks.Enqueuer }

// EnqueueBatch enqueues one task after another.
func (q oneByOne) EnqueueBatch(ctx context.Context, list []*asynq.Task) []error {
	errs := make([]error, len(list))
	for i, task := range list {
		_, errs[i] = q.EnqueueContext(ctx, task)
	}
	return errs
}
