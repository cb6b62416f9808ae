package bench

import (
	"bytes"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/osrsdiff/osrsdiff/schedules"
)

// rebuildGoals are the goals of both sizes, since a row of the page has one goal.
const rebuildGoals = "3 s, of a million 30 s"

// TestRebuild fills an empty Redis from the database with the command that people
// use, at a tenth of the size and at the full size, and compares the two again.
func TestRebuild(t *testing.T) {
	n := size(2000)
	program := buildProgram(t)
	out := newTable(t, "rebuild", n)
	for _, engine := range engines {
		t.Run(engine.name, func(t *testing.T) {
			out := table{t, out.section, n}
			tenth := rebuild(t, program, engine.url(t), n/10)
			full := rebuild(t, program, engine.url(t), n)
			most := goal{}
			switch n {
			case 100_000:
				most = atMost(3, rebuildGoals)
			case 1_000_000:
				most = atMost(30, rebuildGoals)
			}
			out.add(engine.name+": rebuild", full.took.Seconds(), " s", most)
			out.add(engine.name+": rate", float64(n)/full.took.Seconds(), "/s", goal{})
			out.add(engine.name+": its own processor time", full.computed.Seconds(), " s", goal{})
			out.add(engine.name+": most memory", full.memory, " MB", goal{})
			out.add(engine.name+": memory / that for a tenth of the players", full.memory/tenth.memory, "×", atMost(1.25, "1.25×"))
			out.add(engine.name+": comparison with the database, as every five minutes", full.verify.took.Seconds(), " s", goal{})
			out.add(engine.name+": comparison, its own processor time", full.verify.computed.Seconds(), " s", goal{})
		})
	}
}

// effort is what a command took.
type effort struct {
	took, computed time.Duration
	memory         float64 // at its most, in MB
}

// rebuilt is what a rebuild took, and what it took to verify it.
type rebuilt struct {
	effort
	verify effort
}

func rebuild(t *testing.T, program, url string, n int) (r rebuilt) {
	t.Helper()
	addPlayers(t, url, n, time.Now().Add(time.Hour))
	rdb, redisURL := newRedis(t)
	env := append(os.Environ(), "REDIS_URL="+redisURL, "DATABASE_URL="+url, "OSRSDIFF_DATA_DIR="+t.TempDir())
	began := time.Now()
	r.effort = run(t, env, program, "schedule", "rebuild")
	wantSchedules(t, rdb, n, began)
	r.verify = run(t, env, program, "schedule", "verify")
	return r
}

// run runs a command that must succeed.
func run(t *testing.T, env []string, program string, args ...string) effort {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program, args...)
	cmd.Env = env
	var text bytes.Buffer
	cmd.Stdout, cmd.Stderr = &text, &text
	began := time.Now()
	if err := cmd.Start(); err != nil {
		t.Fatalf("%v: %v", args, err)
	}
	most := watchMemory(cmd.Process.Pid)
	if err := cmd.Wait(); err != nil {
		t.Fatalf("%v: %v\n%s", args, err, text.String())
	}
	return effort{took: time.Since(began), computed: cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), memory: most()}
}

// wantSchedules wants n schedules in Redis, each with a definition and a tick that
// was not due before they were written.
func wantSchedules(t *testing.T, rdb *redis.Client, n int, began time.Time) {
	t.Helper()
	book := schedules.NewBook(rdb, schedules.BookOptions{})
	stats, err := book.Stats(t.Context())
	if err != nil || stats.Schedules != int64(n) || stats.Active != int64(n) || stats.Ready == "" ||
		stats.OldestTick.Before(began) {
		t.Fatalf("schedules stand at %+v, %v; want %d, ready, none due before %v", stats, err, n, began)
	}
	definitions := 0
	iter := rdb.Scan(t.Context(), 0, schedules.DefaultPrefix+":*", 10_000).Iterator()
	for iter.Next(t.Context()) {
		definitions++
	}
	if iter.Err() != nil || definitions != n {
		t.Fatalf("%d definitions, %v; want %d", definitions, iter.Err(), n)
	}
}
