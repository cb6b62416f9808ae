package main

import (
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/hibiken/asynq"

	"github.com/osrsdiff/osrsdiff/hiscores/hiscorestest"
	"github.com/osrsdiff/osrsdiff/internal/testenv"
	"github.com/osrsdiff/osrsdiff/schedules"
	"github.com/osrsdiff/osrsdiff/tasks"
)

// The tests below run whole processes against a real redis-server, break
// something, and count at the fake site what came of it: no tick is fetched
// twice, and no player is forgotten.

func TestTwoSchedulersAndTwoWorkersFetchEachTickOnce(t *testing.T) {
	s := newStack(t)
	s.track(20, 4)
	roles := []*proc{s.start("scheduler"), s.start("scheduler"), s.start("worker"), s.start("worker")}
	s.eachFetchedAfter(s.begun, 5, time.Minute)
	for _, p := range roles {
		p.stop()
	}
	s.onceATick()
}

func TestSchedulerKilled(t *testing.T) {
	s := newStack(t)
	s.track(10, 4)
	first := s.start("scheduler")
	s.start("worker")
	s.eachFetchedAfter(s.begun, 2, 30*time.Second)
	second := s.start("scheduler")
	killed := time.Now()
	first.kill()
	s.eachFetchedAfter(killed, 2, 30*time.Second)
	t.Logf("two further fetches of each player %v after SIGKILL of the lease holder", time.Since(killed).Round(100*time.Millisecond))
	second.stop()
	s.onceATick()
}

// TestSchedulerFrozen stops the lease holder for much longer than its lease:
// another takes over, and the old holder does no harm when it goes on.
func TestSchedulerFrozen(t *testing.T) {
	s := newStack(t)
	s.track(10, 4)
	first := s.start("scheduler")
	s.start("worker")
	s.eachFetchedAfter(s.begun, 2, 30*time.Second)
	s.start("scheduler")
	frozen := time.Now()
	first.signal(syscall.SIGSTOP)
	s.eachFetchedAfter(frozen.Add(6*time.Second), 2, 40*time.Second)
	pause(t, time.Until(frozen.Add(30*time.Second)))
	first.signal(syscall.SIGCONT)
	s.eachFetchedAfter(time.Now(), 3, 40*time.Second)
	first.stop()
	s.onceATick()
}

// TestWorkerKilled kills a worker while its requests hang. Their outcome is
// unknown, so they are repeated once the run marker has died, a minute later.
func TestWorkerKilled(t *testing.T) {
	s := newStack(t)
	s.track(6, 4)
	s.start("scheduler")
	first := s.start("worker", "OSRSDIFF_HISCORES_TIMEOUT=1m")
	s.eachFetchedAfter(s.begun, 1, 30*time.Second)
	s.site.Fault(hiscorestest.Everyone, hiscorestest.Fault{Kind: hiscorestest.Hang})
	hanging := time.Now()
	testenv.Eventually(t, 20*time.Second, "four hanging requests", func() bool {
		n := 0
		for _, r := range s.site.RequestLog() {
			if r.At.After(hanging) {
				n++
			}
		}
		return n >= 4
	})
	killed := time.Now()
	first.kill()
	s.site.Clear(hiscorestest.Everyone)
	s.start("worker")
	s.eachFetchedAfter(killed, 1, 2*time.Minute)
	t.Logf("every player was fetched again within %v of SIGKILL", time.Since(killed).Round(time.Second))
	s.onceATick()
}

// TestWorkerStoppedInTheMiddle stops a worker with SIGTERM while requests are
// under way and tasks wait: what is under way is finished, the rest is done by
// the next worker.
func TestWorkerStoppedInTheMiddle(t *testing.T) {
	s := newStack(t)
	s.track(20, 30)
	s.site.Fault(hiscorestest.Everyone, hiscorestest.Fault{Kind: hiscorestest.Slow, Delay: time.Second})
	s.start("scheduler")
	first := s.start("worker")
	testenv.Eventually(t, 30*time.Second, "requests under way", func() bool { return len(s.site.RequestLog()) >= 6 })
	first.stop()
	s.start("worker")
	s.eachFetchedAfter(s.begun, 1, time.Minute)
	s.onceATick()
}

func TestRedisFlushedWhileAllRolesRun(t *testing.T) {
	s := newStack(t)
	s.track(10, 4)
	s.start("scheduler")
	s.start("scheduler")
	s.start("worker")
	s.start("web", "OSRSDIFF_WEB_LISTEN=127.0.0.1:0")
	s.eachFetchedAfter(s.begun, 2, 30*time.Second)
	client := s.client()
	if err := client.FlushDB(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	flushed := time.Now()
	s.eachFetchedAfter(flushed, 2, 30*time.Second)
	t.Logf("two further fetches of each player %v after FLUSHDB", time.Since(flushed).Round(100*time.Millisecond))
	if got := s.osrsdiff("schedule", "verify"); !strings.Contains(got, "10") {
		t.Errorf("schedule verify after FLUSHDB:\n%s", got)
	}
	s.onceATick()
}

func TestRedisAwayAndBack(t *testing.T) {
	for name, wipe := range map[string]bool{"WithItsData": false, "Empty": true} {
		t.Run(name, func(t *testing.T) {
			s := newStack(t)
			s.track(10, 4)
			roles := []*proc{s.start("scheduler"), s.start("worker"), s.start("web", "OSRSDIFF_WEB_LISTEN=127.0.0.1:0")}
			s.eachFetchedAfter(s.begun, 2, 30*time.Second)
			s.redis.Kill()
			if wipe {
				s.redis.Wipe()
			}
			pause(t, 30*time.Second)
			s.redis.Start()
			back := time.Now()
			// A fetch that ended while Redis was away stands in the queue as under
			// way until asynq's recoverer takes it up, within two minutes.
			s.eachFetchedAfter(back, 2, 130*time.Second)
			t.Logf("two further fetches of each player %v after Redis came back", time.Since(back).Round(100*time.Millisecond))
			for _, p := range roles {
				p.stop()
			}
			s.onceATick()
		})
	}
}

// TestRedisRestartedEmpty takes a thousand schedules, all queues and all that is in
// them away. Everything is back by itself, where people look for it as well.
func TestRedisRestartedEmpty(t *testing.T) {
	const players = 1000
	s := newStack(t)
	s.track(players, 30)
	s.start("scheduler")
	s.start("scheduler")
	s.start("worker")
	s.eachFetchedAfter(s.begun, 1, 2*time.Minute)
	s.redis.Kill()
	s.redis.Wipe()
	s.redis.Start()
	back := time.Now()
	rdb := s.client()
	book := schedules.NewBook(rdb, schedules.BookOptions{})
	testenv.Eventually(t, time.Minute, "every schedule to be back", func() bool {
		stats, err := book.Stats(t.Context())
		return err == nil && stats.Ready != "" && stats.Schedules == players
	})
	t.Logf("%d schedules were back %v after Redis was", players, time.Since(back).Round(100*time.Millisecond))
	// asynq's CLI and asynqmon read the same.
	inspector := asynq.NewInspectorFromRedisClient(rdb)
	for what, there := range map[string]func() (bool, error){
		"queues": func() (bool, error) {
			queues, err := inspector.Queues()
			return slices.Contains(queues, tasks.QueueFetch) && slices.Contains(queues, tasks.QueueMaintenance), err
		},
		"entries": func() (bool, error) {
			entries, err := inspector.SchedulerEntries()
			return len(entries) > 0, err
		},
		"servers": func() (bool, error) {
			servers, err := inspector.Servers()
			return len(servers) > 0, err
		},
	} {
		testenv.Eventually(t, time.Minute, what+" to be back", func() bool {
			is, err := there()
			return is && err == nil
		})
		t.Logf("%s were back %v after Redis was", what, time.Since(back).Round(100*time.Millisecond))
	}
	s.eachFetchedAfter(back, 1, 2*time.Minute)
	s.onceATick()
}

// TestRedisFrozen lets Redis accept connections and answer nothing for a while.
func TestRedisFrozen(t *testing.T) {
	s := newStack(t)
	s.track(10, 4)
	s.start("scheduler")
	s.start("worker")
	s.eachFetchedAfter(s.begun, 2, 30*time.Second)
	s.redis.Freeze()
	pause(t, 10*time.Second)
	s.redis.Thaw()
	s.eachFetchedAfter(time.Now(), 2, 130*time.Second)
	s.onceATick()
}
