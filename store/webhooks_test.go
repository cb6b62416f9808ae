package store_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/osrsdiff/osrsdiff/events"
	"github.com/osrsdiff/osrsdiff/store"
	"github.com/osrsdiff/osrsdiff/webhooks"
)

const hookURL = "https://discord.com/api/webhooks/1/s3cret"

func (b bench) hook(t *testing.T, h webhooks.Hook) webhooks.Hook {
	t.Helper()
	h.URL = hookURL
	added, err := b.AddHook(t.Context(), h)
	if err != nil {
		t.Fatal(err)
	}
	return added
}

// happens keeps an event.
func (b bench) happens(t *testing.T, kind events.Kind, playerID int64) {
	t.Helper()
	if err := b.RecordEvent(t.Context(), events.Event{Kind: kind, At: b.clock.Now(), PlayerID: playerID}); err != nil {
		t.Fatal(err)
	}
}

// delivered are the kinds of the events of each delivery to a hook, the oldest
// first.
func (b bench) delivered(t *testing.T, h webhooks.Hook) []string {
	t.Helper()
	list, err := b.Deliveries(t.Context(), h.ID, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, d := range slices.Backward(list) {
		var kinds []string
		for _, e := range d.Events {
			kinds = append(kinds, string(e.Kind))
		}
		all = append(all, strings.Join(kinds, " "))
	}
	return all
}

func (b bench) relay(t *testing.T) []int64 {
	t.Helper()
	ids, _, err := b.RelayEvents(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return ids
}

func TestEventsGoToTheWebhooksThatWantThem(t *testing.T) {
	onEach(t, func(t *testing.T, b bench) {
		p, other := b.add(t, "Ivy"), b.add(t, "Fern")
		b.happens(t, events.LevelUp, p.ID)
		b.clock.Advance(time.Second)
		all := b.hook(t, webhooks.Hook{})
		some := b.hook(t, webhooks.Hook{Kinds: []events.Kind{events.Breaker, events.Milestone}})
		ofOne := b.hook(t, webhooks.Hook{PlayerID: p.ID})
		clan := b.group(t, "Clan", "Fern")
		ofClan := b.hook(t, webhooks.Hook{GroupID: clan.ID})
		if ofClan.Group != "Clan" {
			t.Errorf("the webhook of a group is %+v", ofClan)
		}
		b.clock.Advance(time.Second)
		b.happens(t, events.Milestone, p.ID)
		b.happens(t, events.LevelUp, other.ID)
		b.happens(t, events.Breaker, 0)
		if got := b.relay(t); len(got) != 4 {
			t.Errorf("%d deliveries, want 4", len(got))
		}
		diff(t, "all since it was added", []string{"milestone level_up breaker"}, b.delivered(t, all))
		diff(t, "some kinds", []string{"milestone breaker"}, b.delivered(t, some))
		diff(t, "one player", []string{"milestone"}, b.delivered(t, ofOne))
		diff(t, "one group", []string{"level_up"}, b.delivered(t, ofClan))
		happened, err := b.Activity(t.Context(), store.ActivityFilter{GroupID: clan.ID})
		if err != nil || len(happened) != 1 || happened[0].PlayerID != other.ID {
			t.Errorf("the activity of the group is %+v, %v", happened, err)
		}
		diff(t, "again", []int64(nil), b.relay(t))
		d, err := b.Delivery(t.Context(), 1)
		if err != nil || d.Hook.Name != "discord.com" || d.Hook.URL != hookURL || d.Events[0].Player != "Ivy" || d.Status != webhooks.Waiting {
			t.Errorf("got %+v, %v", d, err)
		}
		if _, err := b.RemoveHook(t.Context(), all.ID); err != nil {
			t.Fatal(err)
		}
		for _, err := range []error{second(b.Delivery(t.Context(), 1)), second(b.Hook(t.Context(), all.ID)), second(b.AddTestDelivery(t.Context(), all.ID))} {
			if !errors.Is(err, store.ErrNotFound) {
				t.Errorf("of a removed webhook: %v", err)
			}
		}
	})
}

func TestEventsAreRelayedOnceByManyAtOnce(t *testing.T) {
	onEach(t, func(t *testing.T, b bench) {
		const happened = 1200
		h := b.hook(t, webhooks.Hook{})
		for range happened / 100 {
			for range 100 {
				b.happens(t, events.LevelUp, 0)
			}
		}
		again := open(t, b.url)
		var mu sync.Mutex
		var made []int64
		var g errgroup.Group
		for _, s := range []bench{b, again, b, again} {
			g.Go(func() error {
				for {
					ids, more, err := s.RelayEvents(t.Context())
					if err != nil {
						return err
					}
					mu.Lock()
					made = append(made, ids...)
					mu.Unlock()
					if !more {
						return nil
					}
				}
			})
		}
		if err := g.Wait(); err != nil {
			t.Fatal(err)
		}
		made = append(made, b.relay(t)...)
		list, err := b.Deliveries(t.Context(), h.ID, 0, happened)
		if err != nil {
			t.Fatal(err)
		}
		seen := map[int64]bool{}
		for _, d := range list {
			if len(d.Events) > webhooks.MaxEvents {
				t.Errorf("a delivery of %d events", len(d.Events))
			}
			for _, e := range d.Events {
				if seen[e.ID] {
					t.Errorf("event %d is in two deliveries", e.ID)
				}
				seen[e.ID] = true
			}
		}
		if len(seen) != happened || len(made) != len(list) {
			t.Errorf("%d of %d events in %d deliveries, %d of them reported", len(seen), happened, len(list), len(made))
		}
	})
}

func TestDeliveriesAreLogged(t *testing.T) {
	onEach(t, func(t *testing.T, b bench) {
		ctx := t.Context()
		h := b.hook(t, webhooks.Hook{})
		send := func(a webhooks.Attempt, test bool) webhooks.Hook {
			t.Helper()
			id, err := b.AddTestDelivery(ctx, h.ID)
			if err != nil {
				t.Fatal(err)
			}
			d, err := b.Delivery(ctx, id)
			if err != nil {
				t.Fatal(err)
			}
			if !test {
				d.Events = nil
			}
			a.At = morning
			for range 2 { // the second time a worker died before its task was done
				if err := b.RecordDelivery(ctx, d, a); err != nil {
					t.Fatal(err)
				}
			}
			now, err := b.Hook(ctx, h.ID)
			if err != nil {
				t.Fatal(err)
			}
			return now
		}
		for i := 1; i < webhooks.DisableAfter; i++ {
			if got := send(webhooks.Attempt{Status: webhooks.Failed, Answer: 500, Error: "answered 500"}, false); !got.Enabled || got.Failures != i {
				t.Fatalf("after %d failures: %+v", i, got)
			}
		}
		if got := send(webhooks.Attempt{Status: webhooks.Failed}, false); got.Enabled {
			t.Error("it is on after too many failures")
		}
		if got := send(webhooks.Attempt{Status: webhooks.Sent, Answer: 204}, true); !got.Enabled || got.Failures != 0 {
			t.Errorf("after a test that arrived: %+v", got)
		}
		if got := send(webhooks.Attempt{Status: webhooks.Failed, Answer: 404, Gone: true}, false); got.Enabled {
			t.Error("it is on after it is gone")
		}
		if got := send(webhooks.Attempt{Status: webhooks.Waiting, Answer: 429, Error: "asked to wait"}, true); got.Failures != 1 {
			t.Errorf("waiting counts as a failure: %+v", got)
		}
		page, err := b.Deliveries(ctx, h.ID, 0, 2)
		if err != nil || len(page) != 2 || page[0].Status != webhooks.Waiting || page[0].Attempts != 2 || page[0].Answer != 429 || page[0].Error == "" ||
			!page[0].AttemptedAt.Equal(morning) || page[1].Attempts != 1 {
			t.Errorf("the log: %+v, %v", page, err)
		}
		older, err := b.Deliveries(ctx, h.ID, page[1].ID, 1)
		if err != nil || len(older) != 1 || older[0].ID != page[1].ID-1 {
			t.Errorf("the next page: %+v, %v", older, err)
		}
		waiting, err := b.WaitingDeliveries(ctx, 0, 10)
		diff(t, "waiting", []int64{page[0].ID}, waiting)
		counts, countErr := b.CountDeliveries(ctx)
		diff(t, "counts", map[webhooks.Status]int{webhooks.Waiting: 1, webhooks.Sent: 1, webhooks.Failed: 21}, counts)
		if err := errors.Join(err, countErr); err != nil {
			t.Error(err)
		}
		if strings.Contains(fmt.Sprint(page), "s3cret") {
			t.Error("a delivery prints the address")
		}
	})
}
