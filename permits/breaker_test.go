package permits_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/osrsdiff/osrsdiff/permits"
)

func report(tb testing.TB, o *permits.Office, p permits.Permit, outcome permits.Outcome) {
	tb.Helper()
	a := permits.Answer{Outcome: outcome}
	if outcome == permits.Failed {
		a.Cause = "no answer"
	}
	if err := o.Report(tb.Context(), p, a); err != nil {
		tb.Fatal(err)
	}
}

// impatient asks without waiting and returns the permit, or how long and why
// there is none.
func impatient(tb testing.TB, o *permits.Office) (permits.Permit, *permits.WaitError) {
	tb.Helper()
	p, err := o.Take(tb.Context(), permits.Request{Patience: time.Nanosecond})
	var away *permits.WaitError
	if err != nil && !errors.As(err, &away) {
		tb.Fatal(err)
	}
	return p, away
}

func state(tb testing.TB, o *permits.Office) permits.State {
	tb.Helper()
	s, err := o.State(tb.Context())
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

func TestBreakerOpensAfterFailuresInARow(t *testing.T) {
	const ok, bad, dunno = permits.Answered, permits.Failed, permits.Unknown
	for _, test := range []struct {
		name     string
		outcomes []permits.Outcome
		open     bool
	}{
		{"nothing happened", nil, false},
		{"four failures", []permits.Outcome{bad, bad, bad, bad}, false},
		{"five failures", []permits.Outcome{bad, bad, bad, bad, bad}, true},
		{"five with an answer between", []permits.Outcome{bad, bad, bad, ok, bad, bad}, false},
		{"requests for a pause between count neither way", []permits.Outcome{bad, bad, dunno, bad, bad, dunno, bad}, true},
		{"answers", []permits.Outcome{ok, ok, ok, ok, ok, ok}, false},
		{"no outcomes", []permits.Outcome{dunno, dunno, dunno, dunno, dunno, dunno}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := newBench(t)
			offices := []*permits.Office{b.office(permits.Options{}), b.office(permits.Options{}), b.office(permits.Options{})}
			for i, outcome := range test.outcomes {
				p, away := impatient(t, offices[i%3])
				if away != nil {
					t.Fatalf("request %d: %v", i, away)
				}
				report(t, offices[(i+1)%3], p, outcome)
			}
			_, away := impatient(t, offices[0])
			if (away != nil) != test.open {
				t.Errorf("next request: %v; want the breaker open: %t", away, test.open)
			}
			want := permits.Closed
			if test.open {
				want = permits.Open
			}
			if got := state(t, offices[1]).Breaker; got != want {
				t.Errorf("breaker is %s, want %s", got, want)
			}
		})
	}
}

// opened is an office whose breaker has just opened.
func opened(t *testing.T) (*bench, *permits.Office) {
	t.Helper()
	b := newBench(t)
	o := b.office(permits.Options{})
	for range 5 {
		report(t, o, permits.Permit{}, permits.Failed)
	}
	return b, o
}

// TestReleaseTellsOfAnAnswer lets the marker be given back between the fourth failure
// and the fifth, and after it.
func TestReleaseTellsOfAnAnswer(t *testing.T) {
	for _, tt := range []struct {
		answered bool
		want     permits.BreakerState
	}{{true, permits.Closed}, {false, permits.Open}} {
		o := newBench(t).office(permits.Options{})
		for range 4 {
			report(t, o, permits.Permit{}, permits.Failed)
		}
		if err := o.Release(t.Context(), "player_fetch_1", "a", tt.answered); err != nil {
			t.Fatal(err)
		}
		report(t, o, permits.Permit{}, permits.Failed)
		if got := state(t, o).Breaker; got != tt.want {
			t.Errorf("a failure after four and a release that says answered=%t: the breaker is %s, want %s", tt.answered, got, tt.want)
		}
	}
	o := newBench(t).office(permits.Options{})
	for range 5 {
		report(t, o, permits.Permit{}, permits.Failed)
	}
	if err := o.Release(t.Context(), "player_fetch_1", "a", true); err != nil {
		t.Fatal(err)
	}
	if got := state(t, o).Breaker; got != permits.Open {
		t.Errorf("an answer to a request from before the breaker opened made it %s", got)
	}
}

func TestBreakerProbesWithGrowingPauses(t *testing.T) {
	b, o := opened(t)
	for i, minutes := range []int{1, 2, 4, 8, 15, 15} {
		open := time.Duration(minutes) * time.Minute
		_, away := impatient(t, o)
		if diff := cmp.Diff(&permits.WaitError{For: open, Reason: permits.BreakerOpen}, away); diff != "" {
			t.Fatalf("opening %d (-want +got):\n%s", i+1, diff)
		}
		want := permits.State{
			Breaker: permits.Open, Failures: 5 + i, Cause: "no answer", OpenedAt: start, RetryAt: b.now.Add(open),
			Waiting: map[permits.Class]int{permits.Interactive: 0, permits.Scheduled: 0, permits.Background: 0},
		}
		if diff := cmp.Diff(want, state(t, o)); diff != "" {
			t.Errorf("state in opening %d (-want +got):\n%s", i+1, diff)
		}
		b.advance(open)
		if got := state(t, o).Breaker; got != permits.HalfOpen {
			t.Errorf("after opening %d the breaker is %s", i+1, got)
		}
		probe, away := impatient(t, o)
		if away != nil || !probe.Probe() {
			t.Fatalf("after opening %d: %v, probe %t; want a probe", i+1, away, probe.Probe())
		}
		if _, away := impatient(t, o); away == nil || away.Reason != permits.Probing {
			t.Fatalf("beside the probe: %v, want to wait for it", away)
		}
		report(t, o, permits.Permit{}, permits.Answered) // of a request from before: proves nothing now
		report(t, o, permits.Permit{}, permits.Failed)
		report(t, o, probe, permits.Failed)
	}
	b.advance(15 * time.Minute)
	probe, _ := impatient(t, o)
	report(t, o, probe, permits.Answered)
	p, away := impatient(t, o)
	if away != nil || p.Probe() {
		t.Errorf("after a probe was answered: %v, probe %t; want permits as usual", away, p.Probe())
	}
	if got := state(t, o); got.Breaker != permits.Closed || got.Failures != 0 || !got.OpenedAt.IsZero() {
		t.Errorf("state %+v, want closed", got)
	}
	for range 5 {
		report(t, o, permits.Permit{}, permits.Failed)
	}
	if _, away := impatient(t, o); away == nil || away.For != time.Minute {
		t.Errorf("opened anew: %v, want a minute", away)
	}
}

func TestProbeWithoutAnOutcome(t *testing.T) {
	t.Run("is handed on", func(t *testing.T) {
		b, o := opened(t)
		b.advance(time.Minute)
		probe, _ := impatient(t, o)
		report(t, o, probe, permits.Unknown)
		if next, away := impatient(t, o); away != nil || !next.Probe() {
			t.Errorf("next: %v, probe %t; want another probe", away, next.Probe())
		}
	})
	t.Run("is forgotten when its process died", func(t *testing.T) {
		b, o := opened(t)
		b.advance(time.Minute)
		if _, away := impatient(t, o); away != nil {
			t.Fatal(away)
		}
		b.advance(59 * time.Second)
		if _, away := impatient(t, o); away == nil {
			t.Error("a second probe while the first may be under way")
		}
		b.advance(2 * time.Second)
		if next, away := impatient(t, o); away != nil || !next.Probe() {
			t.Errorf("a minute later: %v, probe %t; want another probe", away, next.Probe())
		}
	})
}

func TestBreakerSurvivesAClockSetBack(t *testing.T) {
	b, o := opened(t)
	b.now = start.Add(-24 * time.Hour)
	b.redis.SetTime(b.now)
	if p, away := impatient(t, o); away != nil || !p.Probe() {
		t.Errorf("after the clock was set back a day: %v, probe %t; want a probe", away, p.Probe())
	}
}

func TestLosingRedisClosesTheBreaker(t *testing.T) {
	b, o := opened(t)
	b.redis.FlushAll()
	if _, away := impatient(t, o); away != nil {
		t.Errorf("with an empty Redis: %v", away)
	}
}

func TestReportPauses(t *testing.T) {
	b := newBench(t)
	o := b.office(permits.Options{})
	if err := o.Report(t.Context(), permits.Permit{}, permits.Answer{Outcome: permits.Unknown, Pause: time.Minute}); err != nil {
		t.Fatal(err)
	}
	_, away := impatient(t, o)
	if diff := cmp.Diff(&permits.WaitError{For: time.Minute, Reason: permits.Paused}, away); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := state(t, o).Paused; got != time.Minute {
		t.Errorf("state says paused for %s", got)
	}
}

// TestAnHourOfOutage lets four processes with all slots busy meet a site that is
// down for an hour: what it is sent is a handful of requests.
func TestAnHourOfOutage(t *testing.T) {
	const outage = time.Hour
	w := newWorld(t, outage+20*time.Minute)
	var during, after atomic.Int64
	request := func(o *permits.Office, p permits.Permit) {
		outcome := permits.Answered
		if w.passed() < outage {
			during.Add(1)
			outcome = permits.Failed
		} else {
			after.Add(1)
		}
		w.sleep(300 * time.Millisecond)
		report(t, o, p, outcome)
	}
	for proc := range 4 {
		o := w.office(permits.Options{Rate: 1, Burst: 2})
		for slot := range 4 {
			r := permits.Request{Holder: fmt.Sprintf("player_fetch_%d%d", proc, slot), Token: "a", Patience: 10 * time.Second}
			w.live(func() {
				p, err := o.Take(context.Background(), r)
				if away, ok := errors.AsType[*permits.WaitError](err); ok {
					w.sleep(away.For + time.Second)
					return
				}
				if err != nil {
					t.Error(err)
					return
				}
				request(o, p)
			})
		}
	}
	w.run()
	// Five open the breaker; after 1, 2, 4, 8, 15, 15 and 15 minutes one probes.
	if got := during.Load(); got < 6 || got > 5+7 {
		t.Errorf("%d requests in an hour of outage, want 5 and then a handful of probes", got)
	}
	if got := after.Load(); got < 300 {
		t.Errorf("%d requests in the twenty minutes after it, want it to go on by itself", got)
	}
	t.Logf("%d requests during the outage, %d after it", during.Load(), after.Load())
}

func TestAbsencesAreDoubtedWhenManyAreLost(t *testing.T) {
	type step struct {
		found, lost int // players answered for, counted from where the last step ended
		later       time.Duration
	}
	for _, test := range []struct {
		name  string
		steps []step
		doubt bool // of the last one lost
	}{
		{"one", []step{{lost: 1}}, false},
		{"two of two", []step{{lost: 2}}, false},
		{"three of three", []step{{lost: 3}}, true},
		{"three of fifteen", []step{{found: 12}, {lost: 3}}, true},
		{"three of sixteen", []step{{found: 13}, {lost: 3}}, false},
		{"all of a sudden", []step{{found: 200}, {lost: 51}}, true},
		{"the few who are banned", []step{{found: 500}, {lost: 20}}, false},
		{"long ago", []step{{lost: 5, later: 11 * time.Minute}, {found: 3}, {lost: 1}}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := newBench(t)
			o := b.office(permits.Options{})
			player, doubt := 0, false
			for _, s := range test.steps {
				for range s.found {
					player++
					if err := o.Listed(t.Context(), fmt.Sprint(player)); err != nil {
						t.Fatal(err)
					}
				}
				for range s.lost {
					player++
					var err error
					if doubt, err = o.Unlisted(t.Context(), fmt.Sprint(player)); err != nil {
						t.Fatal(err)
					}
				}
				b.advance(s.later)
			}
			if doubt != test.doubt {
				t.Errorf("doubtful %t, want %t", doubt, test.doubt)
			}
		})
	}
}

func TestDoubtEnds(t *testing.T) {
	b := newBench(t)
	o := b.office(permits.Options{})
	lose := func() (doubt bool) {
		t.Helper()
		for _, id := range []string{"1", "2", "3"} {
			var err error
			if doubt, err = o.Unlisted(t.Context(), id); err != nil {
				t.Fatal(err)
			}
		}
		return doubt
	}
	for range 6 {
		if !lose() {
			t.Fatalf("%s after the first loss it is believed", b.now.Sub(start))
		}
		b.advance(time.Hour)
	}
	if lose() {
		t.Error("three players who stay away are doubted for more than six hours")
	}
	for id := range 3 {
		if err := o.Listed(t.Context(), fmt.Sprint(id+1)); err != nil {
			t.Fatal(err)
		}
	}
	if doubt, err := o.Doubtful(t.Context()); err != nil || doubt {
		t.Errorf("doubtful %t, %v after all were found", doubt, err)
	}
}

func TestOneOfficeIsToldOfEachTurnOfTheBreaker(t *testing.T) {
	b := newBench(t)
	var told []string
	tell := func(_ context.Context, state permits.BreakerState, cause string) {
		told = append(told, fmt.Sprint(state, " ", cause))
	}
	offices := []*permits.Office{b.office(permits.Options{OnBreaker: tell}), b.office(permits.Options{OnBreaker: tell})}
	report(t, offices[0], permits.Permit{}, permits.Answered)
	for i := range 8 {
		report(t, offices[i%2], permits.Permit{}, permits.Failed)
	}
	for _, outcome := range []permits.Outcome{permits.Failed, permits.Answered} {
		b.advance(15 * time.Minute)
		p, away := impatient(t, offices[1])
		if away != nil {
			t.Fatal(away)
		}
		report(t, offices[0], p, outcome)
	}
	if diff := cmp.Diff([]string{"open no answer", "closed "}, told); diff != "" {
		t.Errorf("told (-want +got):\n%s", diff)
	}
}
