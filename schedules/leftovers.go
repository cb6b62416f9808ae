package schedules

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/hibiken/asynq"
	"github.com/redis/go-redis/v9"

	"github.com/osrsdiff/osrsdiff/tasks"
)

const (
	// historyPrefix begins asynq's enqueue history of a periodic entry. asynq
	// removes it only when the entry's own process stops in order (hibiken/asynq
	// issues 515 and 819).
	historyPrefix = "asynq:scheduler_history:"
	// historyQuiet is how long a history must not have grown before it counts as
	// left over: longer than any heartbeat that would list its entry.
	historyQuiet = 2 * time.Minute
	// archivePage is how many archived tasks are looked at at once.
	archivePage = 100
)

// compareArchive deletes archived fetches: a person can archive one by hand, and
// it would block the player's next fetch, which has the same id.
func (k *Keeper) compareArchive(ctx context.Context, r *Report) error {
	for _, queue := range []string{tasks.QueueFetch, tasks.QueueInteractive} {
		if err := k.clearArchive(ctx, r, queue); err != nil {
			return err
		}
	}
	return nil
}

func (k *Keeper) clearArchive(ctx context.Context, r *Report, queue string) error {
	for page := 1; ctx.Err() == nil; {
		list, err := k.inspector.ListArchivedTasks(queue, asynq.PageSize(archivePage), asynq.Page(page))
		if errors.Is(err, asynq.ErrQueueNotFound) || err == nil && len(list) == 0 {
			return nil
		}
		if err != nil {
			return fmt.Errorf("list archived tasks of %q: %w", queue, err)
		}
		for _, t := range list {
			r.add(ArchivedFetch, t.ID, queue)
		}
		if !r.Repaired {
			page++
			continue
		}
		if err := k.deleteArchived(queue, list); err != nil {
			return err
		}
	}
	return ctx.Err()
}

func (k *Keeper) deleteArchived(queue string, list []*asynq.TaskInfo) error {
	for _, t := range list {
		err := k.inspector.DeleteTask(queue, t.ID)
		if err != nil && !errors.Is(err, asynq.ErrTaskNotFound) {
			return fmt.Errorf("delete archived task %s of %q: %w", t.ID, queue, err)
		}
	}
	return nil
}

// compareHistories deletes the enqueue histories of entries that are gone.
func (k *Keeper) compareHistories(ctx context.Context, r *Report) error {
	entries, err := k.inspector.SchedulerEntries()
	if err != nil {
		return fmt.Errorf("list scheduler entries: %w", err)
	}
	current := make(map[string]bool, len(entries))
	for _, e := range entries {
		current[e.ID] = true
	}
	now, err := k.book.Now(ctx)
	if err != nil {
		return err
	}
	return k.book.scanKeys(ctx, historyPrefix+"*", func(names []string) error {
		for _, name := range names {
			id := strings.TrimPrefix(name, historyPrefix)
			if current[id] {
				continue
			}
			if err := k.dropHistory(ctx, r, name, now); err != nil {
				return err
			}
		}
		return nil
	})
}

func (k *Keeper) dropHistory(ctx context.Context, r *Report, key string, now time.Time) error {
	newest, err := k.book.rdb.ZRevRangeWithScores(ctx, key, 0, 0).Result()
	if err != nil && !errors.Is(err, redis.Nil) {
		return fmt.Errorf("read %s: %w", key, err)
	}
	if len(newest) > 0 && now.Sub(time.Unix(int64(newest[0].Score), 0)) < historyQuiet {
		return nil
	}
	r.add(LeftoverHistory, key, "")
	if !r.Repaired {
		return nil
	}
	if err := k.book.rdb.Unlink(ctx, key).Err(); err != nil {
		return fmt.Errorf("delete %s: %w", key, err)
	}
	return nil
}
