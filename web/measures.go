package web

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/osrsdiff/osrsdiff/permits"
	"github.com/osrsdiff/osrsdiff/schedules"
	"github.com/osrsdiff/osrsdiff/status"
)

// measure is one metric that is made of the status. docs/metrics.md lists them
// in this order.
type measure struct {
	name, help string
	kind       prometheus.ValueType
	labels     []string
	read       func(s status.Status, emit emit)
}

// emit takes a value and those of its labels.
type emit func(value float64, labels ...string)

// gauge and counter make measures of one value.
func gauge(name, help string, read func(s status.Status) float64) measure {
	return measure{name: name, help: help, kind: prometheus.GaugeValue, read: func(s status.Status, emit emit) { emit(read(s)) }}
}

// yes is one for true.
func yes(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

var measures = []measure{
	gauge("osrsdiff_scheduler_lease_held", "Whether a scheduler holds the lease: 1 or 0.",
		func(s status.Status) float64 { return yes(s.Scheduler.Leader != "") }),
	gauge("osrsdiff_scheduler_lease_age_seconds", "How long ago the leader renewed its lease.",
		func(s status.Status) float64 { return s.Scheduler.LeaseAge }),
	gauge("osrsdiff_schedules_ready", "Whether Redis was filled with the schedules: 1 or 0.",
		func(s status.Status) float64 { return yes(s.Schedules.Ready) }),
	{
		name: "osrsdiff_schedules", help: "Schedules by state.", kind: prometheus.GaugeValue, labels: []string{"state"},
		read: func(s status.Status, emit emit) {
			emit(float64(s.Schedules.Total-s.Schedules.Paused), "active")
			emit(float64(s.Schedules.Paused), "paused")
		},
	},
	gauge("osrsdiff_schedules_due", "Schedules whose tick has come and is not in the queue yet.",
		func(s status.Status) float64 { return float64(s.Schedules.Due) }),
	gauge("osrsdiff_schedules_oldest_overdue_seconds", "How long the oldest of the due schedules waits.",
		func(s status.Status) float64 { return s.Schedules.OldestOverdue }),
	{
		name: "osrsdiff_ticks_total", help: "Ticks by what became of them: a fetch enqueued, or coalesced with one that was waiting.",
		kind: prometheus.CounterValue, labels: []string{"outcome"},
		read: func(s status.Status, emit emit) {
			emit(float64(s.Schedules.Enqueued), "enqueued")
			emit(float64(s.Schedules.Coalesced), "coalesced")
		},
	},
	gauge("osrsdiff_demand_requests_per_second", "Requests to the hiscores that the schedules ask for.",
		func(s status.Status) float64 { return s.Demand.PerSecond }),
	gauge("osrsdiff_limit_requests_per_second", "Requests to the hiscores that are allowed; 0 for no limit.",
		func(s status.Status) float64 { return s.Demand.Limit }),
	{
		name: "osrsdiff_hiscores_breaker", help: "State of the circuit breaker: 1 for the state it is in.",
		kind: prometheus.GaugeValue, labels: []string{"state"},
		read: func(s status.Status, emit emit) {
			for _, state := range []permits.BreakerState{permits.Closed, permits.Open, permits.HalfOpen} {
				emit(yes(s.Hiscores.Breaker == state), string(state))
			}
		},
	},
	gauge("osrsdiff_hiscores_failures_in_a_row", "Failed requests to the hiscores since the last that was answered.",
		func(s status.Status) float64 { return float64(s.Hiscores.Failures) }),
	gauge("osrsdiff_hiscores_pause_seconds", "How much longer the hiscores want everybody to stay away.",
		func(s status.Status) float64 { return s.Hiscores.Paused }),
	{
		name: "osrsdiff_hiscores_waiting", help: "Who waits for the right to make a request, by what it is for.",
		kind: prometheus.GaugeValue, labels: []string{"class"},
		read: func(s status.Status, emit emit) {
			for _, class := range permits.Classes() {
				emit(float64(s.Hiscores.Waiting[class.String()]), class.String())
			}
		},
	},
	{
		name: "osrsdiff_queue_tasks", help: "Tasks in a queue by state.", kind: prometheus.GaugeValue, labels: []string{"queue", "state"},
		read: func(s status.Status, emit emit) {
			for _, q := range s.Queues {
				for state, n := range map[string]int{
					"pending": q.Pending, "active": q.Active, "scheduled": q.Scheduled, "retry": q.Retry, "archived": q.Archived,
				} {
					emit(float64(n), q.Name, state)
				}
			}
		},
	},
	ofQueues("osrsdiff_queue_latency_seconds", "How long the oldest pending task of a queue has waited.", prometheus.GaugeValue,
		func(q status.Queue) float64 { return q.Latency }),
	ofQueues("osrsdiff_queue_paused", "Whether a person stopped the queue: 1 or 0.", prometheus.GaugeValue,
		func(q status.Queue) float64 { return yes(q.Paused) }),
	ofQueues("osrsdiff_queue_processed_total", "Runs of tasks of a queue, failed ones included.", prometheus.CounterValue,
		func(q status.Queue) float64 { return float64(q.Processed) }),
	ofQueues("osrsdiff_queue_failed_total", "Runs of tasks of a queue that failed.", prometheus.CounterValue,
		func(q status.Queue) float64 { return float64(q.Failed) }),
	{
		name: "osrsdiff_processes", help: "Running processes by what they do: schedulers, workers (for fetches), maintenance (the rest of a worker).",
		kind: prometheus.GaugeValue, labels: []string{"role"},
		read: ofRoles(func(status.Process) float64 { return 1 }),
	},
	{
		name: "osrsdiff_tasks_active", help: "Tasks that run now.", kind: prometheus.GaugeValue, labels: []string{"role"},
		read: ofRoles(func(p status.Process) float64 { return float64(p.Active) }),
	},
	{
		name: "osrsdiff_tasks_capacity", help: "Tasks that may run at once.", kind: prometheus.GaugeValue, labels: []string{"role"},
		read: ofRoles(func(p status.Process) float64 { return float64(p.Concurrency) }),
	},
}

// ofQueues is a measure of one value a queue.
func ofQueues(name, help string, kind prometheus.ValueType, read func(status.Queue) float64) measure {
	return measure{name: name, help: help, kind: kind, labels: []string{"queue"}, read: func(s status.Status, emit emit) {
		for _, q := range s.Queues {
			emit(read(q), q.Name)
		}
	}}
}

// ofRoles adds something up for each role.
func ofRoles(read func(status.Process) float64) func(status.Status, emit) {
	return func(s status.Status, emit emit) {
		for _, role := range []status.Role{status.SchedulerRole, status.WorkerRole, status.MaintenanceRole} {
			total := 0.0
			for _, p := range s.Processes {
				if p.Role == role {
					total += read(p)
				}
			}
			emit(total, string(role))
		}
	}
}

// lagBuckets are the upper bounds of the histogram of lags, in seconds.
func lagBuckets(l schedules.Lag) map[float64]uint64 {
	buckets, below := map[float64]uint64{}, uint64(0)
	for i, bound := range schedules.LagBounds() {
		if i < len(l.Counts) {
			below += uint64(l.Counts[i])
		}
		buckets[bound.Seconds()] = below
	}
	return buckets
}
