package schedules

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/osrsdiff/osrsdiff/player"
)

// Stats is how the schedules stand as a whole.
type Stats struct {
	// Now is the clock of Redis that ticks are compared with.
	Now time.Time `json:"now"`
	// Schedules counts all, paused ones included, and those removed since the
	// last reconcile.
	Schedules int64 `json:"schedules"`
	// Active counts those that are not paused.
	Active int64 `json:"active"`
	// Due counts those whose tick has come and is not claimed yet.
	Due int64 `json:"due"`
	// OldestTick is the tick that has waited longest or comes next. Zero: there
	// is no active schedule.
	OldestTick time.Time `json:"oldest_tick,omitzero"`
	// Enqueued counts the fetches that ticks led to, since Redis was last filled.
	Enqueued int64 `json:"enqueued"`
	// Coalesced counts the ticks that found a fetch outstanding already.
	Coalesced int64 `json:"coalesced"`
	// Ready is the id of the database that the schedules were filled from. Empty:
	// not filled yet.
	Ready string `json:"ready"`
}

// Stats reads how the schedules stand.
func (b *Book) Stats(ctx context.Context) (Stats, error) {
	now, err := b.Now(ctx)
	if err != nil {
		return Stats{}, err
	}
	var all, active, due *redis.IntCmd
	var first *redis.ZSliceCmd
	var counters *redis.MapStringStringCmd
	var ready *redis.StringCmd
	_, err = b.rdb.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		all, active = pipe.HLen(ctx, b.keys.index()), pipe.ZCard(ctx, b.keys.due())
		due = pipe.ZCount(ctx, b.keys.due(), "-inf", strconv.FormatInt(now.Unix(), 10))
		first = pipe.ZRangeWithScores(ctx, b.keys.due(), 0, 0)
		counters, ready = pipe.HGetAll(ctx, b.keys.counters()), pipe.Get(ctx, b.keys.ready())
		return nil
	})
	if err != nil && !errors.Is(err, redis.Nil) {
		return Stats{}, fmt.Errorf("read how schedules stand: %w", err)
	}
	s := Stats{Now: now, Schedules: all.Val(), Active: active.Val(), Due: due.Val(), Ready: ready.Val()}
	if z := first.Val(); len(z) > 0 {
		s.OldestTick = time.Unix(int64(z[0].Score), 0).UTC()
	}
	s.Enqueued, _ = strconv.ParseInt(counters.Val()[counterEnqueued], 10, 64)
	s.Coalesced, _ = strconv.ParseInt(counters.Val()[counterCoalesced], 10, 64)
	return s, nil
}

// Demand is how many fetches a second the schedules ask for: one a tick of each
// that is not paused.
func (b *Book) Demand(ctx context.Context) (float64, error) {
	counts, err := b.intervalCounts(ctx)
	if err != nil {
		return 0, err
	}
	demand := 0.0
	for every, n := range counts {
		demand += float64(n) / (float64(every) * b.grid.unit().Seconds())
	}
	return demand, nil
}

// LastTick is the last tick of a schedule before the one it waits for. Zero: it
// waits for none, or had none since it was added, resumed or given its interval.
func (b *Book) LastTick(e Entry, p player.Player) time.Time {
	if e.NextTick.IsZero() {
		return time.Time{}
	}
	s := Standing{Every: e.Every, Phase: e.Phase}
	last := b.grid.After(s, e.NextTick.Add(-time.Duration(e.Every)*b.grid.unit()-time.Second))
	if !last.Before(e.NextTick) || last.Before(latest(p.CreatedAt, p.ResumedAt, p.IntervalChangedAt)) {
		return time.Time{}
	}
	return last
}

// Before is how many schedules are due before a tick: how many go first when the
// limit keeps them waiting.
func (b *Book) Before(ctx context.Context, tick time.Time) (int64, error) {
	n, err := b.rdb.ZCount(ctx, b.keys.due(), "-inf", "("+strconv.FormatInt(tick.Unix(), 10)).Result()
	if err != nil {
		return 0, fmt.Errorf("count the schedules before %s: %w", tick.UTC().Format(time.RFC3339), err)
	}
	return n, nil
}
