package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hibiken/asynq"
	"github.com/redis/go-redis/v9"
	"golang.org/x/sync/errgroup"

	"github.com/osrsdiff/osrsdiff/internal/redishook"
	"github.com/osrsdiff/osrsdiff/player"
	"github.com/osrsdiff/osrsdiff/schedules"
	"github.com/osrsdiff/osrsdiff/tasks"
)

const (
	// plainClients is how many goroutines enqueue with plain asynq clients: more
	// do not make it faster.
	plainClients = 32
	// depth is how many commands the physical limit is measured with at once.
	depth = 500
)

// hourly makes all ticks of a burst fall into one minute of the past.
const hourly player.Interval = 60

// TestBurst makes twice as many schedules due in the same minute as -players
// says and enqueues them all: by the engine, by plain asynq, and as fast as Redis
// takes the very same commands.
func TestBurst(t *testing.T) {
	due := 2 * size(1000)
	out := newTable(t, "burst", size(1000))
	out.add("due in the same minute", float64(due), "", goal{})
	limit := burstLimit(t, due)
	engine := burstEngine(t, due)
	plain := burstPlain(t, due)
	out.add("engine: enqueued", engine.rate, "/s", atLeast(40_000, "40,000/s"))
	out.add("plain asynq client, 32 goroutines", plain.rate, "/s", goal{})
	out.add("physical limit: the same commands in pipelines of 500", limit.rate, "/s", goal{})
	if other, ok := burstBenchmark(t, due); ok {
		out.add("physical limit: redis-benchmark -P 500 of the same script", other, "/s", goal{})
	}
	out.add("engine / plain asynq client", engine.rate/plain.rate, "×", goal{})
	out.add("engine / physical limit", 100*engine.rate/limit.rate, " %", goal{})
	out.add("engine: processor time of Redis a fetch", engine.redis, " µs", goal{})
	out.add("engine: processor time of the scheduler a fetch", engine.client, " µs", goal{})
	out.add("plain asynq client: processor time of Redis a fetch", plain.redis, " µs", goal{})
	out.add("plain asynq client: its own processor time a fetch", plain.client, " µs", goal{})
	out.add("physical limit: processor time of Redis a fetch", limit.redis, " µs", goal{})
}

// pace is how fast and at which cost something was done n times.
type pace struct {
	// rate is how many were done a second.
	rate float64
	// redis and client are the microseconds that Redis and this process computed
	// for each; a busy machine changes them less than the rate.
	redis, client float64
}

// stopwatch measures a pace.
type stopwatch struct {
	t             *testing.T
	rdb           *redis.Client
	began         time.Time
	redis, client time.Duration
}

func startWatch(t *testing.T, rdb *redis.Client) stopwatch {
	t.Helper()
	return stopwatch{t, rdb, time.Now(), redisTime(t, rdb), processorTime(os.Getpid())}
}

func (w stopwatch) stop(n int) pace {
	w.t.Helper()
	each := func(d time.Duration) float64 { return float64(d.Microseconds()) / float64(n) }
	return pace{
		rate:   float64(n) / time.Since(w.began).Seconds(),
		redis:  each(redisTime(w.t, w.rdb) - w.redis),
		client: each(processorTime(os.Getpid()) - w.client),
	}
}

// redisTime is how long Redis has computed.
func redisTime(t *testing.T, rdb *redis.Client) time.Duration {
	t.Helper()
	seconds := info(t, rdb, "cpu", "used_cpu_user") + info(t, rdb, "cpu", "used_cpu_sys")
	return time.Duration(seconds * float64(time.Second))
}

// burstEngine claims n overdue schedules.
func burstEngine(t *testing.T, n int) pace {
	t.Helper()
	rdb, url := newRedis(t)
	keeper, book := fill(t, rdb, crowd{n: n, covered: time.Now().Add(-2 * time.Hour), every: hourly})
	if _, err := keeper.Rebuild(t.Context(), func(int) {}); err != nil {
		t.Fatal(err)
	}
	conn := connect(url)
	defer func() { _ = conn.Close() }()
	claimer := schedules.NewClaimer(book, schedules.NewQueue(conn), asynq.NewInspectorFromRedisClient(rdb), 0)
	watch, enqueued := startWatch(t, rdb), 0
	for {
		c, err := claimer.Claim(t.Context())
		if err != nil && !errors.Is(err, context.DeadlineExceeded) {
			t.Fatal(err)
		}
		if c.Enqueued == 0 {
			break
		}
		// Where a minute begins meanwhile, a sixtieth of the schedules is due once
		// more, and coalesced with the fetch that waits.
		enqueued += c.Enqueued
	}
	p := watch.stop(n)
	if enqueued != n {
		t.Errorf("the engine says it enqueued %d of %d", enqueued, n)
	}
	wantPending(t, rdb, n)
	stats, err := book.Stats(t.Context())
	if err != nil || stats.Due > int64(n/30) || stats.Active != int64(n) {
		t.Errorf("afterwards schedules stand at %+v, %v; want %d active, and those due at most whose tick has just come", stats, err, n)
	}
	return p
}

// fill makes a book of a crowd's schedules, empty yet.
func fill(t *testing.T, rdb *redis.Client, c crowd) (*schedules.Keeper, *schedules.Book) {
	t.Helper()
	book := schedules.NewBook(rdb, schedules.BookOptions{})
	return schedules.NewKeeper(schedules.KeeperOptions{
		Book: book, Players: c, Outbox: c, Inspector: asynq.NewInspectorFromRedisClient(rdb), Log: silent(),
	}), book
}

// wantPending wants each of n players to have one fetch in the queue.
func wantPending(t *testing.T, rdb *redis.Client, n int) {
	t.Helper()
	seen := make([]bool, n+1)
	const page = 50_000
	total := 0
	for from := int64(0); ; from += page {
		ids, err := rdb.LRange(t.Context(), "asynq:{"+tasks.QueueFetch+"}:pending", from, from+page-1).Result()
		if err != nil {
			t.Fatal(err)
		}
		for _, id := range ids {
			playerID, ok := tasks.ParseScheduleID(id)
			if !ok || playerID > int64(n) || seen[playerID] {
				t.Fatalf("queued task %q is a stranger's, or there twice", id)
			}
			seen[playerID] = true
		}
		total += len(ids)
		if len(ids) < page {
			break
		}
	}
	if total != n {
		t.Fatalf("%d fetches queued, want %d", total, n)
	}
}

func fetchOf(tb testing.TB, id int64) *asynq.Task {
	tb.Helper()
	task, err := tasks.NewFetch(tasks.Fetch{PlayerID: id, Player: nameOf(id).String(), Tick: 1_700_000_000}, tasks.QueueFetch)
	if err != nil {
		tb.Fatal(err)
	}
	return task
}

// burstPlain enqueues n fetches with one asynq client from many goroutines.
func burstPlain(t *testing.T, n int) pace {
	t.Helper()
	rdb, _ := newRedis(t)
	client := asynq.NewClientFromRedisClient(rdb)
	var next atomic.Int64
	watch := startWatch(t, rdb)
	var g errgroup.Group
	for range plainClients {
		g.Go(func() error {
			for id := next.Add(1); id <= int64(n); id = next.Add(1) {
				if _, err := client.EnqueueContext(t.Context(), fetchOf(t, id)); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
	p := watch.stop(n)
	wantPending(t, rdb, n)
	return p
}

// eavesdrop keeps asynq's scripts to itself and answers that they succeeded.
type eavesdrop struct {
	scripts [][]any
	text    string
}

// process refuses the first script as unknown, so that asynq sends its text.
func (e *eavesdrop) process(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		answer, ok := cmd.(*redis.Cmd)
		switch {
		case !ok:
			return next(ctx, cmd)
		case cmd.Name() == "eval":
			e.text, _ = cmd.Args()[1].(string)
		case e.text == "":
			answer.SetErr(noScriptError{})
			return noScriptError{}
		default:
			e.scripts = append(e.scripts, cmd.Args())
		}
		answer.SetVal(int64(1))
		return nil
	}
}

type noScriptError struct{}

func (noScriptError) Error() string { return "NOSCRIPT" }
func (noScriptError) RedisError()   {}

// overhear returns the commands that asynq sends to enqueue n fetches, and the
// script's text.
func overhear(t *testing.T, rdb *redis.Client, n int) *eavesdrop {
	t.Helper()
	ear := &eavesdrop{}
	rdb.AddHook(redishook.Process(ear.process))
	client := asynq.NewClientFromRedisClient(rdb)
	for id := range int64(n + 1) { // the first only tells the text
		if _, err := client.EnqueueContext(t.Context(), fetchOf(t, max(id, 1))); err != nil {
			t.Fatal(err)
		}
	}
	return ear
}

// burstLimit sends the commands of n enqueues, made beforehand, in pipelines over
// two connections: nothing that enqueues can be faster.
func burstLimit(t *testing.T, n int) pace {
	t.Helper()
	rdb, url := newRedis(t)
	ear := overhear(t, connect(url), n)
	if err := rdb.ScriptLoad(t.Context(), ear.text).Err(); err != nil {
		t.Fatal(err)
	}
	watch := startWatch(t, rdb)
	var g errgroup.Group
	g.SetLimit(2)
	for from := 0; from < n; from += depth {
		part := ear.scripts[from:min(from+depth, n)]
		g.Go(func() error {
			_, err := rdb.Pipelined(t.Context(), func(pipe redis.Pipeliner) error {
				for _, args := range part {
					pipe.Do(t.Context(), args...)
				}
				return nil
			})
			return err
		})
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
	p := watch.stop(n)
	wantPending(t, rdb, n)
	return p
}

var requestsPerSecond = regexp.MustCompile(`([0-9.]+) requests per second`)

// burstBenchmark lets redis-benchmark run the same script on as many random ids;
// it reports false where that is not installed.
func burstBenchmark(t *testing.T, n int) (float64, bool) {
	t.Helper()
	if _, err := exec.LookPath("redis-benchmark"); err != nil {
		return 0, false
	}
	rdb, url := newRedis(t)
	ear := overhear(t, connect(url), 1)
	sha, err := rdb.ScriptLoad(t.Context(), ear.text).Result()
	if err != nil {
		t.Fatal(err)
	}
	message, _ := ear.scripts[0][5].([]byte)
	const id = "player_fetch___rand_int__"
	host, port, _ := strings.Cut(rdb.Options().Addr, ":")
	out, err := exec.Command("redis-benchmark", "-h", host, "-p", port, "-q", "-n", fmt.Sprint(n), "-r", "1000000000", "-P", fmt.Sprint(depth), "-c", "4",
		"EVALSHA", sha, "2", "asynq:{fetch}:t:"+id, "asynq:{fetch}:pending", strings.Repeat("x", len(message)), id, "1700000000000000000").CombinedOutput()
	if err != nil {
		t.Fatalf("redis-benchmark: %v\n%s", err, out)
	}
	found := requestsPerSecond.FindAllSubmatch(out, -1)
	if len(found) == 0 {
		t.Fatalf("redis-benchmark said no rate:\n%s", out)
	}
	rate, err := strconv.ParseFloat(string(found[len(found)-1][1]), 64)
	return rate, err == nil
}
