package bench

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/hibiken/asynq"
	"github.com/redis/go-redis/v9"

	"github.com/osrsdiff/osrsdiff/internal/testenv"
	"github.com/osrsdiff/osrsdiff/schedules"
	"github.com/osrsdiff/osrsdiff/tasks"
)

// TestSteady runs two scheduler processes and a worker that does nothing, and
// watches every tick of a while: that each leads to one fetch, and how late.
func TestSteady(t *testing.T) {
	sweeps := []time.Duration{5 * time.Second, time.Second}
	if small() {
		sweeps = sweeps[1:]
	}
	program := buildProgram(t)
	for _, sweep := range sweeps {
		t.Run(sweep.String(), func(t *testing.T) { steady(t, program, sweep) })
	}
}

func steady(t *testing.T, program string, sweep time.Duration) {
	n, unit, lasting := size(300), time.Minute, *watchFor
	if small() {
		unit, lasting = time.Second, 6*time.Second
	}
	with := "sweep of " + sweep.String() + ": "
	out := table{t, "steady", n}
	out.add(with+"load average before (1 min)", loadAverage(), "", goal{})
	s := newScene(t, program, n, cadence{unit, sweep})
	w := s.watch(lasting)
	w.check()
	p50, p99 := atMost(3, "3 s"), atMost(6, "6 s")
	if sweep == time.Second {
		p50, p99 = goal{}, atMost(1.5, "1.5 s")
	}
	enqueued, handled := w.enqueuedLags(), w.handledLags()
	out.add(with+"ticks watched", float64(len(handled)), "", goal{})
	out.add(with+"tick to enqueued, p50", quantile(enqueued, 0.5).Seconds(), " s", p50)
	out.add(with+"tick to enqueued, p99", quantile(enqueued, 0.99).Seconds(), " s", p99)
	out.add(with+"tick to handled, p50", quantile(handled, 0.5).Seconds(), " s", goal{})
	out.add(with+"tick to handled, p99", quantile(handled, 0.99).Seconds(), " s", goal{})
	for i, role := range []string{"leading scheduler", "other scheduler"} {
		now, most := memoryOf(w.schedulers[i].cmd.Process.Pid)
		out.add(with+role+": resident memory", now, " MB", atMost(40, "40 MB"))
		out.add(with+role+": resident memory at its most, the rebuild included", most, " MB", goal{})
		out.add(with+role+": of a core", 100*w.computed[i].Seconds()/lasting.Seconds(), " %", atMost(5, "5 %"))
	}
	out.add(with+"Redis: of a core", 100*w.redisComputed.Seconds()/lasting.Seconds(), " %", goal{})
	out.add(with+"Redis memory a player", w.memory, " bytes", atMost(700, "700 bytes"))
	out.add(with+"slowest command of ours", milliseconds(w.slowestOurs), " ms", atMost(20, "20 ms"))
	out.add(with+"slowest command of asynq", milliseconds(w.slowestOthers), " ms", goal{})
}

// scene is an installation in its steady state.
type scene struct {
	t          *testing.T
	program    string
	n          int
	grid       schedules.Grid
	rdb        *redis.Client
	book       *schedules.Book
	schedulers []*process // the one that leads first
	memory     float64    // bytes of Redis a player

	mu      sync.Mutex
	handled []fetched
}

// fetched is a fetch that reached the worker.
type fetched struct {
	id   int64
	tick int64
	at   time.Time
}

// cadence is how long a minute of an interval lasts, and how often all that is due
// is claimed.
type cadence struct{ unit, sweep time.Duration }

func newScene(t *testing.T, program string, n int, c cadence) *scene {
	t.Helper()
	url := engines[0].url(t)
	db := addPlayers(t, url, n, time.Now().Add(time.Hour)) // in the future: nothing is owed at the start
	rdb, redisURL := newRedis(t)
	s := &scene{t: t, program: program, n: n, grid: schedules.Grid{Unit: c.unit}, rdb: rdb}
	s.book = schedules.NewBook(rdb, schedules.BookOptions{Grid: s.grid})
	watchSlow(t, rdb)
	s.work(redisURL)
	empty := usedMemory(t, rdb)
	env := []string{
		"REDIS_URL=" + redisURL, "DATABASE_URL=" + url, "OSRSDIFF_DATA_DIR=" + t.TempDir(),
		"OSRSDIFF_HISCORES_RATE=1000", // the worker asks nobody
		"OSRSDIFF_SCHEDULER_SWEEP=" + c.sweep.String(), "OSRSDIFF_SCHEDULER_GRID_UNIT=" + c.unit.String(),
	}
	s.start(env, db.DatabaseID())
	s.start(env, db.DatabaseID())
	s.memory = (usedMemory(t, rdb) - empty) / float64(n)
	return s
}

// start starts a scheduler and waits until one leads and the schedules are ready.
func (s *scene) start(env []string, databaseID string) {
	s.t.Helper()
	s.schedulers = append(s.schedulers, startProcess(s.t, env, s.program, "scheduler"))
	testenv.Eventually(s.t, 5*time.Minute, "the schedules to be ready and a scheduler to lead", func() bool {
		stats, err := s.book.Stats(s.t.Context())
		lease, err2 := s.book.Lease(s.t.Context(), schedules.DefaultLease)
		return err == nil && err2 == nil && stats.Ready == databaseID && lease.Held
	})
}

// work runs a worker that does nothing but note what it got.
func (s *scene) work(redisURL string) {
	s.t.Helper()
	rdb := connect(redisURL)
	server := asynq.NewServerFromRedisClient(rdb, asynq.Config{
		Concurrency: 10, Queues: map[string]int{tasks.QueueFetch: 1}, TaskCheckInterval: 250 * time.Millisecond,
		Logger: tasks.NewAsynqLogger(silent()),
	})
	err := server.Start(asynq.HandlerFunc(func(_ context.Context, task *asynq.Task) error {
		now := time.Now()
		var f tasks.Fetch
		if err := json.Unmarshal(task.Payload(), &f); err != nil {
			return err
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		s.handled = append(s.handled, fetched{f.PlayerID, f.Tick, now})
		return nil
	}))
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() {
		server.Shutdown()
		_ = rdb.Close()
	})
}

// watched is what was seen in a while.
type watched struct {
	*scene
	from, until time.Time
	// expected are the ticks due in that time, by when.
	expected map[int64]int
	// claimed is how many fetches had been enqueued since from, by when.
	claimed       []sample
	computed      []time.Duration
	redisComputed time.Duration

	slowestOurs, slowestOthers time.Duration
}

type sample struct {
	at    time.Time
	count int
}

// watch looks on from the next whole unit for as long as given, and then until
// the last of what fell due is handled.
func (s *scene) watch(lasting time.Duration) *watched {
	s.t.Helper()
	from := time.Now().Truncate(s.grid.Unit).Add(2 * s.grid.Unit)
	w := &watched{scene: s, from: from, until: from.Add(lasting.Truncate(s.grid.Unit))}
	w.expect()
	s.sleepUntil(from.Add(-50 * time.Millisecond)) // no tick lies between
	before := s.counted()
	computed := []time.Duration{processorTime(s.schedulers[0].cmd.Process.Pid), processorTime(s.schedulers[1].cmd.Process.Pid)}
	redisComputed := redisTime(s.t, s.rdb)
	total := 0
	for _, n := range w.expected {
		total += n
	}
	every := time.NewTicker(10 * time.Millisecond)
	defer every.Stop()
	last := 0
	for now := time.Now(); now.Before(w.until) || last < total && now.Before(w.until.Add(time.Minute)); now = <-every.C {
		if n := min(s.counted()-before, total); n > last { // what comes later belongs to later ticks
			w.claimed = append(w.claimed, sample{time.Now(), n})
			last = n
		}
	}
	for i, c := range computed {
		w.computed = append(w.computed, processorTime(s.schedulers[i].cmd.Process.Pid)-c)
	}
	w.redisComputed = redisTime(s.t, s.rdb) - redisComputed
	w.slowestOurs, w.slowestOthers = slowest(s.t, s.rdb)
	return w
}

func (s *scene) sleepUntil(at time.Time) {
	timer := time.NewTimer(time.Until(at))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-s.t.Context().Done():
	}
}

// counted is how many fetches the schedulers enqueued.
func (s *scene) counted() int {
	s.t.Helper()
	stats, err := s.book.Stats(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	return int(stats.Enqueued)
}

// expect works out which ticks fall into the time watched.
func (w *watched) expect() {
	w.expected = map[int64]int{}
	c := crowd{n: w.n}
	for id := int64(1); id <= int64(w.n); id++ {
		for _, tick := range w.ticks(c, id) {
			w.expected[tick]++
		}
	}
}

func (w *watched) ticks(c crowd, id int64) []int64 {
	var list []int64
	standing := schedules.StandingOf(c.player(id))
	for at := w.grid.After(standing, w.from.Add(-time.Second)); at.Before(w.until); at = w.grid.After(standing, at) {
		list = append(list, at.Unix())
	}
	return list
}

// check wants every tick of the time watched to have led to exactly one fetch.
func (w *watched) check() {
	w.t.Helper()
	want := 0
	for _, n := range w.expected {
		want += n
	}
	testenv.Eventually(w.t, time.Minute, "the worker to have handled every tick", func() bool { return len(w.inWindow()) >= want })
	got := map[int64][]int64{}
	for _, f := range w.inWindow() {
		got[f.id] = append(got[f.id], f.tick)
	}
	c := crowd{n: w.n}
	for id := int64(1); id <= int64(w.n); id++ {
		slices.Sort(got[id])
		if ticks := w.ticks(c, id); !slices.Equal(got[id], ticks) {
			w.t.Fatalf("player %d was fetched for the ticks %v, want %v", id, got[id], ticks)
		}
	}
	if stats, err := w.book.Stats(w.t.Context()); err != nil || stats.Coalesced != 0 {
		w.t.Errorf("%d ticks were coalesced, %v; want none", stats.Coalesced, err)
	}
}

// inWindow lists what was handled of the ticks watched.
func (w *watched) inWindow() []fetched {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(w.handled), func(f fetched) bool {
		return f.tick < w.from.Unix() || f.tick >= w.until.Unix()
	})
}

func (w *watched) handledLags() []time.Duration {
	list := w.inWindow()
	lags := make([]time.Duration, 0, len(list))
	for _, f := range list {
		lags = append(lags, f.at.Sub(time.Unix(f.tick, 0)))
	}
	return lags
}

// enqueuedLags tells from the growing count how late each tick was enqueued: the
// oldest go first. A count grows once for a few hundred, after the last of them,
// so no lag is too short.
func (w *watched) enqueuedLags() []time.Duration {
	ticks := make([]int64, 0, len(w.expected))
	for tick := range w.expected {
		ticks = append(ticks, tick)
	}
	slices.Sort(ticks)
	lags := make([]time.Duration, 0, 1024)
	i := 0
	for _, tick := range ticks {
		for range w.expected[tick] {
			for i < len(w.claimed) && w.claimed[i].count <= len(lags) {
				i++
			}
			if i == len(w.claimed) {
				w.t.Fatalf("only %d ticks were enqueued in time", len(lags))
			}
			lags = append(lags, w.claimed[i].at.Sub(time.Unix(tick, 0)))
		}
	}
	return lags
}

// quantile is the value that a share q of the values is not above.
func quantile[T cmp.Ordered](values []T, q float64) T {
	sorted := slices.Sorted(slices.Values(values))
	var zero T
	if len(sorted) == 0 {
		return zero
	}
	return sorted[min(int(q*float64(len(sorted))), len(sorted)-1)]
}
