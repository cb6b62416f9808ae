package permits_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"

	"github.com/osrsdiff/osrsdiff/permits"
)

// world is a Redis and any number of processes in a time of their own: the
// clock stands still while anything runs and jumps to the next alarm when all
// sleep.
type world struct {
	tb    testing.TB
	redis *miniredis.Miniredis
	ends  time.Time

	mu     sync.Mutex
	now    time.Time
	awake  int
	alarms []alarm
	people sync.WaitGroup
}

// alarm wakes one sleeper.
type alarm struct {
	at   time.Time
	wake chan struct{}
}

func newWorld(tb testing.TB, lasts time.Duration) *world {
	tb.Helper()
	srv := miniredis.NewMiniRedis()
	if err := srv.Start(); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(srv.Close)
	srv.SetTime(start)
	return &world{tb: tb, redis: srv, now: start, ends: start.Add(lasts)}
}

// office is the office of another process.
func (w *world) office(opts permits.Options) *permits.Office {
	w.tb.Helper()
	rdb := redis.NewClient(&redis.Options{Addr: w.redis.Addr(), ReadTimeout: time.Minute})
	w.tb.Cleanup(func() { _ = rdb.Close() })
	opts.Sleep = func(_ context.Context, d time.Duration) error { w.sleep(d); return nil }
	return permits.New(rdb, opts)
}

// live runs what someone does over and over until the world ends.
func (w *world) live(does func()) {
	w.mu.Lock()
	w.awake++
	w.mu.Unlock()
	w.people.Go(func() {
		w.sleep(time.Millisecond)
		for w.clock().Before(w.ends) {
			does()
		}
		w.mu.Lock()
		w.awake--
		w.next()
		w.mu.Unlock()
	})
}

// run lets the world go on until its end.
func (w *world) run() { w.people.Wait() }

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) passed() time.Duration { return w.clock().Sub(start) }

func (w *world) sleep(d time.Duration) {
	a := alarm{wake: make(chan struct{})}
	w.mu.Lock()
	a.at = w.now.Add(max(d, time.Microsecond))
	w.alarms = append(w.alarms, a)
	w.awake--
	w.next()
	w.mu.Unlock()
	<-a.wake
}

// next lets time jump to the next alarm when nobody is awake. w.mu is held.
func (w *world) next() {
	if w.awake > 0 || len(w.alarms) == 0 {
		return
	}
	first := 0
	for i, a := range w.alarms {
		if a.at.Before(w.alarms[first].at) {
			first = i
		}
	}
	a := w.alarms[first]
	w.alarms = append(w.alarms[:first], w.alarms[first+1:]...)
	w.redis.FastForward(a.at.Sub(w.now))
	w.now = a.at
	w.redis.SetTime(w.now)
	w.awake++
	close(a.wake)
}
