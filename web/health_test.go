package web_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/hibiken/asynq"

	"github.com/osrsdiff/osrsdiff/internal/testenv"
	"github.com/osrsdiff/osrsdiff/schedules"
	"github.com/osrsdiff/osrsdiff/tasks"
	"github.com/osrsdiff/osrsdiff/web"
)

type readyAnswer struct {
	Status string `json:"status"`
	Checks []struct {
		Name   string `json:"name"`
		OK     bool   `json:"ok"`
		Needed bool   `json:"needed"`
		Detail string `json:"detail"`
	} `json:"checks"`
}

// failed names the checks that failed.
func (r readyAnswer) failed() string {
	var names []string
	for _, c := range r.Checks {
		if !c.OK {
			names = append(names, c.Name)
		}
	}
	return strings.Join(names, " ")
}

func (r readyAnswer) detail(name string) string {
	for _, c := range r.Checks {
		if c.Name == name {
			return c.Detail
		}
	}
	return ""
}

func (b *bench) ready(status int) readyAnswer {
	b.t.Helper()
	var got readyAnswer
	b.call(http.MethodGet, "/readyz", "").want(status, &got)
	return got
}

// standing is a web.Schedules and a web.Workers that stand as a test says.
type standing struct {
	stats   schedules.Stats
	lease   schedules.Lease
	servers []*asynq.ServerInfo
	ticks   map[int64]time.Time
	err     error
}

func (s *standing) NextTicks(context.Context, []int64) (map[int64]time.Time, error) {
	return s.ticks, s.err
}
func (s *standing) Stats(context.Context) (schedules.Stats, error) { return s.stats, s.err }
func (s *standing) Servers() ([]*asynq.ServerInfo, error)          { return s.servers, nil }
func (s *standing) Lease(context.Context, time.Duration) (schedules.Lease, error) {
	return s.lease, nil
}

func worker(status string, queues ...string) *asynq.ServerInfo {
	info := &asynq.ServerInfo{Status: status, Queues: map[string]int{}}
	for _, q := range queues {
		info.Queues[q] = 1
	}
	return info
}

func TestReady(t *testing.T) {
	var s *standing
	b := newBench(t, func(o *web.Options) {
		s = &standing{}
		o.Schedules, o.Workers = s, s
	})
	good := standing{
		stats:   schedules.Stats{Now: start, Ready: "db", Schedules: 3, Active: 2, OldestTick: start.Add(time.Minute)},
		lease:   schedules.Lease{Held: true, Holder: "host-1", RenewedAgo: 2 * time.Second},
		servers: []*asynq.ServerInfo{worker("active", "schedules"), worker("active", "fetch", "interactive")},
	}
	for _, tt := range []struct {
		name   string
		change func(*standing)
		status int
		failed string
		check  string
		says   string
	}{
		{"all well", func(*standing) {}, http.StatusOK, "", "scheduler", "host-1 holds the lease and renewed it 2s ago"},
		{"paused ones", func(*standing) {}, http.StatusOK, "", "redis", "3 schedules, 1 of them paused"},
		{"Redis not filled", func(s *standing) { s.stats = schedules.Stats{Now: start} }, http.StatusOK, "", "redis", "no scheduler has filled it"},
		{"no lease", func(s *standing) { s.lease = schedules.Lease{} }, http.StatusServiceUnavailable, "scheduler", "scheduler", "start one"},
		{"only schedulers", func(s *standing) { s.servers = s.servers[:1] }, http.StatusServiceUnavailable, "worker", "worker", "start one"},
		{"worker stopping", func(s *standing) { s.servers = []*asynq.ServerInfo{worker("stopped", "fetch")} }, http.StatusServiceUnavailable, "worker", "worker", "start one"},
		{"due for a while", func(s *standing) { s.stats.Due, s.stats.OldestTick = 2, start.Add(-time.Minute) }, http.StatusOK, "", "overdue", "2 players are due, the oldest for 1m0s"},
		{"long overdue", func(s *standing) { s.stats.Due, s.stats.OldestTick = 1, start.Add(-time.Hour) }, http.StatusOK, "overdue", "overdue", "1h0m0s"},
		{"no Redis", func(s *standing) { s.err = errors.New("connection refused") }, http.StatusServiceUnavailable, "redis scheduler worker overdue", "redis", "connection refused"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			*s = good
			s.servers = append([]*asynq.ServerInfo(nil), good.servers...)
			tt.change(s)
			got := b.in(t).ready(tt.status)
			if got.failed() != tt.failed || !strings.Contains(got.detail(tt.check), tt.says) {
				t.Errorf("failed %q (want %q), %s says %q (want %q)", got.failed(), tt.failed, tt.check, got.detail(tt.check), tt.says)
			}
			if (got.Status == "ready") != (tt.status == http.StatusOK) {
				t.Errorf("status is %q", got.Status)
			}
			if len(got.Checks) != 5 {
				t.Errorf("%d checks", len(got.Checks))
			}
		})
	}
}

// TestReadyOnRealServers sees a worker come.
func TestReadyOnRealServers(t *testing.T) {
	b := newBench(t, nil)
	if got := b.ready(http.StatusServiceUnavailable); got.failed() != "scheduler worker" {
		t.Errorf("failed checks are %q: %+v", got.failed(), got)
	}
	srv := asynq.NewServerFromRedisClient(b.rdb, asynq.Config{Queues: map[string]int{tasks.QueueFetch: 1}, LogLevel: asynq.FatalLevel})
	if err := srv.Start(asynq.NewServeMux()); err != nil {
		t.Fatal(err)
	}
	defer srv.Shutdown()
	testenv.Eventually(t, 10*time.Second, "the worker to be seen", func() bool {
		return b.ready(http.StatusServiceUnavailable).failed() == "scheduler"
	})
	b.call(http.MethodGet, "/healthz", "").want(http.StatusOK, nil).says(`{"status":"alive"}`)
}
