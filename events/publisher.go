package events

import (
	"context"
	"encoding/json"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
)

// The keys in Redis. They share a hash tag, so that a Cluster has them in one
// slot. Nothing that cannot be lost is in them: what is worth keeping is in the
// database.
const (
	// streamKey is the stream of events, capped at about streamLength.
	streamKey = "{osrsdiff:events}:stream"
	// listeningKey exists while anybody listens, and expires by itself.
	listeningKey = "{osrsdiff:events}:listening"
	// countsKey counts what was published and lost.
	countsKey = "{osrsdiff:events}:counts"
	// field is the one field of an entry: the event as JSON.
	field = "event"
)

const (
	// streamLength is how many events a client can catch up on.
	streamLength = 10_000
	// waitingMost is how many events wait to be sent before more are lost.
	waitingMost = 4096
	// batchMost is how many are sent together.
	batchMost = 256
	// sendTimeout bounds one sending.
	sendTimeout = 2 * time.Second
	// lookEvery is how often a publisher asks whether anybody listens.
	lookEvery = 2 * time.Second
)

// Publisher sends the events of this process to all others, over a stream in
// Redis. It never keeps its caller waiting: what Redis does not take in time is
// lost, counted and logged. Quiet events are sent only while somebody listens.
type Publisher struct {
	rdb       redis.UniversalClient
	log       *slog.Logger
	waiting   chan Event
	listening atomic.Bool
	lost      atomic.Int64
	stopOnce  sync.Once
	stop      chan struct{}
	done      chan struct{}
}

// NewPublisher starts a Publisher on a shared client, which stays the caller's to
// close after Close.
func NewPublisher(rdb redis.UniversalClient, log *slog.Logger) *Publisher {
	p := &Publisher{
		rdb: rdb, log: orDiscard(log), waiting: make(chan Event, waitingMost), stop: make(chan struct{}), done: make(chan struct{}),
	}
	go p.run()
	return p
}

// Publish takes events to send. It does not wait; ctx only goes into the log.
func (p *Publisher) Publish(_ context.Context, happened []Event) {
	for _, e := range happened {
		if e.Kind.Quiet() && !p.listening.Load() {
			continue
		}
		select {
		case p.waiting <- e:
		default:
			p.lost.Add(1)
		}
	}
}

// Close sends what still waits, as long as Redis takes it, and stops. Calling it
// again waits for the same end.
func (p *Publisher) Close() error {
	p.stopOnce.Do(func() { close(p.stop) })
	<-p.done
	return nil
}

func (p *Publisher) run() {
	defer close(p.done)
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	p.look()
	for {
		select {
		case e := <-p.waiting:
			p.send(p.batch(e))
		case <-look.C:
			p.look()
		case <-p.stop:
			p.drain()
			return
		}
	}
}

// drain sends what waits, as long as Redis takes it.
func (p *Publisher) drain() {
	for {
		select {
		case e := <-p.waiting:
			if !p.send(p.batch(e)) {
				return
			}
		default:
			return
		}
	}
}

// batch is an event and what waits behind it.
func (p *Publisher) batch(first Event) []Event {
	batch := []Event{first}
	for len(batch) < batchMost {
		select {
		case e := <-p.waiting:
			batch = append(batch, e)
		default:
			return batch
		}
	}
	return batch
}

// look asks whether anybody listens. Failure policy: as before; a Redis that does
// not answer shows in other places.
func (p *Publisher) look() {
	ctx, cancel := context.WithTimeout(context.Background(), sendTimeout) // The goroutine is nobody's request.
	defer cancel()
	if n, err := p.rdb.Exists(ctx, listeningKey).Result(); err == nil {
		p.listening.Store(n > 0)
	}
}

// send puts a batch into the stream and reports whether Redis took it. Failure
// policy: count, log and carry on.
func (p *Publisher) send(batch []Event) bool {
	ctx, cancel := context.WithTimeout(context.Background(), sendTimeout) // See look.
	defer cancel()
	lost := p.lost.Swap(0)
	pipe := p.rdb.Pipeline()
	for _, e := range batch {
		body, err := json.Marshal(e)
		if err != nil {
			lost++
			continue
		}
		pipe.XAdd(ctx, &redis.XAddArgs{Stream: streamKey, MaxLen: streamLength, Approx: true, Values: []any{field, body}})
	}
	pipe.HIncrBy(ctx, countsKey, "published", int64(len(batch)))
	if lost > 0 {
		pipe.HIncrBy(ctx, countsKey, "lost", lost)
	}
	if _, err := pipe.Exec(ctx); err != nil {
		p.lost.Add(lost + int64(len(batch)))
		p.log.WarnContext(ctx, "events were lost", "events", len(batch), "error", err)
		return false
	}
	return true
}

// Counts are how many events all processes published and lost since Redis was
// last emptied.
type Counts struct{ Published, Lost int64 }

// orDiscard is log, or a logger that drops everything.
func orDiscard(log *slog.Logger) *slog.Logger {
	if log == nil {
		return slog.New(slog.DiscardHandler)
	}
	return log
}
