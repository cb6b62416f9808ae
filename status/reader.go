package status

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/hibiken/asynq"

	"github.com/osrsdiff/osrsdiff/permits"
	"github.com/osrsdiff/osrsdiff/schedules"
	"github.com/osrsdiff/osrsdiff/tasks"
)

// Office tells how the shared right to make requests stands; *permits.Office
// does.
type Office interface {
	State(ctx context.Context) (permits.State, error)
}

// Inspector looks into the queues; *asynq.Inspector does.
type Inspector interface {
	Queues() ([]string, error)
	GetQueueInfo(queue string) (*asynq.QueueInfo, error)
	Servers() ([]*asynq.ServerInfo, error)
	TaskInspector
}

var (
	_ Office    = (*permits.Office)(nil)
	_ Inspector = (*asynq.Inspector)(nil)
)

// Options are what a Reader reads from; all but the numbers are required.
type Options struct {
	// Book is the image of the schedules.
	Book *schedules.Book
	// Office is the shared right to make requests.
	Office Office
	// Inspector looks into the queues.
	Inspector Inspector
	// Limit is how many requests a second are allowed. Zero: there is no limit.
	Limit float64
	// Lease is how long the schedulers' lease lasts after a renewal. Zero:
	// schedules.DefaultLease.
	Lease time.Duration
}

// Reader reads the status.
type Reader struct{ opts Options }

// NewReader returns a Reader.
func NewReader(o Options) *Reader {
	o.Lease = cmp.Or(o.Lease, schedules.DefaultLease)
	return &Reader{opts: o}
}

// Status reads how everything stands. It fails when Redis does not answer. It
// takes a few milliseconds, whatever the number of schedules.
func (r *Reader) Status(ctx context.Context) (Status, error) {
	var s Status
	for _, part := range []func(context.Context, *Status) error{
		r.readSchedules, r.readLag, r.readHiscores, r.readQueues, r.readProcesses, r.readLeader,
	} {
		if err := part(ctx, &s); err != nil {
			return Status{}, fmt.Errorf("read the status: %w", err)
		}
	}
	s.Troubles = s.troubles()
	return s, nil
}

func (r *Reader) readSchedules(ctx context.Context, s *Status) error {
	stats, err := r.opts.Book.Stats(ctx)
	if err != nil {
		return err
	}
	demand, err := r.opts.Book.Demand(ctx)
	if err != nil {
		return err
	}
	s.At = stats.Now
	s.Schedules = Schedules{
		Ready: stats.Ready != "", Total: stats.Schedules, Paused: max(0, stats.Schedules-stats.Active), Due: stats.Due,
		Enqueued: stats.Enqueued, Coalesced: stats.Coalesced,
	}
	if stats.Due > 0 {
		s.Schedules.OldestOverdue = max(0, stats.Now.Sub(stats.OldestTick).Seconds())
	}
	s.Demand = Demand{PerSecond: demand, Limit: max(0, r.opts.Limit)}
	return nil
}

func (r *Reader) readLag(ctx context.Context, s *Status) error {
	lately, err := r.opts.Book.Lag(ctx)
	if err != nil {
		return err
	}
	s.Lag = Lag{Ticks: lately.Total(), P50: lately.Quantile(0.5).Seconds(), P99: lately.Quantile(0.99).Seconds()}
	s.Lag.SoFar, err = r.opts.Book.LagSoFar(ctx)
	return err
}

func (r *Reader) readHiscores(ctx context.Context, s *Status) (err error) {
	s.Hiscores, err = r.Hiscores(ctx)
	return err
}

// Hiscores reads only whether the hiscores may be asked. It fails when Redis does
// not answer.
func (r *Reader) Hiscores(ctx context.Context) (Hiscores, error) {
	state, err := r.opts.Office.State(ctx)
	if err != nil {
		return Hiscores{}, fmt.Errorf("whether the hiscores may be asked: %w", err)
	}
	h := Hiscores{
		Breaker: state.Breaker, Failures: state.Failures, Cause: state.Cause,
		OpenedAt: state.OpenedAt, RetryAt: state.RetryAt, Paused: state.Paused.Seconds(), Waiting: map[string]int{},
	}
	for _, class := range permits.Classes() {
		h.Waiting[class.String()] = state.Waiting[class]
	}
	return h, nil
}

// queues are all there are, the most urgent first.
var queues = []string{tasks.QueueInteractive, tasks.QueueFetch, tasks.QueueMaintenance, tasks.QueueSchedules, tasks.QueueWebhooks}

// readQueues reads all queues; one that nothing was ever put into is empty.
func (r *Reader) readQueues(_ context.Context, s *Status) error {
	known, err := r.opts.Inspector.Queues()
	if err != nil {
		return fmt.Errorf("list the queues: %w", err)
	}
	for _, name := range queues {
		q := Queue{Name: name}
		if slices.Contains(known, name) {
			info, err := r.opts.Inspector.GetQueueInfo(name)
			if err != nil {
				return fmt.Errorf("look into the queue %s: %w", name, err)
			}
			q = Queue{
				Name: name, Pending: info.Pending, Active: info.Active, Scheduled: info.Scheduled, Retry: info.Retry,
				Archived: info.Archived, Latency: info.Latency.Seconds(), Paused: info.Paused,
				Processed: info.ProcessedTotal, Failed: info.FailedTotal,
			}
		}
		s.Queues = append(s.Queues, q)
	}
	return nil
}

func (r *Reader) readProcesses(_ context.Context, s *Status) error {
	servers, err := r.opts.Inspector.Servers()
	if err != nil {
		return fmt.Errorf("list the servers: %w", err)
	}
	s.Processes = []Process{}
	for _, srv := range servers {
		if srv.Status == "active" {
			s.addServer(srv)
		}
	}
	slices.SortFunc(s.Processes, func(a, b Process) int {
		return cmp.Or(cmp.Compare(a.Role, b.Role), cmp.Compare(a.Host, b.Host), cmp.Compare(a.PID, b.PID))
	})
	return nil
}

// addServer adds an asynq server, of which a process may have several in one role.
func (s *Status) addServer(srv *asynq.ServerInfo) {
	p := Process{
		Role: role(srv.Queues), Host: srv.Host, PID: srv.PID, Active: len(srv.ActiveWorkers),
		Concurrency: srv.Concurrency, Started: srv.Started.UTC(),
	}
	same := func(o Process) bool { return o.Role == p.Role && o.Host == p.Host && o.PID == p.PID }
	if i := slices.IndexFunc(s.Processes, same); i >= 0 {
		s.Processes[i].Active += p.Active
		s.Processes[i].Concurrency += p.Concurrency
		return
	}
	s.Processes = append(s.Processes, p)
	if p.Role == SchedulerRole {
		s.Scheduler.Processes++
	}
}

func (r *Reader) readLeader(ctx context.Context, s *Status) error {
	lease, err := r.opts.Book.Lease(ctx, r.opts.Lease)
	if err != nil {
		return err
	}
	if lease.Held {
		s.Scheduler.Leader = cmp.Or(lease.Holder, "unnamed")
		s.Scheduler.LeaseAge = lease.RenewedAgo.Seconds()
	}
	return nil
}
