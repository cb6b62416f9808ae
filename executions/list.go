package executions

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/hibiken/asynq"

	"github.com/osrsdiff/osrsdiff/store"
	"github.com/osrsdiff/osrsdiff/tasks"
)

// scanLimit is how many tasks one call of List looks at in the queues, so that a
// filter that chooses few of a million does not read them all at once.
const scanLimit = 5000

// Filter chooses executions. The zero Filter chooses all.
type Filter struct {
	// After is the cursor that the page before ended with. Empty: the first page.
	After string
	// Limit is the most executions of a page. Zero or less: 50.
	Limit int
	// State, Queue and Type choose by equality. Empty: any. With a Queue those that
	// only the database remembers are left out.
	State State
	Queue string
	Type  string
	// PlayerID chooses those about one player. Zero: any.
	PlayerID int64
}

func (f Filter) matches(e Execution) bool {
	return (f.State == "" || e.State == f.State) && (f.Queue == "" || e.Queue == f.Queue) &&
		(f.Type == "" || e.Type == f.Type) && (f.PlayerID == 0 || e.PlayerID == f.PlayerID)
}

// place is where a page ended: in a state of a queue behind so many tasks, or in
// the database before a run.
type place struct {
	state  State
	queue  string
	offset int
	run    int64
}

func (p place) String() string {
	if p.state == "" {
		return "run:" + strconv.FormatInt(p.run, 10)
	}
	return fmt.Sprintf("%s:%d:%s", p.state, p.offset, p.queue)
}

func parsePlace(cursor string) (place, error) {
	bad := fmt.Errorf("cursor %q: %w", cursor, ErrBadCursor)
	if cursor == "" {
		return place{state: queued[0].state}, nil
	}
	if digits, ok := strings.CutPrefix(cursor, "run:"); ok {
		n, err := strconv.ParseInt(digits, 10, 64)
		if err != nil || n <= 0 {
			return place{}, bad
		}
		return place{run: n}, nil
	}
	parts := strings.SplitN(cursor, ":", 3)
	if len(parts) != 3 {
		return place{}, bad
	}
	offset, err := strconv.ParseUint(parts[1], 10, 31)
	if err != nil || stateIndex(State(parts[0])) < 0 {
		return place{}, bad
	}
	return place{state: State(parts[0]), queue: parts[2], offset: int(offset)}, nil
}

// queued are the states of tasks in queues and how each is listed.
var queued = []struct {
	state State
	list  func(*asynq.Inspector, string, ...asynq.ListOption) ([]*asynq.TaskInfo, error)
}{
	{Active, (*asynq.Inspector).ListActiveTasks},
	{Retry, (*asynq.Inspector).ListRetryTasks},
	{Pending, (*asynq.Inspector).ListPendingTasks},
	{Scheduled, (*asynq.Inspector).ListScheduledTasks},
	{Archived, (*asynq.Inspector).ListArchivedTasks},
	{Completed, (*asynq.Inspector).ListCompletedTasks},
}

func stateIndex(s State) int {
	for i, q := range queued {
		if q.state == s {
			return i
		}
	}
	return -1
}

// listing is one call of List.
type listing struct {
	*Reader
	filter Filter
	began  map[string]time.Time
	found  []Execution
	looked int
}

// List returns what is in the queues, state by state and the most urgent queue
// first, then what the database remembers, the newest first, and the cursor of the
// next page, empty on the last. A page may be short, or empty, without being the
// last. While tasks move between states one may be seen twice or not at all.
func (r *Reader) List(ctx context.Context, f Filter) ([]Execution, string, error) {
	if f.Limit <= 0 {
		f.Limit = 50
	}
	at, err := parsePlace(f.After)
	if err != nil {
		return nil, "", err
	}
	l := &listing{Reader: r, filter: f, found: []Execution{}}
	if at.state != "" {
		next, err := l.fromQueues(ctx, at)
		if err != nil || next != nil {
			return l.found, next.String(), err
		}
	}
	next, err := l.fromDatabase(ctx, at.run)
	return l.found, next, err
}

// fromQueues goes on in the queues and returns where the page ended, nil when
// there is no more in them.
func (l *listing) fromQueues(ctx context.Context, at place) (*place, error) {
	queues, err := l.queues()
	if err != nil {
		return &place{}, err
	}
	if l.began, err = l.Reader.began(); err != nil {
		return &place{}, err
	}
	for _, here := range placesFrom(at, queues) {
		if err := ctx.Err(); err != nil {
			return &place{}, err
		}
		if l.filter.State != "" && l.filter.State != here.state || l.filter.Queue != "" && l.filter.Queue != here.queue {
			continue
		}
		if end, err := l.fromQueue(stateIndex(here.state), here); err != nil || end != nil {
			return end, err
		}
	}
	return nil, nil
}

// placesFrom are the states of all queues from a place on, in the order of a
// listing. Where the queue of the place is gone they begin with the next state.
func placesFrom(at place, queues []string) []place {
	var places []place
	begun := at.queue == ""
	for i, q := range queued[stateIndex(at.state):] {
		for _, queue := range queues {
			here := place{state: q.state, queue: queue}
			if !begun && i == 0 && queue == at.queue {
				begun, here.offset = true, at.offset
			}
			if begun || i > 0 {
				places = append(places, here)
			}
		}
	}
	return places
}

// fromQueue reads one state of one queue. The place is where the page ended, nil
// when it goes on behind the queue.
func (l *listing) fromQueue(state int, at place) (*place, error) {
	const part = 500
	for {
		list, err := queued[state].list(l.Inspector, at.queue, asynq.PageSize(part), asynq.Page(at.offset/part+1))
		if errors.Is(err, asynq.ErrQueueNotFound) {
			return nil, nil
		}
		if err != nil {
			return &place{}, fmt.Errorf("list %s tasks of %s: %w", at.state, at.queue, err)
		}
		for _, info := range list[min(at.offset%part, len(list)):] {
			if len(l.found) == l.filter.Limit || l.looked == scanLimit {
				return &at, nil
			}
			at.offset, l.looked = at.offset+1, l.looked+1
			if e := ofTask(info, l.began[info.Queue+"/"+info.ID]); l.filter.matches(e) {
				l.found = append(l.found, e)
			}
		}
		if len(list) < part {
			return nil, nil
		}
	}
}

// fromDatabase fills the page with remembered runs.
func (l *listing) fromDatabase(ctx context.Context, before int64) (string, error) {
	f, ok := l.filter.runs()
	if !ok {
		return "", nil
	}
	f.Before, f.Limit = before, l.filter.Limit-len(l.found)+1
	runs, err := l.Runs.RunsBefore(ctx, f)
	if err != nil {
		return "", fmt.Errorf("list executions: %w", err)
	}
	next := ""
	if len(runs) == f.Limit {
		next = place{run: runs[f.Limit-1].ID + 1}.String()
		runs = runs[:f.Limit-1]
	}
	list, err := l.named(ctx, runs)
	l.found = append(l.found, list...)
	return next, err
}

// runs is what of the filter the database answers; false: it has nothing for it.
func (f Filter) runs() (store.RunFilter, bool) {
	chosen := store.RunFilter{PlayerID: f.PlayerID}
	switch f.State {
	case "":
	case Completed:
		chosen.Outcome = store.Succeeded
	case Failed:
		chosen.Outcome = store.Unsuccessful
	default:
		return chosen, false
	}
	return chosen, f.Queue == "" && (f.Type == "" || f.Type == tasks.TypeFetch)
}
