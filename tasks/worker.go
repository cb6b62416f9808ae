package tasks

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/hibiken/asynq"
	"github.com/redis/go-redis/v9"
)

// Defaults of WorkerOptions.
const (
	// DefaultConcurrency is how many fetches a worker runs at once: enough to
	// keep the shared limit busy while one request hangs.
	DefaultConcurrency = 4
	// DefaultDrain is how long a stopping worker lets work under way go on:
	// longer than a request to the hiscores may take.
	DefaultDrain = 15 * time.Second
)

const (
	// fetchesAServer is how many fetches one asynq server runs at most. A server takes
	// its tasks out of the queue one after another, so one alone cannot keep many
	// fetches under way.
	fetchesAServer = 16
	// interactiveConcurrency is how many fetches that people wait for run at once. They
	// have slots of their own, since all others may wait for their permits.
	interactiveConcurrency = 4
	// maintenanceConcurrency leaves most permits to fetches.
	maintenanceConcurrency = 2
	// deliverConcurrency is how many receivers may be slow at once.
	deliverConcurrency = 4
	// startTimeout bounds the first contact with Redis.
	startTimeout = 5 * time.Second
	// stopGrace is what a stop may take beyond the drain.
	stopGrace = 5 * time.Second
	// pollInterval is how soon a new task is noticed.
	pollInterval = 250 * time.Millisecond
)

// errNotStopped means that a worker's stop was not over within its bound.
var errNotStopped = errors.New("worker did not stop in time")

// WorkerOptions configures a Worker.
type WorkerOptions struct {
	// Redis is the shared client; it stays the caller's to close.
	Redis redis.UniversalClient
	// Fetch handles TypeFetch.
	Fetch asynq.Handler
	// Maintenance handles the other types, by type.
	Maintenance map[string]asynq.Handler
	// Deliver handles TypeDeliver. Nil: this worker sends nothing to webhooks.
	Deliver asynq.Handler
	// Concurrency is how many fetches run at once, beside those that people wait for.
	// Zero: DefaultConcurrency.
	Concurrency int
	// Drain is how long work under way may go on after a stop began. Zero:
	// DefaultDrain.
	Drain time.Duration
	// OnStart runs before the first task, such as Guest.RestorePause. Its error
	// is logged. Nil: nothing runs.
	OnStart func(ctx context.Context) error
	// Log gets failures of tasks and what asynq has to say. Nil: nothing is
	// logged.
	Log *slog.Logger
}

// Worker runs tasks on asynq servers of their own: scheduled fetches, which wait for
// permits; fetches that people wait for; what is sent to webhooks, which waits for
// strangers; and the rest, which must not wait behind any of them. Use one once: Run,
// or Start and Shutdown.
type Worker struct {
	opts     WorkerOptions
	servers  []serving
	stop     context.CancelFunc // tells handlers that a stop began
	underway underway
	stopOnce sync.Once
	stopErr  error
}

// serving is an asynq server with what it runs.
type serving struct {
	queue  string
	server *asynq.Server
	mux    *asynq.ServeMux
}

// NewWorker makes a Worker that does not run yet.
func NewWorker(opts WorkerOptions) *Worker {
	if opts.Concurrency <= 0 {
		opts.Concurrency = DefaultConcurrency
	}
	if opts.Drain <= 0 {
		opts.Drain = DefaultDrain
	}
	opts.Log = orDiscard(opts.Log)
	stopping, stop := context.WithCancel(context.Background())
	w := &Worker{opts: opts, stop: stop}
	base := WithStopping(context.Background(), stopping)
	fetch := map[string]asynq.Handler{TypeFetch: opts.Fetch}
	w.serve(base, QueueInteractive, interactiveConcurrency, fetch)
	for left := opts.Concurrency; left > 0; left -= fetchesAServer {
		w.serve(base, QueueFetch, min(left, fetchesAServer), fetch)
	}
	w.serve(base, QueueMaintenance, maintenanceConcurrency, opts.Maintenance)
	if opts.Deliver != nil {
		w.serve(base, QueueWebhooks, deliverConcurrency, map[string]asynq.Handler{TypeDeliver: opts.Deliver})
	}
	return w
}

// serve adds a server of one queue.
func (w *Worker) serve(base context.Context, queue string, concurrency int, handlers map[string]asynq.Handler) {
	mux := asynq.NewServeMux()
	mux.Use(w.underway.track)
	for taskType, handler := range handlers {
		mux.Handle(taskType, handler)
	}
	w.servers = append(w.servers, serving{queue: queue, mux: mux, server: asynq.NewServerFromRedisClient(w.opts.Redis, asynq.Config{
		Concurrency:              concurrency,
		Queues:                   map[string]int{queue: 1},
		BaseContext:              func() context.Context { return base },
		RetryDelayFunc:           RetryDelay,
		IsFailure:                IsFailure,
		ErrorHandler:             asynq.ErrorHandlerFunc(w.logFailure),
		TaskCheckInterval:        pollInterval,
		DelayedTaskCheckInterval: time.Second,
		ShutdownTimeout:          w.opts.Drain,
		Logger:                   NewAsynqLogger(w.opts.Log),
		LogLevel:                 asynq.InfoLevel,
	})})
}

// Run runs tasks until ctx ends, then stops. It returns an error when it cannot
// start, or when stopping took longer than Drain and five seconds.
func (w *Worker) Run(ctx context.Context) error {
	if err := w.Start(ctx); err != nil {
		return err
	}
	<-ctx.Done()
	return w.Shutdown()
}

// Start begins to run tasks. Redis must answer within five seconds. A failed
// start leaves nothing running.
func (w *Worker) Start(ctx context.Context) error {
	if err := w.ping(ctx); err != nil {
		return err
	}
	if w.opts.OnStart != nil {
		if err := w.opts.OnStart(ctx); err != nil {
			w.opts.Log.WarnContext(ctx, "preparation of the worker failed", "error", err)
		}
	}
	for _, s := range w.servers {
		if err := s.server.Start(s.mux); err != nil {
			return errors.Join(fmt.Errorf("start a server of queue %s: %w", s.queue, err), w.Shutdown())
		}
	}
	return nil
}

func (w *Worker) ping(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	answer := make(chan error, 1)
	go func() { answer <- w.opts.Redis.Ping(ctx).Err() }() // ends within the client's own timeouts
	select {
	case err := <-answer:
		if err != nil {
			return fmt.Errorf("reach Redis: %w", err)
		}
		return nil
	case <-ctx.Done():
		return fmt.Errorf("reach Redis: no answer within %s: %w", startTimeout, ctx.Err())
	}
}

// Shutdown stops the worker: handlers that wait put their task back, requests
// under way are let finish within Drain, and what is left over goes back to the
// queue. Calling it again waits for the same stop and returns the same error.
func (w *Worker) Shutdown() error {
	w.stopOnce.Do(func() { w.stopErr = w.shutdown() })
	return w.stopErr
}

func (w *Worker) shutdown() error {
	w.stop()
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		var all sync.WaitGroup
		for _, s := range w.servers {
			all.Go(s.server.Shutdown)
		}
		all.Wait()
		w.underway.wait()
	}()
	bound := time.NewTimer(w.opts.Drain + stopGrace)
	defer bound.Stop()
	select {
	case <-stopped:
		return nil
	case <-bound.C:
		return fmt.Errorf("%w: %s", errNotStopped, w.opts.Drain+stopGrace)
	}
}

// logFailure is where errors of handlers end up.
func (w *Worker) logFailure(ctx context.Context, t *asynq.Task, err error) {
	id, _ := asynq.GetTaskID(ctx)
	retried, _ := asynq.GetRetryCount(ctx)
	level := slog.LevelDebug
	if IsFailure(err) {
		level = slog.LevelWarn
	}
	w.opts.Log.Log(ctx, level, "task comes again", "type", t.Type(), "id", id, "retried", retried,
		"in", RetryDelay(retried, err, t), "error", err)
}

// underway counts handlers, since asynq does not wait for one that it put back
// after the drain: it may still be recording an answer.
type underway struct {
	mu     sync.Mutex
	closed bool
	n      sync.WaitGroup
}

// track is asynq middleware that counts the handler.
func (u *underway) track(next asynq.Handler) asynq.Handler {
	return asynq.HandlerFunc(func(ctx context.Context, t *asynq.Task) error {
		u.mu.Lock()
		if u.closed {
			u.mu.Unlock()
			return &PostponedError{Cause: ErrStopping}
		}
		u.n.Add(1)
		u.mu.Unlock()
		defer u.n.Done()
		return next.ProcessTask(ctx, t)
	})
}

// wait lets no further handler begin and waits for those under way.
func (u *underway) wait() {
	u.mu.Lock()
	u.closed = true
	u.mu.Unlock()
	u.n.Wait()
}
