package tasks_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/hibiken/asynq"

	"github.com/osrsdiff/osrsdiff/hiscores"
	"github.com/osrsdiff/osrsdiff/hiscores/hiscorestest"
	"github.com/osrsdiff/osrsdiff/permits"
	"github.com/osrsdiff/osrsdiff/player"
	"github.com/osrsdiff/osrsdiff/store"
	"github.com/osrsdiff/osrsdiff/tasks"
)

func TestFetchRecordsATickOnce(t *testing.T) {
	b := newBench(t)
	p := b.add("Zezima", player.Regular)
	h, tick := b.fetcher(), b.tick(p)
	for range 3 {
		if err := h.ProcessTask(t.Context(), tick); err != nil {
			t.Fatal(err)
		}
	}
	b.wantRequests(p, 1)
	got := b.player(p.ID)
	if got.Status != player.Active || got.LastResult != player.Changed || got.CoveredUntil.Before(b.clock()) {
		t.Errorf("status %s, result %s, covered until %v; want active, changed, at least %v", got.Status, got.LastResult, got.CoveredUntil, b.clock())
	}
	if b.marked(p) {
		t.Error("the run marker is left after a known outcome")
	}
	snapshot, err := b.store.Latest(t.Context(), p.ID)
	if row, _ := snapshot.Row(hiscores.Overall); err != nil || row.Value != hiscores.Known(xp) {
		t.Errorf("stored overall %s, %v; want %d", row.Value, err, xp)
	}

	b.advance(2 * time.Hour)
	if err := h.ProcessTask(t.Context(), b.tick(p)); err != nil {
		t.Fatal(err)
	}
	b.wantRequests(p, 2)
	if got := b.player(p.ID).LastResult; got != player.Unchanged {
		t.Errorf("result of the next tick %s, want unchanged", got)
	}
}

// TestFetchMeetsEveryFault counts the requests of one run for each fault of the
// site and proves what becomes of the run.
func TestFetchMeetsEveryFault(t *testing.T) {
	type want struct {
		err     error         // nil: the run ends for good
		delay   time.Duration // until the next try
		failure bool          // counts as a try
		result  player.Result
		paused  time.Duration // at most so much, and more than nothing
		covered bool          // though it comes again
	}
	limited := func(d time.Duration) want {
		return want{err: hiscores.ErrRateLimited, delay: d + time.Second, paused: d}
	}
	failed := func(err error) want { return want{err: err, delay: 61 * time.Second, failure: true} }
	unavailable := failed(hiscores.ErrUnavailable)
	kind := func(k hiscorestest.FaultKind) hiscorestest.Fault { return hiscorestest.Fault{Kind: k} }
	ask := func(k hiscorestest.FaultKind, d time.Duration, date bool) hiscorestest.Fault {
		return hiscorestest.Fault{Kind: k, RetryAfter: d, AsDate: date}
	}
	met := map[hiscorestest.FaultKind]bool{}
	for _, test := range []struct {
		name  string
		fault hiscorestest.Fault
		want  want
	}{
		{"404", kind(hiscorestest.NotFound), want{err: tasks.ErrRecheck, delay: 61 * time.Second, covered: true, result: player.NotFound}},
		{"400", kind(hiscorestest.InvalidName), want{result: player.Failed}},
		{"429", kind(hiscorestest.RateLimited), limited(time.Minute)},
		{"429 with seconds", ask(hiscorestest.RateLimited, 90*time.Second, false), limited(90 * time.Second)},
		{"429 with a date", ask(hiscorestest.RateLimited, 90*time.Second, true), limited(90 * time.Second)},
		{"503 with seconds", ask(hiscorestest.Unavailable503, 30*time.Second, false), limited(30 * time.Second)},
		{"503", kind(hiscorestest.Unavailable503), unavailable},
		{"500", kind(hiscorestest.ServerError500), unavailable},
		{"403", kind(hiscorestest.Forbidden), failed(hiscores.ErrBlocked)},
		{"405", kind(hiscorestest.MethodNotAllowed), failed(hiscores.ErrBlocked)},
		{"200 with a block page", kind(hiscorestest.HTMLBlocked200), failed(hiscores.ErrBlocked)},
		{"200 with a page", kind(hiscorestest.HTMLUnavailable200), unavailable},
		{"empty object", kind(hiscorestest.EmptyObject), unavailable},
		{"empty body", kind(hiscorestest.EmptyBody), unavailable},
		{"garbage", kind(hiscorestest.Garbage), unavailable},
		{"endless body", kind(hiscorestest.EndlessBody), unavailable},
		{"redirect to another host", kind(hiscorestest.RedirectElsewhere), unavailable},
		{"redirect to a page", kind(hiscorestest.RedirectToPage), unavailable},
		{"connection reset", kind(hiscorestest.ConnectionReset), unavailable},
		{"hang", kind(hiscorestest.Hang), unavailable},
		{"slow", hiscorestest.Fault{Kind: hiscorestest.Slow, Delay: time.Millisecond}, want{result: player.Changed}},
	} {
		met[test.fault.Kind] = true
		t.Run(test.name, func(t *testing.T) {
			b := newBench(t)
			if test.fault.Kind == hiscorestest.Hang {
				b.timeout = 50 * time.Millisecond
			}
			p := b.add("Zezima", player.Regular)
			if err := b.answered(p, b.clock().Add(-time.Hour)); err != nil {
				t.Fatal(err)
			}
			b.site.Fault("Zezima", test.fault)
			h, task := b.fetcher(), b.tick(p)
			err := h.ProcessTask(t.Context(), task)
			if !errors.Is(err, test.want.err) {
				t.Fatalf("ProcessTask: %v, want %v", err, test.want.err)
			}
			b.wantRequests(p, 1)
			if err != nil && (tasks.RetryDelay(0, err, task) != test.want.delay || tasks.IsFailure(err) != test.want.failure) {
				t.Errorf("next try in %s, failure %t; want %s, %t", tasks.RetryDelay(0, err, task), tasks.IsFailure(err), test.want.delay, test.want.failure)
			}
			got := b.player(p.ID)
			if covered := !got.CoveredUntil.Before(b.clock()); covered != (err == nil || test.want.covered) {
				t.Errorf("covered %t after %v", covered, err)
			}
			if test.want.result != "" && got.LastResult != test.want.result {
				t.Errorf("result %q, want %q", got.LastResult, test.want.result)
			}
			if b.marked(p) != test.want.failure {
				t.Errorf("run marker left: %t; want one exactly where the request may not be repeated yet", b.marked(p))
			}
			b.wantPause(test.want.paused)
		})
	}
	for _, k := range hiscorestest.FaultKinds() {
		if !met[k] {
			t.Errorf("fault %s is not tested", k)
		}
	}
}

// wantPause checks the pause in Redis and in the database.
func (b *bench) wantPause(want time.Duration) {
	b.tb.Helper()
	paused, err := b.office.Paused(b.tb.Context())
	if err != nil || (paused > 0) != (want > 0) || paused > want {
		b.tb.Errorf("paused in Redis for %s, %v; want at most %s", paused, err, want)
	}
	until, err := b.store.SitePause(b.tb.Context())
	if err != nil || want > 0 && !until.Equal(b.clock().Add(want)) || want == 0 && !until.IsZero() {
		b.tb.Errorf("paused in the database until %v, %v; want %s from %v", until, err, want, b.clock())
	}
}

func TestFetchIsNeededOnlyWhen(t *testing.T) {
	for _, test := range []struct {
		name    string
		byHand  bool
		prepare func(b *bench, p player.Player) error
		want    int // requests
	}{
		{"tick", false, nil, 1},
		{"by hand", true, nil, 1},
		{"tick of a paused player", false, (*bench).pause, 0},
		{"paused player by hand", true, (*bench).pause, 1},
		{"tick of a removed player", false, (*bench).remove, 0},
		{"removed player by hand", true, (*bench).remove, 0},
		{"tick that is covered", false, func(b *bench, p player.Player) error { return b.answered(p, b.clock()) }, 0},
		{"tick after the covered", false, func(b *bench, p player.Player) error { return b.answered(p, b.clock().Add(-time.Second)) }, 1},
		{"by hand 59 s after the last", true, func(b *bench, p player.Player) error { return b.answered(p, b.clock().Add(-59*time.Second)) }, 0},
		{"by hand 60 s after the last", true, func(b *bench, p player.Player) error { return b.answered(p, b.clock().Add(-time.Minute)) }, 1},
		{"by hand 59 s after not found", true, func(b *bench, p player.Player) error { return b.missed(p, b.clock().Add(-59*time.Second)) }, 0},
		{"by hand 60 s after not found", true, func(b *bench, p player.Player) error { return b.missed(p, b.clock().Add(-time.Minute)) }, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := newBench(t)
			p := b.add("Zezima", player.Regular)
			if test.prepare != nil {
				if err := test.prepare(b, p); err != nil {
					t.Fatal(err)
				}
			}
			task := b.tick(p)
			if test.byHand {
				task = b.byHand(p)
			}
			if err := b.fetcher().ProcessTask(t.Context(), task); err != nil {
				t.Fatal(err)
			}
			b.wantRequests(p, test.want)
		})
	}
}

func (b *bench) pause(p player.Player) error {
	_, err := b.store.UpdatePlayer(b.tb.Context(), p.ID, store.PlayerPatch{Paused: new(true)})
	return err
}

func (b *bench) remove(p player.Player) error {
	_, err := b.store.RemovePlayer(b.tb.Context(), p.ID)
	return err
}

// answered records an answer that covers up to at.
func (b *bench) answered(p player.Player, at time.Time) error {
	snapshot := hiscorestest.Account(1000)
	snapshot.At = at
	_, err := b.store.RecordSnapshot(b.tb.Context(), player.Attempt{PlayerID: p.ID, Tick: at, Covers: at, At: at}, snapshot)
	return err
}

// missed records that the hiscores did not list the player.
func (b *bench) missed(p player.Player, at time.Time) error {
	return b.store.RecordMissing(b.tb.Context(), player.Attempt{PlayerID: p.ID, Tick: at, Covers: at, At: at})
}

func TestFetchLooksAgainAfterWaiting(t *testing.T) {
	for name, happens := range map[string]func(b *bench, p player.Player) error{
		"covered": func(b *bench, p player.Player) error { return b.answered(p, b.clock()) },
		"removed": (*bench).remove,
		"paused":  (*bench).pause,
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			p := b.add("Zezima", player.Regular)
			counted := &takes{Office: b.office, before: func(context.Context, int) {
				b.advance(time.Second)
				if err := happens(b, p); err != nil {
					t.Error(err)
				}
			}}
			h := b.fetcher(func(o *tasks.FetchOptions) {
				o.Guest = b.guest(func(o *tasks.GuestOptions) { o.Permits = counted })
			})
			if err := h.ProcessTask(t.Context(), b.tick(p)); err != nil {
				t.Fatal(err)
			}
			b.wantRequests(p, 0)
			if b.marked(p) {
				t.Error("the run marker is left, though no request was made")
			}
		})
	}
}

func TestFetchRefusesBadPayloads(t *testing.T) {
	h := newBench(t).fetcher()
	for _, payload := range []string{"", "{}", "[]", "nonsense", `{"player_id":"7"}`, `{"player_id":-1}`} {
		if err := h.ProcessTask(t.Context(), asynq.NewTask(tasks.TypeFetch, []byte(payload))); !errors.Is(err, asynq.SkipRetry) {
			t.Errorf("payload %q: %v, want SkipRetry", payload, err)
		}
	}
}

// lookups finds players, and runs something when one was just found.
type lookups struct {
	tasks.Players
	then func(n int)
	n    int
}

func (l *lookups) Player(ctx context.Context, id int64) (player.Player, error) {
	p, err := l.Players.Player(ctx, id)
	l.n++
	l.then(l.n)
	return p, err
}

// TestFetchReadsTheRowAgain wants a run to look once more before its request where
// the row may differ from what it read, and only there.
func TestFetchReadsTheRowAgain(t *testing.T) {
	for name, test := range map[string]struct {
		meanwhile func(b *bench, p player.Player)
		lookups   int
	}{
		"nothing happened": {func(*bench, player.Player) {}, 1},
		"another run ended": {func(b *bench, p player.Player) {
			if err := b.fetcher().ProcessTask(b.tb.Context(), b.tick(p)); err != nil {
				b.tb.Error(err)
			}
		}, 2},
		"a second passed":        {func(b *bench, _ player.Player) { b.advance(time.Second) }, 2},
		"the clock was set back": {func(b *bench, _ player.Player) { b.advance(-time.Minute) }, 2},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			p := b.add("Zezima", player.Regular)
			found := &lookups{Players: b.store, then: func(n int) {
				if n == 1 {
					test.meanwhile(b, p)
				}
			}}
			task := b.tick(p)
			if err := b.fetcher(func(o *tasks.FetchOptions) { o.Players = found }).ProcessTask(t.Context(), task); err != nil {
				t.Fatal(err)
			}
			b.wantRequests(p, 1)
			if found.n != test.lookups {
				t.Errorf("the row was read %d times, want %d", found.n, test.lookups)
			}
		})
	}
}

func TestFetchKeepsTheMarkerWhenTheOutcomeIsUnknown(t *testing.T) {
	b := newBench(t)
	p := b.add("Zezima", player.Regular)
	b.site.Fault("Zezima", hiscorestest.Fault{Kind: hiscorestest.Hang})
	ctx, cancel := context.WithCancel(t.Context())
	h, task, ended := b.fetcher(), b.tick(p), make(chan error)
	go func() { ended <- h.ProcessTask(ctx, task) }()
	b.await("the request", func() bool { return b.site.Requests("Zezima") == 1 })
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Fatalf("ProcessTask: %v, want context.Canceled", err)
	}

	b.site.Clear("Zezima")
	err := h.ProcessTask(t.Context(), task)
	var marked *permits.MarkedError
	if !errors.As(err, &marked) || tasks.IsFailure(err) {
		t.Fatalf("the next run: %v, want a MarkedError that counts as no failure", err)
	}
	if d := tasks.RetryDelay(0, err, task); d < marked.For || d > 61*time.Second {
		t.Errorf("the next run comes in %s, the marker lives for %s", d, marked.For)
	}
	b.wantRequests(p, 1)
}

func TestFetchByHandDoesNotRepeatAFailedRequestAtOnce(t *testing.T) {
	b := newBench(t)
	p := b.add("Zezima", player.Regular)
	b.site.Fault("Zezima", hiscorestest.Fault{Kind: hiscorestest.Unavailable503})
	h := b.fetcher()
	if err := h.ProcessTask(t.Context(), b.tick(p)); !errors.Is(err, hiscores.ErrUnavailable) {
		t.Fatalf("tick: %v, want ErrUnavailable", err)
	}
	var marked *permits.MarkedError
	if err := h.ProcessTask(t.Context(), b.byHand(p)); !errors.As(err, &marked) || tasks.IsFailure(err) {
		t.Errorf("by hand right after: %v, want it to wait", err)
	}
	b.wantRequests(p, 1)
}

func TestFetchDoesNotWaitLongerThanItsWorker(t *testing.T) {
	stopped, stop := context.WithCancel(context.Background())
	stop()
	waits := errors.New("a wait")
	for _, test := range []struct {
		name  string
		limit func(b *bench) error
		ctx   func(ctx context.Context) context.Context
		cause error
		want  time.Duration // about
	}{
		{"worker stops", nil, func(ctx context.Context) context.Context { return tasks.WithStopping(ctx, stopped) }, tasks.ErrStopping, 0},
		{"a long pause", func(b *bench) error { return b.office.Pause(t.Context(), time.Hour) }, nil, waits, time.Hour},
		{"an open breaker", func(b *bench) error {
			for range 5 {
				if err := b.office.Report(t.Context(), permits.Permit{}, permits.Answer{Outcome: permits.Failed}); err != nil {
					return err
				}
			}
			return nil
		}, nil, waits, time.Minute},
		{"a long line", func(b *bench) error {
			b.office = permits.New(b.rdb, permits.Options{Rate: 0.05})
			_, err := b.office.Take(t.Context(), permits.Request{})
			return err
		}, nil, waits, 17 * time.Second},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := newBench(t)
			p := b.add("Zezima", player.Regular)
			if test.limit != nil {
				if err := test.limit(b); err != nil {
					t.Fatal(err)
				}
			}
			ctx := t.Context()
			if test.ctx != nil {
				ctx = test.ctx(ctx)
			}
			err := b.fetcher().ProcessTask(ctx, b.tick(p))
			var away *permits.WaitError
			if tasks.IsFailure(err) || !errors.Is(err, test.cause) && !errors.As(err, &away) {
				t.Fatalf("ProcessTask: %v, want %v, and no failure", err, test.cause)
			}
			if d := tasks.RetryDelay(9, err, b.tick(p)); d > test.want+2*time.Second || d < test.want-5*time.Second {
				t.Errorf("comes again in %s, want %s", d, test.want)
			}
			b.wantRequests(p, 0)
			if b.marked(p) {
				t.Error("a run marker is left without a permit")
			}
		})
	}
}

func TestFetchSurvivesADeadDatabaseOrRedis(t *testing.T) {
	for name, breakIt := range map[string]func(b *bench) error{
		"database": func(b *bench) error { return b.store.Close() },
		"redis":    func(b *bench) error { return b.rdb.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			p := b.add("Zezima", player.Regular)
			h, task := b.fetcher(), b.tick(p)
			if err := breakIt(b); err != nil {
				t.Fatal(err)
			}
			var postponed *tasks.PostponedError
			if err := h.ProcessTask(t.Context(), task); !errors.As(err, &postponed) || postponed.For <= 0 {
				t.Errorf("ProcessTask: %v, want a PostponedError", err)
			}
			b.wantRequests(p, 0)
		})
	}
}

// clumsy is Records whose first writes fail.
type clumsy struct {
	*store.Store
	failures int
}

var errLocked = errors.New("database is locked")

func (c *clumsy) RecordSnapshot(ctx context.Context, a player.Attempt, s hiscores.Snapshot) ([]hiscores.Change, error) {
	if c.failures > 0 {
		c.failures--
		return nil, errLocked
	}
	return c.Store.RecordSnapshot(ctx, a, s)
}

func TestFetchDoesNotThrowAnAnswerAway(t *testing.T) {
	for _, test := range []struct {
		name     string
		failures int
		want     error
	}{{"locked for a while", 3, nil}, {"locked for good", 99, errLocked}} {
		t.Run(test.name, func(t *testing.T) {
			b := newBench(t)
			p := b.add("Zezima", player.Regular)
			h, task := b.fetcher(func(o *tasks.FetchOptions) { o.Records = &clumsy{b.store, test.failures} }), b.tick(p)
			err := h.ProcessTask(t.Context(), task)
			if !errors.Is(err, test.want) {
				t.Fatalf("ProcessTask: %v, want %v", err, test.want)
			}
			b.wantRequests(p, 1)
			if err == nil {
				return
			}
			if d := tasks.RetryDelay(0, err, task); d < time.Minute {
				t.Errorf("comes again in %s: sooner than a minute", d)
			}
			if !b.marked(p) {
				t.Error("the run marker was given back, so another run may repeat the request at once")
			}
		})
	}
}

func TestFetchRecordsAnAnswerThatCameAtTheLastMoment(t *testing.T) {
	b := newBench(t)
	p := b.add("Zezima", player.Regular)
	ctx, cancel := context.WithCancel(t.Context())
	h := b.fetcher(func(o *tasks.FetchOptions) {
		o.Guest = b.guest(func(o *tasks.GuestOptions) { o.Site = fetchThen{o.Site, cancel} })
	})
	if err := h.ProcessTask(ctx, b.tick(p)); err != nil {
		t.Fatal(err)
	}
	if got := b.player(p.ID).LastResult; got != player.Changed {
		t.Errorf("result %q, want changed", got)
	}
}

// fetchThen calls a function after each answer.
type fetchThen struct {
	hiscores.Fetcher
	then func()
}

func (f fetchThen) Fetch(ctx context.Context, name player.Name, table hiscores.Table) (hiscores.Snapshot, error) {
	defer f.then()
	return f.Fetcher.Fetch(ctx, name, table)
}
