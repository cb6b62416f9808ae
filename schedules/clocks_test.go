package schedules

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/hibiken/asynq"
	"github.com/redis/go-redis/v9"

	"github.com/osrsdiff/osrsdiff/tasks"
)

// apart is how far the clocks of two schedulers differ in these tests: each is
// right, ahead of Redis or behind it.
var apart = []time.Duration{-3 * time.Second, 0, 3 * time.Second}

// TestTicksFollowTheClockOfRedis wakes a claim when each scheduler thinks that a
// tick has come: it is claimed once, not before Redis's clock says so.
func TestTicksFollowTheClockOfRedis(t *testing.T) {
	server := miniredis.RunT(t)
	rdb := redis.NewClient(&redis.Options{Addr: server.Addr()})
	t.Cleanup(func() { _ = rdb.Close() })
	tick := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	server.SetTime(tick.Add(-30 * time.Second))
	b := newBenchOn(t, rdb, Grid{})
	p := b.roll.add(t, 1, b.now)
	b.apply(t)
	for range 3 {
		for _, wake := range []struct {
			after time.Duration // the tick, when a scheduler thinks that it has come
			want  int
		}{{-3 * time.Second, 0}, {0, 1}, {3 * time.Second, 0}} {
			server.SetTime(tick.Add(wake.after))
			n, err := b.claimer(0).Claim(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if n.Enqueued != wake.want || n.Coalesced != 0 {
				t.Errorf("%v after the tick: claimed %+v, want %d", wake.after, n, wake.want)
			}
			if n.Enqueued > 0 {
				b.finish(t, p.ID)
			}
		}
		tick = tick.Add(time.Minute)
		if got := b.tickOf(t, p.ID); !got.Equal(tick) {
			t.Errorf("the schedule waits for %v, want %v", got, tick)
		}
	}
}

// finish takes the fetch of a player out of the queue, as a worker does.
func (b *bench) finish(t *testing.T, playerID int64) {
	t.Helper()
	if err := b.inspector.DeleteTask(tasks.QueueFetch, tasks.ScheduleID(playerID)); err != nil {
		t.Fatal(err)
	}
}

// TestStaticTaskRunsOnceWhateverTheClocks lets two schedulers fire the same
// minute's entry and two processes run what they enqueued, each with its own idea
// of the time.
func TestStaticTaskRunsOnceWhateverTheClocks(t *testing.T) {
	nominal := time.Date(2026, 3, 1, 2, 0, 0, 0, time.UTC)
	for _, first := range apart {
		for _, second := range apart {
			for _, handler := range apart {
				t.Run(fmt.Sprintf("fired %v and %v, run %v", first, second, handler), func(t *testing.T) {
					ledger, runs := newRoll(), 0
					if err := ledger.SeedRun(t.Context(), "daily", nominal.AddDate(0, 0, -1)); err != nil {
						t.Fatal(err)
					}
					daily := tasks.Static{ID: "daily", Cron: "0 2 * * *", Job: tasks.JobFunc(func(context.Context, *asynq.Task) (string, error) {
						runs++
						return "", nil
					})}
					for _, scheduler := range []time.Duration{max(first, second), min(first, second)} { // the one ahead fires first
						h := &tasks.StaticHandler{Static: daily, Ledger: ledger, Now: func() time.Time { return nominal.Add(handler - scheduler) }}
						if err := h.ProcessTask(t.Context(), daily.Task()); err != nil {
							t.Fatal(err)
						}
					}
					if got, err := ledger.NominalRun(t.Context(), "daily"); runs != 1 || err != nil || !got.Equal(nominal) {
						t.Errorf("ran %d times, last for %v, %v; want once, for %v", runs, got, err, nominal)
					}
				})
			}
		}
	}
}
