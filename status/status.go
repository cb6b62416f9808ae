package status

import (
	"time"

	"github.com/osrsdiff/osrsdiff/permits"
	"github.com/osrsdiff/osrsdiff/schedules"
)

// Status is how everything stands at one time. Durations are in seconds.
type Status struct {
	// At is the clock of Redis.
	At time.Time `json:"at" doc:"by the clock of Redis"`
	// Scheduler is who leads.
	Scheduler Scheduler `json:"scheduler"`
	// Schedules is how many there are and which are due.
	Schedules Schedules `json:"schedules"`
	// Lag is the time from ticks to their fetches being enqueued.
	Lag Lag `json:"lag"`
	// Demand is what the schedules ask of the hiscores.
	Demand Demand `json:"demand"`
	// Hiscores is whether the hiscores may be asked.
	Hiscores Hiscores `json:"hiscores"`
	// Queues are the queues of tasks, in a fixed order.
	Queues []Queue `json:"queues"`
	// Processes are those that take tasks from queues, each once for each of its roles.
	Processes []Process `json:"processes"`
	// Troubles say in words what keeps players from being fetched on time.
	// Empty: nothing does.
	Troubles []Trouble `json:"troubles"`
}

// Scheduler is who leads.
type Scheduler struct {
	// Leader is the process that holds the lease. Empty: none does.
	Leader string `json:"leader,omitempty" doc:"host and process id; left out when no scheduler leads"`
	// LeaseAge is how long ago it renewed the lease.
	LeaseAge float64 `json:"lease_age_seconds" doc:"how long ago the leader renewed its lease"`
	// Processes is how many schedulers run.
	Processes int `json:"processes"`
}

// Schedules is how many there are and which are due.
type Schedules struct {
	// Ready reports whether Redis was filled from a database.
	Ready bool `json:"ready" doc:"whether a scheduler has filled Redis with the schedules"`
	// Total counts all, Paused those that are paused. Both count those removed
	// since the last reconcile pass, at most five minutes ago.
	Total  int64 `json:"total"`
	Paused int64 `json:"paused" doc:"counts those removed in the last five minutes as well"`
	// Due counts those whose tick has come and was not claimed yet.
	Due int64 `json:"due" doc:"schedules whose tick has come and is not in the queue yet"`
	// OldestOverdue is how long the oldest of them has waited. Zero: none is due.
	OldestOverdue float64 `json:"oldest_overdue_seconds" doc:"how long the oldest of those waits"`
	// Enqueued and Coalesced count what became of ticks since Redis was empty.
	Enqueued  int64 `json:"ticks_enqueued" doc:"ticks that led to a fetch, since Redis was empty"`
	Coalesced int64 `json:"ticks_coalesced" doc:"ticks that found a fetch waiting already, since Redis was empty"`
}

// Lag is the time from ticks to their fetches being enqueued, lately.
type Lag struct {
	// Ticks is how many were measured in the last ten to twenty minutes.
	Ticks int64 `json:"ticks" doc:"how many were measured, in the last 10 to 20 minutes"`
	// P50 and P99 are the lag that half of them, and all but one of a hundred,
	// did not exceed. Zero: none was measured.
	P50 float64 `json:"p50_seconds"`
	P99 float64 `json:"p99_seconds"`
	// SoFar is the histogram of all ticks since Redis was empty.
	SoFar schedules.Lag `json:"-"`
}

// Demand is what the schedules ask of the hiscores.
type Demand struct {
	// PerSecond is how many requests a second they ask for, at one a tick.
	PerSecond float64 `json:"requests_per_second" doc:"what the schedules ask for, at one request a tick"`
	// Limit is how many are allowed. Zero: there is no limit.
	Limit float64 `json:"limit_per_second" doc:"what hiscores.rate allows; 0 for no limit"`
}

// Exceeds reports whether the schedules ask for more than is allowed.
func (d Demand) Exceeds() bool { return d.Limit > 0 && d.PerSecond > d.Limit }

// Hiscores is whether the hiscores may be asked.
type Hiscores struct {
	// Breaker is the state of the circuit breaker.
	Breaker permits.BreakerState `json:"breaker" enum:"closed,open,half_open" doc:"open keeps all requests back; half_open lets one through as a probe"`
	// Failures counts the failed requests in a row, and Cause says why the last
	// of them failed.
	Failures int    `json:"failures_in_a_row"`
	Cause    string `json:"cause,omitempty" doc:"why the last of them failed"`
	// OpenedAt is when the breaker opened, RetryAt when the next probe may go.
	OpenedAt time.Time `json:"opened_at,omitzero"`
	RetryAt  time.Time `json:"retry_at,omitzero"`
	// Paused is how much longer the site wants everybody to stay away.
	Paused float64 `json:"paused_seconds" doc:"how much longer the site wants everybody to stay away"`
	// Waiting counts who waits for the right to a request, by what it is for.
	Waiting map[string]int `json:"waiting" doc:"who waits for a permit: interactive, scheduled, background"`
}

// Queue is one queue of tasks.
type Queue struct {
	// Name is the queue's.
	Name string `json:"name"`
	// Pending tasks wait, Active ones run, Scheduled ones come later, those in
	// Retry come again after a failure, Archived ones were given up.
	Pending   int `json:"pending"`
	Active    int `json:"active"`
	Scheduled int `json:"scheduled"`
	Retry     int `json:"retry"`
	Archived  int `json:"archived"`
	// Latency is how long the oldest pending task has waited.
	Latency float64 `json:"latency_seconds" doc:"how long the oldest pending task has waited"`
	// Paused reports whether a person stopped the queue.
	Paused bool `json:"paused" doc:"whether a person stopped the queue, as asynq's tools can"`
	// Processed and Failed count runs since the queue was made.
	Processed int `json:"processed_total"`
	Failed    int `json:"failed_total"`
}

// Process is one server that takes tasks from queues: a worker has two, one for
// fetches and one for the rest; a scheduler has one.
type Process struct {
	// Role is whose it is.
	Role Role `json:"role" enum:"scheduler,worker,maintenance"`
	// Host and PID name the process.
	Host string `json:"host"`
	PID  int    `json:"pid"`
	// Active is how many tasks it runs, Concurrency how many it may.
	Active      int `json:"active"`
	Concurrency int `json:"concurrency"`
	// Started is when it began.
	Started time.Time `json:"started"`
}

// Role is what a process is for.
type Role string

// The roles of processes.
const (
	// SchedulerRole runs the engine's own tasks.
	SchedulerRole Role = "scheduler"
	// WorkerRole runs fetches.
	WorkerRole Role = "worker"
	// MaintenanceRole runs what else a worker does.
	MaintenanceRole Role = "maintenance"
)

// Workers counts the processes that take fetches, and the fetches that they run
// and may run.
func (s Status) Workers() (workers, active, concurrency int) {
	for _, p := range s.Processes {
		if p.Role == WorkerRole {
			workers++
			active += p.Active
			concurrency += p.Concurrency
		}
	}
	return workers, active, concurrency
}
