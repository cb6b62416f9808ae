package bench

import (
	"context"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hibiken/asynq"
	"github.com/redis/go-redis/v9"

	"github.com/osrsdiff/osrsdiff/hiscores"
	"github.com/osrsdiff/osrsdiff/hiscores/hiscorestest"
	"github.com/osrsdiff/osrsdiff/internal/bundle"
	"github.com/osrsdiff/osrsdiff/internal/testenv"
	"github.com/osrsdiff/osrsdiff/permits"
	"github.com/osrsdiff/osrsdiff/schedules"
	"github.com/osrsdiff/osrsdiff/store"
	"github.com/osrsdiff/osrsdiff/tasks"
)

// fetching is how many tasks run at once, of asynq alone and of whole fetches.
const fetching = 256

// emptyTimes is how many more tasks do nothing than there are players: they take so
// little time that a start and an end would count.
const emptyTimes = 3

// TestPipeline fetches players three times from a fake site that answers at once
// and without a limit: for the first time, when every second one has played, and
// when nobody has. It compares each rate with asynq's own, of tasks that do nothing,
// as it was just before and just after: the speed of a shared machine can drift by a
// third within minutes.
func TestPipeline(t *testing.T) {
	n := 10_000
	if small() {
		n = 100
	}
	out := newTable(t, "pipeline", n)
	empty := emptyRate(t, emptyTimes*n)
	out.add("asynq with an empty handler, at first", empty.rate, " tasks/s", goal{})
	out.add("asynq with an empty handler, processor time of Redis and worker", empty.redis+empty.client, " µs a task", goal{})
	for _, engine := range engines {
		t.Run(engine.name, func(t *testing.T) {
			out := table{t, out.section, n}
			p := newPipeline(t, engine.url(t), n)
			for _, round := range []struct {
				name string
				xp   func(id int64) int64
				goal goal
			}{
				{"first fetch", func(int64) int64 { return 0 }, goal{}},
				{"every second player changed", func(id int64) int64 { return id % 2 * 1000 }, atLeast(30, "30 %, better 50 %")},
				{"nothing changed", func(id int64) int64 { return id % 2 * 1000 }, goal{}},
			} {
				before := empty
				pace := p.round(round.xp)
				empty = emptyRate(t, emptyTimes*n)
				out.add(engine.name+": "+round.name, pace.rate, " tasks/s", goal{})
				out.add(engine.name+": "+round.name+", share of asynq's rate", 200*pace.rate/(before.rate+empty.rate), " %", round.goal)
				out.add(engine.name+": "+round.name+", processor time of Redis", pace.redis, " µs a task", goal{})
				out.add(engine.name+": "+round.name+", processor time of worker, SQLite and site", pace.client, " µs a task", goal{})
			}
		})
	}
}

// emptyRate is how fast a server of asynq's runs so many tasks whose handler does
// nothing.
func emptyRate(t *testing.T, n int) pace {
	t.Helper()
	rdb, url := newRedis(t)
	enqueue(t, url, n, time.Now())
	var done atomic.Int64
	server := asynq.NewServerFromRedisClient(rdb, asynq.Config{
		Concurrency: fetching, Queues: map[string]int{tasks.QueueFetch: 1}, LogLevel: asynq.FatalLevel,
	})
	p := drain(t, rdb, plainServer{server, func(context.Context, *asynq.Task) error {
		done.Add(1)
		return nil
	}}, n)
	if done.Load() != int64(n) {
		t.Fatalf("%d tasks ran, want %d", done.Load(), n)
	}
	return p
}

// server runs tasks; *tasks.Worker does.
type server interface {
	Start(ctx context.Context) error
	Shutdown() error
}

// plainServer is asynq's own with a handler.
type plainServer struct {
	server *asynq.Server
	handle asynq.HandlerFunc
}

// Start begins to run tasks.
func (s plainServer) Start(context.Context) error { return s.server.Start(s.handle) }

// Shutdown stops the server.
func (s plainServer) Shutdown() error {
	s.server.Shutdown()
	return nil
}

// enqueue queues a fetch of each player.
func enqueue(t *testing.T, url string, n int, tick time.Time) {
	t.Helper()
	rdb := connect(url)
	defer func() { _ = rdb.Close() }()
	list := make([]*asynq.Task, 0, n)
	for id := int64(1); id <= int64(n); id++ {
		task, err := tasks.NewFetch(tasks.Fetch{PlayerID: id, Player: nameOf(id).String(), Tick: tick.Unix()}, tasks.QueueFetch)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, task)
	}
	queue := schedules.NewQueue(rdb)
	for part := range slices.Chunk(list, 500) {
		for _, err := range queue.EnqueueBatch(t.Context(), part) {
			if err != nil {
				t.Fatal(err)
			}
		}
	}
}

// drain runs a server until the queue of n fetches is empty.
func drain(t *testing.T, rdb *redis.Client, w server, n int) pace {
	t.Helper()
	inspector := asynq.NewInspectorFromRedisClient(rdb)
	watch := startWatch(t, rdb)
	if err := w.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	testenv.Eventually(t, 10*time.Minute, "the queue to be empty", func() bool {
		info, err := inspector.GetQueueInfo(tasks.QueueFetch)
		return err == nil && info.Size == 0
	})
	p := watch.stop(n)
	if err := w.Shutdown(); err != nil {
		t.Fatal(err)
	}
	info, err := inspector.GetQueueInfo(tasks.QueueFetch)
	if err != nil || info.Size != 0 || info.Archived != 0 || info.FailedTotal != 0 {
		t.Fatalf("the queue stands at %+v, %v; want it empty, without a failure", info, err)
	}
	return p
}

// pipeline is a worker, its database and a fake site.
type pipeline struct {
	t   *testing.T
	n   int
	rdb *redis.Client
	// url is that of Redis, database that of the database.
	url, database string
	db            *store.Store
	site          *cannedSite
	tick          time.Time
}

func newPipeline(t *testing.T, url string, n int) *pipeline {
	t.Helper()
	p := &pipeline{t: t, n: n, database: url, site: &cannedSite{}, tick: time.Now().Add(-time.Hour)}
	p.rdb, p.url = newRedis(t)
	bundle.Scripts(p.rdb) // as the program does
	p.db = addPlayers(t, url, n, time.Time{})
	return p
}

// round fetches every player once, by then with so much more experience than at
// the start, and checks that the site was asked once for each and that the
// database has what it answered.
func (p *pipeline) round(xp func(id int64) int64) pace {
	p.t.Helper()
	p.site.fill(p.t, p.n, xp)
	url := p.site.serve(p.t)
	p.tick = p.tick.Add(time.Minute)
	enqueue(p.t, p.url, p.n, p.tick)
	guest := tasks.NewGuest(tasks.GuestOptions{
		Site: hiscores.NewClient(hiscores.Options{BaseURL: url}), Permits: permits.New(p.rdb, permits.Options{}), Log: silent(),
	})
	settlePlayers(p.t, p.database, p.tick.Add(-time.Second))
	w := tasks.NewWorker(tasks.WorkerOptions{
		Redis: p.rdb, Concurrency: fetching, Log: silent(),
		Fetch: tasks.NewFetchHandler(tasks.FetchOptions{
			Players: p.db, NotFound: store.ErrNotFound, Records: p.db,
			RecordMode: func(context.Context, tasks.ModeChange) error { return nil }, Guest: guest, Log: silent(),
		}),
	})
	pace := drain(p.t, p.rdb, w, p.n)
	p.check(xp)
	return pace
}

func (p *pipeline) check(xp func(id int64) int64) {
	p.t.Helper()
	asked := p.site.asked()
	if len(asked) != p.n {
		p.t.Fatalf("the site was asked for %d players, want %d", len(asked), p.n)
	}
	for id := int64(1); id <= int64(p.n); id++ {
		if times := asked[nameOf(id).String()]; times != 1 {
			p.t.Fatalf("the site was asked %d times for player %d, want once", times, id)
		}
	}
	for _, id := range []int64{1, 2, int64(p.n)} {
		s, err := p.db.Latest(p.t.Context(), id)
		if err != nil {
			p.t.Fatal(err)
		}
		want, _ := accountOf(id, xp).Row(hiscores.Overall)
		if got, _ := s.Row(hiscores.Overall); got != want {
			p.t.Errorf("player %d is stored with %+v, want %+v", id, got, want)
		}
	}
}

// accountOf is a player's account after so much more experience in one skill.
func accountOf(id int64, xp func(id int64) int64) hiscores.Snapshot {
	return hiscorestest.Gain(hiscorestest.Account(10_000_000+id), "Woodcutting", xp(id))
}
