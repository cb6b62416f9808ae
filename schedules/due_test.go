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

	"github.com/osrsdiff/osrsdiff/internal/redishook"
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

// meddling does something between the enqueue and the advance.
type meddling struct {
	tasks.Enqueuer
	once sync.Once
	do   func()
}

func (m *meddling) EnqueueContext(ctx context.Context, task *asynq.Task, opts ...asynq.Option) (*asynq.TaskInfo, error) {
	info, err := m.Enqueuer.EnqueueContext(ctx, task, opts...)
	m.once.Do(m.do)
	return info, err
}

// TestClaimLosesToAChangeInBetween lets people change a schedule whose fetch was
// enqueued and that has not moved on yet; its neighbour moves on all the same.
func TestClaimLosesToAChangeInBetween(t *testing.T) {
	for name, meddle := range map[string]func(context.Context, *bench, player.Player) error{
		"pause": func(ctx context.Context, b *bench, p player.Player) error {
			return b.book.Pause(ctx, b.roll.change(p.ID, func(p *player.Player) { p.Paused = true }))
		},
		"removal": func(ctx context.Context, b *bench, p player.Player) error {
			return b.book.Unschedule(ctx, p.ID, b.roll.remove(p.ID).Revision)
		},
		"interval": func(ctx context.Context, b *bench, p player.Player) error {
			return b.book.Reschedule(ctx, b.roll.change(p.ID, func(p *player.Player) {
				p.Every, p.IntervalChangedAt = 60, b.now
			}))
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			p := b.roll.add(t, 10_080, b.now.Add(-20*24*time.Hour))
			other := b.roll.add(t, 60, b.now.Add(-2*time.Hour))
			b.apply(t)
			var changed time.Time
			queue := &meddling{Enqueuer: b.queue, do: func() {
				if err := meddle(t.Context(), b, p); err != nil {
					t.Error(err)
				}
				changed = b.tickOf(t, p.ID)
			}}
			if _, err := NewClaimer(b.book, queue, b.inspector, 0).Claim(t.Context()); err != nil {
				t.Fatal(err)
			}
			if got := b.tickOf(t, p.ID); !got.Equal(changed) {
				t.Errorf("the claim moved the schedule from %v, where the change had put it, to %v", changed, got)
			}
			if got := b.tickOf(t, other.ID); !got.After(b.now) {
				t.Errorf("the neighbour still waits for %v", got)
			}
		})
	}
}

// TestLateClaimPutsNothingBack lets two claims read the same, as when one is
// frozen for longer than the lock that keeps them apart.
func TestLateClaimPutsNothingBack(t *testing.T) {
	b := newBench(t)
	p := b.roll.add(t, 60, b.now.Add(-2*time.Hour))
	b.apply(t)
	frozen, err := b.book.read(t.Context(), listing{overdue: true, most: 10})
	if err != nil || len(frozen.due) != 1 {
		t.Fatalf("read %+v, %v; want one due schedule", frozen, err)
	}
	later := b.now.Add(3 * time.Hour).Unix()
	for _, next := range []int64{later, b.now.Add(time.Hour).Unix()} {
		if err := b.book.advance(t.Context(), []move{{frozen.due[0], next}}, frozen.version); err != nil {
			t.Fatal(err)
		}
	}
	if got := b.tickOf(t, p.ID).Unix(); got != later {
		t.Errorf("the late claim put the schedule at %d, want %d, where the other had", got, later)
	}
}

// scripts counts calls of a script.
type scripts struct {
	hash  string
	calls int
}

// count is a hook that counts.
func (s *scripts) count(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		if args := cmd.Args(); cmd.Name() == "evalsha" && args[1] == s.hash {
			s.calls++
		}
		return next(ctx, cmd)
	}
}

// TestQuietClaimComparesNothing wants the scores to be compared only where the
// index was changed during a claim, since that makes Redis work twice as long.
func TestQuietClaimComparesNothing(t *testing.T) {
	b := newBench(t)
	count := &scripts{hash: compareScript.Hash()}
	b.rdb.AddHook(redishook.Process(count.count))
	b.roll.add(t, 60, b.now.Add(-2*time.Hour))
	b.apply(t)
	for _, tt := range []struct{ changes, compared int }{{0, 0}, {1, 1}} {
		queue := &meddling{Enqueuer: b.queue, do: func() {
			for range tt.changes {
				b.roll.add(t, 60, b.now)
				b.apply(t)
			}
		}}
		if _, err := NewClaimer(b.book, queue, b.inspector, 0).Claim(t.Context()); err != nil {
			t.Fatal(err)
		}
		if count.calls != tt.compared {
			t.Errorf("after %d changes during a claim scores were compared %d times, want %d", tt.changes, count.calls, tt.compared)
		}
		b.do(t, "ZADD", b.book.keys.due(), 1, 1)
		b.do(t, "DEL", "asynq:{fetch}:t:player_fetch_1", "asynq:{fetch}:pending")
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
