package web_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/hibiken/asynq"

	"github.com/osrsdiff/osrsdiff/tasks"
)

func TestDashboardPage(t *testing.T) {
	b := newBench(t, nil)
	for _, path := range []string{"/monitoring/", "/monitoring/schedulers", "/monitoring/queues/fetch", "/monitoring/queues/fetch/tasks/check.1"} {
		t.Run(path, func(t *testing.T) {
			res := b.in(t).call(http.MethodGet, path, "").want(http.StatusOK, nil).says(`<div id="root">`, "/monitoring/static/js/main")
			if foreign := regexp.MustCompile(`(?:href|src)="https?://[^"]*"`).FindString(res.body); foreign != "" {
				t.Errorf("page asks another host: %s", foreign)
			}
			if n := strings.Count(res.header.Get("Content-Security-Policy"), "'sha256-"); n != 2 {
				t.Errorf("policy names %d inline scripts, want 2", n)
			}
			if strings.Count(res.body, "<!doctype html>") != 1 {
				t.Error("not one page")
			}
		})
	}
	t.Run("without the slash", func(t *testing.T) {
		res := b.in(t).call(http.MethodGet, "/monitoring", "")
		if loc := res.header.Get("Location"); loc != "/monitoring/" {
			t.Errorf("answered %d to %q", res.status, loc)
		}
	})
	for path, want := range map[string]string{"favicon-32x32.png": "image/png", "static/media/logo-color.c2b0c1f3.svg": "image/svg+xml", "static/js/main.5adda2da.chunk.js": "application/javascript; charset=utf-8"} {
		t.Run(path, func(t *testing.T) {
			res := b.in(t).call(http.MethodGet, "/monitoring/"+path, "").want(http.StatusOK, nil)
			if got := res.header.Get("Content-Type"); got != want {
				t.Errorf("content type is %q, want %q", got, want)
			}
		})
	}
	b.call(http.MethodPost, "/monitoring/schedulers", "").want(http.StatusMethodNotAllowed, nil)
}

// TestDashboardTasks shows tasks whose payload the dashboard must make readable.
func TestDashboardTasks(t *testing.T) {
	b := newBench(t, nil)
	fetch, err := tasks.NewFetch(tasks.Fetch{PlayerID: 7, Player: "Zezima", Tick: start.Unix()}, tasks.QueueFetch)
	if err != nil {
		t.Fatal(err)
	}
	queue := asynq.NewClientFromRedisClient(b.rdb)
	odd := map[string][]byte{"binary": {0xff, 0xfe}, "text": []byte("two\nlines"), "empty": nil, "list": []byte(`[1]`)}
	for id, payload := range odd {
		if _, err := queue.EnqueueContext(t.Context(), asynq.NewTask("odd", payload, asynq.TaskID(id), asynq.Queue(tasks.QueueFetch))); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := queue.EnqueueContext(t.Context(), fetch); err != nil {
		t.Fatal(err)
	}
	for id, want := range map[string]string{
		"player_fetch_7": `"payload":"{\"player\":\"Zezima\",\"player_id\":7,\"tick\":\"2026-03-04T10:00:00Z\"}"`,
		"binary":         `"payload":"2 bytes that are not text"`,
		"text":           `"payload":"two\nlines"`,
		"empty":          `"payload":""`,
		"list":           `"payload":"[1]"`,
	} {
		t.Run(id, func(t *testing.T) {
			b.in(t).call(http.MethodGet, "/monitoring/api/queues/fetch/tasks/"+id, "").want(http.StatusOK, nil).says(want)
		})
	}
	b.call(http.MethodGet, "/monitoring/api/queues/fetch/pending_tasks", "").want(http.StatusOK, nil).says("2026-03-04T10:00:00Z")
	b.call(http.MethodPost, "/monitoring/api/queues/fetch:pause", "", "Sec-Fetch-Site", "same-origin").want(http.StatusNoContent, nil)
}
