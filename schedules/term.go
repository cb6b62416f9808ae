package schedules

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/bsm/redislock"
	"github.com/hibiken/asynq"
	"golang.org/x/sync/errgroup"

	"github.com/osrsdiff/osrsdiff/tasks"
)

// managerStop bounds the stopping of a PeriodicTaskManager, which deletes one key
// an entry: against a Redis that hangs that would take minutes.
const managerStop = 3 * time.Second

// lead runs one term: it keeps the lease, fills an empty Book, runs a
// PeriodicTaskManager made for this term, since one cannot be stopped twice, and
// applies changes as they come. It returns when the lease is lost or ctx ends.
func (s *Scheduler) lead(ctx context.Context, lock *redislock.Lock) error {
	g, ctx := errgroup.WithContext(ctx)
	ctx, stop := context.WithCancel(ctx)
	g.Go(func() error {
		defer stop()
		return keepLease(ctx, lock, s.opts.Lease)
	})
	g.Go(func() error {
		defer stop()
		return s.work(ctx)
	})
	return g.Wait()
}

// work is what the holder of the lease does.
func (s *Scheduler) work(ctx context.Context) error {
	if _, err := s.fill(ctx); err != nil {
		return err
	}
	rdb := s.opts.NewRedis()
	manager, err := s.startManager(asynqConn{rdb})
	if err != nil {
		return errors.Join(err, rdb.Close())
	}
	defer stopManager(manager, rdb.Close)
	s.claim(ctx)
	tick := time.NewTicker(s.opts.Sync)
	defer tick.Stop()
	for {
		if err := s.sync(ctx); err != nil && ctx.Err() == nil {
			s.opts.Log.WarnContext(ctx, "schedules not brought up to date, the next sync tries again", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// sync fills the Book if Redis lost it, applies what changed in the database,
// makes the queues known and enqueues static tasks that were missed.
func (s *Scheduler) sync(ctx context.Context) error {
	rebuilt, err := s.fill(ctx)
	if err != nil {
		return err
	}
	if rebuilt {
		s.claim(ctx)
	}
	_, applyErr := s.keeper.ApplyChanges(ctx)
	return errors.Join(applyErr, s.announceQueues(ctx), s.catchUp(ctx))
}

// fill makes sure that the Book is filled and reports whether it had to be.
func (s *Scheduler) fill(ctx context.Context) (bool, error) {
	rebuilt, err := s.keeper.EnsureReady(ctx)
	if err != nil {
		return false, fmt.Errorf("fill the schedules: %w", err)
	}
	if !rebuilt {
		return false, nil
	}
	if err := s.opts.OnRebuild(ctx); err != nil {
		s.opts.Log.WarnContext(ctx, "not everything that Redis lost was put back", "error", err)
	}
	debug.FreeOSMemory() // a rebuild needs more than all that comes after it
	return true, nil
}

// announceQueues lists the queues in Redis again: an asynq client does so only
// once in its life, so that after Redis lost its data asynq's tools would not
// find them.
func (s *Scheduler) announceQueues(ctx context.Context) error {
	if err := s.opts.Redis.SAdd(ctx, "asynq:queues", tasks.QueueInteractive, tasks.QueueFetch, tasks.QueueMaintenance, tasks.QueueSchedules, tasks.QueueWebhooks).Err(); err != nil {
		return fmt.Errorf("announce the queues: %w", err)
	}
	return nil
}

// startManager starts a PeriodicTaskManager on a connection of its own.
func (s *Scheduler) startManager(conn asynq.RedisConnOpt) (*asynq.PeriodicTaskManager, error) {
	provider := NewProvider(s.keeper.book, ProviderOptions{
		Statics: s.opts.Statics, Sweep: s.opts.Sweep, PlayerEntries: s.opts.PlayerEntries,
	}, s.opts.Log)
	manager, err := asynq.NewPeriodicTaskManager(asynq.PeriodicTaskManagerOpts{
		RedisConnOpt:               conn,
		PeriodicTaskConfigProvider: provider,
		SyncInterval:               s.opts.Sync,
		SchedulerOpts: &asynq.SchedulerOpts{
			HeartbeatInterval: s.opts.Heartbeat,
			Location:          time.UTC,
			Logger:            tasks.NewAsynqLogger(s.opts.Log),
			LogLevel:          asynq.WarnLevel,
			PostEnqueueFunc:   s.entryFired,
		},
	})
	if err != nil {
		return nil, fmt.Errorf("make the periodic task manager: %w", err)
	}
	if err := manager.Start(); err != nil {
		return nil, fmt.Errorf("start the periodic task manager: %w", err)
	}
	return manager, nil
}

// entryFired hears of entries whose task could not be enqueued, which asynq logs
// nowhere. A duplicate is none: the task before it is still waiting.
func (s *Scheduler) entryFired(_ *asynq.TaskInfo, err error) {
	if err != nil && !errors.Is(err, asynq.ErrDuplicateTask) && !errors.Is(err, asynq.ErrTaskIDConflict) {
		s.opts.Log.Warn("periodic entry not enqueued, the next sweep makes up for it", "error", err)
	}
}

// stopManager stops a PeriodicTaskManager and waits for it, closing its
// connection when that takes too long, so that what it still does fails at once.
func stopManager(manager *asynq.PeriodicTaskManager, closeConn func() error) {
	cut := time.AfterFunc(managerStop, func() { _ = closeConn() })
	defer cut.Stop()
	manager.Shutdown()
	_ = closeConn()
}

// asynqConn hands asynq a connection that is already open.
type asynqConn struct{ rdb any }

// MakeRedisClient implements asynq.RedisConnOpt.
func (c asynqConn) MakeRedisClient() any { return c.rdb }
