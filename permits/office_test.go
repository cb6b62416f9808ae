package permits_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"
	"pgregory.net/rapid"

	"github.com/osrsdiff/osrsdiff/internal/testenv"
	"github.com/osrsdiff/osrsdiff/permits"
)

// start is when the fake clocks of these tests begin.
var start = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)

// bench is an embedded Redis whose clock only moves when somebody sleeps.
type bench struct {
	redis *miniredis.Miniredis
	rdb   redis.UniversalClient
	now   time.Time
	naps  []time.Duration
}

func newBench(tb testing.TB) *bench {
	tb.Helper()
	srv := miniredis.NewMiniRedis()
	if err := srv.Start(); err != nil {
		tb.Fatal(err)
	}
	rdb := redis.NewClient(&redis.Options{Addr: srv.Addr()})
	tb.Cleanup(func() {
		_ = rdb.Close()
		srv.Close()
	})
	b := &bench{redis: srv, rdb: rdb, now: start}
	srv.SetTime(start)
	return b
}

func (b *bench) sleep(ctx context.Context, d time.Duration) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	b.naps = append(b.naps, d)
	b.advance(d)
	return nil
}

func (b *bench) advance(d time.Duration) {
	b.now = b.now.Add(d)
	b.redis.SetTime(b.now)
	b.redis.FastForward(d)
}

func (b *bench) office(opts permits.Options) *permits.Office {
	opts.Sleep = b.sleep
	if opts.Random == nil {
		opts.Random = func() float64 { return 0 }
	}
	return permits.New(b.rdb, opts)
}

// take takes n permits without a marker and returns when each was granted.
func take(ctx context.Context, tb testing.TB, o *permits.Office, n int) []time.Duration {
	tb.Helper()
	var at []time.Duration
	for range n {
		p, err := o.Take(ctx, permits.Request{})
		if err != nil {
			tb.Fatal(err)
		}
		at = append(at, p.At.Sub(start))
	}
	return at
}

func TestTakeSpacesPermits(t *testing.T) {
	ms := time.Millisecond
	for _, test := range []struct {
		name string
		opts permits.Options
		want []time.Duration
	}{
		{"one a second, two at once", permits.Options{Rate: 1, Burst: 2}, []time.Duration{0, 0, 1000 * ms, 2000 * ms, 3000 * ms}},
		{"no burst", permits.Options{Rate: 1}, []time.Duration{0, 1000 * ms, 2000 * ms}},
		{"four a second", permits.Options{Rate: 4, Burst: 1}, []time.Duration{0, 250 * ms, 500 * ms}},
		{"one in ten seconds", permits.Options{Rate: 0.1, Burst: 1}, []time.Duration{0, 10000 * ms}},
		{"no limit", permits.Options{}, []time.Duration{0, 0, 0}},
		{"jitter is half an interval at most", permits.Options{Rate: 1, Burst: 1, Random: func() float64 { return 0.5 }}, []time.Duration{0, 1250 * ms, 2500 * ms}},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := newBench(t)
			got := take(t.Context(), t, b.office(test.opts), len(test.want))
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("granted at (-want +got):\n%s", diff)
			}
		})
	}
}

func TestQuietTimeGivesTheBurstBack(t *testing.T) {
	b := newBench(t)
	o := b.office(permits.Options{Rate: 1, Burst: 3})
	take(t.Context(), t, o, 3)
	b.advance(time.Hour)
	got := take(t.Context(), t, o, 4)
	if diff := cmp.Diff([]time.Duration{time.Hour, time.Hour, time.Hour, time.Hour + time.Second}, got); diff != "" {
		t.Errorf("granted at (-want +got):\n%s", diff)
	}
}

func TestClockSetBackDoesNotStarve(t *testing.T) {
	b := newBench(t)
	o := b.office(permits.Options{Rate: 1, Burst: 2})
	take(t.Context(), t, o, 2)
	b.now = start.Add(-time.Hour)
	b.redis.SetTime(b.now)
	got := take(t.Context(), t, o, 1)
	if got[0] > -time.Hour+2*time.Second {
		t.Errorf("granted %s after the clock was set back: want within two intervals", got[0]+time.Hour)
	}
}

func TestMarkerKeepsOtherRunsOut(t *testing.T) {
	b := newBench(t)
	o := b.office(permits.Options{MarkerTTL: time.Minute})
	if _, err := o.Take(t.Context(), permits.Request{Holder: "player_fetch_1", Token: "a"}); err != nil {
		t.Fatal(err)
	}
	b.advance(20 * time.Second)

	_, err := o.Take(t.Context(), permits.Request{Holder: "player_fetch_1", Token: "b"})
	var marked *permits.MarkedError
	if !errors.As(err, &marked) {
		t.Fatalf("second run: %v, want a MarkedError", err)
	}
	if diff := cmp.Diff(permits.MarkedError{Holder: "player_fetch_1", For: 40 * time.Second}, *marked); diff != "" {
		t.Errorf("MarkedError (-want +got):\n%s", diff)
	}
	if _, err := o.Take(t.Context(), permits.Request{Holder: "player_fetch_2", Token: "b"}); err != nil {
		t.Errorf("another holder: %v", err)
	}
	if _, err := o.Take(t.Context(), permits.Request{Holder: "player_fetch_1", Token: "a"}); err != nil {
		t.Errorf("the run itself, for another table: %v", err)
	}
	b.advance(50 * time.Second)
	if _, err := o.Take(t.Context(), permits.Request{Holder: "player_fetch_1", Token: "b"}); !errors.As(err, &marked) {
		t.Errorf("50 s after the marker was taken anew: %v, want a MarkedError", err)
	}
	b.advance(11 * time.Second)
	if _, err := o.Take(t.Context(), permits.Request{Holder: "player_fetch_1", Token: "b"}); err != nil {
		t.Errorf("after the marker died: %v", err)
	}
}

func TestReleaseComparesTheToken(t *testing.T) {
	b := newBench(t)
	o := b.office(permits.Options{})
	if _, err := o.Take(t.Context(), permits.Request{Holder: "player_fetch_1", Token: "a"}); err != nil {
		t.Fatal(err)
	}
	if err := o.Release(t.Context(), "player_fetch_1", "b", false); err != nil {
		t.Fatal(err)
	}
	var marked *permits.MarkedError
	if _, err := o.Take(t.Context(), permits.Request{Holder: "player_fetch_1", Token: "b"}); !errors.As(err, &marked) {
		t.Errorf("after a stranger's release: %v, want a MarkedError", err)
	}
	if err := o.Release(t.Context(), "player_fetch_1", "a", false); err != nil {
		t.Fatal(err)
	}
	if _, err := o.Take(t.Context(), permits.Request{Holder: "player_fetch_1", Token: "b"}); err != nil {
		t.Errorf("after the holder's release: %v", err)
	}
	if err := o.Release(t.Context(), "player_fetch_9", "a", false); err != nil {
		t.Errorf("release of a marker that is not there: %v", err)
	}
}

// TestPermitTellsOfARecentRun wants the next run of a holder to hear of one that has
// given the marker back, or whose marker had died before it did, for RecentFor.
func TestPermitTellsOfARecentRun(t *testing.T) {
	for name, test := range map[string]struct {
		runs, waits time.Duration
		want        bool
	}{
		"at once":                  {0, 0, true},
		"a little later":           {0, permits.RecentFor - time.Millisecond, true},
		"later":                    {0, permits.RecentFor, false},
		"after the marker's death": {2 * permits.DefaultMarkerTTL, 0, true},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			o := b.office(permits.Options{})
			take := func(holder, token string) permits.Permit {
				p, err := o.Take(t.Context(), permits.Request{Holder: holder, Token: token})
				if err != nil {
					t.Fatal(err)
				}
				return p
			}
			if take("player_fetch_1", "a").Recent {
				t.Error("the first run hears of another")
			}
			b.advance(test.runs)
			if err := o.Release(t.Context(), "player_fetch_1", "a", true); err != nil {
				t.Fatal(err)
			}
			b.advance(test.waits)
			if take("player_fetch_2", "b").Recent {
				t.Error("a run of another holder hears of it")
			}
			if got := take("player_fetch_1", "b").Recent; got != test.want {
				t.Errorf("the next run hears of one: %t, want %t", got, test.want)
			}
		})
	}
}

func TestHolderNeedsAToken(t *testing.T) {
	b := newBench(t)
	if _, err := b.office(permits.Options{}).Take(t.Context(), permits.Request{Holder: "player_fetch_1", Token: ""}); err == nil {
		t.Error("Take with a holder and no token: no error")
	}
}

func TestNoMarkerIsLeftWithoutAPermit(t *testing.T) {
	for _, test := range []struct {
		name  string
		block func(ctx context.Context, o *permits.Office) error
	}{
		{"limited", func(ctx context.Context, o *permits.Office) error {
			_, err := o.Take(ctx, permits.Request{})
			return err
		}},
		{"paused", func(ctx context.Context, o *permits.Office) error { return o.Pause(ctx, time.Hour) }},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := newBench(t)
			o := permits.New(b.rdb, permits.Options{Rate: 0.001, Sleep: func(context.Context, time.Duration) error {
				return context.DeadlineExceeded
			}})
			if err := test.block(t.Context(), o); err != nil {
				t.Fatal(err)
			}
			if _, err := o.Take(t.Context(), permits.Request{Holder: "player_fetch_1", Token: "a"}); !errors.Is(err, context.DeadlineExceeded) {
				t.Fatalf("Take: %v, want the error of the wait", err)
			}
			for _, key := range b.redis.Keys() {
				if key == "{osrsdiff:hiscores}:marker:player_fetch_1" {
					t.Errorf("keys %q: a marker was left behind", b.redis.Keys())
				}
			}
		})
	}
}

func TestPause(t *testing.T) {
	b := newBench(t)
	o := b.office(permits.Options{})
	for _, d := range []time.Duration{30 * time.Second, 10 * time.Second, 0, -time.Second} {
		if err := o.Pause(t.Context(), d); err != nil {
			t.Fatal(err)
		}
	}
	if left, err := o.Paused(t.Context()); err != nil || left != 30*time.Second {
		t.Errorf("Paused = %s, %v; want 30s: a shorter pause never shortens", left, err)
	}
	got := take(t.Context(), t, o, 1)
	if got[0] != 30*time.Second {
		t.Errorf("granted after %s, want 30s", got[0])
	}
	for _, nap := range b.naps {
		if nap > 6*time.Second {
			t.Errorf("slept %s at once: a lost pause would go unnoticed", nap)
		}
	}
	if left, err := o.Paused(t.Context()); err != nil || left != 0 {
		t.Errorf("Paused = %s, %v after the pause; want 0", left, err)
	}
}

func TestTakeEndsWithItsContext(t *testing.T) {
	rdb := testenv.Redis(t)
	o := permits.New(rdb, permits.Options{Rate: 1})
	if err := o.Pause(t.Context(), time.Hour); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	failed := make(chan error)
	go func() {
		_, err := o.Take(ctx, permits.Request{Holder: "player_fetch_1", Token: "a"})
		failed <- err
	}()
	cancel()
	if err := <-failed; !errors.Is(err, context.Canceled) {
		t.Errorf("Take: %v, want context.Canceled", err)
	}
}

// TestManyOffices proves the limit across processes on the Redis that is
// installed: whatever order they come in, no window holds more than the burst
// and what the rate adds in it.
func TestManyOffices(t *testing.T) {
	const rate, burst, offices, each = 200.0, 2, 4, 15
	rdb := testenv.Redis(t)
	var mu sync.Mutex
	var at []time.Time
	var wg sync.WaitGroup
	for i := range offices {
		o := permits.New(rdb, permits.Options{Rate: rate, Burst: burst})
		wg.Go(func() {
			for j := range each {
				p, err := o.Take(t.Context(), permits.Request{Holder: fmt.Sprintf("player_fetch_%d", i), Token: fmt.Sprint(j)})
				if err == nil {
					err = o.Release(t.Context(), fmt.Sprintf("player_fetch_%d", i), fmt.Sprint(j), false)
				}
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				at = append(at, p.At)
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if len(at) != offices*each {
		t.Fatalf("%d permits granted, want %d", len(at), offices*each)
	}
	checkRate(t, at, rate, burst)
}

// checkRate fails when any window of the grants holds more than GCRA allows.
func checkRate(tb interface{ Errorf(string, ...any) }, at []time.Time, rate float64, burst int) {
	slices.SortFunc(at, time.Time.Compare)
	for i := range at {
		for j := i; j < len(at); j++ {
			allowed := float64(burst) + at[j].Sub(at[i]).Seconds()*rate
			if n := float64(j - i + 1); n > allowed+1e-6 {
				tb.Errorf("%v permits in %s: at most %.2f are allowed", n, at[j].Sub(at[i]), allowed)
				return
			}
		}
	}
}

func TestAnyArrivalsKeepTheRate(t *testing.T) {
	b := newBench(t)
	rapid.Check(t, func(rt *rapid.T) {
		b.redis.FlushAll()
		rate := rapid.SampledFrom([]float64{0.5, 1, 3, 7, 20}).Draw(rt, "rate")
		burst := rapid.IntRange(1, 4).Draw(rt, "burst")
		o := b.office(permits.Options{Rate: rate, Burst: burst, Random: func() float64 {
			return rapid.Float64Range(0, 0.999).Draw(rt, "jitter")
		}})
		var at []time.Time
		for range rapid.IntRange(1, 25).Draw(rt, "permits") {
			b.advance(time.Duration(rapid.IntRange(0, 1500).Draw(rt, "quiet ms")) * time.Millisecond)
			p, err := o.Take(t.Context(), permits.Request{})
			if err != nil {
				rt.Fatal(err)
			}
			at = append(at, p.At)
		}
		checkRate(rt, at, rate, burst)
	})
}

func TestKeysShareOneHashTag(t *testing.T) {
	b := newBench(t)
	o := b.office(permits.Options{Prefix: "other", Rate: 1})
	if err := o.Pause(t.Context(), time.Millisecond); err != nil {
		t.Fatal(err)
	}
	if _, err := o.Take(t.Context(), permits.Request{Holder: "player_fetch_1", Token: "a"}); err != nil {
		t.Fatal(err)
	}
	want := []string{"{other}:marker:player_fetch_1", "{other}:tat", "{other}:turns"}
	if diff := cmp.Diff(want, b.redis.Keys()); diff != "" {
		t.Errorf("keys (-want +got):\n%s", diff)
	}
}

func TestRedisAway(t *testing.T) {
	b := newBench(t)
	rdb := redis.NewClient(&redis.Options{Addr: b.redis.Addr(), MaxRetries: -1, DialerRetries: 1})
	defer func() { _ = rdb.Close() }()
	o := permits.New(rdb, permits.Options{Rate: 1})
	b.redis.Close()
	if _, err := o.Take(t.Context(), permits.Request{Holder: "player_fetch_1", Token: "a"}); err == nil {
		t.Error("Take without a Redis: no error")
	}
	if err := o.Pause(t.Context(), time.Second); err == nil {
		t.Error("Pause without a Redis: no error")
	}
	if _, err := o.Paused(t.Context()); err == nil {
		t.Error("Paused without a Redis: no error")
	}
	if err := o.Release(t.Context(), "player_fetch_1", "a", false); err == nil {
		t.Error("Release without a Redis: no error")
	}
}
