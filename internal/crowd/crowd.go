// Package crowd serves many callers together, where what is done for one costs nearly
// as much as what is done for many: a commit, or the way to a server and back.
package crowd

import (
	"sync"
	"time"
)

// Options says how callers are served together.
type Options struct {
	// Most is how many are served together at most.
	Most int
	// Lanes is how many times serve runs at once at most. Another lane opens where
	// half of Most wait.
	Lanes int
	// Rest is how long a lane waits for more after it served several, unless half of
	// Most wait already. Zero: it does not.
	Rest time.Duration
}

// Crowd serves callers together: those that come while others are served wait, and
// are served next. Who comes alone does not wait for more to come. Make one with New;
// it is safe for concurrent use.
type Crowd[T any] struct {
	opts  Options
	serve func([]T)

	mu      sync.Mutex
	waiting []T
	running int
}

// New makes a crowd. serve is called with those to serve together, in the order in
// which they came, and tells each of them how it ended.
func New[T any](opts Options, serve func([]T)) *Crowd[T] { return &Crowd[T]{opts: opts, serve: serve} }

// Join adds one that serve will be called with.
func (c *Crowd[T]) Join(one T) {
	c.mu.Lock()
	c.waiting = append(c.waiting, one)
	open := c.running == 0 || c.running < c.opts.Lanes && c.manyWait()
	if open {
		c.running++
	}
	c.mu.Unlock()
	if open {
		go c.run() // ends when nobody waits any more
	}
}

// run serves until nobody waits.
func (c *Crowd[T]) run() {
	for some := c.next(); some != nil; some = c.next() {
		c.serve(some)
		if len(some) > 1 && !c.busy() {
			time.Sleep(c.opts.Rest)
		}
	}
}

// next takes those to serve next; nil ends run.
func (c *Crowd[T]) next() []T {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := min(len(c.waiting), c.opts.Most)
	if n == 0 {
		c.running--
		return nil
	}
	some := c.waiting[:n:n]
	c.waiting = c.waiting[n:]
	return some
}

func (c *Crowd[T]) busy() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.manyWait()
}

// manyWait reports whether half of Most wait. The lock is held.
func (c *Crowd[T]) manyWait() bool { return len(c.waiting) >= c.opts.Most/2 }
