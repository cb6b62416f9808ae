package permits

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"
)

// BreakerOptions says when the circuit breaker opens and for how long. The zero
// BreakerOptions are those of a good guest.
type BreakerOptions struct {
	// After is how many requests in a row, of all processes together, must fail.
	// Zero: five.
	After int
	// First is how long it stays open before a request probes. It doubles with
	// each probe that fails. Zero: a minute.
	First time.Duration
	// Longest bounds that. Zero: 15 minutes.
	Longest time.Duration
	// Probe is how long the outcome of a probe is waited for before another may
	// go. Zero: a minute.
	Probe time.Duration
}

func (b *BreakerOptions) setDefaults() {
	if b.After <= 0 {
		b.After = 5
	}
	if b.First <= 0 {
		b.First = time.Minute
	}
	if b.Longest <= 0 {
		b.Longest = 15 * time.Minute
	}
	b.Longest = max(b.Longest, b.First)
	if b.Probe <= 0 {
		b.Probe = time.Minute
	}
}

// Outcome is what came of a request, as far as the site's health is concerned.
type Outcome string

// The outcomes of a request.
const (
	// Answered means the site said something about the player; that it does not
	// know the name is an answer too.
	Answered Outcome = "answered"
	// Failed means an outage or a block: nothing came, or nothing of use.
	Failed Outcome = "failed"
	// Unknown means the request was not made or was cut off, or says nothing of
	// the site's health, such as its wish for a pause.
	Unknown Outcome = "unknown"
)

// Answer is what Report is told of a request.
type Answer struct {
	// Outcome is what came of it.
	Outcome Outcome
	// Pause is how long the site asked everybody to stay away. Zero: it did not.
	Pause time.Duration
	// Cause says in words why it failed, for people.
	Cause string
}

// Report says what came of the request that a permit was for. Enough failures
// in a row open the circuit breaker, which keeps all permits back; then one
// request at a time probes, and its answer closes the breaker again. While the
// breaker is not closed, outcomes of other requests change nothing.
func (o *Office) Report(ctx context.Context, p Permit, a Answer) error {
	b := o.opts.Breaker
	turned, err := reportScript.Run(ctx, o.rdb, []string{o.key("breaker"), o.key("pause")},
		string(a.Outcome), p.probe, milliseconds(max(a.Pause, 0)), a.Cause,
		b.After, b.First.Microseconds(), b.Longest.Microseconds()).Text()
	if err != nil {
		return fmt.Errorf("report the outcome of a request: %w", err)
	}
	if o.opts.OnBreaker == nil {
		return nil
	}
	switch turned {
	case "opened":
		o.opts.OnBreaker(ctx, Open, a.Cause)
	case "closed":
		o.opts.OnBreaker(ctx, Closed, "")
	}
	return nil
}

// BreakerState is the state of the circuit breaker.
type BreakerState string

// The states of the circuit breaker.
const (
	// Closed lets requests through.
	Closed BreakerState = "closed"
	// Open keeps all back.
	Open BreakerState = "open"
	// HalfOpen lets one request at a time through, as a probe.
	HalfOpen BreakerState = "half_open"
)

// State is how the shared right to make requests stands, for people.
type State struct {
	// Breaker is the state of the circuit breaker.
	Breaker BreakerState
	// Failures counts the failed requests in a row, probes included.
	Failures int
	// Cause is why the last of them failed. Empty: none did.
	Cause string
	// OpenedAt is when the breaker opened, in UTC. Zero: it is closed.
	OpenedAt time.Time
	// RetryAt is when the next probe may go. Zero: the breaker is closed.
	RetryAt time.Time
	// Paused is how much longer the site wants everybody to stay away. Zero: it
	// does not.
	Paused time.Duration
	// Waiting counts who has a place in the line of each class, whether they wait
	// in a worker or were put back into the queue.
	Waiting map[Class]int
}

// State tells how things stand by the clock of Redis.
func (o *Office) State(ctx context.Context) (State, error) {
	pipe := o.rdb.Pipeline()
	clock := pipe.Time(ctx)
	paused := pipe.PTTL(ctx, o.key("pause"))
	breaker := pipe.HGetAll(ctx, o.key("breaker"))
	lines := make(map[Class]*redis.IntCmd, len(costs))
	for _, c := range Classes() {
		lines[c] = pipe.ZCard(ctx, o.line(c))
	}
	if _, err := pipe.Exec(ctx); err != nil {
		return State{}, fmt.Errorf("read the state of permits: %w", err)
	}
	s := State{Breaker: Closed, Paused: max(paused.Val(), 0), Waiting: make(map[Class]int, len(lines))}
	for c, n := range lines {
		s.Waiting[c] = int(n.Val())
	}
	fields := breaker.Val()
	s.Failures, s.Cause = int(number(fields["fails"])), fields["cause"]
	if until := number(fields["until"]); until > 0 {
		s.Breaker, s.RetryAt = Open, time.UnixMicro(until).UTC()
		s.OpenedAt = time.UnixMicro(number(fields["opened"])).UTC()
		if !s.RetryAt.After(clock.Val()) {
			s.Breaker = HalfOpen
		}
	}
	return s, nil
}

// number reads what a script wrote; anything else is zero.
func number(text string) int64 {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0
	}
	return n
}
