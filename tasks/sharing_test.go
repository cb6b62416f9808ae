package tasks_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/hibiken/asynq"
	"github.com/redis/go-redis/v9"

	"github.com/osrsdiff/osrsdiff/hiscores"
	"github.com/osrsdiff/osrsdiff/hiscores/hiscorestest"
	"github.com/osrsdiff/osrsdiff/internal/testenv"
	"github.com/osrsdiff/osrsdiff/permits"
	"github.com/osrsdiff/osrsdiff/player"
	"github.com/osrsdiff/osrsdiff/store"
	"github.com/osrsdiff/osrsdiff/tasks"
)

// fleet runs four workers that share nothing but the Redis and the database, each
// with a client and an office of its own.
func (b *bench) fleet(opts permits.Options, patience time.Duration) {
	b.tb.Helper()
	own, ok := b.rdb.(*redis.Client)
	if !ok {
		b.tb.Fatal("not a client of one server")
	}
	url, stop := b.site.Start()
	b.tb.Cleanup(stop)
	for range 4 {
		rdb := redis.NewClient(own.Options())
		b.tb.Cleanup(func() { _ = rdb.Close() })
		office := permits.New(rdb, opts)
		guest := tasks.NewGuest(tasks.GuestOptions{
			Site:    hiscores.NewClient(hiscores.Options{BaseURL: url, Timeout: b.timeout}),
			Permits: office, Absences: office, Pauses: b.store, Patience: patience,
		})
		b.work(func(o *tasks.WorkerOptions) {
			o.Redis = rdb
			o.Fetch = b.fetcher(func(o *tasks.FetchOptions) { o.Guest, o.Now = guest, time.Now })
			o.Maintenance = map[string]asynq.Handler{tasks.TypeCheckMode: b.checker(func(o *tasks.CheckModeOptions) {
				o.Guest, o.Now = guest, time.Now
			})}
		})
	}
}

func (b *bench) all() []player.Player {
	b.tb.Helper()
	players, err := b.store.Players(b.tb.Context(), store.PlayerFilter{Limit: 1000})
	if err != nil {
		b.tb.Fatal(err)
	}
	return players
}

func (b *bench) empty() bool {
	for _, queue := range []string{tasks.QueueFetch, tasks.QueueInteractive, tasks.QueueMaintenance} {
		info, err := b.queues.GetQueueInfo(queue)
		if err == nil && info.Pending+info.Active+info.Retry+info.Scheduled > 0 {
			return false
		}
	}
	return true
}

// TestFourWorkersStayWithinTheLimit gives four workers more to do than the limit
// allows, of all kinds: the site sees no more than that, in any stretch of time.
func TestFourWorkersStayWithinTheLimit(t *testing.T) {
	const rate, burst, fetches, byHand, checks = 20.0, 2, 90, 30, 10
	b := newBench(t)
	b.site = hiscorestest.NewSite()
	for i := range fetches {
		b.enqueue(b.tick(b.add(fmt.Sprintf("Tick %d", i), player.Regular)))
	}
	for i := range byHand {
		b.enqueue(b.byHand(b.add(fmt.Sprintf("Hand %d", i), player.Regular)))
	}
	for i := range checks {
		b.enqueue(b.check(b.ironman(fmt.Sprintf("Iron %d", i), player.Ironman)))
	}
	b.fleet(permits.Options{Rate: rate, Burst: burst}, 0)
	testenv.Eventually(t, time.Minute, "all requests", func() bool { return b.site.Requests(hiscorestest.Everyone) >= fetches+byHand+4*checks && b.empty() })
	list := b.site.RequestLog()
	if want := fetches + byHand + 4*checks; len(list) != want {
		t.Errorf("%d requests, want %d", len(list), want)
	}
	// From the permit to the site a request may be late by this much, which lets
	// as many more arrive within a stretch.
	const late = 500 * time.Millisecond
	for i := range list {
		for j := i; j < len(list); j++ {
			stretch := list[j].At.Sub(list[i].At)
			if allowed := burst + rate*(stretch+late).Seconds(); float64(j-i+1) > allowed {
				t.Fatalf("%d requests within %s, want at most %.1f", j-i+1, stretch, allowed)
			}
		}
	}
	var last [2]int // the last request of each kind
	for i, r := range list {
		switch r.Player[:4] {
		case "Hand":
			last[0] = i
		case "Tick":
			last[1] = i
		}
	}
	if last[0] > last[1] {
		t.Errorf("requests of people were served to the %d-th, those of ticks to the %d-th: want people first", last[0], last[1])
	}
}

// TestFourWorkersLeaveASiteAloneThatIsDown breaks the site under four workers
// with all slots busy. A minute lasts half a second here, and patience the
// twentieth part of one.
func TestFourWorkersLeaveASiteAloneThatIsDown(t *testing.T) {
	const players, slots = 40, 4 * tasks.DefaultConcurrency
	b := newBench(t)
	b.site = hiscorestest.NewSite()
	for i := range players {
		b.enqueue(b.tick(b.listed(fmt.Sprintf("Player %d", i))))
	}
	b.site.Fault(hiscorestest.Everyone, hiscorestest.Fault{Kind: hiscorestest.Unavailable503})
	b.fleet(permits.Options{Rate: 200, Burst: 1, MarkerTTL: time.Second, Breaker: permits.BreakerOptions{
		First: 500 * time.Millisecond, Longest: 2 * time.Second,
	}}, 50*time.Millisecond)
	state := func() permits.State {
		s, err := b.office.State(context.Background())
		if err != nil {
			t.Error(err)
		}
		return s
	}
	b.await("the fourth opening", func() bool { return state().Failures >= 8 })
	failures := state().Failures
	// Requests under way when the breaker opened are not counted by it.
	if got := b.site.Requests(hiscorestest.Everyone); got > failures+slots {
		t.Errorf("%d requests to a site that is down, want five, those under way and %d probes", got, failures-5)
	}
	b.await("all slots to be free", func() bool {
		info, err := b.queues.GetQueueInfo(tasks.QueueFetch)
		return err == nil && info.Active == 0
	})
	waiting, err := b.queues.ListRetryTasks(tasks.QueueFetch, asynq.PageSize(100))
	tries := 0
	for _, task := range waiting {
		tries += task.Retried
	}
	if made := b.site.Requests(hiscorestest.Everyone); err != nil || tries > made {
		t.Errorf("%d tries were counted for %d requests, %v: a wait counted as one", tries, made, err)
	}

	b.site.Clear(hiscorestest.Everyone)
	b.await("the breaker to close", func() bool { return state().Breaker == permits.Closed })
	testenv.Eventually(t, time.Minute, "everybody to be fetched", func() bool {
		for _, p := range b.all() {
			_ = b.queues.RunTask(tasks.QueueFetch, tasks.ScheduleID(p.ID)) // unless it waits for nothing
		}
		return b.empty()
	})
}

func TestPersonIsServedWhileTicksWait(t *testing.T) {
	b := newBench(t)
	b.site = hiscorestest.NewSite()
	for i := range 60 {
		b.enqueue(b.tick(b.add(fmt.Sprintf("Tick %d", i), player.Regular)))
	}
	p := b.add("Person", player.Regular)
	b.fleet(permits.Options{Rate: 10, Burst: 1}, 0)
	b.await("a few ticks", func() bool { return b.site.Requests(hiscorestest.Everyone) >= 3 })
	b.enqueue(b.byHand(p))
	before := b.site.Requests(hiscorestest.Everyone)
	b.await("the person's request", func() bool { return b.site.Requests("Person") == 1 })
	if got := b.site.Requests(hiscorestest.Everyone) - before; got > 25 {
		t.Errorf("%d requests were made before the person's, with 50 ticks waiting", got)
	}
}
