package web_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/osrsdiff/osrsdiff/internal/testenv"
	"github.com/osrsdiff/osrsdiff/player"
	"github.com/osrsdiff/osrsdiff/tasks"
)

func TestSystemPage(t *testing.T) {
	b := newBench(t, nil)
	b.call(http.MethodGet, "/system", "").want(http.StatusOK, nil).says("no scheduler holds the lease", "no worker is running", "None runs", "None that is remembered")
	p := b.add("Zezima", nil)
	attempt := player.Attempt{PlayerID: p.ID, TaskID: tasks.ScheduleID(p.ID), Tick: start, StartedAt: start, At: start, Covers: start}
	if err := b.store.RecordFailure(t.Context(), attempt, "status 503"); err != nil {
		t.Fatal(err)
	}
	b.call(http.MethodGet, "/system", "").want(http.StatusOK, nil).says(
		`<a href="/players/Zezima">Zezima</a>`, "status 503", `aria-label="Fetch Zezima again"`, `href="/monitoring/queues/fetch"`,
		`aria-label="Run now: store:prune"`, "<code>0 4 * * *</code>", "1.00 requests/s", "closed")
	res := b.send("/system/trigger", "name", "player_fetch_1").want(http.StatusSeeOther, nil)
	if to := res.header.Get("Location"); to != "/system?done=player_fetch_1" {
		t.Errorf("leads to %s", to)
	}
	b.call(http.MethodGet, "/system?done=player_fetch_1", "").want(http.StatusOK, nil).says("player_fetch_1 waits in the queue.")
	if res := b.call(http.MethodGet, "/system?done=You+won", ""); strings.Contains(res.body, "You won") {
		t.Error("the page says what the address says")
	}
	b.send("/system/trigger", "name", "store:prune").want(http.StatusSeeOther, nil)
	b.send("/system/trigger", "name", "nothing").want(http.StatusNotFound, nil).says("store:prune")
	queued, err := b.inspector().GetTaskInfo(tasks.QueueInteractive, "player_fetch_1")
	if err != nil || queued.Type != tasks.TypeFetch {
		t.Errorf("the fetch is not in the queue: %v", err)
	}
}

// TestSystemPageWithoutRedis says what is away, and shows what the database knows.
func TestSystemPageWithoutRedis(t *testing.T) {
	redis := testenv.RealRedis(t)
	b := newBenchOn(t, redis.URL(), nil)
	redis.Kill()
	b.call(http.MethodGet, "/system", "").want(http.StatusOK, nil).says("Redis does not answer", "store:prune", `role="alert"`)
	b.call(http.MethodGet, "/schedules", "").want(http.StatusServiceUnavailable, nil).says("Redis does not answer")
}
