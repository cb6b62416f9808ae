package tasks_test

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hibiken/asynq"
	"pgregory.net/rapid"

	"github.com/osrsdiff/osrsdiff/tasks"
)

func TestStaticsAreValid(t *testing.T) {
	type declared struct {
		Spec   string
		Missed tasks.Missed
	}
	got := map[string]declared{}
	for _, s := range []tasks.Static{(&tasks.CheckModesJob{}).Static(), (&tasks.PruneJob{}).Static()} {
		if err := s.Validate(); err != nil {
			t.Error(err)
		}
		if s.Description == "" {
			t.Errorf("%s has no description", s.ID)
		}
		if _, twice := got[s.ID]; twice {
			t.Errorf("id %s is declared twice", s.ID)
		}
		got[s.ID] = declared{s.Spec(), s.Missed}
	}
	want := map[string]declared{
		"check_game_mode_downgrades": {"0 2 * * *", tasks.RunOnce},
		"store:prune":                {"0 4 * * *", tasks.Skip},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("declared (-want +got):\n%s", diff)
	}
}

func TestStaticValidate(t *testing.T) {
	valid := func() tasks.Static {
		return tasks.Static{
			ID: "sweep", Cron: "30 2 * * 1", Zone: "America/New_York", Missed: tasks.Skip,
			Queue: tasks.QueueMaintenance, Timeout: time.Minute, Job: noJob,
		}
	}
	for _, test := range []struct {
		name     string
		mutate   func(*tasks.Static)
		mentions string
	}{
		{"valid", func(*tasks.Static) {}, ""},
		{"no zone", func(s *tasks.Static) { s.Zone = "" }, ""},
		{"a type of its own", func(s *tasks.Static) { s.Type = "sweep:all" }, ""},
		{"no id", func(s *tasks.Static) { s.ID = "" }, "id"},
		{"a schedule's id", func(s *tasks.Static) { s.ID = "player_fetch_7" }, "player_fetch_7: id"},
		{"the type of another task", func(s *tasks.Static) { s.Type = tasks.TypeFetch }, `sweep: type "player:fetch"`},
		{"no queue", func(s *tasks.Static) { s.Queue = "" }, `sweep: queue ""`},
		{"the queue of fetches", func(s *tasks.Static) { s.Queue = tasks.QueueFetch }, `sweep: queue "fetch"`},
		{"no timeout", func(s *tasks.Static) { s.Timeout = 0 }, "sweep: timeout 0s"},
		{"fewer than no retries", func(s *tasks.Static) { s.Retries = -1 }, "sweep: retries -1"},
		{"kept for less than no time", func(s *tasks.Static) { s.Retention = -time.Hour }, "sweep: retention"},
		{"no job", func(s *tasks.Static) { s.Job = nil }, "sweep: job"},
		{"no cron", func(s *tasks.Static) { s.Cron = "" }, `cron ""`},
		{"four fields", func(s *tasks.Static) { s.Cron = "0 2 * *" }, "five fields"},
		{"seconds field", func(s *tasks.Static) { s.Cron = "0 0 2 * * *" }, "five fields"},
		{"out of range", func(s *tasks.Static) { s.Cron = "61 2 * * *" }, "61 2 * * *"},
		{"words", func(s *tasks.Static) { s.Cron = "every day at two o'clock" }, "sweep"},
		{"from process start", func(s *tasks.Static) { s.Cron = "@every 5m" }, "five fields"},
		{"descriptor", func(s *tasks.Static) { s.Cron = "@daily" }, "five fields"},
		{"zone with nothing behind it, which panics the parser", func(s *tasks.Static) { s.Cron = "CRON_TZ=UTC" }, "zone"},
		{"zone inside", func(s *tasks.Static) { s.Cron = "TZ=UTC 0 2 * *" }, "zone"},
		{"never", func(s *tasks.Static) { s.Cron = "0 0 30 2 *" }, "never"},
		{"unknown zone", func(s *tasks.Static) { s.Zone = "Gielinor/Varrock" }, "Gielinor/Varrock"},
		{"unknown policy", func(s *tasks.Static) { s.Missed = "twice" }, `missed "twice"`},
		{"no policy", func(s *tasks.Static) { s.Missed = "" }, "missed"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := valid()
			test.mutate(&s)
			err := s.Validate()
			if test.mentions == "" {
				if err != nil {
					t.Errorf("Validate: %v", err)
				}
				return
			}
			if !errors.Is(err, tasks.ErrInvalidStatic) || !strings.Contains(err.Error(), test.mentions) {
				t.Errorf("Validate: %v, want ErrInvalidStatic that mentions %q", err, test.mentions)
			}
		})
	}
}

// noJob is for declarations that are only looked at.
var noJob = tasks.JobFunc(func(context.Context, *asynq.Task) (string, error) { return "", nil })

func TestStaticsAreValidTogether(t *testing.T) {
	prune := (&tasks.PruneJob{}).Static()
	again, sameType := prune, prune
	sameType.ID, sameType.Type = "other", prune.ID
	broken := prune
	broken.Timeout = 0
	for _, test := range []struct {
		name     string
		list     []tasks.Static
		mentions string
	}{
		{"none", nil, ""},
		{"two", []tasks.Static{prune, (&tasks.CheckModesJob{}).Static()}, ""},
		{"one that is invalid", []tasks.Static{(&tasks.CheckModesJob{}).Static(), broken}, "store:prune: timeout"},
		{"one twice", []tasks.Static{prune, again}, "store:prune: id"},
		{"a type twice", []tasks.Static{prune, sameType}, `other: type "store:prune": must not be that of store:prune`},
	} {
		t.Run(test.name, func(t *testing.T) {
			err := tasks.ValidateStatics(test.list)
			if test.mentions == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if !errors.Is(err, tasks.ErrInvalidStatic) || !strings.Contains(err.Error(), test.mentions) {
				t.Errorf("ValidateStatics: %v, want ErrInvalidStatic that mentions %q", err, test.mentions)
			}
		})
	}
}

func TestStaticHandlersAreThoseOfTheQueue(t *testing.T) {
	prune := (&tasks.PruneJob{}).Static()
	engine := prune
	engine.ID, engine.Type, engine.Queue = "engine", "engine:own", tasks.QueueSchedules
	for queue, want := range map[string]string{tasks.QueueMaintenance: "store:prune", tasks.QueueSchedules: "engine:own"} {
		got := slices.Collect(maps.Keys(tasks.StaticHandlers([]tasks.Static{prune, engine}, queue, nil, nil)))
		if !slices.Equal(got, []string{want}) {
			t.Errorf("queue %s has the handlers of %v, want %s", queue, got, want)
		}
	}
}

func TestStaticTimes(t *testing.T) {
	at := func(s string) time.Time {
		parsed, err := time.Parse(time.RFC3339, s)
		if err != nil {
			t.Fatal(err)
		}
		return parsed.UTC()
	}
	for _, test := range []struct {
		name, cron, zone, now, previous, next string
	}{
		{"in between", "0 2 * * *", "", "2026-11-25T12:00:00Z", "2026-11-25T02:00:00Z", "2026-11-26T02:00:00Z"},
		{"just before", "0 2 * * *", "", "2026-11-25T01:59:59Z", "2026-11-24T02:00:00Z", "2026-11-25T02:00:00Z"},
		{"on the dot", "0 2 * * *", "", "2026-11-25T02:00:00Z", "2026-11-25T02:00:00Z", "2026-11-26T02:00:00Z"},
		{"every five minutes", "*/5 * * * *", "", "2026-11-25T12:04:59Z", "2026-11-25T12:00:00Z", "2026-11-25T12:05:00Z"},
		{"zone", "0 2 * * *", "America/New_York", "2026-11-25T12:00:00Z", "2026-11-25T07:00:00Z", "2026-11-26T07:00:00Z"},
		{"leap day", "0 0 29 2 *", "", "2026-11-25T12:00:00Z", "2024-02-29T00:00:00Z", "2028-02-29T00:00:00Z"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := tasks.Static{ID: "s", Type: "s", Cron: test.cron, Zone: test.zone, Missed: tasks.Skip}
			previous, err := s.Previous(at(test.now))
			if err != nil || !previous.Equal(at(test.previous)) {
				t.Errorf("Previous = %v, %v; want %s", previous, err, test.previous)
			}
			next, err := s.Next(at(test.now))
			if err != nil || !next.Equal(at(test.next)) {
				t.Errorf("Next = %v, %v; want %s", next, err, test.next)
			}
		})
	}
}

func TestPreviousIsTheLastBeforeNext(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := tasks.Static{
			ID: "s", Type: "s", Missed: tasks.Skip,
			Cron: rapid.SampledFrom([]string{"0 2 * * *", "*/5 * * * *", "7 */6 * * *", "30 4 1 * *", "15 3 * * 2"}).Draw(t, "cron"),
			Zone: rapid.SampledFrom([]string{"", "Europe/London", "Asia/Kathmandu"}).Draw(t, "zone"),
		}
		now := time.Unix(rapid.Int64Range(1_700_000_000, 1_900_000_000).Draw(t, "now"), 0)
		previous, err := s.Previous(now)
		if err != nil || previous.After(now) {
			t.Fatalf("Previous(%v) = %v, %v", now, previous, err)
		}
		afterPrevious, err := s.Next(previous)
		if err != nil {
			t.Fatal(err)
		}
		next, err := s.Next(now)
		if err != nil || !afterPrevious.Equal(next) {
			t.Fatalf("after the previous run %v comes %v; after now %v comes %v", previous, afterPrevious, now, next)
		}
	})
}
