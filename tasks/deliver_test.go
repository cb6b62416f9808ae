package tasks_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hibiken/asynq"

	"github.com/osrsdiff/osrsdiff/events"
	"github.com/osrsdiff/osrsdiff/store"
	"github.com/osrsdiff/osrsdiff/tasks"
	"github.com/osrsdiff/osrsdiff/webhooks"
)

// discord is a fake Discord. It answers with what it is told, in order, and takes
// everything afterwards.
type discord struct {
	*httptest.Server
	mu      sync.Mutex
	answers []int
	bodies  []string
}

func newDiscord(t *testing.T, answers ...int) *discord {
	t.Helper()
	d := &discord{answers: answers}
	d.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		d.mu.Lock()
		defer d.mu.Unlock()
		d.bodies = append(d.bodies, string(body))
		answer := http.StatusNoContent
		if len(d.answers) > 0 {
			answer, d.answers = d.answers[0], d.answers[1:]
		}
		w.Header().Set("Retry-After", "3600")
		w.WriteHeader(answer)
	}))
	t.Cleanup(d.Close)
	return d
}

// received are the bodies taken so far.
func (d *discord) received() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]string(nil), d.bodies...)
}

// hook adds a webhook at the fake Discord.
func (b *bench) hook(d *discord) webhooks.Hook {
	b.tb.Helper()
	return must(b.store.AddHook(b.tb.Context(), webhooks.Hook{URL: webhooks.Address(d.URL + "/s3cret"), Format: webhooks.Discord}))
}

func (b *bench) relay() *tasks.Relay { return &tasks.Relay{Outgoing: b.store, Queue: b.client} }

// happens keeps events of the breaker.
func (b *bench) happens(n int) {
	b.tb.Helper()
	for range n {
		if err := b.store.RecordEvent(b.tb.Context(), events.Event{Kind: events.Breaker, At: time.Now().Add(time.Second)}); err != nil {
			b.tb.Fatal(err)
		}
	}
}

// deliver starts a worker that sends to webhooks.
func (b *bench) deliver(allowPrivate bool) {
	b.tb.Helper()
	sender := webhooks.NewSender(webhooks.SenderOptions{AllowPrivate: allowPrivate})
	b.work(func(o *tasks.WorkerOptions) {
		o.Deliver = tasks.NewDeliverHandler(tasks.DeliverOptions{Deliveries: b.store, NotFound: store.ErrNotFound, Send: sender.Send})
	})
}

// sent waits until the last delivery to a webhook has a status.
func (b *bench) sent(h webhooks.Hook, status webhooks.Status) webhooks.Delivery {
	b.tb.Helper()
	var last webhooks.Delivery
	b.await("a delivery to be "+string(status), func() bool {
		list := must(b.store.Deliveries(b.tb.Context(), h.ID, 0, 1))
		if len(list) == 1 {
			last = list[0]
		}
		return last.Status == status
	})
	return last
}

func TestEachEventIsDeliveredOnce(t *testing.T) {
	b, d := newBench(t), newDiscord(t)
	h := b.hook(d)
	b.happens(5)
	if _, _, err := b.store.RelayEvents(t.Context()); err != nil { // killed before it was enqueued
		t.Fatal(err)
	}
	b.happens(12)
	b.deliver(true)
	b.deliver(true)
	var relays sync.WaitGroup
	for range 3 {
		relays.Go(func() {
			if err := errors.Join(b.relay().Once(t.Context()), b.relay().Sweep(t.Context())); err != nil {
				t.Error(err)
			}
		})
	}
	relays.Wait()
	b.await("all to be sent", func() bool {
		waiting := must(b.store.WaitingDeliveries(t.Context(), 0, 10))
		return len(waiting) == 0
	})
	if err := b.relay().Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	bodies := d.received()
	if n := strings.Count(strings.Join(bodies, ""), `"title"`); n != 17 || len(bodies) != 3 {
		t.Errorf("%d events in %d requests, want 17 in 3", n, len(bodies))
	}
	if got := must(b.store.Hook(t.Context(), h.ID)); !got.Enabled || got.Failures != 0 {
		t.Errorf("the webhook: %+v", got)
	}
}

func TestADeliveryIsTriedAgainAndGivenUp(t *testing.T) {
	answers := make([]int, tasks.DeliverTries)
	for i := range answers {
		answers[i] = http.StatusBadGateway
	}
	b, d := newBench(t), newDiscord(t, answers...)
	h := b.hook(d)
	b.deliver(true)
	id := must(b.relay().Test(t.Context(), h.ID))
	for retried := 1; retried < tasks.DeliverTries; retried++ {
		info := b.awaitState(tasks.QueueWebhooks, id, asynq.TaskStateRetry, retried)
		if strings.Contains(info.LastErr, "s3cret") || !strings.Contains(info.LastErr, "502") {
			t.Errorf("the queue shows %q", info.LastErr)
		}
		b.again(tasks.QueueWebhooks, id)
	}
	b.done(tasks.QueueWebhooks, id)
	got := b.sent(h, webhooks.Failed)
	if got.Attempts != tasks.DeliverTries || got.Answer != http.StatusBadGateway || strings.Contains(got.Error, "s3cret") {
		t.Errorf("the log: %+v", got)
	}
	b.done(tasks.QueueWebhooks, must(b.relay().Test(t.Context(), h.ID)))
	b.sent(h, webhooks.Sent)
}

func TestADeliveryWaitsAsLongAsItsReceiverAsks(t *testing.T) {
	b, d := newBench(t), newDiscord(t, http.StatusTooManyRequests)
	h := b.hook(d)
	b.deliver(true)
	id := must(b.relay().Test(t.Context(), h.ID))
	info := b.awaitState(tasks.QueueWebhooks, id, asynq.TaskStateRetry, 0)
	if left := time.Until(info.NextProcessAt); left < 59*time.Minute {
		t.Errorf("it comes again in %s, want an hour", left)
	}
	if got := b.sent(h, webhooks.Waiting); got.Answer != http.StatusTooManyRequests || got.Attempts != 1 {
		t.Errorf("the log: %+v", got)
	}
	b.again(tasks.QueueWebhooks, id)
	b.sent(h, webhooks.Sent)
}

func TestAWebhookThatIsGoneIsSwitchedOff(t *testing.T) {
	b, d := newBench(t), newDiscord(t, http.StatusNotFound)
	h := b.hook(d)
	b.deliver(true)
	b.happens(1)
	if err := b.relay().Once(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.sent(h, webhooks.Failed)
	b.happens(1)
	if err := b.relay().Once(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := len(must(b.store.Deliveries(t.Context(), h.ID, 0, 0))); n != 1 {
		t.Errorf("%d deliveries to a webhook that is switched off", n)
	}
	b.done(tasks.QueueWebhooks, must(b.relay().Test(t.Context(), h.ID)))
	if got := must(b.store.Hook(t.Context(), h.ID)); !got.Enabled {
		t.Error("a test that arrived did not switch it on")
	}
}

func TestPrivateReceiversAreRefusedForGood(t *testing.T) {
	b, d := newBench(t), newDiscord(t)
	h := b.hook(d)
	b.deliver(false)
	b.done(tasks.QueueWebhooks, must(b.relay().Test(t.Context(), h.ID)))
	if got := b.sent(h, webhooks.Failed); !strings.Contains(got.Error, "webhooks.allow_private") || len(d.received()) > 0 {
		t.Errorf("the log: %+v", got)
	}
}
