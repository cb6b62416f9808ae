package events

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	// clientBuffer is how many events a client may be behind before it is dropped.
	clientBuffer = 64
	// readBlock is how long one read of the stream waits for events, and about how
	// long the end of a Hub takes.
	readBlock = time.Second
	// listeningFor is how long publishers believe that somebody listens.
	listeningFor = 15 * time.Second
	// renewEvery is how often they are told again.
	renewEvery = 5 * time.Second
	// retryAfter is how long a Hub leaves a Redis alone that does not answer.
	retryAfter = time.Second
	// catchUpMost is how many events a client is sent of what it missed.
	catchUpMost = 1000
)

// ErrClosed means that a Hub takes no more clients, because its process ends.
var ErrClosed = errors.New("no more events are sent: the server stops")

// Message is an event as it came over the stream.
type Message struct {
	// ID is its place in the stream.
	ID string
	// Event is what happened.
	Event Event
	// Frame is the message in the form of server-sent events, shared by all who
	// get it.
	Frame []byte
}

// Hub hands the events of all processes to the clients of this one. One reader
// serves them all, and a client that does not keep up is dropped instead of
// holding up the others.
type Hub struct {
	rdb     redis.UniversalClient
	log     *slog.Logger
	mu      sync.Mutex
	clients map[*Client]struct{}
	closed  bool
	renewed time.Time
	dropped atomic.Int64
}

// NewHub makes a Hub on a shared client, which stays the caller's to close. It
// hands out events while Run runs.
func NewHub(rdb redis.UniversalClient, log *slog.Logger) *Hub {
	return &Hub{rdb: rdb, log: orDiscard(log), clients: map[*Client]struct{}{}}
}

// Client is one who listens.
type Client struct {
	hub    *Hub
	wants  Filter
	events chan *Message
	lost   bool // guarded by hub.mu
}

// Filter chooses events. The zero Filter is for all.
type Filter struct {
	// PlayerID leaves out what is not about this player. Zero: nothing.
	PlayerID int64
	// Members leaves out what is not about one of these players. Nil: nothing.
	Members map[int64]bool
	// Kinds are those wanted. None: all.
	Kinds []Kind
}

// Matches reports whether the filter is for an event.
func (f Filter) Matches(e Event) bool {
	if f.PlayerID != 0 && e.PlayerID != f.PlayerID {
		return false
	}
	if f.Members != nil && !f.Members[e.PlayerID] {
		return false
	}
	return len(f.Kinds) == 0 || slices.Contains(f.Kinds, e.Kind)
}

// Subscribe begins to collect events for a client, which must be closed. After
// Close of the Hub it fails with ErrClosed.
func (h *Hub) Subscribe(ctx context.Context, wants Filter) (*Client, error) {
	c := &Client{hub: h, wants: wants, events: make(chan *Message, clientBuffer)}
	h.mu.Lock()
	if h.closed {
		h.mu.Unlock()
		return nil, ErrClosed
	}
	h.clients[c] = struct{}{}
	h.mu.Unlock()
	h.renew(ctx)
	return c, nil
}

// Events are what the client is to be sent. It is closed when the client was too
// slow, which Lost tells, or the Hub closes.
func (c *Client) Events() <-chan *Message { return c.events }

// Lost reports whether the client missed events because it was too slow.
func (c *Client) Lost() bool {
	c.hub.mu.Lock()
	defer c.hub.mu.Unlock()
	return c.lost
}

// Close stops collecting.
func (c *Client) Close() {
	c.hub.mu.Lock()
	defer c.hub.mu.Unlock()
	c.hub.remove(c)
}

// remove ends a client; h.mu is held.
func (h *Hub) remove(c *Client) {
	if _, ok := h.clients[c]; ok {
		delete(h.clients, c)
		close(c.events)
	}
}

// Clients is how many listen.
func (h *Hub) Clients() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.clients)
}

// Dropped is how many clients were too slow so far.
func (h *Hub) Dropped() int64 { return h.dropped.Load() }

// Close ends all clients and takes no more.
func (h *Hub) Close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
	for c := range h.clients {
		h.remove(c)
	}
}

// Run reads the stream until ctx ends. A Redis that does not answer is asked
// again each second; what came meanwhile is read then.
func (h *Hub) Run(ctx context.Context) {
	last := ""
	for ctx.Err() == nil {
		var err error
		if last == "" {
			last, err = h.end(ctx)
		} else {
			last, err = h.read(ctx, last)
		}
		h.renew(ctx)
		if err != nil && ctx.Err() == nil {
			h.log.WarnContext(ctx, "events cannot be read", "error", err)
			wait(ctx, retryAfter)
		}
	}
}

func wait(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// end is where the stream ends now.
func (h *Hub) end(ctx context.Context) (string, error) {
	entries, err := h.rdb.XRevRangeN(ctx, streamKey, "+", "-", 1).Result()
	if err != nil {
		return "", fmt.Errorf("find the end of the events: %w", err)
	}
	if len(entries) == 0 {
		return "0-0", nil
	}
	return entries[0].ID, nil
}

// read hands out what came after an entry and returns the last one.
func (h *Hub) read(ctx context.Context, after string) (string, error) {
	streams, err := h.rdb.XRead(ctx, &redis.XReadArgs{Streams: []string{streamKey, after}, Block: readBlock, Count: batchMost}).Result()
	if errors.Is(err, redis.Nil) {
		return after, nil
	}
	if err != nil {
		return after, fmt.Errorf("read events after %s: %w", after, err)
	}
	for _, s := range streams {
		for _, entry := range s.Messages {
			after = entry.ID
			if m, ok := messageOf(entry); ok {
				h.hand(m)
			}
		}
	}
	return after, nil
}

// messageOf reads an entry. What this program does not understand is left out.
func messageOf(entry redis.XMessage) (*Message, bool) {
	body, _ := entry.Values[field].(string)
	m := &Message{ID: entry.ID}
	if err := json.Unmarshal([]byte(body), &m.Event); err != nil {
		return nil, false
	}
	m.Frame = fmt.Appendf(nil, "id: %s\nevent: %s\ndata: %s\n\n", m.ID, m.Event.Kind, body)
	return m, true
}

// hand gives a message to those who want it, and drops those who are full.
func (h *Hub) hand(m *Message) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for c := range h.clients {
		if !c.wants.Matches(m.Event) {
			continue
		}
		select {
		case c.events <- m:
		default:
			c.lost = true
			h.dropped.Add(1)
			h.remove(c)
		}
	}
}

// renew tells publishers that somebody listens, now and then. Failure policy:
// carry on; quiet events come a little later.
func (h *Hub) renew(ctx context.Context) {
	h.mu.Lock()
	due := len(h.clients) > 0 && time.Since(h.renewed) >= renewEvery
	if due {
		h.renewed = time.Now()
	}
	h.mu.Unlock()
	if due {
		_ = h.rdb.Set(ctx, listeningKey, 1, listeningFor).Err()
	}
}

// Since returns what came after a message, for a client that comes back. complete
// is false when the stream does not reach back that far any more.
func (h *Hub) Since(ctx context.Context, id string, wants Filter) (missed []*Message, complete bool, err error) {
	first, err := h.rdb.XRangeN(ctx, streamKey, "-", "+", 1).Result()
	if err != nil {
		return nil, false, fmt.Errorf("read events after %s: %w", id, err)
	}
	if len(first) == 0 || compareIDs(first[0].ID, id) > 0 {
		return nil, false, nil
	}
	entries, err := h.rdb.XRangeN(ctx, streamKey, id, "+", catchUpMost+1).Result() // the one they had included
	if err != nil {
		return nil, false, fmt.Errorf("read events after %s: %w", id, err)
	}
	if len(entries) > catchUpMost {
		return nil, false, nil
	}
	for _, entry := range entries {
		if m, ok := messageOf(entry); ok && compareIDs(entry.ID, id) > 0 && wants.Matches(m.Event) {
			missed = append(missed, m)
		}
	}
	return missed, true, nil
}

// Counts are what all processes published and lost.
func (h *Hub) Counts(ctx context.Context) (Counts, error) {
	var c struct {
		Published int64 `redis:"published"`
		Lost      int64 `redis:"lost"`
	}
	if err := h.rdb.HGetAll(ctx, countsKey).Scan(&c); err != nil {
		return Counts{}, fmt.Errorf("count events: %w", err)
	}
	return Counts(c), nil
}
