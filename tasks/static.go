package tasks

import (
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

// Static declares a task that runs by the clock: the same for everyone, in code,
// unlike the schedules of players. Package schedules makes a schedule entry of
// it, package roster lets a person trigger it.
type Static struct {
	// ID is unique among statics. It names the entry and its row in the ledger
	// of runs, and a person triggers the task by it.
	ID string
	// Type is the type of the task.
	Type string
	// Cron is when it runs: five fields, minute to day of week. Descriptors such
	// as @every count from the start of a process and are refused.
	Cron string
	// Zone is the time zone of Cron. Empty: UTC.
	Zone string
	// Description says what the task does, in one line for people.
	Description string
	// Missed says what happens to a run that was missed.
	Missed Missed
	// Options are the options of the task. TaskID and Unique do not belong here:
	// the ledger keeps runs apart.
	Options []asynq.Option
}

// Statics returns the declared tasks, each valid, ids unique.
func Statics() []Static {
	return []Static{
		{
			ID: TypeCheckModes, Type: TypeCheckModes, Cron: "0 2 * * *", Missed: RunOnce,
			Description: "Asks the hiscores whether ironmen died as hardcore or left their mode.",
			Options: []asynq.Option{
				asynq.Queue(QueueMaintenance), asynq.MaxRetry(5),
				asynq.Timeout(CheckModesTimeout), asynq.Retention(24 * time.Hour),
			},
		},
		{
			ID: TypePrune, Type: TypePrune, Cron: "0 4 * * *", Missed: Skip,
			Description: "Removes records of runs that are older than they are kept.",
			Options: []asynq.Option{
				asynq.Queue(QueueMaintenance), asynq.MaxRetry(5),
				asynq.Timeout(PruneTimeout), asynq.Retention(24 * time.Hour),
			},
		},
		{
			ID: TypeReconcile, Type: TypeReconcile, Cron: "*/5 * * * *", Missed: Skip,
			Description: "Compares schedules in Redis with the database and repairs what differs.",
			Options: []asynq.Option{
				asynq.Queue(QueueSchedules), asynq.MaxRetry(1),
				asynq.Timeout(ReconcileTimeout), asynq.Retention(time.Hour),
			},
		},
	}
}

// manualRun is the payload of a static task. The zero value is a run by the clock.
type manualRun struct {
	Manual bool `json:"manual,omitempty"`
}

// Task is the task that the schedule entry of s enqueues, with s.Options.
func (s Static) Task() *asynq.Task { return asynq.NewTask(s.Type, nil) }

// ManualTask is the task of a run that a person asked for, options included. It
// runs whether or not the clock has run it already.
func (s Static) ManualTask() *asynq.Task {
	return asynq.NewTask(s.Type, []byte(`{"manual":true}`), s.Options...)
}

// Validate checks the declaration. The error matches ErrInvalidStatic and names
// the task, the field and the rule.
func (s Static) Validate() error {
	if s.ID == "" || s.Type == "" {
		return fmt.Errorf("%w: %q of type %q: id and type must not be empty", ErrInvalidStatic, s.ID, s.Type)
	}
	if s.Missed != Skip && s.Missed != RunOnce {
		return fmt.Errorf("%w: %s: missed %q: must be %q or %q", ErrInvalidStatic, s.ID, s.Missed, Skip, RunOnce)
	}
	for _, o := range s.Options {
		if o.Type() == asynq.TaskIDOpt || o.Type() == asynq.UniqueOpt {
			return fmt.Errorf("%w: %s: option %s: must not be set, since it would block later runs", ErrInvalidStatic, s.ID, o)
		}
	}
	_, err := s.Schedule()
	return err
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
