// Package bundle sends the scripts that many callers run on one Redis client at the
// same time in one pipeline: most of what a short script costs, here and in Redis, is
// the way there and back.
package bundle

import (
	"context"
	"slices"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/osrsdiff/osrsdiff/internal/crowd"
	"github.com/osrsdiff/osrsdiff/internal/redishook"
)

const (
	// most is how many scripts go together at most.
	most = 64
	// lanes is how many pipelines are under way at most.
	lanes = 2
	// rest is how long scripts gather once several came together.
	rest = 500 * time.Microsecond
	// timeout bounds sending some together, which the context of none of them may end.
	timeout = 5 * time.Second
)

// Scripts makes a client send scripts together, its own and those of libraries that
// use it: a worker's are mostly asynq's. One who comes alone does not wait for others,
// and a context that ends is heeded at once, though the script may still run; that the
// experimental AutoPipeline of go-redis does not do. Call it once for a client.
func Scripts(rdb redis.UniversalClient) {
	h := &hook{rdb: rdb}
	h.crowd = crowd.New(crowd.Options{Most: most, Lanes: lanes, Rest: rest}, h.send)
	rdb.AddHook(redishook.Process(h.process))
}

// hook takes scripts out of the client's hands.
type hook struct {
	rdb   redis.UniversalClient
	crowd *crowd.Crowd[*call]
}

// call is a script on its way to Redis.
type call struct {
	ctx context.Context //nolint:containedctx // The caller waits meanwhile, as in a call.
	// own is a copy of the caller's command, which the caller may have taken back.
	own *redis.Cmd
	// alone sends it by itself.
	alone redis.ProcessHook
	done  chan struct{}
}

// process lets scripts join the others.
func (h *hook) process(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		answer, ok := cmd.(*redis.Cmd)
		if !ok || cmd.Name() != "evalsha" {
			return next(ctx, cmd)
		}
		one := &call{ctx: ctx, own: redis.NewCmd(ctx, cmd.Args()...), alone: next, done: make(chan struct{})}
		h.crowd.Join(one)
		select {
		case <-one.done:
			answer.SetVal(one.own.Val())
			return one.own.Err()
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// send sends some together, without those nobody waits for any more.
func (h *hook) send(all []*call) {
	all = slices.DeleteFunc(all, func(one *call) bool { return one.ctx.Err() != nil })
	if len(all) == 1 {
		all[0].own.SetErr(all[0].alone(all[0].ctx, all[0].own))
	} else if len(all) > 1 {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(all[0].ctx), timeout)
		defer cancel()
		pipe := h.rdb.Pipeline()
		for _, one := range all {
			_ = pipe.Process(ctx, one.own) // queues it
		}
		_, _ = pipe.Exec(ctx) // each has its own error
	}
	for _, one := range all {
		close(one.done)
	}
}
