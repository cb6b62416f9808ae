package events_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/osrsdiff/osrsdiff/events"
	"github.com/osrsdiff/osrsdiff/internal/testenv"
)

func connect(t testing.TB, url string) redis.UniversalClient {
	t.Helper()
	o, err := redis.ParseURL(url)
	if err != nil {
		t.Fatal(err)
	}
	rdb := redis.NewClient(o)
	t.Cleanup(func() { _ = rdb.Close() })
	return rdb
}

// run runs a hub as a process would, until the test ends.
func run(t testing.TB, rdb redis.UniversalClient) *events.Hub {
	t.Helper()
	h := events.NewHub(rdb, nil)
	var done sync.WaitGroup
	done.Go(func() { h.Run(t.Context()) })
	t.Cleanup(done.Wait)
	return h
}

func subscribe(t testing.TB, h *events.Hub, wants events.Filter) *events.Client {
	t.Helper()
	c, err := h.Subscribe(t.Context(), wants)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func happened(kind events.Kind, playerID int64) []events.Event {
	return []events.Event{events.Event{Kind: kind, PlayerID: playerID, Player: fmt.Sprint("player ", playerID)}.Told()}
}

func publisher(t testing.TB, rdb redis.UniversalClient) *events.Publisher {
	t.Helper()
	p := events.NewPublisher(rdb, nil)
	t.Cleanup(func() { _ = p.Close() })
	return p
}

// next waits for the next event of a client.
func next(t testing.TB, c *events.Client) *events.Message {
	t.Helper()
	select {
	case m, more := <-c.Events():
		if !more {
			t.Fatal("the client was ended")
		}
		return m
	case <-time.After(20 * time.Second):
		t.Fatal("no event came")
	}
	return nil
}

func TestEveryProcessHandsOutWhatOneTold(t *testing.T) {
	t.Parallel()
	url := testenv.RedisURL(t)
	all := subscribe(t, run(t, connect(t, url)), events.Filter{})
	some := subscribe(t, run(t, connect(t, url)), events.Filter{PlayerID: 2, Kinds: []events.Kind{events.Returned, events.Missing}})
	ready(t, connect(t, url), all, some)
	p := publisher(t, connect(t, url))
	for player := int64(1); player <= 2; player++ {
		p.Publish(t.Context(), happened(events.Flagged, player))
		p.Publish(t.Context(), happened(events.Returned, player))
	}
	var got []string
	for range 4 {
		got = append(got, next(t, all).Event.Text)
	}
	want := []string{
		"player 1 may be another account by now: ", "The hiscores list player 1 again",
		"player 2 may be another account by now: ", "The hiscores list player 2 again",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	m := next(t, some)
	if m.Event.PlayerID != 2 || m.Event.Kind != events.Returned {
		t.Errorf("got %+v", m.Event)
	}
	if frame := string(m.Frame); !strings.HasPrefix(frame, "id: "+m.ID+"\nevent: returned\ndata: {") || !strings.HasSuffix(frame, "}\n\n") {
		t.Errorf("frame %q", frame)
	}
}

// ready waits until hubs read: an event told before that is not theirs.
func ready(t testing.TB, rdb redis.UniversalClient, clients ...*events.Client) {
	t.Helper()
	p := publisher(t, rdb)
	for _, c := range clients {
		testenv.Eventually(t, 20*time.Second, "an event", func() bool {
			p.Publish(t.Context(), happened(events.Missing, 2))
			select {
			case <-c.Events():
				return true
			default:
				return false
			}
		})
	}
	_ = p.Close()
	end := publisher(t, rdb)
	end.Publish(t.Context(), happened(events.Returned, 2))
	for _, c := range clients {
		for next(t, c).Event.Kind != events.Returned {
			continue
		}
	}
}

func TestQuietEventsAreSentOnlyWhileSomebodyListens(t *testing.T) {
	t.Parallel()
	url := testenv.RedisURL(t)
	rdb := connect(t, url)
	deaf := publisher(t, rdb)
	for range 100 {
		deaf.Publish(t.Context(), happened(events.Fetched, 1))
	}
	_ = deaf.Close()
	h := run(t, rdb)
	if counts, err := h.Counts(t.Context()); err != nil || counts != (events.Counts{}) {
		t.Errorf("published while nobody listened: %+v, %v", counts, err)
	}
	c := subscribe(t, h, events.Filter{Kinds: []events.Kind{events.Fetched}})
	p := publisher(t, rdb)
	testenv.Eventually(t, 20*time.Second, "an event", func() bool {
		p.Publish(t.Context(), happened(events.Fetched, 1))
		select {
		case <-c.Events():
			return true
		default:
			return false
		}
	})
}

func TestASlowClientIsDroppedAndTheOthersAreNot(t *testing.T) {
	t.Parallel()
	rdb := connect(t, testenv.RedisURL(t))
	h := run(t, rdb)
	quick, slow := subscribe(t, h, events.Filter{}), subscribe(t, h, events.Filter{})
	ready(t, rdb, quick, slow)
	p := publisher(t, rdb)
	for i := range 100 {
		p.Publish(t.Context(), happened(events.Missing, int64(i)))
		if m := next(t, quick); m.Event.PlayerID != int64(i) {
			t.Fatalf("the quick one got %+v, want player %d", m.Event, i)
		}
	}
	n := 0
	for range slow.Events() {
		n++
	}
	if !slow.Lost() || quick.Lost() || n < 64 || n == 100 || h.Clients() != 1 || h.Dropped() != 1 {
		t.Errorf("slow lost %t after %d, quick lost %t; %d listen, %d dropped", slow.Lost(), n, quick.Lost(), h.Clients(), h.Dropped())
	}
}

func TestAClientThatComesBackIsSentWhatItMissed(t *testing.T) {
	t.Parallel()
	rdb := connect(t, testenv.RedisURL(t))
	h := run(t, rdb)
	c := subscribe(t, h, events.Filter{})
	ready(t, rdb, c)
	p := publisher(t, rdb)
	for i := range int64(5) {
		p.Publish(t.Context(), happened(events.Missing, i))
	}
	first := next(t, c)
	for range 4 {
		next(t, c)
	}
	missed, complete, err := h.Since(t.Context(), first.ID, events.Filter{})
	if err != nil || !complete || len(missed) != 4 || missed[0].Event.PlayerID != 1 || !missed[0].After(first.ID) {
		t.Errorf("missed %d, %t, %v", len(missed), complete, err)
	}
	if some, _, err := h.Since(t.Context(), first.ID, events.Filter{PlayerID: 3}); err != nil || len(some) != 1 {
		t.Errorf("missed of one player: %d, %v", len(some), err)
	}
	if none, complete, err := h.Since(t.Context(), "1-0", events.Filter{}); err != nil || complete || len(none) != 0 {
		t.Errorf("of a time that the stream does not reach back to: %d, %t, %v", len(none), complete, err)
	}
}

func TestWithoutRedisNobodyWaitsForEvents(t *testing.T) {
	t.Parallel()
	rdb := redis.NewClient(&redis.Options{Addr: "127.0.0.1:1", MaxRetries: -1, DialerRetries: 1})
	t.Cleanup(func() { _ = rdb.Close() })
	p := events.NewPublisher(rdb, nil)
	for i := range int64(20_000) { // more than may wait
		p.Publish(t.Context(), happened(events.Missing, i))
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	h := events.NewHub(rdb, nil)
	h.Close()
	if _, err := h.Subscribe(t.Context(), events.Filter{}); err == nil {
		t.Error("a closed hub takes clients")
	}
}

// What a fetch pays for its event: one that nobody wants, and one that is sent.
func BenchmarkPublish(b *testing.B) {
	for _, kind := range []events.Kind{events.Fetched, events.Missing} {
		b.Run(string(kind), func(b *testing.B) {
			rdb := connect(b, testenv.RedisURL(b))
			p, e := events.NewPublisher(rdb, nil), happened(kind, 1)
			for i := 1; b.Loop(); i++ {
				p.Publish(b.Context(), e)
				if i%2000 == 0 { // sends what waits, before any is lost
					_ = p.Close()
					p = events.NewPublisher(rdb, nil)
				}
			}
			_ = p.Close()
		})
	}
}
