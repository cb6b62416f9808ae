package schedules

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/bsm/redislock"
	"github.com/hibiken/asynq"
	"github.com/redis/go-redis/v9"

	"github.com/osrsdiff/osrsdiff/tasks"
)

const (
	// DefaultSweep is the time between two claims of all that is due.
	DefaultSweep = 5 * time.Second
	// DefaultLease is how long a lease lasts after a renewal; a holder that died
	// is replaced a little later.
	DefaultLease = 10 * time.Second
	// DefaultSync is how often the holder applies changes and the
	// PeriodicTaskManager asks for entries.
	DefaultSync = 5 * time.Second
	// DefaultHeartbeat is how often asynq rewrites every entry for its tools to
	// list: so often that they have them within ten seconds of a start or of a Redis
	// that lost its data, and not more often, since each time it is all of them.
	DefaultHeartbeat = 4 * time.Second
	// leaseRetry is how often a process without the lease asks for it.
	leaseRetry = 2 * time.Second
	// startTimeout bounds how long Redis may take to answer at the start.
	startTimeout = 5 * time.Second
	// serverShutdown bounds how long a claim or reconcile under way may go on
	// after the process was told to stop; it is repeated elsewhere.
	serverShutdown = 5 * time.Second
	// schedulesConcurrency is how many of the engine's own tasks one process
	// runs at once: a claim and a reconcile, and the claims that find it running.
	schedulesConcurrency = 4
)

// Scheduler is one process of the scheduler role: a server for the engine's own
// tasks, and a lease under which it runs a PeriodicTaskManager. Any number may
// run at once; each runs once.
type Scheduler struct {
	opts    SchedulerOptions
	keeper  *Keeper
	claimer *Claimer
	queue   tasks.Enqueuer
}

// SchedulerOptions are what a Scheduler works with. Those without a stated zero
// are required.
type SchedulerOptions struct {
	// Redis is the connection, which the caller closes.
	Redis redis.UniversalClient
	// NewRedis opens a further connection like Redis. Enqueues in bulk get one of
	// their own, and so does each term's PeriodicTaskManager, so that stopping
	// it can be cut short by closing that.
	NewRedis func() redis.UniversalClient
	// Keeper keeps the Book that the scheduler runs.
	Keeper *Keeper
	// Ledger keeps the runs of static tasks.
	Ledger Ledger
	// Statics are the cron tasks declared in code. Those of tasks.QueueSchedules
	// run in this process.
	Statics []tasks.Static
	// Name tells processes apart to people: host and process id.
	Name string
	// QueueCapacity is how many fetches the queue may hold: what the limit on
	// requests serves in two minutes. Zero: no limit.
	QueueCapacity int
	// PlayerEntries is how many schedules get a periodic entry of their own.
	// Zero: none.
	PlayerEntries int
	// Sweep is the time between two claims of all that is due, in whole seconds.
	// Zero: DefaultSweep.
	Sweep time.Duration
	// Lease is how long the lease lasts after a renewal. Zero: DefaultLease.
	Lease time.Duration
	// Sync is how often changes are applied. Zero: DefaultSync.
	Sync time.Duration
	// Heartbeat is how often the entries are written for asynq's tools to list,
	// the first time after as long. Twice it must be whole seconds. Zero:
	// DefaultHeartbeat.
	Heartbeat time.Duration
	// OnRebuild runs when the Book had to be filled anew, before anything due is
	// claimed: what else Redis lost is put back there. Its error is logged. Nil:
	// nothing runs.
	OnRebuild func(ctx context.Context) error
	// Log hears what happens.
	Log *slog.Logger
}

func (o SchedulerOptions) withDefaults() SchedulerOptions {
	if o.Sweep == 0 {
		o.Sweep = DefaultSweep
	}
	if o.Lease == 0 {
		o.Lease = DefaultLease
	}
	if o.Sync == 0 {
		o.Sync = DefaultSync
	}
	if o.Heartbeat == 0 {
		o.Heartbeat = DefaultHeartbeat
	}
	if o.OnRebuild == nil {
		o.OnRebuild = func(context.Context) error { return nil }
	}
	return o
}

// NewScheduler checks the options and returns a scheduler to Run.
func NewScheduler(o SchedulerOptions) (*Scheduler, error) {
	o = o.withDefaults()
	if o.Sweep < time.Second || o.Sweep%time.Second != 0 {
		return nil, fmt.Errorf("sweep of %v: must be whole seconds, at least one", o.Sweep)
	}
	if o.Heartbeat < 0 || 2*o.Heartbeat%time.Second != 0 {
		return nil, fmt.Errorf("heartbeat of %v: twice it must be whole seconds", o.Heartbeat)
	}
	if err := tasks.ValidateStatics(o.Statics); err != nil {
		return nil, err
	}
	return &Scheduler{opts: o, keeper: o.Keeper}, nil
}

// Run runs the scheduler until ctx ends, then stops what it started. It fails
// only when Redis does not answer at the start; later outages are waited out.
func (s *Scheduler) Run(ctx context.Context) error {
	if err := s.reachable(ctx); err != nil {
		return err
	}
	conn := s.opts.NewRedis()
	defer func() { _ = conn.Close() }()
	queue := NewQueue(conn)
	s.queue = queue
	s.claimer = NewClaimer(s.keeper.book, queue, s.keeper.inspector, s.opts.QueueCapacity)
	server := s.newServer()
	if err := server.Start(s.handlers()); err != nil {
		return fmt.Errorf("start the schedules server: %w", err)
	}
	defer server.Shutdown()
	retry := time.NewTicker(leaseRetry)
	defer retry.Stop()
	for {
		if err := s.term(ctx); err != nil && ctx.Err() == nil {
			s.opts.Log.WarnContext(ctx, "scheduler term ended", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-retry.C:
		}
	}
}

func (s *Scheduler) reachable(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	if err := s.opts.Redis.Ping(ctx).Err(); err != nil {
		return fmt.Errorf("reach Redis: %w", err)
	}
	return nil
}

func (s *Scheduler) newServer() *asynq.Server {
	return asynq.NewServerFromRedisClient(s.opts.Redis, asynq.Config{
		Concurrency:       schedulesConcurrency,
		Queues:            map[string]int{tasks.QueueSchedules: 1},
		TaskCheckInterval: 500 * time.Millisecond,
		ShutdownTimeout:   serverShutdown,
		Logger:            tasks.NewAsynqLogger(s.opts.Log),
		LogLevel:          asynq.WarnLevel,
	})
}

func (s *Scheduler) handlers() asynq.Handler {
	mux := asynq.NewServeMux()
	mux.HandleFunc(tasks.TypeDue, s.processDue)
	for taskType, handler := range tasks.StaticHandlers(s.opts.Statics, tasks.QueueSchedules, s.opts.Ledger, s.opts.Log) {
		mux.Handle(taskType, handler)
	}
	return mux
}

// processDue claims what is due. PeriodicTaskManager entries call it through the
// queue. It never fails, since a failed task would only pile up in the archive.
func (s *Scheduler) processDue(ctx context.Context, _ *asynq.Task) error {
	s.claim(ctx)
	return nil
}

// claim claims what is due. Failure policy: log and carry on; what could not be
// claimed stays due for the next sweep.
func (s *Scheduler) claim(ctx context.Context) {
	n, err := s.claimer.Claim(ctx)
	if err != nil && ctx.Err() == nil {
		s.opts.Log.WarnContext(ctx, "claim of due schedules cut short, the next sweep goes on", "error", err)
	}
	if n.Enqueued+n.Coalesced > 0 {
		s.opts.Log.DebugContext(ctx, "due schedules claimed", "enqueued", n.Enqueued, "coalesced", n.Coalesced)
	}
}

// term waits for nothing: it tries for the lease and, having it, leads until the
// lease is lost or ctx ends. Without the lease it returns at once.
func (s *Scheduler) term(ctx context.Context) error {
	lock, err := redislock.New(s.opts.Redis).Obtain(ctx, s.keeper.book.keys.lease(), s.opts.Lease,
		&redislock.Options{Metadata: s.opts.Name})
	if errors.Is(err, redislock.ErrNotObtained) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("ask for the lease: %w", err)
	}
	s.opts.Log.InfoContext(ctx, "lease gained", "holder", s.opts.Name)
	err = s.lead(ctx, lock)
	release, cancel := context.WithTimeout(context.WithoutCancel(ctx), startTimeout)
	defer cancel()
	if rerr := lock.Release(release); rerr != nil && !errors.Is(rerr, redislock.ErrLockNotHeld) {
		return errors.Join(err, fmt.Errorf("release the lease: %w", rerr))
	}
	return err
}
