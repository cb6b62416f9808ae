package web_test

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/osrsdiff/osrsdiff/hiscores/hiscorestest"
)

type taskAnswer struct {
	ID         string    `json:"id"`
	Kind       string    `json:"kind"`
	Type       string    `json:"type"`
	Cron       string    `json:"cron"`
	Zone       string    `json:"zone"`
	Every      string    `json:"every"`
	Player     string    `json:"player"`
	State      string    `json:"state"`
	NextRun    time.Time `json:"next_run"`
	LastRun    time.Time `json:"last_run"`
	LastResult string    `json:"last_result"`
}

type tasksAnswer struct {
	Tasks      []taskAnswer `json:"tasks"`
	NextCursor string       `json:"next_cursor"`
}

func ids(tasks []taskAnswer) []string {
	list := []string{}
	for _, t := range tasks {
		list = append(list, t.ID)
	}
	return list
}

func TestScheduledTasks(t *testing.T) {
	b := newBench(t, nil)
	account := hiscorestest.Account(1_000_000)
	fetched := b.add("Fetched", &account)
	if err := b.book.Schedule(t.Context(), fetched); err != nil {
		t.Fatal(err)
	}
	b.add("Asleep", nil)
	b.call(http.MethodPost, "/api/players/asleep/pause", "").want(http.StatusOK, nil)
	b.add("Lost", nil)
	at := start.Add(-8 * time.Hour)
	if _, err := b.store.ClaimRun(t.Context(), "check_game_mode_downgrades", at, "test"); err != nil {
		t.Fatal(err)
	}
	if err := b.store.FinishRun(t.Context(), "check_game_mode_downgrades", "12 checked", at.Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	var got tasksAnswer
	b.call(http.MethodGet, "/api/system/scheduled-tasks", "").want(http.StatusOK, &got)
	want := []string{"check_game_mode_downgrades", "store:prune", "schedules:reconcile", "player_fetch_1", "player_fetch_2", "player_fetch_3"}
	if diff := cmp.Diff(want, ids(got.Tasks)); diff != "" {
		t.Fatalf("tasks (-want +got):\n%s", diff)
	}
	t.Run("static", func(t *testing.T) {
		want := taskAnswer{
			ID: "check_game_mode_downgrades", Kind: "static", Type: "check_game_mode_downgrades", Cron: "0 2 * * *", Zone: "UTC",
			State: "scheduled", NextRun: time.Date(2026, 3, 5, 2, 0, 0, 0, time.UTC), LastRun: start, LastResult: "12 checked",
		}
		if diff := cmp.Diff(want, got.Tasks[0]); diff != "" {
			t.Errorf("static task (-want +got):\n%s", diff)
		}
	})
	t.Run("of a player", func(t *testing.T) {
		next := got.Tasks[3].NextRun
		if next.IsZero() {
			t.Error("no next run")
		}
		want := taskAnswer{
			ID: "player_fetch_1", Kind: "player", Type: "player:fetch", Every: "1h", Player: "Fetched",
			State: "scheduled", NextRun: next, LastRun: start, LastResult: "changed",
		}
		if diff := cmp.Diff(want, got.Tasks[3]); diff != "" {
			t.Errorf("player's task (-want +got):\n%s", diff)
		}
	})
	if s := []string{got.Tasks[4].State, got.Tasks[5].State}; !slices.Equal(s, []string{"paused", "missing"}) {
		t.Errorf("states of the paused and the lost one are %q", s)
	}
}

func TestScheduledTasksPagesAndFilter(t *testing.T) {
	b := newBench(t, nil)
	for _, name := range []string{"Alpha", "Beta", "Gamma", "Alphabet"} {
		b.add(name, nil)
	}
	for _, tt := range []struct {
		name, query string
		want        []string
	}{
		{"pages", "?limit=3", []string{
			"check_game_mode_downgrades", "store:prune", "schedules:reconcile", "player_fetch_1", "player_fetch_2", "player_fetch_3", "player_fetch_4",
		}},
		{"players' names", "?name=alpha&limit=1", []string{"player_fetch_1", "player_fetch_4"}},
		{"a static task", "?name=prune", []string{"store:prune"}},
		{"a schedule id", "?name=player_fetch_3", []string{"player_fetch_3"}},
		{"nothing", "?name=zzz", []string{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := b.in(t)
			got := []string{}
			for cursor := ""; ; {
				var page tasksAnswer
				b.call(http.MethodGet, "/api/system/scheduled-tasks"+tt.query+"&cursor="+cursor, "").want(http.StatusOK, &page)
				got = append(got, ids(page.Tasks)...)
				if cursor = page.NextCursor; cursor == "" {
					break
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("tasks (-want +got):\n%s", diff)
			}
		})
	}
}

func TestTrigger(t *testing.T) {
	b := newBench(t, nil)
	b.add("Zezima", nil)
	for _, name := range []string{"check_game_mode_downgrades_task", "store:prune", "player_fetch_1"} {
		t.Run(name, func(t *testing.T) {
			var got struct {
				TaskID string `json:"task_id"`
			}
			b.in(t).call(http.MethodPost, "/api/system/trigger-task/"+name, "").want(http.StatusAccepted, &got)
			if got.TaskID == "" {
				t.Error("no task id")
			}
		})
	}
	for _, name := range []string{"check_everything", "player_fetch_99"} {
		t.Run(name, func(t *testing.T) {
			p := b.in(t).call(http.MethodPost, "/api/system/trigger-task/"+name, "").fails(http.StatusNotFound)
			if !slices.Contains(p.Known, "check_game_mode_downgrades") || !slices.Contains(p.Known, "store:prune") {
				t.Errorf("404 does not list what exists: %+v", p)
			}
		})
	}
}
