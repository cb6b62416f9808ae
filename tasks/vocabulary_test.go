package tasks_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hibiken/asynq"
	"pgregory.net/rapid"

	"github.com/osrsdiff/osrsdiff/internal/testenv"
	"github.com/osrsdiff/osrsdiff/player"
	"github.com/osrsdiff/osrsdiff/tasks"
)

func TestScheduleID(t *testing.T) {
	if got := tasks.ScheduleID(123); got != "player_fetch_123" {
		t.Errorf("ScheduleID(123) = %q", got)
	}
	rapid.Check(t, func(t *rapid.T) {
		id := rapid.Int64Min(1).Draw(t, "id")
		if got, ok := tasks.ParseScheduleID(tasks.ScheduleID(id)); !ok || got != id {
			t.Fatalf("ParseScheduleID(ScheduleID(%d)) = %d, %t", id, got, ok)
		}
	})
	for _, bad := range []string{
		"", "player_fetch_", "player_fetch_0", "player_fetch_-1", "player_fetch_01", "player_fetch_+1",
		"player_fetch_1x", "player_fetch_1 ", "Player_fetch_1", "fetch_1", "player_fetch_9223372036854775808",
	} {
		if id, ok := tasks.ParseScheduleID(bad); ok {
			t.Errorf("ParseScheduleID(%q) = %d, true", bad, id)
		}
	}
}

// stated is what a queued task says of itself.
type stated struct {
	ID, Queue, Type, Payload string
	Timeout, Retention       time.Duration
	Endless                  bool // retries
}

func state(info *asynq.TaskInfo) stated {
	return stated{info.ID, info.Queue, info.Type, string(info.Payload), info.Timeout, info.Retention, info.MaxRetry > 1_000_000}
}

func TestTasksStateTheirOptions(t *testing.T) {
	client := asynq.NewClientFromRedisClient(testenv.Redis(t))
	due, dueOptions := tasks.NewDue(tasks.Due{Schedule: "player_fetch_7", Player: "Zezima", Every: "30m"})
	sweep, sweepOptions := tasks.NewDue(tasks.Due{})
	modes, prune := (&tasks.CheckModesJob{}).Static(), (&tasks.PruneJob{}).Static()
	first := &tasks.FirstVerdict{From: player.HardcoreIronman, To: player.Ironman, At: time.Unix(1, 0).UTC()}
	const day = 24 * time.Hour
	for _, test := range []struct {
		name string
		task *asynq.Task
		opts []asynq.Option
		want stated
	}{
		{"fetch of a tick", must(tasks.NewFetch(tasks.Fetch{PlayerID: 7, Player: "Zezima", Tick: 1_700_000_000}, tasks.QueueFetch)), nil,
			stated{"player_fetch_7", "fetch", "player:fetch", `{"player_id":7,"player":"Zezima","tick":1700000000}`, 10 * time.Minute, 0, true}},
		{"fetch by hand", must(tasks.NewFetch(tasks.Fetch{PlayerID: 7, Player: "Zezima"}, tasks.QueueInteractive)), nil,
			stated{"player_fetch_7", "interactive", "player:fetch", `{"player_id":7,"player":"Zezima"}`, 10 * time.Minute, 0, true}},
		{"due", due, dueOptions,
			stated{"", "schedules", "player:due", `{"schedule":"player_fetch_7","player":"Zezima","every":"30m"}`, 30 * time.Second, 0, false}},
		{"sweep", sweep, sweepOptions, stated{"", "schedules", "player:due", `{}`, 30 * time.Second, 0, false}},
		{"mode check", must(tasks.NewCheckMode(tasks.CheckMode{PlayerID: 7, Player: "Zezima", Date: "2026-11-25"})), nil,
			stated{"check_mode_7_2026-11-25", "maintenance", "player:check_mode", `{"player_id":7,"player":"Zezima","date":"2026-11-25"}`, 10 * time.Minute, 0, true}},
		{"confirmation", must(tasks.NewCheckMode(tasks.CheckMode{PlayerID: 7, Player: "Zezima", Date: "2026-11-25", First: first})), nil,
			stated{
				"check_mode_7_2026-11-25_confirm", "maintenance", "player:check_mode",
				`{"player_id":7,"player":"Zezima","date":"2026-11-25","first":{"from":"hardcore_ironman","to":"ironman","at":"1970-01-01T00:00:01Z"}}`,
				10 * time.Minute, 0, true,
			}},
		{"mode checks", modes.Task(), modes.Options(), stated{"", "maintenance", "check_game_mode_downgrades", "", 30 * time.Minute, day, false}},
		{"mode checks by hand", modes.ManualTask(), nil, stated{"", "maintenance", "check_game_mode_downgrades", `{"manual":true}`, 30 * time.Minute, day, false}},
		{"prune", prune.Task(), prune.Options(), stated{"", "maintenance", "store:prune", "", 30 * time.Minute, day, false}},
	} {
		t.Run(test.name, func(t *testing.T) {
			info, err := client.EnqueueContext(t.Context(), test.task, test.opts...)
			if err != nil {
				t.Fatal(err)
			}
			got := state(info)
			if test.want.ID == "" { // the queue gives one
				got.ID = ""
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("task (-want +got):\n%s", diff)
			}
		})
	}
}

func TestOneFetchOfAPlayerIsOutstandingPerQueue(t *testing.T) {
	client := asynq.NewClientFromRedisClient(testenv.Redis(t))
	enqueue := func(tick int64, queue string) error {
		_, err := client.EnqueueContext(t.Context(), must(tasks.NewFetch(tasks.Fetch{PlayerID: 1, Player: "A", Tick: tick}, queue)))
		return err
	}
	for _, queue := range []string{tasks.QueueFetch, tasks.QueueInteractive} {
		if err := enqueue(60, queue); err != nil {
			t.Errorf("first into %s: %v", queue, err)
		}
		if err := enqueue(120, queue); !errors.Is(err, asynq.ErrTaskIDConflict) {
			t.Errorf("second into %s: %v, want ErrTaskIDConflict", queue, err)
		}
	}
}

func TestNewFetchRefuses(t *testing.T) {
	for name, create := range map[string]func() (*asynq.Task, error){
		"no player":   func() (*asynq.Task, error) { return tasks.NewFetch(tasks.Fetch{}, tasks.QueueFetch) },
		"wrong queue": func() (*asynq.Task, error) { return tasks.NewFetch(tasks.Fetch{PlayerID: 1}, tasks.QueueMaintenance) },
	} {
		if task, err := create(); err == nil {
			t.Errorf("%s: made %v", name, task)
		}
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
