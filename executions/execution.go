package executions

import (
	"cmp"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/hibiken/asynq"

	"github.com/osrsdiff/osrsdiff/player"
	"github.com/osrsdiff/osrsdiff/store"
	"github.com/osrsdiff/osrsdiff/tasks"
)

// State is how far an execution has come.
type State string

// The states. All but Failed and Completed are of tasks in a queue.
const (
	// Active ones run now.
	Active State = "active"
	// Pending ones wait for a worker.
	Pending State = "pending"
	// Retry ones failed and come again.
	Retry State = "retry"
	// Scheduled ones come at a time that was set.
	Scheduled State = "scheduled"
	// Archived ones were given up.
	Archived State = "archived"
	// Completed ones ended well.
	Completed State = "completed"
	// Failed ones ended with an error and do not come again.
	Failed State = "failed"
)

// States lists all, in the order in which List returns them.
func States() []State { return []State{Active, Retry, Pending, Scheduled, Archived, Completed, Failed} }

// runPrefix begins the id of an execution that the database remembers.
const runPrefix = "run_"

// Execution is one task that ran, runs or is to run.
type Execution struct {
	// ID finds it again with Get: the task's, or "run_" and a number when only the
	// database remembers it.
	ID     string `json:"id" example:"player_fetch_123"`
	TaskID string `json:"task_id" doc:"the id in the queue; the fetches of a player share one"`
	Type   string `json:"type" example:"player:fetch"`
	Queue  string `json:"queue,omitempty" doc:"left out when the database remembers it and the queue does not"`
	State  State  `json:"state" enum:"active,retry,pending,scheduled,archived,completed,failed"`
	// PlayerID is whom a fetch or a mode check is about. Zero: nobody.
	PlayerID int64     `json:"player_id,omitempty"`
	Player   string    `json:"player,omitempty"`
	ByHand   bool      `json:"by_hand" doc:"whether a person asked for it"`
	Tick     time.Time `json:"tick,omitzero" doc:"the tick of the schedule that asked for it"`
	// Attempts counts the runs that began. Zero: none did, or it is not known.
	Attempts  int       `json:"attempts,omitempty" doc:"runs that began; left out when none did, or when it is not known any more"`
	StartedAt time.Time `json:"started_at,omitzero"`
	EndedAt   time.Time `json:"ended_at,omitzero"`
	// Seconds is how long it ran. Nil: it has not ended, or it is not known.
	Seconds *float64  `json:"duration_seconds,omitempty" doc:"waiting for the limit on requests included"`
	NextAt  time.Time `json:"next_at,omitzero" doc:"when it is to run"`
	Result  string    `json:"result,omitempty"`
	Error   string    `json:"error,omitempty" doc:"why the last run failed"`
}

// ofRun is a run that the database remembers.
func ofRun(r store.Run, name string) Execution {
	e := Execution{
		ID: runPrefix + strconv.FormatInt(r.ID, 10), TaskID: r.TaskID, Type: tasks.TypeFetch, State: Completed,
		PlayerID: r.PlayerID, Player: name, ByHand: r.Tick.IsZero(), Tick: r.Tick,
		StartedAt: r.StartedAt, EndedAt: r.EndedAt, Result: string(r.Result), Error: r.Error, Attempts: r.Attempts,
	}
	if r.Result == player.Failed {
		e.State = Failed
	}
	e.took()
	return e
}

// took fills in how long it ran where both ends are known.
func (e *Execution) took() {
	if !e.StartedAt.IsZero() && !e.EndedAt.IsZero() {
		seconds := e.EndedAt.Sub(e.StartedAt).Seconds()
		e.Seconds = &seconds
	}
}

// runID reads the number of a remembered run out of an id.
func runID(id string) (int64, bool) {
	digits, found := strings.CutPrefix(id, runPrefix)
	n, err := strconv.ParseInt(digits, 10, 64)
	return n, found && err == nil && n > 0
}

// about is what payloads of any type may say.
type about struct {
	PlayerID int64  `json:"player_id"`
	Player   string `json:"player"`
	Tick     int64  `json:"tick"`
	Manual   bool   `json:"manual"`
}

// ofTask is a task in a queue. started is when a worker began it, zero if none
// says.
func ofTask(info *asynq.TaskInfo, started time.Time) Execution {
	e := Execution{
		ID: info.ID, TaskID: info.ID, Type: info.Type, Queue: info.Queue, State: State(info.State.String()),
		Attempts: info.Retried, NextAt: info.NextProcessAt.UTC(), EndedAt: info.CompletedAt.UTC(), Error: info.LastErr,
	}
	var a about
	if json.Unmarshal(info.Payload, &a) == nil { // a payload of another form says less
		e.PlayerID, e.Player = a.PlayerID, a.Player
		e.ByHand = a.Manual || info.Type == tasks.TypeFetch && a.Tick == 0
		if a.Tick > 0 {
			e.Tick = time.Unix(a.Tick, 0).UTC()
		}
	}
	switch info.State {
	case asynq.TaskStateActive:
		e.Attempts++
		e.StartedAt = started.UTC()
	case asynq.TaskStateCompleted:
		e.Attempts++
		o := tasks.ParseOutcome(info.Result)
		e.Result, e.StartedAt = o.Result, o.StartedAt.UTC()
		e.EndedAt = cmp.Or(o.EndedAt, info.CompletedAt).UTC()
	case asynq.TaskStateArchived:
		e.Attempts++
		e.EndedAt = info.LastFailedAt.UTC()
	}
	if e.State != Pending && e.State != Scheduled && e.State != Retry {
		e.NextAt = time.Time{}
	}
	e.took()
	return e
}
