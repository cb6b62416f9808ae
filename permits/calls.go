package permits

import (
	"context"
	"slices"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/osrsdiff/osrsdiff/internal/crowd"
)

const (
	// callsMost is how many calls go to Redis together at most.
	callsMost = 64
	// callsRest is how long calls gather once several came together.
	callsRest = 500 * time.Microsecond
	// callsTimeout bounds sending some together, which the context of none of them
	// may end.
	callsTimeout = 5 * time.Second
)

// call is a script on its way to Redis.
type call struct {
	ctx    context.Context //nolint:containedctx // The caller waits meanwhile, as in a call.
	script *redis.Script
	keys   []string
	args   []any
	done   chan *redis.Cmd
}

// calls sends scripts to Redis. Those of many runs that come at the same time go
// together: most of what one costs is the way there and back.
type calls struct {
	rdb   redis.UniversalClient
	crowd *crowd.Crowd[*call]
}

func newCalls(rdb redis.UniversalClient) *calls {
	c := &calls{rdb: rdb}
	c.crowd = crowd.New(crowd.Options{Most: callsMost, Lanes: 2, Rest: callsRest}, c.send)
	return c
}

// run runs a script. When ctx ends meanwhile it may still run.
func (c *calls) run(ctx context.Context, script *redis.Script, keys []string, args ...any) *redis.Cmd {
	one := &call{ctx: ctx, script: script, keys: keys, args: args, done: make(chan *redis.Cmd, 1)}
	c.crowd.Join(one)
	select {
	case cmd := <-one.done:
		return cmd
	case <-ctx.Done():
		cmd := redis.NewCmd(ctx)
		cmd.SetErr(ctx.Err())
		return cmd
	}
}

// send sends some together, without those nobody waits for any more. One alone, and
// one whose script Redis has yet to be given, goes by itself.
func (c *calls) send(all []*call) {
	all = slices.DeleteFunc(all, func(one *call) bool { return one.ctx.Err() != nil })
	switch len(all) {
	case 0:
		return
	case 1:
		all[0].done <- all[0].script.Run(all[0].ctx, c.rdb, all[0].keys, all[0].args...)
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(all[0].ctx), callsTimeout)
	defer cancel()
	pipe, cmds := c.rdb.Pipeline(), make([]*redis.Cmd, len(all))
	for i, one := range all {
		cmds[i] = one.script.EvalSha(ctx, pipe, one.keys, one.args...)
	}
	_, _ = pipe.Exec(ctx) // each command has its own error
	for i, one := range all {
		if redis.HasErrorPrefix(cmds[i].Err(), "NOSCRIPT") {
			cmds[i] = one.script.Eval(ctx, c.rdb, one.keys, one.args...)
		}
		one.done <- cmds[i]
	}
}
