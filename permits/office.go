package permits

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/redis/go-redis/v9"
)

// Defaults of Options.
const (
	// DefaultPrefix is the prefix of the keys in Redis, inside their hash tag.
	DefaultPrefix = "osrsdiff:hiscores"
	// DefaultMarkerTTL is how long a run whose outcome is unknown keeps others
	// from repeating its request.
	DefaultMarkerTTL = time.Minute
)

// RecentFor is how long a permit's Recent remembers that a marker was given back.
const RecentFor = 5 * time.Second

const (
	// longestNap bounds one wait, so that a shortened or lost pause is noticed.
	longestNap = 5 * time.Second
	// longestJitter bounds what is added to a wait.
	longestJitter = time.Second
	// napSlack is how much later than it said one who waits may come back before
	// it counts as gone.
	napSlack = longestJitter + time.Second
	// leaveTimeout bounds telling Redis that somebody does not wait any more.
	leaveTimeout = 2 * time.Second
)

// Options configures an Office.
type Options struct {
	// Prefix starts every key in Redis; it becomes their hash tag, so that they
	// share a slot of a Redis Cluster. Empty: DefaultPrefix.
	Prefix string
	// Rate is how many permits are granted a second, to all processes together.
	// Zero or less: no limit.
	Rate float64
	// Burst is how many permits may be granted at once after a quiet time. Less
	// than one: one.
	Burst int
	// MarkerTTL is how long a run marker lives. Zero: DefaultMarkerTTL.
	MarkerTTL time.Duration
	// Breaker says when the circuit breaker opens and for how long.
	Breaker BreakerOptions
	// OnBreaker is told that a report of this office opened or closed the circuit
	// breaker, and why it opened: of all offices, one is told of each turn. Nil:
	// nobody is.
	OnBreaker func(ctx context.Context, state BreakerState, cause string)
	// Random returns a number in [0, 1) that spreads out those who wait. Nil:
	// math/rand.
	Random func() float64
	// Sleep waits for d or until ctx ends. Nil: a timer.
	Sleep func(ctx context.Context, d time.Duration) error
}

// Office grants permits. Make one with New; it is safe for concurrent use, and
// any number of offices on one Redis act as one.
type Office struct {
	rdb  redis.UniversalClient
	opts Options
}

// New makes an Office on a shared Redis client, which stays the caller's to close.
func New(rdb redis.UniversalClient, opts Options) *Office {
	if opts.Prefix == "" {
		opts.Prefix = DefaultPrefix
	}
	opts.Burst = max(opts.Burst, 1)
	if opts.MarkerTTL <= 0 {
		opts.MarkerTTL = DefaultMarkerTTL
	}
	opts.Breaker.setDefaults()
	if opts.Random == nil {
		opts.Random = rand.Float64
	}
	if opts.Sleep == nil {
		opts.Sleep = sleep
	}
	return &Office{rdb: rdb, opts: opts}
}

// Take waits until a permit is granted. With a holder it takes the holder's run
// marker in the same step. Without a permit no marker is left behind.
//
// It fails with *MarkedError when another run holds the marker, with *WaitError
// when the wait is longer than the request's patience, with the error of ctx
// when that ends first, and with that of Redis.
func (o *Office) Take(ctx context.Context, r Request) (Permit, error) {
	a, err := newAsker(r)
	if err != nil {
		return Permit{}, fmt.Errorf("take a permit: %w", err)
	}
	for {
		answer, err := o.ask(ctx, a)
		if err != nil {
			return Permit{}, fmt.Errorf("take a permit: %w", err)
		}
		switch answer.verdict {
		case granted:
			return Permit{At: answer.now, Recent: answer.recent, probe: answer.probe(a)}, nil
		case marked:
			return Permit{}, &MarkedError{Holder: r.Holder, For: answer.wait}
		case sentAway:
			return Permit{}, &WaitError{For: answer.wait, Reason: answer.why}
		}
		a.waited(answer.now)
		if err := o.opts.Sleep(ctx, min(answer.wait, longestNap)+o.jitter()); err != nil {
			o.leave(ctx, a)
			return Permit{}, fmt.Errorf("wait for a permit: %w", err)
		}
	}
}

// Release gives the holder's marker back, once the outcome of the request is
// known and recorded. A marker of another token stays. With answered it also says,
// in the same step, what Report says of a request that was Answered and no probe.
func (o *Office) Release(ctx context.Context, holder, token string, answered bool) error {
	keys := []string{o.markerKey(holder), o.key("breaker")}
	if err := releaseScript.Run(ctx, o.rdb, keys, token, answered, milliseconds(RecentFor)).Err(); err != nil {
		return fmt.Errorf("release the marker of %s: %w", holder, err)
	}
	return nil
}

// Pause keeps every permit back for d, rounded up to a millisecond. It never
// shortens a pause.
func (o *Office) Pause(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return nil
	}
	if err := o.Report(ctx, Permit{}, Answer{Outcome: Unknown, Pause: d}); err != nil {
		return fmt.Errorf("pause permits for %s: %w", d, err)
	}
	return nil
}

// Paused is how much longer permits are kept back by a pause. Zero: they are
// not; the circuit breaker may hold them all the same, see State.
func (o *Office) Paused(ctx context.Context) (time.Duration, error) {
	left, err := o.rdb.PTTL(ctx, o.key("pause")).Result()
	if err != nil {
		return 0, fmt.Errorf("read the pause of permits: %w", err)
	}
	return max(left, 0), nil
}

// leave lets the others stop waiting for one who has gone. Failure policy: carry
// on, since they stop by themselves within seconds.
func (o *Office) leave(ctx context.Context, a *asker) {
	if o.interval() == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), leaveTimeout)
	defer cancel()
	keep := "1"
	if a.anonymous {
		keep = "0"
	}
	_ = leaveScript.Run(ctx, o.rdb, []string{o.key("present"), o.key("places"), o.line(a.Class), o.here(a.Class)},
		a.Class.number(), a.place, keep).Err()
}

// jitter spreads out those who wait: many may be told the same time.
func (o *Office) jitter() time.Duration {
	widest := longestJitter
	if o.opts.Rate > 0 {
		widest = min(widest, o.interval()/2)
	}
	return time.Duration(o.opts.Random() * float64(widest))
}

// interval is the time between two permits. Zero: no limit.
func (o *Office) interval() time.Duration {
	if o.opts.Rate <= 0 {
		return 0
	}
	return max(time.Duration(float64(time.Second)/o.opts.Rate), time.Microsecond)
}

func (o *Office) key(name string) string { return "{" + o.opts.Prefix + "}:" + name }

func (o *Office) markerKey(holder string) string { return o.key("marker:" + holder) }

// line is the key of all who have a place in the line of a class.
func (o *Office) line(c Class) string { return o.key("line:" + c.String()) }

// here is the key of those in the line of a class who wait inside a call.
func (o *Office) here(c Class) string { return o.key("here:" + c.String()) }

// milliseconds rounds up, so that a wait never ends early.
func milliseconds(d time.Duration) int64 {
	return int64((d + time.Millisecond - 1) / time.Millisecond)
}

// sleep waits for d or until ctx ends.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
