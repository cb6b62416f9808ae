package status_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hibiken/asynq"

	"github.com/osrsdiff/osrsdiff/player"
	"github.com/osrsdiff/osrsdiff/schedules"
	"github.com/osrsdiff/osrsdiff/status"
	"github.com/osrsdiff/osrsdiff/tasks"
)

func TestWhyNamesWhatIsTheMatter(t *testing.T) {
	now := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	waits := &schedules.Entry{NextTick: now.Add(time.Minute)}
	overdue := &schedules.Entry{NextTick: now.Add(-time.Minute)}
	for _, test := range []struct {
		name   string
		c      status.Case
		status status.Status
		want   []status.Kind
	}{
		{"nothing", status.Case{Entry: waits}, status.Status{}, []status.Kind{}},
		{"paused", status.Case{Entry: &schedules.Entry{}, Player: player.Player{Paused: true}}, status.Status{}, []status.Kind{status.Paused}},
		{"archived", status.Case{Player: player.Player{Status: player.Archived}}, status.Status{}, []status.Kind{status.Archived}},
		{"lost", status.Case{}, status.Status{}, []status.Kind{status.NotInRedis}},
		{"missing", status.Case{Entry: waits, Player: player.Player{Status: player.Missing, MissingSince: now}}, status.Status{}, []status.Kind{status.Missing}},
		{"flagged", status.Case{Entry: waits, Player: player.Player{Status: player.Flagged}}, status.Status{}, []status.Kind{status.Flagged}},
		{"behind others", status.Case{Entry: overdue, Ahead: 30}, status.Status{Demand: status.Demand{Limit: 1}}, []status.Kind{status.Behind}},
		{"the next to be claimed", status.Case{Entry: overdue}, status.Status{}, []status.Kind{}},
		{"outstanding", status.Case{Entry: waits, Fetches: []*asynq.TaskInfo{{State: asynq.TaskStateRetry, LastErr: "503"}}}, status.Status{},
			[]status.Kind{status.Outstanding}},
		{"what holds up everybody", status.Case{Entry: waits},
			status.Status{Troubles: []status.Trouble{{Kind: status.NoWorker}, {Kind: status.Backlog}, {Kind: status.BreakerOpen}}},
			[]status.Kind{status.NoWorker, status.BreakerOpen}},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.status.At = now
			got := test.status.Why(test.c)
			if diff := cmp.Diff(test.want, kinds(got)); diff != "" {
				t.Errorf("why (-want +got):\n%s", diff)
			}
		})
	}
}

func TestFetchesOfAPlayer(t *testing.T) {
	b := newBench(t, 0)
	find := func(id int64) []*asynq.TaskInfo {
		t.Helper()
		list, err := status.FetchesOf(b.inspector, id)
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	if list := find(7); len(list) != 0 {
		t.Errorf("found %v in an empty Redis", list)
	}
	enqueue(t, b, 7, tasks.QueueFetch)
	enqueue(t, b, 7, tasks.QueueInteractive, asynq.ProcessIn(time.Hour))
	list := find(7)
	if len(list) != 2 || list[0].State != asynq.TaskStateScheduled || list[1].State != asynq.TaskStatePending {
		t.Errorf("found %v, want the one that waits and the one for later", list)
	}
	if list := find(8); len(list) != 0 {
		t.Errorf("found %v of another player", list)
	}
}
