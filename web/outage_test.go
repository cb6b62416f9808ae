package web_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/osrsdiff/osrsdiff/hiscores/hiscorestest"
	"github.com/osrsdiff/osrsdiff/internal/testenv"
)

// TestRedisAway takes Redis away: what only the database is needed for goes on,
// what must be queued says what to do, and both work again with Redis back.
func TestRedisAway(t *testing.T) {
	redis := testenv.RealRedis(t)
	b := newBenchOn(t, redis.URL(), nil)
	account := hiscorestest.Account(1_000_000)
	p := b.add("Zezima", &account)
	if err := b.book.Schedule(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	b.clock.set(start.Add(3600e9))
	redis.Kill()
	for _, op := range []string{"/api/players/zezima/fetch", "/api/system/trigger-task/store:prune"} {
		t.Run(op, func(t *testing.T) {
			p := b.in(t).call(http.MethodPost, op, "").fails(http.StatusServiceUnavailable)
			if !strings.Contains(p.Detail, "Redis does not answer") || !strings.Contains(p.Detail, "REDIS_URL") {
				t.Errorf("detail is %q", p.Detail)
			}
		})
	}
	t.Run("reading", func(t *testing.T) {
		b := b.in(t)
		var got playerAnswer
		b.call(http.MethodGet, "/api/players/zezima", "").want(http.StatusOK, &got)
		if got.NextTick != "" {
			t.Errorf("knows a next tick without Redis: %+v", got)
		}
		var list tasksAnswer
		b.call(http.MethodGet, "/api/system/scheduled-tasks?name=zezima", "").want(http.StatusOK, &list)
		if len(list.Tasks) != 1 || list.Tasks[0].State != "unknown" {
			t.Errorf("scheduled tasks are %+v", list.Tasks)
		}
		b.call(http.MethodGet, "/", "").want(http.StatusOK, nil).says("players tracked")
		b.call(http.MethodGet, "/players", "").want(http.StatusOK, nil).says("Zezima", "unknown", "<strong>Redis does not answer.</strong>")
	})
	t.Run("changing", func(t *testing.T) {
		b := b.in(t)
		b.call(http.MethodPatch, "/api/players/zezima", `{"every":"30m"}`).want(http.StatusOK, nil).says(`"every":"30m"`)
		b.call(http.MethodPost, "/api/players", `{"name":"New","verify":false}`).want(http.StatusAccepted, nil)
	})
	t.Run("readiness", func(t *testing.T) {
		got := b.in(t).ready(http.StatusServiceUnavailable)
		if got.failed() != "redis scheduler worker overdue" {
			t.Errorf("failed checks are %q: %+v", got.failed(), got)
		}
	})
	redis.Start()
	b.call(http.MethodPost, "/api/players/zezima/fetch", "").want(http.StatusAccepted, nil)
}

// TestDatabaseAway closes the database: errors say nothing of its inside.
func TestDatabaseAway(t *testing.T) {
	b := newBench(t, nil)
	if err := b.store.Close(); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/api/players", "/api/players/zezima", "/api/system/scheduled-tasks"} {
		p := b.call(http.MethodGet, path, "").fails(http.StatusInternalServerError)
		if strings.Contains(p.Detail, "sql") {
			t.Errorf("%s says %q", path, p.Detail)
		}
	}
	b.call(http.MethodGet, "/", "", "Accept", "text/html").want(http.StatusInternalServerError, nil).says("<h1>Internal Server Error</h1>")
	if got := b.ready(http.StatusServiceUnavailable); !strings.HasPrefix(got.failed(), "database") {
		t.Errorf("failed checks are %q", got.failed())
	}
}
