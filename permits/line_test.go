package permits_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/osrsdiff/osrsdiff/permits"
)

// grants are the permits that were used in a world.
type grants struct {
	mu    sync.Mutex
	at    []time.Time
	who   map[string]int
	class map[permits.Class]int
	waits map[permits.Class]time.Duration // the longest
}

func newGrants() *grants {
	return &grants{who: map[string]int{}, class: map[permits.Class]int{}, waits: map[permits.Class]time.Duration{}}
}

func (g *grants) add(r permits.Request, p permits.Permit, waited time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.at = append(g.at, p.At)
	g.who[r.Holder]++
	g.class[r.Class]++
	g.waits[r.Class] = max(g.waits[r.Class], waited)
}

// asks makes someone ask for permits again and again, as a worker's slot does:
// one who is sent away comes back when told to.
func (w *world) asks(o *permits.Office, g *grants, r permits.Request) {
	w.live(func() {
		begun := w.clock()
		for {
			p, err := o.Take(context.Background(), r)
			if away, ok := errors.AsType[*permits.WaitError](err); ok {
				w.sleep(max(away.For-3*time.Second, time.Second))
				continue
			}
			if err != nil {
				w.tb.Error(err)
				return
			}
			g.add(r, p, w.clock().Sub(begun))
			if r.Holder != "" {
				if err := o.Release(context.Background(), r.Holder, r.Token, false); err != nil {
					w.tb.Error(err)
				}
			}
			w.sleep(time.Duration(rand.IntN(200)) * time.Millisecond) // the request
			return
		}
	})
}

// checkWindows fails when any ten seconds hold more than the limit allows.
func checkWindows(t *testing.T, at []time.Time, rate float64, burst int) {
	t.Helper()
	const window = 10 * time.Second
	checkRate(t, at, rate, burst)
	limit := burst + int(rate*window.Seconds())
	for i, j := 0, 0; i < len(at); i++ {
		for ; at[i].Sub(at[j]) > window; j++ {
		}
		if n := i - j + 1; n > limit {
			t.Fatalf("%d permits within 10 s, the limit is %d", n, limit)
		}
	}
}

// TestFourProcessesShareTheLimit lets four processes with all slots busy ask for
// half an hour at the default limit: it is never exceeded and never left unused.
func TestFourProcessesShareTheLimit(t *testing.T) {
	const lasts = 8 * time.Minute
	w, g := newWorld(t, lasts), newGrants()
	for proc := range 4 {
		o := w.office(permits.Options{Rate: 1, Burst: 2})
		for slot := range 4 {
			id := fmt.Sprintf("player_fetch_%d%d", proc, slot)
			w.asks(o, g, permits.Request{Holder: id, Token: "a", Class: permits.Scheduled, Patience: 10 * time.Second})
		}
	}
	w.run()
	checkWindows(t, g.at, 1, 2)
	if want := int(0.98 * lasts.Seconds()); len(g.at) < want {
		t.Errorf("%d permits in %s: want at least %d, the limit is left unused", len(g.at), lasts, want)
	}
	least, most := len(g.at), 0
	for _, n := range g.who {
		least, most = min(least, n), max(most, n)
	}
	if len(g.who) != 16 || most-least > most/5 {
		t.Errorf("%d askers got between %d and %d permits: want equal shares", len(g.who), least, most)
	}
	if longest := g.waits[permits.Scheduled]; longest > 40*time.Second {
		t.Errorf("someone waited %s; sixteen in a line at one a second need 16s", longest)
	}
	t.Logf("%d permits; longest wait %s", len(g.at), g.waits[permits.Scheduled])
}

// TestNoClassStarves fills the line with every mix of classes.
func TestNoClassStarves(t *testing.T) {
	const lasts = 6 * time.Minute
	const reg, hand, back = permits.Scheduled, permits.Interactive, permits.Background
	for _, test := range []struct {
		name    string
		askers  map[permits.Class]int
		percent map[permits.Class][2]int // least and most
		longest map[permits.Class]time.Duration
	}{
		{"interactive and scheduled", map[permits.Class]int{hand: 8, reg: 8},
			map[permits.Class][2]int{hand: {70, 76}, reg: {23, 30}}, map[permits.Class]time.Duration{hand: 30 * time.Second, reg: time.Minute}},
		{"a few interactive go first", map[permits.Class]int{hand: 1, reg: 14},
			map[permits.Class][2]int{hand: {30, 76}}, map[permits.Class]time.Duration{hand: 4 * time.Second}},
		{"scheduled and background", map[permits.Class]int{reg: 12, back: 2},
			map[permits.Class][2]int{reg: {87, 92}, back: {8, 13}}, map[permits.Class]time.Duration{back: time.Minute}},
		{"all", map[permits.Class]int{hand: 8, reg: 8, back: 2},
			map[permits.Class][2]int{hand: {68, 76}, reg: {20, 28}, back: {2, 5}}, map[permits.Class]time.Duration{back: 3 * time.Minute}},
		{"background alone takes all", map[permits.Class]int{back: 2},
			map[permits.Class][2]int{back: {100, 100}}, map[permits.Class]time.Duration{back: 4 * time.Second}},
	} {
		t.Run(test.name, func(t *testing.T) {
			w, g := newWorld(t, lasts), newGrants()
			for class, n := range test.askers {
				o := w.office(permits.Options{Rate: 1, Burst: 2})
				for i := range n {
					id := fmt.Sprintf("%s_%d", class, i)
					w.asks(o, g, permits.Request{Holder: id, Token: "a", Class: class, Patience: 10 * time.Second})
				}
			}
			w.run()
			checkWindows(t, g.at, 1, 2)
			if len(g.at) < int(0.95*lasts.Seconds()) && len(test.askers) > 1 {
				t.Errorf("%d permits in %s: the limit is left unused", len(g.at), lasts)
			}
			for class, want := range test.percent {
				got := 100 * g.class[class] / len(g.at)
				if got < want[0] || got > want[1] {
					t.Errorf("%s got %d %% of %d permits, want %d to %d", class, got, len(g.at), want[0], want[1])
				}
			}
			for class, want := range test.longest {
				if got := g.waits[class]; got > want {
					t.Errorf("%s waited %s, want at most %s", class, got, want)
				}
			}
			t.Logf("permits %v, longest waits %v", g.class, g.waits)
		})
	}
}

// TestSentAwayKeepsItsPlace sends someone away and lets others come meanwhile:
// who comes back goes first.
func TestSentAwayKeepsItsPlace(t *testing.T) {
	b := newBench(t)
	o := b.office(permits.Options{Rate: 0.05, Burst: 1}) // one in 20 s
	take(t.Context(), t, o, 1)
	r := permits.Request{Holder: "player_fetch_1", Token: "a", Patience: 5 * time.Second}
	_, err := o.Take(t.Context(), r)
	var away *permits.WaitError
	if !errors.As(err, &away) || away.Reason != permits.Busy || away.For != 20*time.Second {
		t.Fatalf("Take: %v, want it to be busy for 20s", err)
	}
	other := permits.Request{Holder: "player_fetch_2", Token: "b", Patience: time.Second}
	if _, err := o.Take(t.Context(), other); !errors.As(err, &away) || away.For != 40*time.Second {
		t.Fatalf("Take of another: %v, want it to be behind the first", err)
	}
	b.advance(18 * time.Second)
	if _, err := o.Take(t.Context(), other); !errors.As(err, &away) || away.For != 22*time.Second {
		t.Fatalf("Take of the other, too early: %v, want it to be behind the first", err)
	}
	p, err := o.Take(t.Context(), r)
	if err != nil || p.At.Sub(start) < 20*time.Second || p.At.Sub(start) > 21*time.Second {
		t.Errorf("granted %s after the start, %v; want 20s", p.At.Sub(start), err)
	}
	b.advance(19 * time.Second)
	if p, err = o.Take(t.Context(), other); err != nil || p.At.Sub(start) > 41*time.Second {
		t.Errorf("the other is granted %s after the start, %v; want 40s", p.At.Sub(start), err)
	}
}

// TestWhoDoesNotComeBackHoldsNobodyUp kills askers in the middle of their wait.
func TestWhoDoesNotComeBackHoldsNobodyUp(t *testing.T) {
	b := newBench(t)
	o := b.office(permits.Options{Rate: 1, Burst: 1})
	take(t.Context(), t, o, 1)
	killed := permits.New(b.rdb, permits.Options{Rate: 1, Burst: 1, Sleep: func(context.Context, time.Duration) error {
		panic("killed")
	}})
	for _, class := range permits.Classes() {
		func() {
			defer func() { _ = recover() }()
			_, _ = killed.Take(t.Context(), permits.Request{Holder: class.String(), Token: "a", Class: class})
		}()
	}
	got := take(t.Context(), t, o, 3)
	if got[0] > 4*time.Second || got[2] > 8*time.Second {
		t.Errorf("granted at %v: want them held up by seconds at most", got)
	}
}

func TestUnknownClass(t *testing.T) {
	if _, err := newBench(t).office(permits.Options{}).Take(t.Context(), permits.Request{Class: 9}); err == nil {
		t.Error("Take of class 9: no error")
	}
}
