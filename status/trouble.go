package status

import (
	"fmt"
	"time"

	"github.com/osrsdiff/osrsdiff/permits"
	"github.com/osrsdiff/osrsdiff/tasks"
)

// Kind is what a trouble is, in a word that programs may rely on.
type Kind string

// The kinds of troubles.
const (
	// NotReady: no scheduler has filled Redis.
	NotReady Kind = "not_ready"
	// NoLeader: no scheduler holds the lease.
	NoLeader Kind = "no_leader"
	// NoWorker: no worker runs.
	NoWorker Kind = "no_worker"
	// QueuePaused: a person stopped a queue.
	QueuePaused Kind = "queue_paused"
	// BreakerOpen: outages of the hiscores keep requests back.
	BreakerOpen Kind = "breaker_open"
	// SitePaused: the hiscores asked for a pause.
	SitePaused Kind = "site_paused"
	// Overload: schedules ask for more than the limit allows.
	Overload Kind = "overload"
	// Backlog: schedules have been due for long.
	Backlog Kind = "backlog"
)

// backlogAfter is how long a schedule may be due before that is worth a word.
const backlogAfter = time.Minute

// Trouble is one thing that keeps players from being fetched on time.
type Trouble struct {
	// Kind is what it is.
	Kind Kind `json:"kind"`
	// Detail says so in words, and what to do where a person can.
	Detail string `json:"detail"`
}

// troubles says what keeps players from being fetched on time.
func (s Status) troubles() []Trouble {
	list := []Trouble{}
	say := func(applies bool, kind Kind, format string, args ...any) {
		if applies {
			list = append(list, Trouble{kind, fmt.Sprintf(format, args...)})
		}
	}
	workers, _, _ := s.Workers()
	say(!s.Schedules.Ready, NotReady, "Redis is not filled with the schedules: a scheduler does that when it starts")
	say(s.Scheduler.Leader == "", NoLeader, "no scheduler holds the lease: start one, or wait 15 seconds for another to take over")
	say(workers == 0, NoWorker, "no worker is running: start one")
	for _, q := range s.Queues {
		say(q.Paused, QueuePaused, "the queue %s was stopped by hand: start it again in the dashboard", q.Name)
	}
	h := s.Hiscores
	say(h.Breaker == permits.Open, BreakerOpen, "the hiscores failed %d times in a row (%s): the next try is at %s",
		h.Failures, h.Cause, h.RetryAt.UTC().Format(time.TimeOnly+"Z"))
	say(h.Breaker == permits.HalfOpen, BreakerOpen, "the hiscores failed %d times in a row (%s): one request is trying them out", h.Failures, h.Cause)
	say(h.Paused > 0, SitePaused, "the hiscores asked everybody to stay away for %s more", seconds(h.Paused))
	say(s.Demand.Exceeds(), Overload, "schedules ask for %.2f requests/s, the limit is %.2f: every wait grows, the oldest goes first",
		s.Demand.PerSecond, s.Demand.Limit)
	say(s.Schedules.OldestOverdue >= backlogAfter.Seconds(), Backlog, "%d schedules are due, the oldest for %s",
		s.Schedules.Due, seconds(s.Schedules.OldestOverdue))
	return list
}

// seconds is a number of seconds as a duration for people.
func seconds(n float64) time.Duration {
	return time.Duration(n * float64(time.Second)).Round(time.Second)
}

// role tells what a server is for by the queues it takes tasks from.
func role(queues map[string]int) Role {
	for _, queue := range []string{tasks.QueueFetch, tasks.QueueInteractive} {
		if _, ok := queues[queue]; ok {
			return WorkerRole
		}
	}
	if _, ok := queues[tasks.QueueSchedules]; ok {
		return SchedulerRole
	}
	return MaintenanceRole
}
