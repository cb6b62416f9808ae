package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/hibiken/asynq"
	"github.com/redis/go-redis/v9"

	"github.com/osrsdiff/osrsdiff/internal/testenv"
	"github.com/osrsdiff/osrsdiff/schedules"
	"github.com/osrsdiff/osrsdiff/tasks"
)

// TestGrowth shows how cost grows with the number of schedules, up to -players:
// for the engine, and for a plain PeriodicTaskManager with an entry a player,
// which is not tried beyond 200,000.
func TestGrowth(t *testing.T) {
	sizes := []int{size(200)}
	if !small() {
		sizes = []int{1000, 10_000, 100_000, 200_000, 1_000_000}
	}
	for _, n := range sizes {
		if n > size(200) && n != 200_000 || n == 200_000 && size(0) < 100_000 {
			continue
		}
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			out := newTable(t, "growth", n)
			if n != 200_000 {
				growEngine(t, out, n)
			}
			if n <= 200_000 {
				growManager(t, out, n)
			}
		})
	}
}

// growEngine measures a scheduler that keeps n schedules and has just gained the
// lease.
func growEngine(t *testing.T, out table, n int) {
	t.Helper()
	rdb, url := newRedis(t)
	empty := usedMemory(t, rdb)
	c := crowd{n: n, covered: time.Now().Add(time.Hour)}
	keeper, book := fill(t, rdb, c)
	began := time.Now()
	if _, err := keeper.Rebuild(t.Context(), func(int) {}); err != nil {
		t.Fatal(err)
	}
	wantSchedules(t, rdb, n, began)
	out.add("engine: Redis memory a player", (usedMemory(t, rdb)-empty)/float64(n), " bytes", atMost(700, "700 bytes"))
	measureProvider(t, out, url, book)
	p := startChild(t, childOrder{Do: "engine", Redis: url, Players: n})
	testenv.Eventually(t, time.Minute, "the child to gain the lease", func() bool {
		lease, err := book.Lease(t.Context(), schedules.DefaultLease)
		return err == nil && lease.Held
	})
	u := watchIdle(t, rdb, p, idleFor())
	out.add("engine: of a core", u.core, " %", goal{})
	out.add("engine: sent to Redis", u.sent, " kB/s", goal{})
	out.add("engine: resident memory", u.memory, " MB", goal{})
}

func idleFor() time.Duration {
	if small() {
		return time.Second
	}
	return 30 * time.Second
}

// measureProvider times what a scheduler does when it gains the lease: asking for
// the entries, anew and again, and starting a manager of them.
func measureProvider(t *testing.T, out table, url string, book *schedules.Book) {
	t.Helper()
	provider := schedules.NewProvider(book, schedules.ProviderOptions{
		Statics: statics(schedules.NewKeeper(schedules.KeeperOptions{})), Sweep: schedules.DefaultSweep, PlayerEntries: schedules.DefaultPlayerEntries,
	}, silent())
	began := time.Now()
	first, err := provider.GetConfigs()
	anew := time.Since(began)
	if err != nil {
		t.Fatal(err)
	}
	took := make([]time.Duration, 500)
	for i := range took {
		began := time.Now()
		configs, err := provider.GetConfigs()
		took[i] = time.Since(began)
		if err != nil || len(configs) != len(first) {
			t.Fatalf("%d entries, %v; want %d as before", len(configs), err, len(first))
		}
	}
	rdb := connect(url)
	defer func() { _ = rdb.Close() }()
	manager, err := newManager(rdb, provider, nil)
	if err != nil {
		t.Fatal(err)
	}
	began = time.Now()
	if err := manager.Start(); err != nil {
		t.Fatal(err)
	}
	start := time.Since(began)
	manager.Shutdown()
	out.add("engine: GetConfigs, made anew", milliseconds(anew), " ms", goal{})
	out.add("engine: GetConfigs, nothing changed, p50", milliseconds(quantile(took, 0.5)), " ms", atMost(0.5, "0.5 ms"))
	out.add("engine: start until its entries run", start.Seconds(), " s", goal{})
	out.add("engine: entries", float64(len(first)), "", goal{})
}

// usage is what a process costs while little happens.
type usage struct {
	core, sent, memory float64
}

// watchIdle watches a process and what it sends to Redis.
func watchIdle(t *testing.T, rdb *redis.Client, p *process, lasting time.Duration) usage {
	t.Helper()
	pid := p.cmd.Process.Pid
	computed, sent := processorTime(pid), info(t, rdb, "stats", "total_net_input_bytes")
	wait := time.NewTimer(lasting)
	defer wait.Stop()
	<-wait.C
	now, _ := memoryOf(pid)
	return usage{
		core:   100 * (processorTime(pid) - computed).Seconds() / lasting.Seconds(),
		sent:   (info(t, rdb, "stats", "total_net_input_bytes") - sent) / 1000 / lasting.Seconds(),
		memory: now,
	}
}

// startChild starts this test program as a child that does what is ordered.
func startChild(t *testing.T, o childOrder) *process {
	t.Helper()
	order, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return startProcess(t, []string{childVariable + "=" + string(order)}, self)
}

// runEngine is a child that runs a scheduler until it is told to stop.
func runEngine(o childOrder) (any, error) {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	rdb := connect(o.Redis)
	defer func() { _ = rdb.Close() }()
	c := crowd{n: o.Players, covered: time.Now().Add(time.Hour)}
	keeper := schedules.NewKeeper(schedules.KeeperOptions{
		Book:    schedules.NewBook(rdb, schedules.BookOptions{}),
		Players: c, Outbox: c, Inspector: asynq.NewInspectorFromRedisClient(rdb), Log: silent(),
	})
	s, err := schedules.NewScheduler(schedules.SchedulerOptions{
		Redis: rdb, NewRedis: func() redis.UniversalClient { return connect(o.Redis) },
		Keeper: keeper, Ledger: &noLedger{}, Statics: statics(keeper), Name: "bench",
		PlayerEntries: schedules.DefaultPlayerEntries, Log: silent(),
	})
	if err != nil {
		return nil, err
	}
	return struct{}{}, s.Run(ctx)
}

// noLedger forgets the runs of static tasks.
type noLedger struct{}

func (*noLedger) ClaimRun(context.Context, string, time.Time, string) (bool, error) {
	return false, nil
}
func (*noLedger) FinishRun(context.Context, string, string, time.Time) error { return nil }
func (*noLedger) SeedRun(context.Context, string, time.Time) error           { return nil }
func (*noLedger) NominalRun(context.Context, string) (time.Time, error) {
	return time.Now(), nil
}

// managed is what a child with a plain PeriodicTaskManager tells.
type managed struct {
	// Configs is how long making all entries took, Start how long starting.
	Configs, Start time.Duration
	// Fired and Failed count what became of the first tick of all entries.
	Fired, Failed int
	// Span is from the first of those to the last.
	Span time.Duration
	// Memory is the resident memory at its most, in MB.
	Memory float64
	// Error is one of the failures.
	Error string
}

// growManager measures a plain PeriodicTaskManager with an entry a player, all of
// which fall due at once, as "@every" entries do.
func growManager(t *testing.T, out table, n int) {
	t.Helper()
	rdb, url := newRedis(t)
	idle := idleFor()
	p := startChild(t, childOrder{Do: "manager", Redis: url, Players: n, Period: 2 * idle})
	testenv.Eventually(t, 2*time.Minute, "the manager to have started", func() bool { return strings.Contains(p.output(), started) })
	u := watchIdle(t, rdb, p, idle)
	_ = p.cmd.Wait()
	_, said, _ := strings.Cut(p.output(), started)
	var m managed
	if err := json.Unmarshal([]byte(said), &m); err != nil {
		t.Fatalf("the manager said %.500q: %v", said, err)
	}
	if m.Fired+m.Failed != n {
		t.Errorf("%d entries fired and %d failed, want %d in all", m.Fired, m.Failed, n)
	}
	out.add("one manager entry a player: GetConfigs, made anew", milliseconds(m.Configs), " ms", goal{})
	out.add("one manager entry a player: start until its entries run", m.Start.Seconds(), " s", goal{})
	out.add("one manager entry a player: of a core", u.core, " %", goal{})
	out.add("one manager entry a player: sent to Redis", u.sent, " kB/s", goal{})
	out.add("one manager entry a player: resident memory", u.memory, " MB", goal{})
	out.add("one manager entry a player: all due at once, enqueued", float64(m.Fired)/m.Span.Seconds(), "/s", goal{})
	out.add("one manager entry a player: all due at once, dropped", float64(m.Failed), "", goal{})
	out.add("one manager entry a player: resident memory at its most", m.Memory, " MB", goal{})
}

// crowdConfigs gives each player of a crowd an entry of its own.
type crowdConfigs struct {
	list []*asynq.PeriodicTaskConfig
	took time.Duration
}

func newCrowdConfigs(n int, period time.Duration) (*crowdConfigs, error) {
	began := time.Now()
	p := &crowdConfigs{}
	for id := int64(1); id <= int64(n); id++ {
		task, err := tasks.NewFetch(tasks.Fetch{PlayerID: id, Player: nameOf(id).String(), Tick: 1}, tasks.QueueFetch)
		if err != nil {
			return nil, err
		}
		p.list = append(p.list, &asynq.PeriodicTaskConfig{Cronspec: fmt.Sprintf("@every %v", period), Task: task})
	}
	p.took = time.Since(began)
	return p, nil
}

// GetConfigs always returns the same.
func (p *crowdConfigs) GetConfigs() ([]*asynq.PeriodicTaskConfig, error) { return p.list, nil }

// firings counts what became of entries.
type firings struct {
	mu            sync.Mutex
	n             int
	fired, failed int
	first, last   time.Time
	err           error
	done          chan struct{}
}

// heard is called by asynq for each entry that fired.
func (f *firings) heard(_ *asynq.TaskInfo, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.fired+f.failed == f.n {
		return
	}
	f.last = time.Now()
	if f.first.IsZero() {
		f.first = f.last
	}
	if err != nil {
		f.failed++
		f.err = err
	} else {
		f.fired++
	}
	if f.fired+f.failed == f.n {
		close(f.done)
	}
}

// runManager is a child that runs a plain PeriodicTaskManager until all entries
// have fired once.
func runManager(o childOrder) (any, error) {
	provider, err := newCrowdConfigs(o.Players, o.Period)
	if err != nil {
		return nil, err
	}
	f := &firings{n: o.Players, done: make(chan struct{})}
	manager, err := newManager(connect(o.Redis), provider, f.heard)
	if err != nil {
		return nil, err
	}
	began := time.Now()
	if err := manager.Start(); err != nil {
		return nil, err
	}
	m := managed{Configs: provider.took, Start: time.Since(began)}
	fmt.Println(started)
	timeout := time.NewTimer(o.Period + 3*time.Minute)
	defer timeout.Stop()
	select {
	case <-f.done:
	case <-timeout.C:
		return nil, errors.New("not all entries fired in time")
	}
	m.Fired, m.Failed, m.Span = f.fired, f.failed, f.last.Sub(f.first)
	if f.err != nil {
		m.Error = f.err.Error()
	}
	_, m.Memory = memoryOf(os.Getpid())
	return m, nil // without stopping the manager, which would take long
}

// started is what such a child says when its entries run.
const started = "manager started"

// newManager makes a PeriodicTaskManager that tells heard of each entry fired.
func newManager(rdb redis.UniversalClient, provider asynq.PeriodicTaskConfigProvider, heard func(*asynq.TaskInfo, error)) (*asynq.PeriodicTaskManager, error) {
	return asynq.NewPeriodicTaskManager(asynq.PeriodicTaskManagerOpts{
		RedisConnOpt:               client{rdb},
		PeriodicTaskConfigProvider: provider,
		SyncInterval:               time.Hour,
		SchedulerOpts:              &asynq.SchedulerOpts{Logger: tasks.NewAsynqLogger(silent()), PostEnqueueFunc: heard},
	})
}

// client hands asynq a connection that is already open.
type client struct{ rdb redis.UniversalClient }

// MakeRedisClient implements asynq.RedisConnOpt.
func (c client) MakeRedisClient() any { return c.rdb }

// statics are the tasks that run by the clock, which a scheduler has entries of.
func statics(keeper *schedules.Keeper) []tasks.Static {
	return []tasks.Static{(&tasks.CheckModesJob{}).Static(), (&tasks.PruneJob{}).Static(), keeper.Static()}
}
