package schedules

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hibiken/asynq"
	"github.com/redis/go-redis/v9"

	"github.com/osrsdiff/osrsdiff/internal/testenv"
	"github.com/osrsdiff/osrsdiff/player"
	"github.com/osrsdiff/osrsdiff/tasks"
)

// onCluster is a bench on a Redis Cluster, and a queue on a client of its own.
func onCluster(t *testing.T) (*testenv.RedisCluster, *bench, *Queue) {
	t.Helper()
	cluster := testenv.NewRedisCluster(t, testenv.Protection{})
	return cluster, newBenchOn(t, cluster.Client(t), Grid{}), NewQueue(cluster.Client(t))
}

func TestClusterIsFilledClaimedAndFilledAgain(t *testing.T) {
	cluster, b, queue := onCluster(t)
	const players = 300
	for i := range players {
		b.roll.add(t, player.Interval(i%50+1), b.now)
	}
	for range 2 {
		cluster.Flush()
		if rebuilt, err := b.keeper.EnsureReady(t.Context()); err != nil || !rebuilt {
			t.Fatalf("EnsureReady = %t, %v; want a rebuild", rebuilt, err)
		}
		if report, err := b.keeper.Verify(t.Context()); err != nil || report.Checked != players || report.Total() != 0 {
			t.Errorf("verify = %+v, %v; want nothing found in %d players", report, err, players)
		}
		claimed, err := NewClaimer(b.book, queue, b.inspector, players).Claim(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if stats, err := b.book.Stats(t.Context()); err != nil || int(stats.Enqueued) != b.queued(t) || stats.Schedules != players {
			t.Errorf("claimed %+v: %+v, %v with %d queued", claimed, stats, err, b.queued(t))
		}
	}
}

// Definitions are spread over all nodes, and each node learns a script by itself.
func TestClusterForgetsScripts(t *testing.T) {
	cluster, b, queue := onCluster(t)
	for range 50 {
		b.roll.add(t, 60, b.now)
	}
	b.apply(t)
	for _, node := range cluster.Nodes[1:] {
		rdb := clientOf(t, node.URL())
		if err := rdb.ScriptFlush(t.Context()).Err(); err != nil {
			t.Fatal(err)
		}
	}
	for id := range int64(50) {
		b.roll.change(id+1, func(p *player.Player) { p.Every = 5; p.IntervalChangedAt = b.now })
	}
	b.apply(t)
	if report, err := b.keeper.Verify(t.Context()); err != nil || report.Total() != 0 {
		t.Errorf("verify = %+v, %v; want nothing found", report, err)
	}
	task, err := tasks.NewFetch(tasks.Fetch{PlayerID: 1, Player: "Zezima", Tick: 60}, tasks.QueueFetch)
	if err != nil {
		t.Fatal(err)
	}
	errs := queue.EnqueueBatch(t.Context(), []*asynq.Task{task, task})
	if errs[0] != nil || !errors.Is(errs[1], asynq.ErrTaskIDConflict) {
		t.Errorf("enqueue one task twice: %v, want it to be taken once", errs)
	}
}

// Orphans are found on whichever node they are.
func TestClusterIsReconciled(t *testing.T) {
	_, b, _ := onCluster(t)
	for range 20 {
		b.roll.add(t, 60, b.now)
	}
	b.apply(t)
	want := map[Drift]int{}
	for id := range int64(20) {
		orphan, lost := b.book.keys.definitionOf(id+1000), b.book.keys.definitionOf(id+1)
		if err := b.rdb.Set(t.Context(), orphan, "{}", 0).Err(); err != nil {
			t.Fatal(err)
		}
		want[OrphanSchedule]++
		if id%2 == 0 {
			if err := b.rdb.Del(t.Context(), lost).Err(); err != nil {
				t.Fatal(err)
			}
			want[BadDefinition]++
		}
	}
	report, err := b.keeper.Reconcile(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, report.Counts); diff != "" {
		t.Errorf("found (-want +got):\n%s", diff)
	}
	if report, err = b.keeper.Verify(t.Context()); err != nil || report.Total() != 0 {
		t.Errorf("verify afterwards = %+v, %v; want nothing found", report, err)
	}
}

// One node that does not answer must not make schedules look as if they were
// missing: a sync would take their entries away.
func TestClusterWithADeadNodeIsNotReadInPart(t *testing.T) {
	cluster, b, _ := onCluster(t)
	const unknown = "9999"
	ids := []string{unknown}
	for range 20 {
		ids = append(ids, member(b.roll.add(t, 60, b.now).ID))
	}
	b.apply(t)
	home, err := b.rdb.ClusterKeySlot(t.Context(), b.book.keys.definition(scheduleIDOf(unknown))).Result()
	if err != nil {
		t.Fatal(err)
	}
	dead := (int(home)*len(cluster.Nodes)/16384 + 1) % len(cluster.Nodes)
	cluster.Nodes[dead].Kill()
	testenv.Eventually(t, 30*time.Second, "the other nodes to refuse to serve a part", func() bool {
		found, err := b.book.definitions(t.Context(), ids)
		for _, d := range found[min(1, len(found)):] {
			if d.err != nil {
				t.Fatalf("read a part of the schedules, and of %s: %v", d.id, d.err)
			}
		}
		return redis.HasErrorPrefix(err, "CLUSTERDOWN")
	})
}
