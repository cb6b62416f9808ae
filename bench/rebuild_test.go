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
// use, at a tenth of the size and at the full size.
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
		})
	}
}

// rebuilt is what a rebuild took.
type rebuilt struct {
	took, computed time.Duration
	memory         float64 // at its most, in MB
}

func rebuild(t *testing.T, program, url string, n int) rebuilt {
	t.Helper()
	addPlayers(t, url, n, time.Now().Add(time.Hour))
	rdb, redisURL := newRedis(t)
	cmd := exec.CommandContext(t.Context(), program, "schedule", "rebuild")
	cmd.Env = append(os.Environ(), "REDIS_URL="+redisURL, "DATABASE_URL="+url, "OSRSDIFF_DATA_DIR="+t.TempDir())
	var text bytes.Buffer
	cmd.Stdout, cmd.Stderr = &text, &text
	began := time.Now()
	if err := cmd.Start(); err != nil {
		t.Fatalf("rebuild: %v", err)
	}
	most := watchMemory(cmd.Process.Pid)
	if err := cmd.Wait(); err != nil {
		t.Fatalf("rebuild: %v\n%s", err, text.String())
	}
	r := rebuilt{took: time.Since(began), computed: cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), memory: most()}
	wantSchedules(t, rdb, n, began)
	return r
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
