package web_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/osrsdiff/osrsdiff/player"
)

type executionsAnswer struct {
	Executions []struct {
		ID       string   `json:"id"`
		TaskID   string   `json:"task_id"`
		State    string   `json:"state"`
		Player   string   `json:"player"`
		ByHand   bool     `json:"by_hand"`
		Result   string   `json:"result"`
		Error    string   `json:"error"`
		Attempts int      `json:"attempts"`
		Duration *float64 `json:"duration_seconds"`
	}
	NextCursor string `json:"next_cursor"`
}

func TestExecutions(t *testing.T) {
	b := newBench(t, nil)
	for i := range 3 {
		p := b.add(fmt.Sprintf("Player %d", i), nil)
		attempt := player.Attempt{
			PlayerID: p.ID, TaskID: fmt.Sprintf("player_fetch_%d", p.ID), Covers: start, StartedAt: start, At: start.Add(2 * time.Second), Tries: 6,
		}
		if err := b.store.RecordFailure(t.Context(), attempt, "the site fell over"); err != nil {
			t.Fatal(err)
		}
		b.call(http.MethodPost, fmt.Sprintf("/api/players/Player%%20%d/fetch", i), "").want(http.StatusAccepted, nil)
	}
	b.call(http.MethodPost, "/api/system/trigger-task/check_game_mode_downgrades_task", "").want(http.StatusAccepted, nil)
	for _, tt := range []struct {
		query string
		want  int
	}{
		{"?limit=2", 7}, {"?limit=3", 7}, {"?limit=50", 7}, {"?limit=1&state=pending", 4}, {"?state=failed&limit=2", 3}, {"?state=active", 0},
		{"?state=completed", 0}, {"?queue=maintenance", 1}, {"?queue=nothing", 0}, {"?type=player:fetch&limit=2", 6}, {"?player=player_1&limit=1", 2},
	} {
		t.Run(tt.query, func(t *testing.T) {
			seen := map[string]bool{}
			for cursor := ""; ; {
				var page executionsAnswer
				b.in(t).call(http.MethodGet, "/api/tasks/executions"+tt.query+"&cursor="+cursor, "").want(http.StatusOK, &page)
				for _, e := range page.Executions {
					if seen[e.ID] {
						t.Errorf("listed %s twice", e.ID)
					}
					seen[e.ID] = true
				}
				if cursor = page.NextCursor; cursor == "" {
					break
				}
			}
			if len(seen) != tt.want {
				t.Errorf("listed %v, want %d", seen, tt.want)
			}
		})
	}
	var got executionsAnswer
	b.call(http.MethodGet, "/api/tasks/executions/player_fetch_2", "").want(http.StatusOK, &got)
	if len(got.Executions) != 2 || got.Executions[0].State != "pending" || !got.Executions[0].ByHand {
		t.Fatalf("executions of a task are %+v", got.Executions)
	}
	over := got.Executions[1]
	if over.State != "failed" || over.Error != "the site fell over" || over.Player != "Player 1" || over.Duration == nil || *over.Duration != 2 || over.Attempts != 6 {
		t.Errorf("the run that is over is %+v", over)
	}
	b.call(http.MethodGet, "/api/tasks/executions/"+over.ID, "").want(http.StatusOK, &got)
	if len(got.Executions) != 1 || got.Executions[0].ID != over.ID {
		t.Errorf("one execution is %+v", got.Executions)
	}
	for _, id := range []string{"run_999", "run_x", "player_fetch_99", "nothing"} {
		b.call(http.MethodGet, "/api/tasks/executions/"+id, "").fails(http.StatusNotFound)
	}
	for _, bad := range []string{"?cursor=x", "?cursor=run:0", "?cursor=active:-1:fetch", "?cursor=gone:1:fetch", "?state=done", "?player=.", "?limit=0"} {
		b.call(http.MethodGet, "/api/tasks/executions"+bad, "").fails(http.StatusUnprocessableEntity)
	}
	b.call(http.MethodGet, "/api/tasks/executions?player=Nobody", "").fails(http.StatusNotFound)
}

func TestTasksAndQueues(t *testing.T) {
	b := newBench(t, nil)
	b.call(http.MethodGet, "/api/tasks", "").want(http.StatusOK, nil).
		says(`"check_game_mode_downgrades"`, `"cron":"0 2 * * *"`, `"type":"player:fetch"`, `"timeout_seconds":600`)
	b.call(http.MethodGet, "/api/queues", "").want(http.StatusOK, nil).says(`"interactive"`, `"maintenance"`, `"processes":[]`)
}
