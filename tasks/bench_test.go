package tasks_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/hibiken/asynq"
	"github.com/redis/go-redis/v9"

	"github.com/osrsdiff/osrsdiff/hiscores"
	"github.com/osrsdiff/osrsdiff/hiscores/hiscorestest"
	"github.com/osrsdiff/osrsdiff/internal/testenv"
	"github.com/osrsdiff/osrsdiff/permits"
	"github.com/osrsdiff/osrsdiff/player"
	"github.com/osrsdiff/osrsdiff/store"
	"github.com/osrsdiff/osrsdiff/tasks"
)

// soon bounds waits for what must happen; nothing is measured against it.
const soon = 20 * time.Second

// xp is the experience of the accounts of these tests.
const xp = 50_000_000

// bench is everything a handler works with: a Redis, a database, the fake
// hiscores, and a clock that stands still until it is moved.
type bench struct {
	tb     testing.TB
	rdb    redis.UniversalClient
	client *asynq.Client
	queues *asynq.Inspector
	site   *hiscorestest.Site
	store  *store.Store
	office *permits.Office

	timeout time.Duration // of a request
	mu      sync.Mutex
	now     time.Time
}

func newBench(tb testing.TB) *bench {
	tb.Helper()
	rdb := testenv.Redis(tb)
	b := &bench{
		tb: tb, rdb: rdb, client: asynq.NewClientFromRedisClient(rdb), queues: asynq.NewInspectorFromRedisClient(rdb),
		timeout: soon, now: time.Now().UTC().Truncate(time.Second),
	}
	b.site = hiscorestest.NewSiteAt(b.clock)
	b.office = permits.New(rdb, permits.Options{})
	st, err := store.Open(tb.Context(), "sqlite://"+filepath.Join(tb.TempDir(), "test.db"), store.Options{})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = st.Close() })
	b.store = st
	return b
}

func (b *bench) clock() time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.now
}

func (b *bench) advance(d time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.now = b.now.Add(d)
}

// add tracks a player and lists it on the hiscores in that mode; no mode, no
// listing.
func (b *bench) add(name string, mode player.Mode) player.Player {
	b.tb.Helper()
	if mode != "" {
		b.site.SetAccount(name, mode, hiscorestest.Account(xp))
	}
	p, err := b.store.AddPlayer(b.tb.Context(), player.Player{Name: must(player.ParseName(name)), Mode: mode, Every: 60})
	if err != nil {
		b.tb.Fatal(err)
	}
	return p
}

func (b *bench) player(id int64) player.Player {
	b.tb.Helper()
	p, err := b.store.Player(b.tb.Context(), id)
	if err != nil {
		b.tb.Fatal(err)
	}
	return p
}

// guest reads the fake hiscores.
func (b *bench) guest(change ...func(*tasks.GuestOptions)) *tasks.Guest {
	b.tb.Helper()
	url, stop := b.site.Start()
	b.tb.Cleanup(stop)
	opts := tasks.GuestOptions{
		Site:    hiscores.NewClient(hiscores.Options{BaseURL: url, Timeout: b.timeout, Now: b.clock}),
		Permits: b.office, Absences: b.office, Pauses: b.store, Now: b.clock,
	}
	for _, c := range change {
		c(&opts)
	}
	return tasks.NewGuest(opts)
}

// fetcher is a FetchHandler that never sleeps.
func (b *bench) fetcher(change ...func(*tasks.FetchOptions)) *tasks.FetchHandler {
	b.tb.Helper()
	opts := tasks.FetchOptions{
		Players: b.store, NotFound: store.ErrNotFound, Records: b.store, RecordMode: b.recordMode,
		Cover: b.store.CoverTick, Queue: b.client, Guest: b.guest(), Now: b.clock, Sleep: func(ctx context.Context, _ time.Duration) error { return ctx.Err() },
	}
	for _, c := range change {
		c(&opts)
	}
	return tasks.NewFetchHandler(opts)
}

func (b *bench) recordMode(ctx context.Context, c tasks.ModeChange) error {
	return b.store.RecordMode(ctx, store.ModeChange(c))
}

// tick is the fetch of p for the tick that is due now.
func (b *bench) tick(p player.Player) *asynq.Task {
	b.tb.Helper()
	return must(tasks.NewFetch(tasks.Fetch{PlayerID: p.ID, Player: p.Name.String(), Tick: b.clock().Unix()}, tasks.QueueFetch))
}

// byHand is the fetch of p that a person asked for.
func (b *bench) byHand(p player.Player) *asynq.Task {
	b.tb.Helper()
	return must(tasks.NewFetch(tasks.Fetch{PlayerID: p.ID, Player: p.Name.String()}, tasks.QueueInteractive))
}

// marked reports whether a run marker of p is left. An empty one was given back.
func (b *bench) marked(p player.Player) bool {
	b.tb.Helper()
	token, err := b.rdb.Get(b.tb.Context(), "{osrsdiff:hiscores}:marker:"+tasks.ScheduleID(p.ID)).Result()
	if err != nil && !errors.Is(err, redis.Nil) {
		b.tb.Fatal(err)
	}
	return token != ""
}

func (b *bench) wantRequests(p player.Player, want int) {
	b.tb.Helper()
	if got := b.site.Requests(p.Name.String()); got != want {
		b.tb.Errorf("%d requests for %s, want %d: %v", got, p.Name, want, b.site.RequestLog())
	}
}

func (b *bench) enqueue(task *asynq.Task, opts ...asynq.Option) {
	b.tb.Helper()
	if _, err := b.client.EnqueueContext(b.tb.Context(), task, opts...); err != nil {
		b.tb.Fatal(err)
	}
}

// task is the queued task, or nil when it is done.
func (b *bench) task(queue, id string) *asynq.TaskInfo {
	info, err := b.queues.GetTaskInfo(queue, id)
	if err != nil {
		return nil
	}
	return info
}

// await waits for a condition that the code under test brings about.
func (b *bench) await(what string, done func() bool) {
	b.tb.Helper()
	testenv.Eventually(b.tb, soon, what, done)
}

// awaitState waits until the task is in the state and has failed that often.
func (b *bench) awaitState(queue, id string, state asynq.TaskState, retried int) *asynq.TaskInfo {
	b.tb.Helper()
	var info *asynq.TaskInfo
	b.await(fmt.Sprintf("%s to be in state %s after %d failures", id, state, retried), func() bool {
		info = b.task(queue, id)
		return info != nil && info.State == state && info.Retried == retried
	})
	return info
}

// work runs a worker until the test ends.
func (b *bench) work(change ...func(*tasks.WorkerOptions)) *tasks.Worker {
	b.tb.Helper()
	opts := tasks.WorkerOptions{Redis: b.rdb, Fetch: b.fetcher(), Drain: soon}
	for _, c := range change {
		c(&opts)
	}
	w := tasks.NewWorker(opts)
	if err := w.Start(b.tb.Context()); err != nil {
		b.tb.Fatal(err)
	}
	b.tb.Cleanup(func() {
		if err := w.Shutdown(); err != nil {
			b.tb.Error(err)
		}
	})
	return w
}

// tables lists the tables asked, in order.
func (b *bench) tables() []hiscores.Table {
	var tables []hiscores.Table
	for _, r := range b.site.RequestLog() {
		tables = append(tables, r.Table)
	}
	return tables
}

// takes counts permits, and runs before each.
type takes struct {
	*permits.Office
	before func(ctx context.Context, n int)

	mu      sync.Mutex
	holders []string
}

func (c *takes) Take(ctx context.Context, r permits.Request) (permits.Permit, error) {
	c.mu.Lock()
	c.holders = append(c.holders, r.Holder)
	n := len(c.holders)
	c.mu.Unlock()
	if c.before != nil {
		c.before(ctx, n)
	}
	return c.Office.Take(ctx, r)
}

func (c *takes) list() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.holders)
}
