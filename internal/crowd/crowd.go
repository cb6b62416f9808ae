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
	// Rest is how long a lane waits for more after it served several, until half of
	// Most wait. Zero: it does not.
	Rest time.Duration
}

// Crowd serves callers together: those that come while others are served wait, and
// are served next. Who comes alone does not wait for more to come. Make one with New;
// it is safe for concurrent use.
type Crowd[T any] struct {
	opts  Options
	serve func([]T)

	mu               sync.Mutex
	waiting          []T
	running, resting int
	wake             chan struct{} // ends the rest of a lane
}

// New makes a crowd. serve is called with those to serve together, in the order in
// which they came, and tells each of them how it ended.
func New[T any](opts Options, serve func([]T)) *Crowd[T] {
	return &Crowd[T]{opts: opts, serve: serve, wake: make(chan struct{}, 1)}
}

// Join adds one that serve will be called with.
func (c *Crowd[T]) Join(one T) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.waiting = append(c.waiting, one)
	switch {
	case c.running > 0 && !c.manyWait():
	case c.resting > 0:
		select {
		case c.wake <- struct{}{}:
		default: // one wakes already
		}
	case c.running < c.opts.Lanes:
		c.running++
		go c.run() // ends when nobody waits any more
	}
}

// run serves until nobody waits.
func (c *Crowd[T]) run() {
	for some := c.next(); some != nil; some = c.next() {
		c.serve(some)
		if len(some) > 1 && c.rests() {
			c.rest()
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

// rests reports whether there is time for a rest, which begins with it.
func (c *Crowd[T]) rests() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.opts.Rest <= 0 || c.manyWait() {
		return false
	}
	c.resting++
	return true
}

// rest waits until many wait, or for as long as a rest may last.
func (c *Crowd[T]) rest() {
	timer := time.NewTimer(c.opts.Rest)
	defer timer.Stop()
	select {
	case <-c.wake: // perhaps meant for a rest that is over: this one is only shorter
	case <-timer.C:
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.resting--
}

// manyWait reports whether half of Most wait. The lock is held.
func (c *Crowd[T]) manyWait() bool { return len(c.waiting) >= c.opts.Most/2 }
