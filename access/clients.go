package access

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// mostClients bounds the memory of Clients: two generations of so many, each of
// about 200 bytes.
const mostClients = 10_000

// Clients lets each of many clients do so much at a time. What it knows of them
// takes a bounded amount of memory: a client that did nothing for long is
// forgotten, which does it no harm, since its bucket is full again by then.
type Clients struct {
	limit rate.Limit
	burst int
	now   func() time.Time

	mu         sync.Mutex
	young, old map[string]*rate.Limiter
}

// NewClients returns one that lets each client do burst things at once and
// perSecond in the long run.
func NewClients(perSecond float64, burst int, now func() time.Time) *Clients {
	return &Clients{limit: rate.Limit(perSecond), burst: burst, now: now, young: map[string]*rate.Limiter{}}
}

// Take lets a client do n things, or says how long to wait before it may. Zero:
// go ahead.
func (c *Clients) Take(client string, n int) time.Duration {
	now := c.now()
	c.mu.Lock()
	defer c.mu.Unlock()
	reservation := c.of(client).ReserveN(now, n)
	wait := reservation.DelayFrom(now)
	if wait > 0 {
		reservation.CancelAt(now)
	}
	return wait
}

// of is the limiter of a client. Those in use move to the young generation; when
// that is full, the other is forgotten.
func (c *Clients) of(client string) *rate.Limiter {
	if l, ok := c.young[client]; ok {
		return l
	}
	l, ok := c.old[client]
	if !ok {
		l = rate.NewLimiter(c.limit, c.burst)
	}
	if len(c.young) >= mostClients {
		c.young, c.old = make(map[string]*rate.Limiter, mostClients), c.young
	}
	c.young[client] = l
	return l
}
