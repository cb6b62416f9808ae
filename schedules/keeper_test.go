package schedules

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"

	"github.com/osrsdiff/osrsdiff/player"
	"github.com/osrsdiff/osrsdiff/tasks"
)

func TestEmptyRedisIsFilledFromTheDatabase(t *testing.T) {
	b := newBench(t)
	const players = 1234
	for i := range players {
		b.roll.add(t, player.Interval(i%100+1), b.now)
	}
	b.roll.change(7, func(p *player.Player) { p.Paused = true })
	rebuilt, err := b.keeper.EnsureReady(t.Context())
	if err != nil || !rebuilt {
		t.Fatalf("EnsureReady = %t, %v; want a rebuild", rebuilt, err)
	}
	stats, err := b.book.Stats(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if stats.Schedules != players || stats.Active != players-1 || stats.Ready != "database-1" {
		t.Errorf("after the rebuild: %+v", stats)
	}
	report, err := b.keeper.Verify(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if report.Checked != players || report.Total() != 0 {
		t.Errorf("verify found %v in %d players, want nothing in %d", report.Findings, report.Checked, players)
	}
	if rebuilt, err = b.keeper.EnsureReady(t.Context()); err != nil || rebuilt {
		t.Errorf("EnsureReady again = %t, %v; want nothing to do", rebuilt, err)
	}
}

func TestRedisOfAnotherDatabaseIsRebuilt(t *testing.T) {
	b := newBench(t)
	p := b.roll.add(t, 60, b.now)
	b.apply(t)
	if err := b.book.setReady(t.Context(), "database-2"); err != nil {
		t.Fatal(err)
	}
	if rebuilt, err := b.keeper.EnsureReady(t.Context()); err != nil || !rebuilt {
		t.Fatalf("EnsureReady = %t, %v; want a rebuild", rebuilt, err)
	}
	if b.tickOf(t, p.ID).IsZero() {
		t.Error("the player's schedule is gone after the rebuild")
	}
}

func TestOutboxIsAppliedAndForgotten(t *testing.T) {
	b := newBench(t)
	kept, gone := b.roll.add(t, 60, b.now), b.roll.add(t, 60, b.now)
	b.apply(t)
	b.roll.change(kept.ID, func(p *player.Player) { p.Every = 5; p.IntervalChangedAt = b.now })
	b.roll.remove(gone.ID)
	n, err := b.keeper.ApplyChanges(t.Context())
	if err != nil || n != 2 || len(b.roll.pending) != 0 {
		t.Fatalf("ApplyChanges = %d, %v with %d left; want 2 and none left", n, err, len(b.roll.pending))
	}
	if e, err := b.book.Get(t.Context(), tasks.ScheduleID(kept.ID)); err != nil || e.Every != 5 {
		t.Errorf("changed schedule: %+v, %v", e, err)
	}
	if n := b.rdb.Exists(t.Context(), b.book.keys.definitionOf(gone.ID)).Val(); n != 0 {
		t.Error("the definition of a removed player is still there")
	}
}

// TestReconcileRepairs makes each kind of drift and wants it found by Verify,
// which repairs nothing, and repaired by Reconcile.
func TestReconcileRepairs(t *testing.T) {
	tests := []struct {
		kind Drift
		make func(t *testing.T, b *bench)
	}{
		{MissingSchedule, func(t *testing.T, b *bench) { b.do(t, "HDEL", b.book.keys.index(), 1) }},
		{OutdatedSchedule, func(t *testing.T, b *bench) { b.roll.change(1, func(p *player.Player) { p.Every = 7 }) }},
		{MissingTick, func(t *testing.T, b *bench) { b.do(t, "ZREM", b.book.keys.due(), 1) }},
		{WrongTick, func(t *testing.T, b *bench) {
			b.do(t, "ZADD", b.book.keys.due(), b.now.Add(100*24*time.Hour).Unix(), 1)
		}},
		{UnexpectedTick, func(t *testing.T, b *bench) { b.do(t, "ZADD", b.book.keys.due(), b.now.Unix(), 2) }},
		{UnexpectedTick, func(t *testing.T, b *bench) { b.do(t, "ZADD", b.book.keys.due(), b.now.Unix(), "noise") }},
		{BadDefinition, func(t *testing.T, b *bench) { b.do(t, "SET", b.book.keys.definitionOf(1), "{broken") }},
		{BadDefinition, func(t *testing.T, b *bench) {
			b.do(t, "DEL", b.book.keys.definitionOf(1))
			b.do(t, "RPUSH", b.book.keys.definitionOf(1), "x")
		}},
		{OrphanSchedule, func(t *testing.T, b *bench) { b.do(t, "HSET", b.book.keys.index(), 77, "60:1:a:Nobody") }},
		{OrphanSchedule, func(t *testing.T, b *bench) { // in the place of one that is missing: their number is right
			b.do(t, "HDEL", b.book.keys.index(), 1)
			b.do(t, "HSET", b.book.keys.index(), 77, "60:1:a:Nobody")
		}},
		{OrphanSchedule, func(t *testing.T, b *bench) { b.do(t, "SET", b.book.keys.definitionOf(88), "{}") }},
		{OrphanSchedule, func(t *testing.T, b *bench) { // of a player whose removal is marked
			b.do(t, "HSET", b.book.keys.index(), 88, "0:9:x:")
			b.do(t, "SET", b.book.keys.definitionOf(88), "{}")
		}},
		{WrongCount, func(t *testing.T, b *bench) { b.do(t, "HSET", b.book.keys.intervals(), 60, 12) }},
		{LostFetch, func(t *testing.T, b *bench) { b.roll.cover(1, b.now.Add(-5*time.Hour)) }},
		{ArchivedFetch, func(t *testing.T, b *bench) { b.archive(t, 1) }},
		{LeftoverHistory, func(t *testing.T, b *bench) {
			b.do(t, "ZADD", historyPrefix+"gone", b.now.Add(-time.Hour).Unix(), "event")
		}},
	}
	for i, tt := range tests {
		t.Run(fmt.Sprintf("%s_%d", tt.kind, i), func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			b.roll.add(t, 60, b.now)
			b.roll.add(t, 60, b.now)
			b.roll.change(2, func(p *player.Player) { p.Paused = true })
			if _, err := b.keeper.EnsureReady(t.Context()); err != nil {
				t.Fatal(err)
			}
			tt.make(t, b)
			for range 2 {
				found, err := b.keeper.Verify(t.Context())
				if err != nil || found.Counts[tt.kind] == 0 {
					t.Fatalf("Verify = %v, %v; want %s", found.Counts, err, tt.kind)
				}
			}
			if _, err := b.keeper.Reconcile(t.Context()); err != nil {
				t.Fatal(err)
			}
			after, err := b.keeper.Verify(t.Context())
			if err != nil || after.Total() != 0 {
				t.Errorf("after Reconcile: %v, %v; want nothing left", after.Findings, err)
			}
		})
	}
}

func TestReconcileIgnoresWhatSchedulesDoNotFollow(t *testing.T) {
	b := newBench(t)
	p := b.roll.add(t, 60, b.now)
	if _, err := b.keeper.EnsureReady(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.roll.mu.Lock()
	p.Mode, p.UpdatedAt = player.Ironman, b.now
	b.roll.players[p.ID] = p // a change of mode alone has no revision
	b.roll.mu.Unlock()
	if report, err := b.keeper.Verify(t.Context()); err != nil || report.Total() != 0 {
		t.Errorf("Verify = %v, %v; want nothing", report.Findings, err)
	}
}

func TestReconcileLeavesForeignKeysAlone(t *testing.T) {
	b := newBench(t)
	b.do(t, "SET", "osrsdiff:schedules:mine", "keep")
	report, err := b.keeper.Reconcile(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := []Finding{{Kind: ForeignKey, Subject: "osrsdiff:schedules:mine", Detail: "not a schedule; left alone"}}
	if diff := cmp.Diff(want, report.Findings); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
	if got := b.rdb.Get(t.Context(), "osrsdiff:schedules:mine").Val(); got != "keep" {
		t.Errorf("the foreign key holds %q", got)
	}
}

func TestReconcileDoesNotRepeatAnOutstandingFetch(t *testing.T) {
	b := newBench(t)
	p := b.roll.add(t, 60, b.now.Add(-3*time.Hour))
	if _, err := b.keeper.EnsureReady(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := b.claimer(0).Claim(t.Context()); err != nil {
		t.Fatal(err)
	}
	report, err := b.keeper.Reconcile(t.Context())
	if err != nil || report.Total() != 0 {
		t.Errorf("Reconcile = %v, %v; want nothing: the fetch is outstanding", report.Findings, err)
	}
	if tick := b.tickOf(t, p.ID); !tick.After(b.now) {
		t.Errorf("the schedule is due again at %v", tick)
	}
}

// do sends one command, as a person with redis-cli could.
func (b *bench) do(t *testing.T, args ...any) {
	t.Helper()
	if err := b.rdb.Do(t.Context(), args...).Err(); err != nil && !errors.Is(err, redis.Nil) {
		t.Fatal(err)
	}
}

// archive puts a fetch of the player into the archive, as a person can.
func (b *bench) archive(t *testing.T, id int64) {
	t.Helper()
	task, err := tasks.NewFetch(tasks.Fetch{PlayerID: id, Tick: 1}, tasks.QueueFetch)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.queue.EnqueueContext(t.Context(), task); err != nil {
		t.Fatal(err)
	}
	if err := b.inspector.ArchiveTask(tasks.QueueFetch, tasks.ScheduleID(id)); err != nil {
		t.Fatal(err)
	}
}
