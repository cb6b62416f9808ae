package schedules

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"
)

// lagWindow is the time that one recent histogram covers; two are read, so that
// what is shown is of the last one to two windows.
const lagWindow = 10 * time.Minute

// LagBounds are the upper bounds of the buckets of a Lag; one more bucket has
// none. They are close together where a sweep of one to five seconds puts the
// lag.
func LagBounds() []time.Duration { return slices.Clone(lagBounds) }

var lagBounds = []time.Duration{
	100 * time.Millisecond, 250 * time.Millisecond, 500 * time.Millisecond, 750 * time.Millisecond,
	time.Second, 1500 * time.Millisecond, 2 * time.Second, 2500 * time.Millisecond, 3 * time.Second,
	4 * time.Second, 5 * time.Second, 6 * time.Second, 8 * time.Second, 10 * time.Second, 15 * time.Second, 30 * time.Second,
	time.Minute, 2 * time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour, 6 * time.Hour, 24 * time.Hour,
}

// Lag is a histogram of the time from ticks to their fetches being enqueued, by
// the clock of Redis. All schedulers count into one. The zero Lag has counted
// nothing.
type Lag struct {
	// Counts are the ticks of each bucket of LagBounds, and of the one beyond.
	// Nil: none were counted.
	Counts []int64
	// Sum is the lag of all of them together.
	Sum time.Duration
}

// Total is how many ticks were counted.
func (l Lag) Total() int64 {
	var n int64
	for _, c := range l.Counts {
		n += c
	}
	return n
}

// Quantile is the lag that a share q of the ticks did not exceed, such as 0.99,
// taken to be spread evenly within a bucket. The bucket without an upper bound
// counts as its lower one. Zero: nothing was counted.
func (l Lag) Quantile(q float64) time.Duration {
	rank := q * float64(l.Total())
	if rank <= 0 {
		return 0
	}
	below := 0.0
	for i, c := range l.Counts {
		if c == 0 || below+float64(c) < rank {
			below += float64(c)
			continue
		}
		if i == len(lagBounds) {
			return lagBounds[i-1]
		}
		lower := time.Duration(0)
		if i > 0 {
			lower = lagBounds[i-1]
		}
		return lower + time.Duration((rank-below)/float64(c)*float64(lagBounds[i]-lower))
	}
	return lagBounds[len(lagBounds)-1]
}

// add counts one tick. A tick ahead of the clock has no lag.
func (l *Lag) add(lag time.Duration) {
	if l.Counts == nil {
		l.Counts = make([]int64, len(lagBounds)+1)
	}
	lag = max(lag, 0)
	i, _ := slices.BinarySearch(lagBounds, lag)
	l.Counts[i]++
	l.Sum += lag
}

// merge counts what another counted.
func (l *Lag) merge(other Lag) {
	for i, c := range other.Counts {
		if l.Counts == nil {
			l.Counts = make([]int64, len(lagBounds)+1)
		}
		l.Counts[i] += c
	}
	l.Sum += other.Sum
}

// Lag reads the lag of the last ten to twenty minutes.
func (b *Book) Lag(ctx context.Context) (Lag, error) {
	now, err := b.Now(ctx)
	if err != nil {
		return Lag{}, err
	}
	return b.readLag(ctx, b.keys.lagOf(now), b.keys.lagOf(now.Add(-lagWindow)))
}

// LagSoFar reads the lag of all ticks since Redis was last empty.
func (b *Book) LagSoFar(ctx context.Context) (Lag, error) { return b.readLag(ctx, b.keys.lag()) }

func (b *Book) readLag(ctx context.Context, names ...string) (Lag, error) {
	cmds := make([]*redis.MapStringStringCmd, len(names))
	_, err := b.rdb.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		for i, name := range names {
			cmds[i] = pipe.HGetAll(ctx, name)
		}
		return nil
	})
	if err != nil {
		return Lag{}, fmt.Errorf("read the lag of ticks: %w", err)
	}
	var total Lag
	for _, cmd := range cmds {
		total.merge(parseLag(cmd.Val()))
	}
	return total, nil
}

// parseLag reads a histogram. Failure policy: what is no number counts nothing,
// since nothing depends on it.
func parseLag(fields map[string]string) Lag {
	var l Lag
	for field, value := range fields {
		n, err := strconv.ParseInt(value, 10, 64)
		if err != nil {
			continue
		}
		if field == lagSum {
			l.Sum = time.Duration(n) * time.Microsecond
			continue
		}
		if i := slices.IndexFunc(lagFields, func(f string) bool { return f == field }); i >= 0 {
			l.merge(Lag{Counts: onlyBucket(i, n)})
		}
	}
	return l
}

func onlyBucket(i int, n int64) []int64 {
	counts := make([]int64, len(lagBounds)+1)
	counts[i] = n
	return counts
}

// note adds what a claim counted to the histograms, in a pipeline of others.
func (l Lag) note(ctx context.Context, pipe redis.Pipeliner, k keys, now time.Time) {
	if l.Counts == nil {
		return
	}
	for _, name := range []string{k.lag(), k.lagOf(now)} {
		for i, c := range l.Counts {
			if c > 0 {
				pipe.HIncrBy(ctx, name, lagFields[i], c)
			}
		}
		pipe.HIncrBy(ctx, name, lagSum, l.Sum.Microseconds())
	}
	pipe.Expire(ctx, k.lagOf(now), 3*lagWindow)
}

// lagSum is the field of the sum, in microseconds.
const lagSum = "sum_us"

// lagFields are the fields of the buckets, which people may read: "le_2.5s". A
// change of the bounds makes new fields and leaves the old ones out.
var lagFields = func() []string {
	fields := make([]string, 0, len(lagBounds)+1)
	for _, bound := range lagBounds {
		fields = append(fields, "le_"+bound.String())
	}
	return append(fields, "le_inf")
}()
