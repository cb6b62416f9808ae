package schedules

import (
	"context"
	"encoding/json"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/hibiken/asynq"
	"github.com/redis/go-redis/v9"

	"github.com/osrsdiff/osrsdiff/internal/testenv"
	"github.com/osrsdiff/osrsdiff/player"
	"github.com/osrsdiff/osrsdiff/tasks"
)

func clientOf(t testing.TB, url string) redis.UniversalClient {
	t.Helper()
	opts, err := redis.ParseURL(url)
	if err != nil {
		t.Fatal(err)
	}
	rdb := redis.NewClient(opts)
	t.Cleanup(func() { _ = rdb.Close() })
	return rdb
}

// fetches stands in for the worker: it notes each fetch and covers the player, as
// the real handler does.
type fetches struct {
	mu   sync.Mutex
	done map[int64][]int64
	roll *roll
}

func (f *fetches) ProcessTask(_ context.Context, t *asynq.Task) error {
	var p tasks.Fetch
	if err := json.Unmarshal(t.Payload(), &p); err != nil {
		return err
	}
	f.mu.Lock()
	f.done[p.PlayerID] = append(f.done[p.PlayerID], p.Tick)
	f.mu.Unlock()
	f.roll.cover(p.PlayerID, time.Unix(p.Tick, 0))
	return nil
}

func (f *fetches) ticks(id int64) []int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.done[id])
}

// rig is a whole engine on one Redis: a worker, and schedulers started and
// stopped by the test.
type rig struct {
	*bench
	url     string
	fetches *fetches
}

func newRig(t *testing.T, url string) *rig {
	t.Helper()
	r := &rig{bench: newBenchOn(t, clientOf(t, url), Grid{Unit: time.Second}), url: url}
	r.fetches = &fetches{done: map[int64][]int64{}, roll: r.roll}
	worker := asynq.NewServerFromRedisClient(clientOf(t, url), asynq.Config{
		Concurrency: 4, Queues: map[string]int{tasks.QueueFetch: 1}, TaskCheckInterval: 100 * time.Millisecond,
		LogLevel: asynq.FatalLevel, ShutdownTimeout: time.Second,
	})
	if err := worker.Start(r.fetches); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(worker.Shutdown)
	return r
}

// start runs a scheduler until the returned function stops it.
func (r *rig) start(t *testing.T, name string) (stop func()) {
	t.Helper()
	rdb := clientOf(t, r.url)
	book := NewBook(rdb, BookOptions{Grid: Grid{Unit: time.Second}})
	s, err := NewScheduler(SchedulerOptions{
		Redis: rdb, NewRedis: func() redis.UniversalClient { return clientOf(t, r.url) },
		Keeper: NewKeeper(KeeperOptions{
			Book: book, Players: r.roll, Outbox: r.roll, Inspector: asynq.NewInspectorFromRedisClient(rdb), Log: quiet(),
		}),
		Ledger: r.roll, Statics: r.statics(), Name: name, PlayerEntries: 500,
		Sweep: time.Second, Lease: 3 * time.Second, Sync: time.Second, Log: quiet(),
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("scheduler %s: %v", name, err)
		}
	})
	t.Cleanup(stop)
	return stop
}

// wantEachTickOnce checks invariants 1 and 2: the ticks fetched are distinct and
// all on the grid, none in between left out once fetching began.
func (r *rig) wantEachTickOnce(t *testing.T, p player.Player) {
	t.Helper()
	got := r.fetches.ticks(p.ID)
	for i, tick := range got[:len(got)-1] {
		if gap := got[i+1] - tick; gap <= 0 || gap%int64(p.Every) != 0 {
			t.Errorf("player %d: ticks %v: %d s apart", p.ID, got, gap)
		}
	}
}

func TestSchedulersFireEachTickOnce(t *testing.T) {
	r := newRig(t, testenv.RedisURL(t))
	var list []player.Player
	for range 5 {
		list = append(list, r.roll.add(t, 3, r.now))
	}
	r.start(t, "one")
	r.start(t, "two")
	for _, p := range list {
		testenv.Eventually(t, 30*time.Second, "four ticks of a player", func() bool { return len(r.fetches.ticks(p.ID)) >= 4 })
		r.wantEachTickOnce(t, p)
	}
}

func TestAnotherSchedulerTakesOver(t *testing.T) {
	r := newRig(t, testenv.RedisURL(t))
	p := r.roll.add(t, 2, r.now)
	stop := r.start(t, "first")
	testenv.Eventually(t, 20*time.Second, "the first fetch", func() bool { return len(r.fetches.ticks(p.ID)) > 0 })
	r.start(t, "second")
	stop()
	before := len(r.fetches.ticks(p.ID))
	testenv.Eventually(t, 15*time.Second, "a fetch under the second scheduler", func() bool {
		lease, err := r.book.Lease(t.Context(), 3*time.Second)
		return err == nil && lease.Holder == "second" && len(r.fetches.ticks(p.ID)) > before
	})
	r.wantEachTickOnce(t, p)
}

func TestSchedulesComeBackAfterRedisLostEverything(t *testing.T) {
	r := newRig(t, testenv.RedisURL(t))
	p := r.roll.add(t, 2, r.now)
	r.start(t, "only")
	testenv.Eventually(t, 20*time.Second, "the first fetch", func() bool { return len(r.fetches.ticks(p.ID)) > 0 })
	if err := r.rdb.FlushDB(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	before := len(r.fetches.ticks(p.ID))
	testenv.Eventually(t, 20*time.Second, "fetches after FLUSHDB", func() bool { return len(r.fetches.ticks(p.ID)) >= before+2 })
	queues, err := r.inspector.Queues()
	if err != nil || !slices.Contains(queues, tasks.QueueFetch) {
		t.Errorf("queues known after FLUSHDB: %v, %v; want %s among them", queues, err, tasks.QueueFetch)
	}
	r.wantEachTickOnce(t, p)
}

func TestSchedulerOutlivesAnOutageOfRedis(t *testing.T) {
	server := testenv.RealRedis(t)
	r := newRig(t, server.URL())
	p := r.roll.add(t, 2, r.now)
	r.start(t, "only")
	testenv.Eventually(t, 20*time.Second, "the first fetch", func() bool { return len(r.fetches.ticks(p.ID)) > 0 })
	server.Kill()
	server.Wipe()
	server.Start()
	before := len(r.fetches.ticks(p.ID))
	testenv.Eventually(t, 40*time.Second, "fetches after the outage", func() bool { return len(r.fetches.ticks(p.ID)) >= before+2 })
}

func TestChangesTakeEffectWithinASync(t *testing.T) {
	r := newRig(t, testenv.RedisURL(t))
	r.start(t, "only")
	p := r.roll.add(t, 600, time.Time{})
	testenv.Eventually(t, 10*time.Second, "the first fetch of a new player", func() bool { return len(r.fetches.ticks(p.ID)) == 1 })
	r.roll.change(p.ID, func(p *player.Player) { p.Every, p.IntervalChangedAt = 1, time.Now() })
	testenv.Eventually(t, 10*time.Second, "fetches at the new interval", func() bool { return len(r.fetches.ticks(p.ID)) >= 3 })
	r.roll.change(p.ID, func(p *player.Player) { p.Paused = true })
	testenv.Eventually(t, 10*time.Second, "the pause", func() bool { return r.tickOf(t, p.ID).IsZero() })
}

func TestMissedStaticTaskIsMadeUpOnce(t *testing.T) {
	r := newRig(t, testenv.RedisURL(t))
	long := r.now.Add(-72 * time.Hour)
	for _, s := range r.statics() {
		r.roll.nominal[s.ID] = long
	}
	r.start(t, "only")
	pending := func() (types []string) {
		list, _ := r.inspector.ListPendingTasks(tasks.QueueMaintenance)
		for _, task := range list {
			types = append(types, task.Type)
		}
		return types
	}
	testenv.Eventually(t, 15*time.Second, "the missed mode check", func() bool { return len(pending()) > 0 })
	if got := pending(); !slices.Equal(got, []string{tasks.TypeCheckModes}) {
		t.Errorf("made up %v, want only the task that asks for it", got)
	}
}

func TestReconcileTaskNotesWhatItDid(t *testing.T) {
	r := newRig(t, testenv.RedisURL(t))
	p := r.roll.add(t, 600, r.now)
	r.start(t, "only")
	testenv.Eventually(t, 15*time.Second, "the schedule", func() bool { return !r.tickOf(t, p.ID).IsZero() })
	for _, s := range r.statics() {
		if s.ID == tasks.TypeReconcile {
			if _, err := r.queue.EnqueueContext(t.Context(), s.ManualTask()); err != nil {
				t.Fatal(err)
			}
		}
	}
	testenv.Eventually(t, 15*time.Second, "the result of the reconcile", func() bool {
		r.roll.mu.Lock()
		defer r.roll.mu.Unlock()
		return r.roll.results[tasks.TypeReconcile] == "1 players checked, 0 places repaired"
	})
}

func TestNewSchedulerRefusesABadDeclaration(t *testing.T) {
	b := newBench(t)
	bad := b.statics()
	bad[0].Cron = "CRON_TZ=UTC"
	for name, opts := range map[string]SchedulerOptions{
		"bad cron":       {Keeper: b.keeper, Redis: b.rdb, Statics: bad},
		"declared twice": {Keeper: b.keeper, Redis: b.rdb, Statics: append(b.statics(), b.statics()[0])},
		"bad heartbeat":  {Keeper: b.keeper, Redis: b.rdb, Heartbeat: 1200 * time.Millisecond},
		"bad sweep":      {Keeper: b.keeper, Redis: b.rdb, Sweep: 1500 * time.Millisecond},
	} {
		if _, err := NewScheduler(opts); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
