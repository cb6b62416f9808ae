package schedules

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hibiken/asynq"

	"github.com/osrsdiff/osrsdiff/internal/testenv"
	"github.com/osrsdiff/osrsdiff/tasks"
)

func TestEnqueueBatch(t *testing.T) {
	rdb := clientOf(t, testenv.RedisURL(t))
	queue, inspector := NewQueue(rdb), asynq.NewInspectorFromRedisClient(rdb)
	batch := func(ids ...int64) []*asynq.Task {
		var list []*asynq.Task
		for _, id := range ids {
			task, err := tasks.NewFetch(tasks.Fetch{PlayerID: id, Player: "Zezima", Tick: 60}, tasks.QueueFetch)
			if err != nil {
				t.Fatal(err)
			}
			list = append(list, task)
		}
		return list
	}
	bad := append(batch(7), asynq.NewTask("", nil))

	for _, step := range []struct {
		name string
		list []*asynq.Task
		// flush makes Redis forget all scripts first.
		flush  bool
		taken  []bool
		queued []string
	}{
		{"nothing", nil, false, nil, nil},
		{"scripts unknown", batch(3, 1, 2), true, []bool{true, true, true}, []string{"3", "1", "2"}},
		{"outstanding already", batch(4, 1, 5), false, []bool{true, false, true}, []string{"3", "1", "2", "4", "5"}},
		{"outstanding and unknown", batch(5, 6), true, []bool{false, true}, []string{"3", "1", "2", "4", "5", "6"}},
		{"one that asynq refuses", bad, false, []bool{true, false}, []string{"3", "1", "2", "4", "5", "6", "7"}},
	} {
		if step.flush {
			if err := rdb.ScriptFlush(t.Context()).Err(); err != nil {
				t.Fatal(err)
			}
		}
		var taken []bool
		for _, err := range queue.EnqueueBatch(t.Context(), step.list) {
			taken = append(taken, err == nil)
		}
		if diff := cmp.Diff(step.taken, taken); diff != "" {
			t.Errorf("%s: taken (-want +got):\n%s", step.name, diff)
		}
		var queued []string
		list, err := inspector.ListPendingTasks(tasks.QueueFetch)
		if err != nil && !errors.Is(err, asynq.ErrQueueNotFound) {
			t.Fatal(err)
		}
		for _, task := range list {
			id, _ := tasks.ParseScheduleID(task.ID)
			queued = append(queued, member(id))
		}
		if diff := cmp.Diff(step.queued, queued); diff != "" {
			t.Errorf("%s: queued, the next one first (-want +got):\n%s", step.name, diff)
		}
	}
	errs := queue.EnqueueBatch(t.Context(), batch(1))
	if !errors.Is(errs[0], asynq.ErrTaskIDConflict) {
		t.Errorf("an outstanding task failed with %v, want ErrTaskIDConflict", errs[0])
	}
}

func TestEnqueueBatchReportsADeadRedis(t *testing.T) {
	redis := testenv.RealRedis(t)
	rdb := clientOf(t, redis.URL())
	queue := NewQueue(rdb)
	task, err := tasks.NewFetch(tasks.Fetch{PlayerID: 1, Player: "Zezima", Tick: 60}, tasks.QueueFetch)
	if err != nil {
		t.Fatal(err)
	}
	if errs := queue.EnqueueBatch(t.Context(), []*asynq.Task{task}); errs[0] != nil {
		t.Fatal(errs[0])
	}
	redis.Kill()
	if errs := queue.EnqueueBatch(t.Context(), []*asynq.Task{task}); errs[0] == nil || errors.Is(errs[0], asynq.ErrTaskIDConflict) {
		t.Errorf("with Redis dead an enqueue failed with %v", errs[0])
	}
}
