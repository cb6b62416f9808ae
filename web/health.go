package web

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/osrsdiff/osrsdiff/access"
	"github.com/osrsdiff/osrsdiff/schedules"
	"github.com/osrsdiff/osrsdiff/tasks"
)

// checkPatience bounds what the readiness checks ask of one server.
const checkPatience = 2 * time.Second

// longOverdue is when a player that waits for its fetch is worth a word.
const longOverdue = 10 * time.Minute

// checkView is the answer of one readiness check.
type checkView struct {
	Name   string `json:"name" enum:"database,redis,scheduler,worker,overdue"`
	OK     bool   `json:"ok"`
	Needed bool   `json:"needed" doc:"the server is not ready while a needed check fails"`
	Detail string `json:"detail,omitempty" doc:"left out for callers without the token"`
}

type aliveOutput struct {
	Body struct {
		Status string `json:"status" enum:"alive"`
	}
}

func (s *service) alive(context.Context, *struct{}) (*aliveOutput, error) {
	out := &aliveOutput{}
	out.Body.Status = "alive"
	return out, nil
}

type readyOutput struct {
	Status int
	Body   struct {
		Status string      `json:"status" enum:"ready,failed"`
		Checks []checkView `json:"checks"`
	}
}

func (s *service) ready(ctx context.Context, _ *struct{}) (*readyOutput, error) {
	out := &readyOutput{Status: http.StatusOK}
	out.Body.Status = "ready"
	out.Body.Checks = append([]checkView{s.checkDatabase(ctx)}, s.checkRedis(ctx)...)
	for i, c := range out.Body.Checks {
		if c.Needed && !c.OK {
			out.Status, out.Body.Status = http.StatusServiceUnavailable, "failed"
		}
		if !access.CallerOf(ctx).Known() {
			out.Body.Checks[i].Detail = ""
		}
	}
	return out, nil
}

func (s *service) checkDatabase(ctx context.Context) checkView {
	ctx, cancel := context.WithTimeout(ctx, checkPatience)
	defer cancel()
	c := checkView{Name: "database", Needed: true, OK: true, Detail: "answers"}
	if err := s.Totals.Ping(ctx); err != nil {
		c.OK, c.Detail = false, err.Error()
	}
	return c
}

// checkRedis asks Redis, and what can only be known from it: the lease, the
// workers and who is overdue. Those fail untried while it does not answer.
func (s *service) checkRedis(ctx context.Context) []checkView {
	ctx, cancel := context.WithTimeout(ctx, checkPatience)
	defer cancel()
	stats, err := s.Schedules.Stats(ctx)
	if err != nil {
		return []checkView{
			{Name: "redis", Needed: true, Detail: err.Error()},
			{Name: "scheduler", Needed: true, Detail: "not known without Redis"},
			{Name: "worker", Needed: true, Detail: "not known without Redis"},
			{Name: "overdue", Detail: "not known without Redis"},
		}
	}
	redis := checkView{
		Name: "redis", Needed: true, OK: true,
		Detail: fmt.Sprintf("answers; %d schedules, %d of them paused", stats.Schedules, stats.Schedules-stats.Active),
	}
	if stats.Ready == "" {
		redis.Detail = "answers; no scheduler has filled it with the schedules yet"
	}
	return []checkView{redis, s.checkScheduler(ctx), s.checkWorker(), checkOverdue(stats)}
}

func (s *service) checkScheduler(ctx context.Context) checkView {
	c := checkView{Name: "scheduler", Needed: true}
	lease, err := s.Schedules.Lease(ctx, s.Lease)
	switch {
	case err != nil:
		c.Detail = err.Error()
	case !lease.Held:
		c.Detail = "no scheduler holds the lease; start one"
	default:
		c.OK, c.Detail = true, fmt.Sprintf("%s holds the lease and renewed it %s ago", lease.Holder, lease.RenewedAgo.Round(time.Second))
	}
	return c
}

// checkWorker looks for processes that take scheduled fetches; each may have several
// servers. Schedulers are servers too, of another queue.
func (s *service) checkWorker() checkView {
	c := checkView{Name: "worker", Needed: true}
	servers, err := s.Workers.Servers()
	if err != nil {
		c.Detail = err.Error()
		return c
	}
	live, busy := map[string]bool{}, 0
	for _, srv := range servers {
		if _, ok := srv.Queues[tasks.QueueFetch]; ok && srv.Status == "active" {
			live[fmt.Sprintf("%s:%d", srv.Host, srv.PID)] = true
			busy += len(srv.ActiveWorkers)
		}
	}
	if len(live) == 0 {
		c.Detail = "no worker is running; start one"
		return c
	}
	c.OK, c.Detail = true, fmt.Sprintf("%d running, with %d fetches under way", len(live), busy)
	return c
}

// checkOverdue is a warning only: under a limit on requests a long wait can be
// as it should be.
func checkOverdue(stats schedules.Stats) checkView {
	c := checkView{Name: "overdue", OK: true, Detail: "no player is overdue"}
	if stats.Due == 0 {
		return c
	}
	waits := stats.Now.Sub(stats.OldestTick).Round(time.Second)
	c.OK = waits < longOverdue
	c.Detail = fmt.Sprintf("%d players are due, the oldest for %s", stats.Due, waits)
	return c
}
