package tasks_test

import (
	"context"
	"errors"
	"net"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hibiken/asynq"
	"github.com/redis/go-redis/v9"

	"github.com/osrsdiff/osrsdiff/hiscores"
	"github.com/osrsdiff/osrsdiff/hiscores/hiscorestest"
	"github.com/osrsdiff/osrsdiff/permits"
	"github.com/osrsdiff/osrsdiff/player"
	"github.com/osrsdiff/osrsdiff/store"
	"github.com/osrsdiff/osrsdiff/tasks"
)

// again lets a task that waits for its retry run at once.
func (b *bench) again(queue, id string) {
	b.tb.Helper()
	if err := b.queues.RunTask(queue, id); err != nil {
		b.tb.Fatal(err)
	}
}

// limitTo lets so many requests through a second, the last of them just now.
func (b *bench) limitTo(rate float64) {
	b.tb.Helper()
	b.office = permits.New(b.rdb, permits.Options{Rate: rate})
	if _, err := b.office.Take(b.tb.Context(), permits.Request{}); err != nil {
		b.tb.Fatal(err)
	}
}

// done waits until a task has left the queue for good.
func (b *bench) done(queue, id string) {
	b.tb.Helper()
	b.await(id+" to be done", func() bool { return b.task(queue, id) == nil })
}

func TestWorkerGivesATickFiveTries(t *testing.T) {
	b := newBench(t)
	b.office = permits.New(b.rdb, permits.Options{ // tries follow at once here
		MarkerTTL: time.Millisecond, Breaker: permits.BreakerOptions{After: 1000},
	})
	p := b.add("Zezima", player.Regular)
	b.site.Fault("Zezima", hiscorestest.Fault{Kind: hiscorestest.Unavailable503})
	b.work()
	id := tasks.ScheduleID(p.ID)
	b.enqueue(b.tick(p))
	for retried, delay := range []time.Duration{time.Minute, 2 * time.Minute, 4 * time.Minute, 8 * time.Minute} {
		info := b.awaitState(tasks.QueueFetch, id, asynq.TaskStateRetry, retried+1)
		// What asynq keeps is cut down to whole seconds.
		if got := info.NextProcessAt.Sub(info.LastFailedAt); got < delay || got > delay+2*time.Second {
			t.Errorf("after %d tries the next comes in %s, want %s", retried+1, got, delay)
		}
		b.again(tasks.QueueFetch, id)
	}
	b.done(tasks.QueueFetch, id)
	b.wantRequests(p, 5)
	got := b.player(p.ID)
	if got.LastResult != player.Failed || !strings.Contains(got.LastError, "unavailable") || got.CoveredUntil.Before(b.clock()) {
		t.Errorf("result %s (%s), covered until %v; want failed, covered", got.LastResult, got.LastError, got.CoveredUntil)
	}

	b.site.Clear("Zezima")
	b.advance(time.Hour)
	b.enqueue(b.tick(p)) // the id is free again
	b.done(tasks.QueueFetch, id)
	b.await("the next tick's answer", func() bool { return b.player(p.ID).LastResult == player.Changed })
	b.wantRequests(p, 6)
}

func TestWorkerDoesNotCountPauses(t *testing.T) {
	const pauses = tasks.DefaultTries + 2
	b := newBench(t)
	p := b.add("Zezima", player.Regular)
	b.site.Fault("Zezima", hiscorestest.Fault{Kind: hiscorestest.RateLimited, RetryAfter: time.Hour, Times: pauses})
	b.work()
	id := tasks.ScheduleID(p.ID)
	b.enqueue(b.tick(p))
	for range pauses {
		info := b.awaitState(tasks.QueueFetch, id, asynq.TaskStateRetry, 0)
		if left := time.Until(info.NextProcessAt); left < 59*time.Minute {
			t.Errorf("the next try comes in %s, want an hour", left)
		}
		if err := b.rdb.Del(t.Context(), "{osrsdiff:hiscores}:pause").Err(); err != nil {
			t.Fatal(err)
		}
		b.again(tasks.QueueFetch, id)
	}
	b.done(tasks.QueueFetch, id)
	b.wantRequests(p, pauses+1)
	if got := b.player(p.ID).LastResult; got != player.Changed {
		t.Errorf("result %s, want changed", got)
	}
}

func TestWorkerGivesUpAHandlerThatPanics(t *testing.T) {
	b := newBench(t)
	p := b.add("Zezima", player.Regular)
	b.office = permits.New(b.rdb, permits.Options{MarkerTTL: time.Millisecond})
	var panics atomic.Int64
	guest := b.guest(func(o *tasks.GuestOptions) {
		o.Site = fetchThen{o.Site, func() { panics.Add(1); panic("a bug") }}
	})
	b.work(func(o *tasks.WorkerOptions) {
		o.Fetch = b.fetcher(func(o *tasks.FetchOptions) { o.Guest = guest })
	})
	id := tasks.ScheduleID(p.ID)
	b.enqueue(b.tick(p))
	for retried := 1; retried <= tasks.DefaultTries; retried++ {
		b.awaitState(tasks.QueueFetch, id, asynq.TaskStateRetry, retried)
		b.again(tasks.QueueFetch, id)
	}
	b.done(tasks.QueueFetch, id)
	if got := panics.Load(); got != tasks.DefaultTries {
		t.Errorf("%d tries, want %d", got, tasks.DefaultTries)
	}
	if got := b.player(p.ID).LastResult; got != player.Failed {
		t.Errorf("result %q, want failed", got)
	}
}

func TestWorkerMakesOneRequestForATickInBothQueues(t *testing.T) {
	b := newBench(t)
	b.office = permits.New(b.rdb, permits.Options{MarkerTTL: 2 * time.Second})
	p := b.add("Zezima", player.Regular)
	b.enqueue(b.tick(p))
	b.enqueue(b.byHand(p))
	b.work()
	b.work()
	b.done(tasks.QueueFetch, tasks.ScheduleID(p.ID))
	b.done(tasks.QueueInteractive, tasks.ScheduleID(p.ID))
	b.wantRequests(p, 1)
}

func TestWorkerStopsWithinItsBound(t *testing.T) {
	t.Run("waits end at once", func(t *testing.T) {
		b := newBench(t)
		p := b.add("Zezima", player.Regular)
		b.limitTo(0.11)
		w := b.work(func(o *tasks.WorkerOptions) { o.Drain = time.Hour })
		b.enqueue(b.tick(p))
		b.awaitState(tasks.QueueFetch, tasks.ScheduleID(p.ID), asynq.TaskStateActive, 0)
		for range 2 { // the second call changes nothing
			if err := w.Shutdown(); err != nil {
				t.Fatal(err)
			}
		}
		b.awaitState(tasks.QueueFetch, tasks.ScheduleID(p.ID), asynq.TaskStateRetry, 0)
		b.wantRequests(p, 0)
	})
	t.Run("a request under way is let finish", func(t *testing.T) {
		b := newBench(t)
		p := b.add("Zezima", player.Regular)
		b.site.Fault("Zezima", hiscorestest.Fault{Kind: hiscorestest.Hang})
		w := b.work()
		b.enqueue(b.tick(p))
		b.await("the request", func() bool { return b.site.Requests("Zezima") == 1 })
		stopped := make(chan error)
		go func() { stopped <- w.Shutdown() }()
		b.site.Clear("Zezima")
		if err := <-stopped; err != nil {
			t.Fatal(err)
		}
		if got := b.player(p.ID).LastResult; got != player.Changed {
			t.Errorf("result %q, want changed", got)
		}
		b.wantRequests(p, 1)
	})
	t.Run("one that hangs is put back", func(t *testing.T) {
		b := newBench(t)
		p := b.add("Zezima", player.Regular)
		b.site.Fault("Zezima", hiscorestest.Fault{Kind: hiscorestest.Hang})
		w := b.work(func(o *tasks.WorkerOptions) { o.Drain = 50 * time.Millisecond })
		b.enqueue(b.tick(p))
		b.await("the request", func() bool { return b.site.Requests("Zezima") == 1 })
		if err := w.Shutdown(); err != nil {
			t.Fatal(err)
		}
		b.awaitState(tasks.QueueFetch, tasks.ScheduleID(p.ID), asynq.TaskStatePending, 0)
		if !b.marked(p) {
			t.Error("no run marker is left, so another worker would repeat the request at once")
		}
	})
}

// TestWorkerRunsOthersWhileFetchesWait wants slots for other work while those of
// scheduled fetches are taken up by waits for permits.
func TestWorkerRunsOthersWhileFetchesWait(t *testing.T) {
	for name, test := range map[string]struct{ taskType, queue string }{
		"maintenance":      {tasks.TypePrune, tasks.QueueMaintenance},
		"a person's fetch": {tasks.TypeFetch, tasks.QueueInteractive},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			ran, waits := make(chan struct{}), make(chan struct{})
			defer close(waits)
			other := asynq.HandlerFunc(func(ctx context.Context, _ *asynq.Task) error {
				if queue, _ := asynq.GetQueueName(ctx); queue == test.queue {
					close(ran)
					return nil
				}
				<-waits
				return nil
			})
			for _, player := range []string{"A", "B", "C", "D", "E", "F"} {
				b.enqueue(asynq.NewTask(tasks.TypeFetch, nil), asynq.Queue(tasks.QueueFetch), asynq.TaskID(player))
			}
			b.work(func(o *tasks.WorkerOptions) {
				o.Fetch, o.Maintenance = other, map[string]asynq.Handler{tasks.TypePrune: other}
			})
			b.await("fetches to wait", func() bool {
				info, err := b.queues.GetQueueInfo(tasks.QueueFetch)
				return err == nil && info.Active == tasks.DefaultConcurrency
			})
			b.enqueue(asynq.NewTask(test.taskType, nil), asynq.Queue(test.queue))
			<-ran
		})
	}
}

// TestWorkerKeepsManyUnderWay wants all of more fetches at once than one asynq server
// runs.
func TestWorkerKeepsManyUnderWay(t *testing.T) {
	b := newBench(t)
	waits := make(chan struct{})
	defer close(waits)
	const atOnce = 50
	for i := range atOnce + 5 {
		b.enqueue(asynq.NewTask(tasks.TypeFetch, nil), asynq.Queue(tasks.QueueFetch), asynq.TaskID(strconv.Itoa(i)))
	}
	b.work(func(o *tasks.WorkerOptions) {
		o.Concurrency = atOnce
		o.Fetch = asynq.HandlerFunc(func(context.Context, *asynq.Task) error {
			<-waits
			return nil
		})
	})
	b.await("all slots to be taken", func() bool {
		info, err := b.queues.GetQueueInfo(tasks.QueueFetch)
		return err == nil && info.Active == atOnce && info.Pending == 5
	})
}

func TestWorkerNeedsRedis(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = silent.Close() }()
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = closed.Close()
	for name, addr := range map[string]string{"refused": closed.Addr().String(), "silent": silent.Addr().String()} {
		t.Run(name, func(t *testing.T) {
			rdb := redis.NewClient(&redis.Options{Addr: addr, DialerRetries: 1})
			defer func() { _ = rdb.Close() }()
			ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
			defer cancel()
			w := tasks.NewWorker(tasks.WorkerOptions{Redis: rdb, Fetch: asynq.NotFoundHandler()})
			if err := w.Run(ctx); err == nil || !strings.Contains(err.Error(), "reach Redis") {
				t.Errorf("Run: %v, want an error that says Redis was not reached", err)
			}
			if err := w.Shutdown(); err != nil {
				t.Errorf("Shutdown of a worker that never ran: %v", err)
			}
		})
	}
}

func TestWorkerRunEndsWithItsContext(t *testing.T) {
	b := newBench(t)
	started := make(chan struct{})
	ctx, cancel := context.WithCancel(t.Context())
	w := tasks.NewWorker(tasks.WorkerOptions{Redis: b.rdb, Fetch: b.fetcher(), OnStart: func(context.Context) error {
		close(started)
		return errors.New("only logged")
	}})
	ended := make(chan error)
	go func() { ended <- w.Run(ctx) }()
	<-started
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("Run: %v", err)
	}
}

func TestWorkerRepeatsAModeCheckFiveTimes(t *testing.T) {
	b := newBench(t)
	p := b.ironman("Zezima", player.HardcoreIronman)
	b.site.Fault("Zezima", hiscorestest.Fault{Kind: hiscorestest.Unavailable503, Table: hiscores.HardcoreTable})
	b.work(func(o *tasks.WorkerOptions) {
		o.Maintenance = map[string]asynq.Handler{tasks.TypeCheckMode: b.checker()}
	})
	task := must(tasks.NewCheckMode(tasks.CheckMode{PlayerID: p.ID, Player: "Zezima", Date: "2026-11-25"}))
	b.enqueue(task)
	id := "check_mode_1_2026-11-25"
	for retried := 1; retried < tasks.DefaultTries; retried++ {
		b.awaitState(tasks.QueueMaintenance, id, asynq.TaskStateRetry, retried)
		b.again(tasks.QueueMaintenance, id)
	}
	b.done(tasks.QueueMaintenance, id)
	b.wantRequests(p, 3*tasks.DefaultTries)
	b.wantMode(p, player.HardcoreIronman, false)
}

var _ tasks.Ledger = (*store.Store)(nil)

// run is a run of a static task as the ledger test sees it.
type run struct {
	id   string
	fail bool
}

func TestStaticTasksRunOncePerTime(t *testing.T) {
	b := newBench(t)
	b.now = time.Date(2026, 11, 25, 1, 59, 55, 0, time.UTC) // behind the scheduler that enqueued the run of 02:00
	runs := make(chan run, 9)
	var fail atomic.Bool
	job := tasks.JobFunc(func(ctx context.Context, _ *asynq.Task) (string, error) {
		id, _ := asynq.GetTaskID(ctx)
		failing := fail.Load()
		runs <- run{id, failing}
		if failing {
			return "", errors.New("no luck")
		}
		return "did it", nil
	})
	static := tasks.Static{ID: "job", Cron: "0 2 * * *", Missed: tasks.RunOnce, Queue: tasks.QueueMaintenance, Timeout: time.Minute, Retries: 3, Job: job}
	b.work(func(o *tasks.WorkerOptions) {
		o.Maintenance = map[string]asynq.Handler{"job": &tasks.StaticHandler{Static: static, Ledger: b.store, Now: b.clock}}
	})
	put := func(id string, task *asynq.Task) {
		t.Helper()
		b.enqueue(task, asynq.TaskID(id), asynq.Queue(tasks.QueueMaintenance))
	}
	result := func() store.StaticRun {
		t.Helper()
		all, err := b.store.LastRuns(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return all["job"]
	}

	fail.Store(true)
	put("first", static.Task())
	b.awaitState(tasks.QueueMaintenance, "first", asynq.TaskStateRetry, 1)
	if got := result(); got.Result != "failed: no luck" || !got.Nominal.Equal(time.Date(2026, 11, 25, 2, 0, 0, 0, time.UTC)) {
		t.Errorf("ledger after the failure: %+v", got)
	}
	put("second", static.Task()) // of another scheduler
	b.done(tasks.QueueMaintenance, "second")
	fail.Store(false)
	b.again(tasks.QueueMaintenance, "first") // its own retry goes on
	b.done(tasks.QueueMaintenance, "first")
	if got := result(); got.Result != "did it" || got.FinishedAt.IsZero() || got.Owner != "first" {
		t.Errorf("ledger after the retry: %+v", got)
	}
	put("manual", static.ManualTask())
	b.done(tasks.QueueMaintenance, "manual")
	b.advance(24 * time.Hour)
	put("tomorrow", static.Task())
	b.done(tasks.QueueMaintenance, "tomorrow")

	close(runs)
	var got []run
	for r := range runs {
		got = append(got, r)
	}
	want := []run{{"first", true}, {"first", false}, {"manual", false}, {"tomorrow", false}}
	if len(got) != len(want) {
		t.Fatalf("runs %v, want %v", got, want)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("run %d: %v, want %v", i, got[i], want[i])
		}
	}
}
