package tasks

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/hibiken/asynq"
	"github.com/robfig/cron/v3"
)

// ErrInvalidStatic is matched by every error of Static.Validate.
var ErrInvalidStatic = errors.New("invalid static task")

// Missed says what happens to a run whose time passed while no scheduler ran.
type Missed string

// What may happen to a missed run.
const (
	// Skip leaves it out.
	Skip Missed = "skip"
	// RunOnce makes it up, once however many were missed.
	RunOnce Missed = "run_once"
)

// Static declares a task that runs by the clock, and the job that does its work:
// the same for everyone, in code, unlike the schedules of players. Package
// schedules makes a schedule entry of it, the server of its queue runs the job,
// package roster lets a person trigger it.
type Static struct {
	// ID is unique among statics. It names the entry and its row in the ledger
	// of runs, and a person triggers the task by it.
	ID string
	// Type is the type of the task, which no other task has. Empty: ID.
	Type string
	// Cron is when it runs: five fields, minute to day of week. Descriptors such
	// as @every count from the start of a process and are refused.
	Cron string
	// Zone is the time zone of Cron. Empty: UTC.
	Zone string
	// Description says what the task does, in one line for people.
	Description string
	// Queue says where the job runs: QueueMaintenance in a worker,
	// QueueSchedules in a scheduler.
	Queue string
	// Timeout bounds one run. It has no default: asynq's would be half an hour.
	Timeout time.Duration
	// Retries is how often a failed run is tried again. Zero: it is not.
	Retries int
	// Retention is how long a run that succeeded stays visible in asynq's tools.
	// Zero: not at all.
	Retention time.Duration
	// Missed says what happens to a run that was missed.
	Missed Missed
	// Job does the work.
	Job Job
}

// TaskType is the type of the task: Type, or ID where there is none.
func (s Static) TaskType() string { return cmp.Or(s.Type, s.ID) }

// manualRun is the payload of a static task. The zero value is a run by the clock.
type manualRun struct {
	Manual bool `json:"manual,omitempty"`
}

// Task is the task that the schedule entry of s enqueues, with Options.
func (s Static) Task() *asynq.Task { return asynq.NewTask(s.TaskType(), nil) }

// ManualTask is the task of a run that a person asked for, options included. It
// runs whether or not the clock has run it already.
func (s Static) ManualTask() *asynq.Task {
	return asynq.NewTask(s.TaskType(), []byte(`{"manual":true}`), s.Options()...)
}

// Options are the options of the task. There is neither a fixed TaskID nor a
// Unique lock, which would block later runs: the ledger keeps runs apart.
func (s Static) Options() []asynq.Option {
	opts := []asynq.Option{asynq.Queue(s.Queue), asynq.MaxRetry(s.Retries), asynq.Timeout(s.Timeout)}
	if s.Retention > 0 {
		opts = append(opts, asynq.Retention(s.Retention))
	}
	return opts
}

// Validate checks the declaration. The error matches ErrInvalidStatic and names
// the task, the field, its value and the rule.
func (s Static) Validate() error {
	if err := s.validateName(); err != nil {
		return err
	}
	invalid := func(format string, args ...any) error {
		return fmt.Errorf("%w: %s: %s", ErrInvalidStatic, s.ID, fmt.Sprintf(format, args...))
	}
	switch {
	case s.Queue != QueueMaintenance && s.Queue != QueueSchedules:
		return invalid("queue %q: must be %q or %q", s.Queue, QueueMaintenance, QueueSchedules)
	case s.Timeout < time.Second:
		return invalid("timeout %s: must be at least a second", s.Timeout)
	case s.Retries < 0:
		return invalid("retries %d: must not be negative", s.Retries)
	case s.Retention < 0:
		return invalid("retention %s: must not be negative", s.Retention)
	case s.Missed != Skip && s.Missed != RunOnce:
		return invalid("missed %q: must be %q or %q", s.Missed, Skip, RunOnce)
	case s.Job == nil:
		return invalid("job: must be set")
	}
	_, err := s.Schedule()
	return err
}

// validateName checks that the task can be told from every other.
func (s Static) validateName() error {
	if s.ID == "" {
		return fmt.Errorf("%w: id %q of type %q: must not be empty", ErrInvalidStatic, s.ID, s.Type)
	}
	if _, ok := ParseScheduleID(s.ID); ok {
		return fmt.Errorf("%w: %s: id: must not be that of a player's schedule", ErrInvalidStatic, s.ID)
	}
	switch s.TaskType() {
	case TypeFetch, TypeCheckMode, TypeDue:
		return fmt.Errorf("%w: %s: type %q: must not be that of another task", ErrInvalidStatic, s.ID, s.TaskType())
	}
	return nil
}

// ValidateStatics checks declarations one by one and against one another: no two
// may have an id or a type in common. The error matches ErrInvalidStatic and
// names the task.
func ValidateStatics(list []Static) error {
	ids, types := map[string]bool{}, map[string]string{}
	for _, s := range list {
		if err := s.Validate(); err != nil {
			return err
		}
		if ids[s.ID] {
			return fmt.Errorf("%w: %s: id: must be declared once", ErrInvalidStatic, s.ID)
		}
		if other, taken := types[s.TaskType()]; taken {
			return fmt.Errorf("%w: %s: type %q: must not be that of %s", ErrInvalidStatic, s.ID, s.TaskType(), other)
		}
		ids[s.ID], types[s.TaskType()] = true, s.ID
	}
	return nil
}

// Spec is the cron specification that asynq takes, time zone included.
func (s Static) Spec() string {
	if s.Zone == "" || s.Zone == "UTC" {
		return s.Cron
	}
	return "CRON_TZ=" + s.Zone + " " + s.Cron
}

// Schedule parses Cron and Zone. The error matches ErrInvalidStatic. A time zone
// inside Cron is refused before the parser sees it, since robfig/cron panics
// on one that nothing follows.
func (s Static) Schedule() (cron.Schedule, error) {
	if len(strings.Fields(s.Cron)) != 5 || strings.Contains(s.Cron, "=") {
		return nil, fmt.Errorf("%w: %s: cron %q: must be five fields, minute to day of week; the time zone goes into zone", ErrInvalidStatic, s.ID, s.Cron)
	}
	if _, err := time.LoadLocation(s.Zone); err != nil {
		return nil, fmt.Errorf("%w: %s: zone %q: must be a time zone such as Europe/London: %w", ErrInvalidStatic, s.ID, s.Zone, err)
	}
	zone := s.Zone
	if zone == "" {
		zone = "UTC"
	}
	sched, err := cron.ParseStandard("CRON_TZ=" + zone + " " + s.Cron)
	if err != nil {
		return nil, fmt.Errorf("%w: %s: cron %q: %w", ErrInvalidStatic, s.ID, s.Cron, err)
	}
	if sched.Next(time.Unix(0, 0)).IsZero() {
		return nil, fmt.Errorf("%w: %s: cron %q: never comes", ErrInvalidStatic, s.ID, s.Cron)
	}
	return sched, nil
}

// Next is the first time after t at which s runs, in UTC.
func (s Static) Next(t time.Time) (time.Time, error) {
	sched, err := s.Schedule()
	if err != nil {
		return time.Time{}, err
	}
	return sched.Next(t).UTC(), nil
}

// Previous is the last time, not after t, at which s was to run, in UTC: the
// nominal time of a run under way at t. Zero when there was none in five years.
func (s Static) Previous(t time.Time) (time.Time, error) {
	sched, err := s.Schedule()
	if err != nil {
		return time.Time{}, err
	}
	const farthest = 5 * 366 * 24 * time.Hour
	for back := time.Minute; back <= 2*farthest; back *= 2 {
		last := time.Time{}
		for next := sched.Next(t.Add(-back)); !next.IsZero() && !next.After(t); next = sched.Next(next) {
			last = next
		}
		if !last.IsZero() {
			return last.UTC(), nil
		}
	}
	return time.Time{}, nil
}
