package schedules

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hibiken/asynq"
	"github.com/redis/go-redis/v9"

	"github.com/osrsdiff/osrsdiff/player"
	"github.com/osrsdiff/osrsdiff/tasks"
)

func TestClaimEnqueuesOnceAndAdvances(t *testing.T) {
	b := newBench(t)
	p := b.roll.add(t, 60, b.now.Add(-5*time.Hour))
	b.roll.add(t, 60, b.now)
	b.apply(t)
	for range 3 {
		if _, err := b.claimer(0).Claim(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if n := b.queued(t); n != 1 {
		t.Errorf("%d fetches queued, want one: five missed ticks are caught up once", n)
	}
	if got := b.tickOf(t, p.ID); !got.Equal((Grid{}).After(StandingOf(p), b.now)) {
		t.Errorf("after the claim the schedule waits for %v", got)
	}
}

// TestClaimReplaysACrash walks the crash between enqueueing and advancing: the
// fetch is queued, the schedule still due.
func TestClaimReplaysACrash(t *testing.T) {
	b := newBench(t)
	p := b.roll.add(t, 60, b.now.Add(-2*time.Hour))
	b.apply(t)
	before := b.tickOf(t, p.ID)
	if _, err := b.claimer(0).Claim(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := b.rdb.ZAdd(t.Context(), b.book.keys.due(), redis.Z{Score: float64(before.Unix()), Member: "1"}).Err(); err != nil {
		t.Fatal(err)
	}
	n, err := b.claimer(0).Claim(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(Claimed{Coalesced: 1}, n); diff != "" {
		t.Errorf("replayed claim (-want +got):\n%s", diff)
	}
	if q := b.queued(t); q != 1 {
		t.Errorf("%d fetches queued, want one", q)
	}
}

func TestClaimLeavesTheRestDueWhenTheQueueIsFull(t *testing.T) {
	b := newBench(t)
	for i := range 10 {
		b.roll.add(t, 60, b.now.Add(-time.Duration(i+1)*time.Hour))
	}
	b.apply(t)
	if _, err := b.claimer(4).Claim(t.Context()); err != nil {
		t.Fatal(err)
	}
	list, err := b.inspector.ListPendingTasks(tasks.QueueFetch)
	if err != nil {
		t.Fatal(err)
	}
	queued := map[string]bool{}
	for _, task := range list {
		queued[task.ID] = true
	}
	want := map[string]bool{"player_fetch_10": true, "player_fetch_9": true, "player_fetch_8": true, "player_fetch_7": true}
	if diff := cmp.Diff(want, queued); diff != "" {
		t.Errorf("queued (-want the oldest four, +got):\n%s", diff)
	}
	if n, err := b.claimer(4).Claim(t.Context()); err != nil || n != (Claimed{}) {
		t.Errorf("claim on a full queue = %+v, %v; want nothing", n, err)
	}
}

// TestClaimGoesBatchByBatch claims more than one look finds, with room for all, for
// some, and beside fetches that are outstanding: always the oldest, each once.
func TestClaimGoesBatchByBatch(t *testing.T) {
	const all, batch = 50, 7
	for _, tt := range []struct{ capacity, outstanding, enqueued int }{
		{0, 0, all}, {0, 10, all - 10}, {20, 0, 20}, {20, 10, 10}, {21, 0, 21}, {all, 0, all}, {all + 1, 7, all - 7},
	} {
		t.Run(fmt.Sprint(tt), func(t *testing.T) {
			b := newBench(t)
			for i := range all {
				b.roll.add(t, 60, b.now.Add(-time.Duration(all-i)*time.Hour))
			}
			b.apply(t)
			if tt.outstanding > 0 {
				if _, err := b.claimer(tt.outstanding).Claim(t.Context()); err != nil {
					t.Fatal(err)
				}
				for id := range tt.outstanding { // due again while their fetches wait
					b.rdb.ZAdd(t.Context(), b.book.keys.due(), redis.Z{Score: float64(id), Member: fmt.Sprint(id + 1)})
				}
			}
			c := b.claimer(tt.capacity)
			c.batch = batch
			n, err := c.Claim(t.Context())
			if want := (Claimed{Enqueued: tt.enqueued, Coalesced: tt.outstanding}); err != nil || n != want {
				t.Fatalf("Claim = %+v, %v; want %+v", n, err, want)
			}
			if got := b.queued(t); got != tt.enqueued+tt.outstanding {
				t.Errorf("%d fetches queued, want %d", got, tt.enqueued+tt.outstanding)
			}
			for id := range all {
				moved := b.tickOf(t, int64(id+1)).After(b.now)
				if want := id < tt.enqueued+tt.outstanding; moved != want {
					t.Errorf("schedule %d was claimed: %v, want %v", id+1, moved, want)
				}
			}
		})
	}
}

// failing refuses to enqueue, as Redis does when it is out of memory.
type failing struct{}

func (failing) EnqueueContext(context.Context, *asynq.Task, ...asynq.Option) (*asynq.TaskInfo, error) {
	return nil, errors.New("OOM command not allowed")
}

func TestClaimKeepsDueWhatItCouldNotEnqueue(t *testing.T) {
	b := newBench(t)
	p := b.roll.add(t, 60, b.now.Add(-2*time.Hour))
	b.apply(t)
	before := b.tickOf(t, p.ID)
	if _, err := NewClaimer(b.book, failing{}, b.inspector, 0).Claim(t.Context()); err == nil {
		t.Fatal("a failed enqueue was not reported")
	}
	if got := b.tickOf(t, p.ID); !got.Equal(before) {
		t.Errorf("the tick moved from %v to %v although nothing was enqueued", before, got)
	}
}

// pausing pauses the player between the enqueue and the advance.
type pausing struct {
	tasks.Enqueuer
	once sync.Once
	do   func()
}

func (p *pausing) EnqueueContext(ctx context.Context, task *asynq.Task, opts ...asynq.Option) (*asynq.TaskInfo, error) {
	info, err := p.Enqueuer.EnqueueContext(ctx, task, opts...)
	p.once.Do(p.do)
	return info, err
}

func TestClaimLosesToAPauseInBetween(t *testing.T) {
	b := newBench(t)
	p := b.roll.add(t, 60, b.now.Add(-2*time.Hour))
	b.apply(t)
	queue := &pausing{Enqueuer: b.queue, do: func() {
		paused := b.roll.change(p.ID, func(p *player.Player) { p.Paused = true })
		if err := b.book.Pause(t.Context(), paused); err != nil {
			t.Error(err)
		}
	}}
	if _, err := NewClaimer(b.book, queue, b.inspector, 0).Claim(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := b.tickOf(t, p.ID); !got.IsZero() {
		t.Errorf("the claim put a paused schedule back, at %v", got)
	}
}

func TestRacingClaimersEnqueueEachTickOnce(t *testing.T) {
	b := newBench(t)
	const players = 1200
	for range players {
		b.roll.add(t, 60, b.now.Add(-2*time.Hour))
	}
	b.apply(t)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			// Without the lock that usually keeps them apart.
			c := b.claimer(0)
			c.batch = 100
			for {
				n, _, err := c.pass(t.Context(), players)
				if err != nil {
					t.Error(err)
				}
				if n == (Claimed{}) {
					return
				}
			}
		})
	}
	wg.Wait()
	if n := b.queued(t); n != players {
		t.Errorf("%d fetches queued, want %d", n, players)
	}
}

func TestClaimDropsMembersTheIndexDoesNotKnow(t *testing.T) {
	b := newBench(t)
	for _, m := range []string{"99", "garbage"} {
		if err := b.rdb.ZAdd(t.Context(), b.book.keys.due(), redis.Z{Score: 1, Member: m}).Err(); err != nil {
			t.Fatal(err)
		}
	}
	if n, err := b.claimer(0).Claim(t.Context()); err != nil || n != (Claimed{}) {
		t.Fatalf("Claim = %+v, %v; want nothing enqueued", n, err)
	}
	if n := b.rdb.ZCard(t.Context(), b.book.keys.due()).Val(); n != 0 {
		t.Errorf("%d unknown members still due, want none", n)
	}
}
