package store

import (
	"sync"
	"time"
)

// crowd serves many callers together: those that come while others are served
// wait, and are served next. Who comes alone does not wait for more to come.
type crowd[T any] struct {
	// most is how many are served together at most.
	most int
	// lanes is how many times serve runs at once at most. Another lane opens where
	// half of most wait, since the more are served together the less each costs.
	lanes int
	// rest is how long a lane waits for more after it served several, unless half of
	// most wait already: what it does for a few costs nearly as much as for many.
	// Zero: it does not.
	rest time.Duration
	// serve serves some.
	serve func([]T)

	mu      sync.Mutex
	waiting []T
	running int
}

// join adds one that serve will be called with.
func (c *crowd[T]) join(one T) {
	c.mu.Lock()
	c.waiting = append(c.waiting, one)
	open := c.running == 0 || c.running < c.lanes && c.manyWait()
	if open {
		c.running++
	}
	c.mu.Unlock()
	if open {
		go c.run() // ends when nobody waits any more
	}
}

// run serves until nobody waits.
func (c *crowd[T]) run() {
	for some := c.next(); some != nil; some = c.next() {
		c.serve(some)
		if len(some) > 1 && !c.full() {
			time.Sleep(c.rest)
		}
	}
}

// manyWait reports whether half of those who can be served together wait. The lock
// is held.
func (c *crowd[T]) manyWait() bool { return len(c.waiting) >= c.most/2 }

// full is manyWait without the lock.
func (c *crowd[T]) full() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.manyWait()
}

// next takes those to serve next; nil ends run.
func (c *crowd[T]) next() []T {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := min(len(c.waiting), c.most)
	if n == 0 {
		c.running--
		return nil
	}
	some := c.waiting[:n:n]
	c.waiting = c.waiting[n:]
	return some
}
