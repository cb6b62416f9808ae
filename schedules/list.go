package schedules

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"
)

// ListFilter chooses schedules of List.
type ListFilter struct {
	// After is the cursor that the page before returned. Empty: the first page.
	After string
	// Limit is the most schedules of a page. Zero: 100.
	Limit int
	// Overdue leaves out those whose next tick has not come yet.
	Overdue bool
}

// List returns schedules by ascending next tick, paused ones left out, and the
// cursor of the next page, empty on the last. While ticks pass a schedule may
// move past the cursor and be seen on no page or twice.
func (b *Book) List(ctx context.Context, f ListFilter, log *slog.Logger) ([]Entry, string, error) {
	if f.Limit <= 0 {
		f.Limit = 100
	}
	offset, err := strconv.ParseInt("0"+f.After, 10, 64)
	if err != nil {
		return nil, "", fmt.Errorf("list schedules: cursor %q: must be one that a page returned", f.After)
	}
	until := "+inf"
	if f.Overdue {
		now, err := b.Now(ctx)
		if err != nil {
			return nil, "", err
		}
		until = strconv.FormatInt(now.Unix(), 10)
	}
	found, err := b.rdb.ZRangeArgsWithScores(ctx, redis.ZRangeArgs{
		Key: b.keys.due(), ByScore: true, Start: "-inf", Stop: until, Offset: offset, Count: int64(f.Limit),
	}).Result()
	if err != nil {
		return nil, "", fmt.Errorf("list schedules: %w", err)
	}
	list, err := b.entries(ctx, found, log)
	if err != nil || len(found) < f.Limit {
		return list, "", err
	}
	return list, strconv.FormatInt(offset+int64(len(found)), 10), nil
}

func (b *Book) entries(ctx context.Context, found []redis.Z, log *slog.Logger) ([]Entry, error) {
	members := make([]string, len(found))
	for i, z := range found {
		members[i], _ = z.Member.(string)
	}
	defs, err := b.definitions(ctx, members)
	if err != nil {
		return nil, err
	}
	list := make([]Entry, 0, len(found))
	for i, d := range defs {
		if d.err != nil {
			log.WarnContext(ctx, "schedule skipped", "schedule", d.id, "error", d.err)
			continue
		}
		list = append(list, Entry{Schedule: d.schedule, NextTick: time.Unix(int64(found[i].Score), 0).UTC()})
	}
	return list, nil
}

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
