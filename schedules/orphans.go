package schedules

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/redis/go-redis/v9"

	"github.com/osrsdiff/osrsdiff/player"
	"github.com/osrsdiff/osrsdiff/tasks"
)

// scanBatch is how many keys or members one SCAN asks for.
const scanBatch = 1000

// compareIndex goes from the index to the database: what it holds belongs to a
// player. Marks of removals are dropped once the player is gone. Where every player
// was found indexed and there is nothing more, nothing is looked at.
func (k *Keeper) compareIndex(ctx context.Context, r *Report) error {
	indexed, err := k.book.rdb.HLen(ctx, k.book.keys.index()).Result()
	if err != nil {
		return fmt.Errorf("count the schedule index: %w", err)
	}
	if indexed == int64(r.Checked) && r.Counts[MissingSchedule] == 0 {
		return nil
	}
	return k.book.scanIndex(ctx, func(values map[string]string) error { return k.dropOrphans(ctx, r, values) })
}

// compareCounts checks the counts of intervals in use against the index.
func (k *Keeper) compareCounts(ctx context.Context, r *Report) error {
	version, err := k.book.version(ctx)
	if err != nil {
		return err
	}
	counts := map[player.Interval]int{}
	err = k.book.scanIndex(ctx, func(values map[string]string) error {
		for _, value := range values {
			if x, err := parseIndexed(value); err == nil && x.state == stateActive {
				counts[x.every]++
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	have, err := k.book.intervalCounts(ctx)
	if err != nil || maps.Equal(have, counts) {
		return err
	}
	return k.recount(ctx, r, version, counts)
}

// recount replaces the counts of intervals, unless the index changed while they
// were counted: then the difference may not be one.
func (k *Keeper) recount(ctx context.Context, r *Report, version string, counts map[player.Interval]int) error {
	if now, err := k.book.version(ctx); err != nil || now != version {
		return err
	}
	r.add(WrongCount, k.book.keys.intervals(), "")
	if !r.Repaired {
		return nil
	}
	args := []any{version, newVersion()}
	for every, n := range counts {
		args = append(args, int(every), n)
	}
	keys := []string{k.book.keys.intervals(), k.book.keys.version()}
	if err := recountScript.Run(ctx, k.book.rdb, keys, args...).Err(); err != nil {
		return fmt.Errorf("recount intervals: %w", err)
	}
	return nil
}

// dropOrphans removes index fields whose player does not exist.
func (k *Keeper) dropOrphans(ctx context.Context, r *Report, values map[string]string) error {
	exists, err := k.existing(ctx, slices.Collect(maps.Keys(values)))
	if err != nil {
		return err
	}
	var gone []string
	for m, value := range values {
		if exists[m] {
			continue
		}
		gone = append(gone, m)
		if x, err := parseIndexed(value); err != nil || x.state != stateRemoved {
			r.add(OrphanSchedule, scheduleIDOf(m), "no such player")
		}
	}
	if !r.Repaired || len(gone) == 0 {
		return nil
	}
	return k.book.forget(ctx, gone)
}

// forget deletes every trace of index members whose players are gone for good.
func (b *Book) forget(ctx context.Context, members []string) error {
	var removals []player.Change
	for _, m := range members {
		if id, ok := playerOf(m); ok {
			removals = append(removals, player.Change{PlayerID: id, Revision: 1 << 52})
		}
	}
	if err := b.remove(ctx, removals); err != nil {
		return err
	}
	_, err := b.rdb.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		pipe.HDel(ctx, b.keys.index(), members...)
		pipe.ZRem(ctx, b.keys.due(), anys(members)...)
		return nil
	})
	if err != nil {
		return fmt.Errorf("forget %d orphaned schedules: %w", len(members), err)
	}
	return nil
}

// compareDue looks for due members that the index does not know as active.
func (k *Keeper) compareDue(ctx context.Context, r *Report) error {
	iter := k.book.rdb.ZScan(ctx, k.book.keys.due(), 0, "", scanBatch).Iterator()
	var members []string
	for iter.Next(ctx) {
		members = append(members, iter.Val())
		iter.Next(ctx) // the score
		if len(members) == scanBatch {
			if err := k.dropUnexpected(ctx, r, members); err != nil {
				return err
			}
			members = members[:0]
		}
	}
	if err := iter.Err(); err != nil {
		return fmt.Errorf("scan the due index: %w", err)
	}
	return k.dropUnexpected(ctx, r, members)
}

func (k *Keeper) dropUnexpected(ctx context.Context, r *Report, members []string) error {
	gone, err := k.book.indexedOtherwise(ctx, members, func(in state) bool { return in == stateActive })
	if err != nil {
		return err
	}
	for _, m := range gone {
		r.add(UnexpectedTick, scheduleIDOf(m), "not active")
	}
	if !r.Repaired || len(gone) == 0 {
		return nil
	}
	if err := k.book.rdb.ZRem(ctx, k.book.keys.due(), anys(gone)...).Err(); err != nil {
		return fmt.Errorf("drop %d unexpected ticks: %w", len(gone), err)
	}
	return nil
}

// compareDefinitions looks for keys under the prefix that no player owns.
func (k *Keeper) compareDefinitions(ctx context.Context, r *Report) error {
	return k.book.scanKeys(ctx, k.book.keys.prefix+":*", func(names []string) error {
		members := make([]string, 0, len(names))
		for _, name := range names {
			id, ok := tasks.ParseScheduleID(strings.TrimPrefix(name, k.book.keys.prefix+":"))
			if !ok {
				r.add(ForeignKey, name, "not a schedule; left alone")
				continue
			}
			members = append(members, member(id))
		}
		gone, err := k.unowned(ctx, members)
		if err != nil {
			return err
		}
		for _, m := range gone {
			r.add(OrphanSchedule, scheduleIDOf(m), "a definition without a player")
		}
		if !r.Repaired || len(gone) == 0 {
			return nil
		}
		return k.book.forget(ctx, gone)
	})
}

// unowned lists the members that are no players. Those that are indexed are, since
// the index was compared before.
func (k *Keeper) unowned(ctx context.Context, members []string) ([]string, error) {
	doubtful, err := k.book.indexedOtherwise(ctx, members, func(in state) bool { return in != stateRemoved })
	if err != nil {
		return nil, err
	}
	exists, err := k.existing(ctx, doubtful)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(doubtful, func(m string) bool { return exists[m] }), nil
}

// indexedOtherwise lists the members that are not indexed, or not in such a state.
func (b *Book) indexedOtherwise(ctx context.Context, members []string, such func(state) bool) ([]string, error) {
	if len(members) == 0 {
		return nil, nil
	}
	values, err := b.rdb.HMGet(ctx, b.keys.index(), members...).Result()
	if err != nil {
		return nil, fmt.Errorf("look up %d members of the index: %w", len(members), err)
	}
	var others []string
	for i, m := range members {
		value, _ := values[i].(string)
		if x, err := parseIndexed(value); err != nil || !such(x.state) {
			others = append(others, m)
		}
	}
	return others, nil
}

// existing reports which index members are players of the database. A player's
// id is never used again, so what does not exist now never will.
func (k *Keeper) existing(ctx context.Context, members []string) (map[string]bool, error) {
	ids := make([]int64, 0, len(members))
	for _, m := range members {
		if id, ok := playerOf(m); ok {
			ids = append(ids, id)
		}
	}
	exists := make(map[string]bool, len(ids))
	if len(ids) == 0 {
		return exists, nil
	}
	rows, err := k.players.PlayersByID(ctx, ids)
	if err != nil {
		return nil, err
	}
	for _, p := range rows {
		exists[member(p.ID)] = true
	}
	return exists, nil
}

// scanIndex calls f with the whole index, a batch at a time.
func (b *Book) scanIndex(ctx context.Context, f func(map[string]string) error) error {
	for cursor := uint64(0); ; {
		pairs, next, err := b.rdb.HScan(ctx, b.keys.index(), cursor, "", scanBatch).Result()
		if err != nil {
			return fmt.Errorf("scan the schedule index: %w", err)
		}
		values := make(map[string]string, len(pairs)/2)
		for i := 0; i+1 < len(pairs); i += 2 {
			values[pairs[i]] = pairs[i+1]
		}
		if err := f(values); err != nil {
			return err
		}
		if cursor = next; cursor == 0 {
			return nil
		}
	}
}

// scanKeys calls f with all keys that match, a batch at a time, on every master
// of a cluster.
func (b *Book) scanKeys(ctx context.Context, match string, f func([]string) error) error {
	scan := func(ctx context.Context, node redis.Cmdable) error {
		for cursor := uint64(0); ; {
			names, next, err := node.Scan(ctx, cursor, match, scanBatch).Result()
			if err != nil {
				return fmt.Errorf("scan keys %q: %w", match, err)
			}
			if err := f(names); err != nil {
				return err
			}
			if cursor = next; cursor == 0 {
				return nil
			}
		}
	}
	cluster, ok := b.rdb.(*redis.ClusterClient)
	if !ok {
		return scan(ctx, b.rdb)
	}
	var one sync.Mutex // ForEachMaster visits all masters at once
	return cluster.ForEachMaster(ctx, func(ctx context.Context, node *redis.Client) error {
		one.Lock()
		defer one.Unlock()
		return scan(ctx, node)
	})
}

func anys(list []string) []any {
	out := make([]any, len(list))
	for i, s := range list {
		out[i] = s
	}
	return out
}
