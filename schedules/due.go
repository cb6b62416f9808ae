package schedules

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/bsm/redislock"
	"github.com/hibiken/asynq"

	"github.com/osrsdiff/osrsdiff/tasks"
)

const (
	// claimBatch is how many due schedules are looked at in one call; it keeps
	// each Lua call to a few milliseconds.
	claimBatch = 2000
	// claimPart is how many of them are enqueued and advanced together.
	claimPart = 500
	// claimParts is how many parts are under way at once: while Redis works on
	// one, the next is made.
	claimParts = 3
	// sweepLock is how long a claim keeps others out at most.
	sweepLock = 30 * time.Second
)

// Claimer turns due schedules into fetch tasks: it peeks at what is due, enqueues
// a fetch for each and then advances each. It runs for every player:due task,
// whatever the payload, since the payload only says who woke it. The queue
// holds only what the limit can serve soon; the due index keeps the rest, so that
// the oldest goes first.
type Claimer struct {
	book      *Book
	queue     BatchEnqueuer
	inspector *asynq.Inspector
	locks     *redislock.Client
	// capacity is the most fetches the queue may hold. Zero: no limit.
	capacity int
	// batch is claimBatch, or less in tests.
	batch int
}

// NewClaimer returns a claimer that keeps at most capacity fetches queued; zero
// means no limit. A queue that is a BatchEnqueuer is used as one.
func NewClaimer(book *Book, queue tasks.Enqueuer, inspector *asynq.Inspector, capacity int) *Claimer {
	batches, ok := queue.(BatchEnqueuer)
	if !ok {
		batches = oneByOne{queue}
	}
	return &Claimer{
		book: book, queue: batches, inspector: inspector, capacity: capacity, batch: claimBatch,
		locks: redislock.New(book.rdb),
	}
}

// Claimed counts what a claim did.
type Claimed struct {
	// Enqueued schedules got a fetch task.
	Enqueued int
	// Coalesced schedules had one outstanding already.
	Coalesced int
}

// add counts what another claim counted.
func (c *Claimed) add(other Claimed) {
	c.Enqueued += other.Enqueued
	c.Coalesced += other.Coalesced
}

// claim is what a claim counted.
type claim struct {
	Claimed
	// lag is that of the enqueued.
	lag Lag
}

// claimTimeout ends a claim before its task times out, which would archive it.
const claimTimeout = tasks.DueTimeout - 5*time.Second

// Claim enqueues a fetch for every due schedule, oldest first, as far as the
// queue has room, and moves each to its next tick. While another claim runs it
// does nothing.
func (c *Claimer) Claim(ctx context.Context) (Claimed, error) {
	var total Claimed
	ctx, cancel := context.WithTimeout(ctx, claimTimeout)
	defer cancel()
	lock, err := c.locks.Obtain(ctx, c.book.keys.sweep(), sweepLock, nil)
	if errors.Is(err, redislock.ErrNotObtained) {
		return total, nil
	}
	if err != nil {
		return total, fmt.Errorf("lock the sweep: %w", err)
	}
	defer func() { _ = lock.Release(context.WithoutCancel(ctx)) }()
	room, err := c.room()
	if err != nil {
		return total, err
	}
	for room > total.Enqueued {
		n, again, err := c.pass(ctx, room-total.Enqueued)
		total.add(n)
		if err != nil || !again {
			return total, err
		}
	}
	return total, nil
}

// look is a page of what is due, or why there is none.
type look struct {
	page
	err error
}

// lookAhead reads a batch of what is due behind a place.
func (c *Claimer) lookAhead(ctx context.Context, after place) <-chan look {
	found := make(chan look, 1)
	go func() {
		var l look
		l.page, l.err = c.book.read(ctx, listing{after: after, overdue: true, most: c.batch})
		found <- l
	}()
	return found
}

// pass claims what is due from the oldest on, as far as there is room, and reports
// whether there was so much that it has to be looked at again: others may have come
// due before where it ended. While a batch is enqueued, the next is read.
func (c *Claimer) pass(ctx context.Context, room int) (total Claimed, again bool, err error) {
	f := newFlow(c, room)
	for next := c.lookAhead(ctx, place{}); next != nil; {
		l := <-next
		next = nil
		if l.err != nil {
			total, err = f.finish()
			return total, again, errors.Join(err, l.err)
		}
		if len(l.due) == c.batch {
			again = true
			if f.left() > len(l.due) {
				next = c.lookAhead(ctx, l.due[len(l.due)-1].place())
			}
		}
		if !f.claim(ctx, l.page) && next != nil {
			<-next
			next = nil
		}
	}
	total, err = f.finish()
	return total, again, err
}

// room is how many more fetches the queue may hold.
func (c *Claimer) room() (int, error) {
	if c.capacity == 0 {
		return int(^uint(0) >> 1), nil
	}
	queues, err := c.inspector.Queues()
	if err != nil {
		return 0, fmt.Errorf("list the queues: %w", err)
	}
	if !slices.Contains(queues, tasks.QueueFetch) {
		return c.capacity, nil // no fetch was ever queued
	}
	info, err := c.inspector.GetQueueInfo(tasks.QueueFetch)
	if err != nil {
		return 0, fmt.Errorf("measure the queue %q: %w", tasks.QueueFetch, err)
	}
	return c.capacity - info.Pending - info.Active - info.Scheduled - info.Retry, nil
}

// claimPart enqueues a fetch for each of some due schedules, then advances those
// that have one.
func (c *Claimer) claimPart(ctx context.Context, p page) (claim, error) {
	done, n, enqueueErr := c.enqueue(ctx, p.due, p.seen)
	moves := make([]move, len(done))
	for i, d := range done {
		moves[i] = move{dueSchedule: d, next: c.next(d, p.seen.at)}
	}
	return n, errors.Join(enqueueErr, c.book.advance(ctx, moves, p.version))
}

// next is where a claimed schedule goes: to the first tick after both its tick
// and now, or out of the due index when the index does not know it as active.
func (c *Claimer) next(d dueSchedule, now time.Time) int64 {
	if d.standing == nil {
		return 0
	}
	return c.book.grid.After(*d.standing, latest(now, time.Unix(d.tick, 0))).Unix()
}

// enqueue puts a fetch into the queue for each due schedule and returns those
// that may be advanced: enqueued, outstanding already, or unknown to the index.
func (c *Claimer) enqueue(ctx context.Context, due []dueSchedule, seen moment) ([]dueSchedule, claim, error) {
	var n claim
	done := make([]dueSchedule, 0, len(due))
	asked := make([]dueSchedule, 0, len(due))
	list := make([]*asynq.Task, 0, len(due))
	for _, d := range due {
		if d.standing == nil {
			done = append(done, d)
			continue
		}
		task, err := tasks.NewFetch(tasks.Fetch{PlayerID: d.playerID, Player: d.player, Tick: d.tick}, tasks.QueueFetch)
		if err != nil {
			return nil, n, fmt.Errorf("make the fetch of player %d: %w", d.playerID, err)
		}
		asked, list = append(asked, d), append(list, task)
	}
	var failed error
	errs := c.queue.EnqueueBatch(ctx, list)
	now := seen.now()
	for i, err := range errs {
		switch {
		case err == nil:
			n.Enqueued++
			n.lag.add(now.Sub(time.Unix(asked[i].tick, 0)))
		case errors.Is(err, asynq.ErrTaskIDConflict):
			n.Coalesced++
		default:
			failed = fmt.Errorf("enqueue the fetch of player %d: %w", asked[i].playerID, err)
			continue
		}
		done = append(done, asked[i])
	}
	return done, n, failed
}
