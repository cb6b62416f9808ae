package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/osrsdiff/osrsdiff/permits"
	"github.com/osrsdiff/osrsdiff/status"
)

func (a *app) statusCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "status", Short: "Show how everything stands", Args: cobra.NoArgs,
		Long: `Shows who leads, what is due, how late ticks are, what the schedules ask for
against what the hiscores allow, the queues and the processes, and what is the
matter if something is. The same is at /api/system/status, and for Prometheus at
/metrics.`,
		Example: `  osrsdiff status
  osrsdiff status --json | jq .lag`,
	}
	asJSON := jsonFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		s, err := a.session(cmd, need{redis: redisRequired, database: true})
		if err != nil {
			return err
		}
		defer s.close()
		now, err := s.parts().status().Status(cmd.Context())
		if err != nil {
			return err
		}
		if *asJSON {
			return printJSON(a.stdout, now)
		}
		return a.printStatus(now)
	}
	return cmd
}

// office is the right to ask the hiscores, which all processes share.
func (p *parts) office() *permits.Office {
	return permits.New(p.redis, permits.Options{
		Rate: p.settings.Hiscores.Rate, Burst: p.settings.Hiscores.Burst, OnBreaker: p.breakerTurned,
	})
}

// status reads how everything stands.
func (p *parts) status() *status.Reader {
	return status.NewReader(status.Options{
		Book: p.book(), Office: p.office(), Inspector: p.inspector(),
		Limit: p.settings.Hiscores.Rate, Lease: p.settings.Scheduler.Lease,
	})
}

func (a *app) printStatus(s status.Status) error {
	t := newTable(a.stdout)
	t.row("leader", leaderCell(s.Scheduler))
	t.row("schedulers", fmt.Sprint(s.Scheduler.Processes))
	workers, active, room := s.Workers()
	t.row("workers", fmt.Sprintf("%d, with %d of %d fetches under way", workers, active, room))
	t.row("schedules", fmt.Sprintf("%s, %s paused", grouped(s.Schedules.Total), grouped(s.Schedules.Paused)))
	t.row("due now", dueCell(s.Schedules))
	t.row("lag", lagCell(s.Lag))
	t.row("demand", demandCell(s.Demand))
	t.row("hiscores", hiscoresCell(s.Hiscores))
	for i, trouble := range s.Troubles {
		t.row(first(i, "troubles"), a.painter(a.stdout).red(trouble.Detail))
	}
	if err := t.flush(); err != nil {
		return err
	}
	if _, err := fmt.Fprintln(a.stdout); err != nil {
		return err
	}
	q := newTable(a.stdout, "QUEUE", "PENDING", "ACTIVE", "SCHEDULED", "RETRY", "ARCHIVED", "OLDEST", "")
	for _, queue := range s.Queues {
		q.row(queue.Name, fmt.Sprint(queue.Pending), fmt.Sprint(queue.Active), fmt.Sprint(queue.Scheduled), fmt.Sprint(queue.Retry),
			fmt.Sprint(queue.Archived), brief(inSeconds(queue.Latency)), stoppedCell(queue))
	}
	return q.flush()
}

// inSeconds is a number of seconds as a duration.
func inSeconds(n float64) time.Duration { return time.Duration(n * float64(time.Second)) }

func leaderCell(s status.Scheduler) string {
	if s.Leader == "" {
		return "none"
	}
	return fmt.Sprintf("%s, lease renewed %s ago", s.Leader, inSeconds(s.LeaseAge).Round(100*time.Millisecond))
}

func dueCell(s status.Schedules) string {
	if s.Due == 0 {
		return "0"
	}
	return fmt.Sprintf("%s, the oldest for %s", grouped(s.Due), brief(inSeconds(s.OldestOverdue)))
}

func lagCell(l status.Lag) string {
	if l.Ticks == 0 {
		return "not known: no tick came lately"
	}
	round := func(seconds float64) time.Duration { return inSeconds(seconds).Round(10 * time.Millisecond) }
	return fmt.Sprintf("p50 %s, p99 %s, of %s ticks in the last 10 to 20 minutes", round(l.P50), round(l.P99), grouped(l.Ticks))
}

func demandCell(d status.Demand) string {
	if d.Limit == 0 {
		return fmt.Sprintf("%.2f requests/s, no limit", d.PerSecond)
	}
	return fmt.Sprintf("%.2f requests/s, limit %.2f", d.PerSecond, d.Limit)
}

func hiscoresCell(h status.Hiscores) string {
	waiting := 0
	for _, n := range h.Waiting {
		waiting += n
	}
	cell := fmt.Sprintf("circuit breaker %s, %d wait for the limit", h.Breaker, waiting)
	if h.Failures > 0 {
		cell += fmt.Sprintf(", %d failures in a row", h.Failures)
	}
	return cell
}

func stoppedCell(q status.Queue) string {
	if q.Paused {
		return "stopped by hand"
	}
	return ""
}
