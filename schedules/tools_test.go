package schedules

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/hibiken/asynq"
	"github.com/redis/go-redis/v9"
	"github.com/robfig/cron/v3"

	"github.com/osrsdiff/osrsdiff/internal/testenv"
	"github.com/osrsdiff/osrsdiff/player"
	"github.com/osrsdiff/osrsdiff/tasks"
)

// These tests look at schedules the way asynq's own tools do, through its
// Inspector: `asynq cron ls` and asynqmon's Schedulers page list what
// SchedulerEntries returns, `asynq cron history` what ListSchedulerEnqueueEvents
// does, `asynq queue ls` and `asynq task ls` the queues and their tasks.

// oftenMixed are intervals in use: those that cron can say, and some it cannot.
var oftenMixed = []player.Interval{1, 5, 15, 30, 60, 6 * 60, 12 * 60, 24 * 60, 7 * 24 * 60, 7, 47, 90, 7 * 60}

// sizes are how many players there are. One more, such as a million, is asked
// for by hand.
func sizes(t *testing.T) []int {
	t.Helper()
	list := []int{20, 500, 5000}
	if more := os.Getenv("OSRSDIFF_TEST_PLAYERS"); more != "" {
		n, err := strconv.Atoi(more)
		if err != nil {
			t.Fatalf("OSRSDIFF_TEST_PLAYERS is %q: must be a number", more)
		}
		list = append(list, n)
	}
	return list
}

func TestAsynqToolsShowTrueTimes(t *testing.T) {
	for _, n := range sizes(t) {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			t.Parallel()
			b := newBenchOn(t, clientOf(t, testenv.RedisURL(t)), Grid{})
			for i := range n {
				b.roll.add(t, oftenMixed[i%len(oftenMixed)], b.now)
			}
			clear(b.roll.pending)
			if _, err := b.keeper.Rebuild(t.Context(), func(int) {}); err != nil {
				t.Fatal(err)
			}
			b.run(t, quietScheduler)
			entries := b.waitForEntries(t)
			if len(entries) > maxEntries {
				t.Errorf("%d entries, more than the page shows well: %d", len(entries), maxEntries)
			}
			b.wantEverySeen(t, entries, n)
			for _, e := range entries {
				b.wantTrueTimes(t, e)
			}
		})
	}
}

// quietScheduler lists its entries every second and queues next to nothing.
func quietScheduler(o *SchedulerOptions) { o.Heartbeat, o.QueueCapacity = time.Second, 1 }

// run runs a scheduler until the test ends.
func (b *bench) run(t *testing.T, change func(*SchedulerOptions)) {
	t.Helper()
	url := "redis://" + b.rdb.(*redis.Client).Options().Addr + "/0"
	opts := SchedulerOptions{
		Redis: clientOf(t, url), NewRedis: func() redis.UniversalClient { return clientOf(t, url) },
		Keeper: b.keeper, Ledger: b.roll, Statics: b.statics(), Name: "only", PlayerEntries: DefaultPlayerEntries,
		Sweep: time.Second, Sync: time.Second, Log: quiet(),
	}
	change(&opts)
	s, err := NewScheduler(opts)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

func (b *bench) waitForEntries(t *testing.T) []*asynq.SchedulerEntry {
	t.Helper()
	var entries []*asynq.SchedulerEntry
	testenv.Eventually(t, 2*time.Minute, "the entries", func() bool {
		var err error
		if entries, err = b.inspector.SchedulerEntries(); err != nil {
			t.Fatal(err)
		}
		return len(entries) > 0
	})
	return entries
}

// dueOf reads what an entry claims; nil for a static task.
func dueOf(t *testing.T, e *asynq.SchedulerEntry) *tasks.Due {
	t.Helper()
	if e.Task.Type() != tasks.TypeDue {
		return nil
	}
	var d tasks.Due
	if err := json.Unmarshal(e.Task.Payload(), &d); err != nil {
		t.Fatal(err)
	}
	return &d
}

// wantEverySeen checks that each player has an entry: of its own, or that of its
// interval; and each static task.
func (b *bench) wantEverySeen(t *testing.T, entries []*asynq.SchedulerEntry, n int) {
	t.Helper()
	shown := map[string]bool{}
	for _, e := range entries {
		switch d := dueOf(t, e); {
		case d == nil:
			shown[e.Task.Type()] = true
		case d.Schedule != "":
			shown[d.Schedule] = true
		default:
			shown["every "+d.Every] = true
		}
	}
	for id := int64(1); id <= int64(n); id++ {
		own, shared := tasks.ScheduleID(id), "every "+b.roll.players[id].Every.String()
		if !shown[own] && !shown[shared] {
			t.Errorf("player %d has no entry: neither %s nor %q", id, own, shared)
		}
	}
	for _, s := range b.statics() {
		if !shown[s.TaskType()] {
			t.Errorf("static task %s has no entry", s.ID)
		}
	}
}

// wantTrueTimes checks that the next time of an entry is when it says it comes
// next: on the grid of its schedule, or on that of the minute.
func (b *bench) wantTrueTimes(t *testing.T, e *asynq.SchedulerEntry) {
	t.Helper()
	d := dueOf(t, e)
	if d != nil && d.Schedule == "" && d.Every == "" {
		if e.Spec != "@every 1s" {
			t.Errorf("the sweep is %q", e.Spec)
		}
		return
	}
	spec, err := cron.ParseStandard(e.Spec)
	if err != nil {
		t.Fatal(err)
	}
	next := e.Next.UTC()
	if got := spec.Next(next.Add(-time.Second)); !got.Equal(next) {
		t.Errorf("entry %s %s: next is %v, its spec %q says %v", e.Task.Type(), e.Task.Payload(), next, e.Spec, got)
	}
	if d == nil || d.Schedule == "" {
		return
	}
	id, _ := tasks.ParseScheduleID(d.Schedule)
	p := b.roll.players[id]
	standing := StandingOf(p)
	if got := b.book.grid.After(standing, next.Add(-time.Second)); !got.Equal(next) || d.Every != p.Every.String() {
		t.Errorf("%s shows %v every %s, the grid says %v every %s", d.Schedule, next, d.Every, got, p.Every)
	}
	// The entry was listed within the last two heartbeats: it was due next then.
	if now := time.Now(); next.Before(now.Add(-3*time.Second)) || next.After(b.book.grid.After(standing, now)) {
		t.Errorf("%s shows %v at %v, want %v", d.Schedule, next, now, b.book.grid.After(standing, now))
	}
}

func TestAsynqToolsShowHistoryAndQueues(t *testing.T) {
	b := newBenchOn(t, clientOf(t, testenv.RedisURL(t)), Grid{})
	for i := range 20 {
		covered := b.now
		if i < 8 {
			covered = time.Time{} // never fetched: due now
		}
		b.roll.add(t, 360, covered)
	}
	b.apply(t)
	b.run(t, func(o *SchedulerOptions) { o.Heartbeat = time.Second })
	var sweep *asynq.SchedulerEntry
	testenv.Eventually(t, 30*time.Second, "the sweep to have fired twice", func() bool {
		for _, e := range b.waitForEntries(t) {
			if strings.HasPrefix(e.Spec, "@every") {
				sweep = e
			}
		}
		if sweep == nil || sweep.Prev.IsZero() {
			return false
		}
		events, err := b.inspector.ListSchedulerEnqueueEvents(sweep.ID)
		return err == nil && len(events) >= 2
	})
	testenv.Eventually(t, 30*time.Second, "eight fetches in the queue", func() bool { return b.queued(t) == 8 })
	queues, err := b.inspector.Queues()
	if err != nil || !slices.Contains(queues, tasks.QueueFetch) || !slices.Contains(queues, tasks.QueueSchedules) {
		t.Errorf("queues %v, %v", queues, err)
	}
	info, err := b.inspector.GetQueueInfo(tasks.QueueFetch)
	if err != nil || info.Pending != 8 || info.Size != 8 || info.Paused {
		t.Errorf("queue of fetches: %+v, %v", info, err)
	}
	list, err := b.inspector.ListPendingTasks(tasks.QueueFetch)
	if err != nil {
		t.Fatal(err)
	}
	for _, task := range list {
		id, ok := tasks.ParseScheduleID(task.ID)
		if p := b.roll.players[id]; !ok || !strings.Contains(string(task.Payload), `"player":"`+p.Name.String()+`"`) {
			t.Errorf("task %s says %s, want its player", task.ID, task.Payload)
		}
	}
}
