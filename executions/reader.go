package executions

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/hibiken/asynq"

	"github.com/osrsdiff/osrsdiff/player"
	"github.com/osrsdiff/osrsdiff/store"
	"github.com/osrsdiff/osrsdiff/tasks"
)

var (
	// ErrNotFound says that neither a queue nor the database knows an execution.
	ErrNotFound = errors.New("no such execution")
	// ErrBadCursor says that a cursor is none that a page of List ended with.
	ErrBadCursor = errors.New("no cursor of a list of executions")
)

// Runs remembers fetches that ended; *store.Store does.
type Runs interface {
	// RunsBefore returns runs with an id below one, the newest first.
	RunsBefore(ctx context.Context, f store.RunFilter) ([]store.Run, error)
	// PlayersByID returns those of the ids that exist.
	PlayersByID(ctx context.Context, ids []int64) ([]player.Player, error)
}

var _ Runs = (*store.Store)(nil)

// Reader reads executions. Both fields are required.
type Reader struct {
	// Inspector looks into the queues.
	Inspector *asynq.Inspector
	// Runs is the memory of the database.
	Runs Runs
}

// Get returns what is known of an id: the tasks with it that are in a queue, then
// the last run with it that the database remembers; at least one, or ErrNotFound.
func (r *Reader) Get(ctx context.Context, id string) ([]Execution, error) {
	if n, ok := runID(id); ok {
		return r.remembered(ctx, id, n)
	}
	var found []Execution
	queues, err := r.queues()
	if err != nil {
		return nil, err
	}
	began, err := r.began()
	if err != nil {
		return nil, err
	}
	for _, queue := range queues {
		info, err := r.Inspector.GetTaskInfo(queue, id)
		switch {
		case err == nil:
			found = append(found, ofTask(info, began[queue+"/"+id]))
		case errors.Is(err, asynq.ErrTaskNotFound), errors.Is(err, asynq.ErrQueueNotFound):
		default:
			return nil, fmt.Errorf("look for task %q in %s: %w", id, queue, err)
		}
	}
	if playerID, ok := tasks.ParseScheduleID(id); ok {
		last, err := r.Runs.RunsBefore(ctx, store.RunFilter{PlayerID: playerID, TaskID: id, Limit: 1})
		if err != nil {
			return nil, fmt.Errorf("execution %q: %w", id, err)
		}
		named, err := r.named(ctx, last)
		if err != nil {
			return nil, err
		}
		found = append(found, named...)
	}
	if len(found) == 0 {
		return nil, unknown(id)
	}
	return found, nil
}

func unknown(id string) error {
	return fmt.Errorf("%w: %q: neither a queue nor the database knows it; a fetch by the clock that went well leaves no record of its own, the player's schedule lists the last ten", ErrNotFound, id)
}

// remembered reads one run from the database.
func (r *Reader) remembered(ctx context.Context, id string, n int64) ([]Execution, error) {
	runs, err := r.Runs.RunsBefore(ctx, store.RunFilter{From: n, Before: n + 1, Limit: 1})
	if err != nil {
		return nil, fmt.Errorf("execution %q: %w", id, err)
	}
	if len(runs) == 0 {
		return nil, unknown(id)
	}
	return r.named(ctx, runs)
}

// named adds the players' names to runs.
func (r *Reader) named(ctx context.Context, runs []store.Run) ([]Execution, error) {
	ids := make([]int64, 0, len(runs))
	for _, run := range runs {
		ids = append(ids, run.PlayerID)
	}
	slices.Sort(ids)
	players, err := r.Runs.PlayersByID(ctx, slices.Compact(ids))
	if err != nil {
		return nil, fmt.Errorf("players of %d runs: %w", len(runs), err)
	}
	names := make(map[int64]string, len(players))
	for _, p := range players {
		names[p.ID] = p.Name.String()
	}
	list := make([]Execution, 0, len(runs))
	for _, run := range runs {
		list = append(list, ofRun(run, names[run.PlayerID]))
	}
	return list, nil
}

// ours are the queues of this program, the most urgent first.
var ours = []string{tasks.QueueInteractive, tasks.QueueFetch, tasks.QueueMaintenance, tasks.QueueSchedules, tasks.QueueWebhooks}

// queues lists the queues that were ever used.
func (r *Reader) queues() ([]string, error) {
	known, err := r.Inspector.Queues()
	if err != nil {
		return nil, fmt.Errorf("list the queues: %w", err)
	}
	slices.SortFunc(known, func(a, b string) int {
		return cmp.Or(cmp.Compare(urgency(a), urgency(b)), cmp.Compare(a, b))
	})
	return known, nil
}

func urgency(queue string) int {
	if i := slices.Index(ours, queue); i >= 0 {
		return i
	}
	return len(ours)
}

// began tells when workers began the tasks that run now, by queue and id.
func (r *Reader) began() (map[string]time.Time, error) {
	servers, err := r.Inspector.Servers()
	if err != nil {
		return nil, fmt.Errorf("list the servers: %w", err)
	}
	began := map[string]time.Time{}
	for _, s := range servers {
		for _, w := range s.ActiveWorkers {
			began[w.Queue+"/"+w.TaskID] = w.Started
		}
	}
	return began, nil
}
