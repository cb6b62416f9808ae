package schedules

import (
	"context"
	"errors"
	"sync"

	"golang.org/x/sync/errgroup"
)

// flow claims pages in parts, the oldest first and a few at once, so that Redis has
// work while the next part is made.
type flow struct {
	claimer *Claimer
	parts   errgroup.Group

	mu sync.Mutex
	// room is how many more fetches the queue may hold, beside those of the parts
	// under way.
	room   int
	total  Claimed
	failed bool
}

func newFlow(c *Claimer, room int) *flow {
	f := &flow{claimer: c, room: room}
	f.parts.SetLimit(claimParts)
	return f
}

// left is how many more fetches there is room for.
func (f *flow) left() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.room
}

// claim claims the schedules of a page, and reports whether to go on: false when
// there is no more room, or something failed. It returns before the last parts are done.
func (f *flow) claim(ctx context.Context, p page) bool {
	for rest := p.due; len(rest) > 0; {
		n := f.reserve(min(len(rest), claimPart))
		if n == 0 {
			return false
		}
		part := page{due: rest[:n], seen: p.seen, version: p.version}
		rest = rest[n:]
		f.parts.Go(func() error { return f.claimPart(ctx, part) })
	}
	return true
}

// reserve takes room for at most n fetches. Where there is none it waits for the
// parts under way, which give back what they did not need.
func (f *flow) reserve(n int) int {
	if f.left() == 0 {
		_ = f.parts.Wait() // finish reports it
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.failed {
		return 0
	}
	n = min(n, f.room)
	f.room -= n
	return n
}

// claimPart claims a part that has room.
func (f *flow) claimPart(ctx context.Context, p page) error {
	n, err := f.claimer.claimPart(ctx, p)
	f.mu.Lock()
	f.room += len(p.due) - n.Enqueued
	f.total.add(n.Claimed)
	f.failed = f.failed || err != nil
	f.mu.Unlock()
	return errors.Join(err, f.claimer.book.count(ctx, n, p.seen.now()))
}

// finish waits for all parts and returns what was claimed.
func (f *flow) finish() (Claimed, error) {
	err := f.parts.Wait()
	return f.total, err
}
