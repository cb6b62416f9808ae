package tasks

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/hibiken/asynq"
)

// The types of tasks. A type names its handler and its retry policy.
const (
	// TypeFetch reads one player from the hiscores and records the answer.
	TypeFetch = "player:fetch"
	// TypeCheckMode asks the tables whether one player left its iron mode.
	TypeCheckMode = "player:check_mode"
	// TypeCheckModes puts a TypeCheckMode into the queue for each iron player.
	TypeCheckModes = "check_game_mode_downgrades"
	// TypeDue claims the schedules that are due; handled by package schedules.
	TypeDue = "player:due"
	// TypeReconcile repairs what drifted between the database and Redis;
	// handled by package schedules.
	TypeReconcile = "schedules:reconcile"
	// TypePrune removes records that are kept for a while only.
	TypePrune = "store:prune"
	// TypeDeliver posts what happened to a webhook.
	TypeDeliver = "webhook:deliver"
)

// The queues. Each has servers of its own, because handlers of fetches wait for
// permits, and nothing else may starve behind them.
const (
	// QueueInteractive holds fetches that a person waits for.
	QueueInteractive = "interactive"
	// QueueFetch holds fetches that a schedule asked for.
	QueueFetch = "fetch"
	// QueueMaintenance holds mode checks and pruning.
	QueueMaintenance = "maintenance"
	// QueueSchedules holds the engine's own tasks, run inside each scheduler.
	QueueSchedules = "schedules"
	// QueueWebhooks holds what is sent to webhooks; receivers that do not answer keep
	// its handlers waiting.
	QueueWebhooks = "webhooks"
)

// unlimited is a number of retries that is never used up. asynq archives a task
// at its last retry whatever the error was, and an archived task blocks its id;
// so handlers count their own tries instead.
const unlimited = 1 << 20

const (
	// FetchTimeout bounds one run of a fetch: waiting for permits, at most four
	// requests, and recording the answer.
	FetchTimeout = 10 * time.Minute
	// CheckModeTimeout bounds one run of a mode check.
	CheckModeTimeout = 10 * time.Minute
	// CheckModesTimeout bounds the fan-out of the daily mode check.
	CheckModesTimeout = 30 * time.Minute
	// PruneTimeout bounds one run of the pruning.
	PruneTimeout = 30 * time.Minute
	// DueTimeout bounds one claim of due schedules.
	DueTimeout = 30 * time.Second
	// ReconcileTimeout bounds one reconcile pass.
	ReconcileTimeout = 10 * time.Minute
	// DeliverTimeout bounds one sending to a webhook and the noting of it.
	DeliverTimeout = 30 * time.Second
)

const schedulePrefix = "player_fetch_"

// ScheduleID is the id of a player's schedule, "player_fetch_123". It is also
// the id of the player's fetch task, so that at most one is outstanding in a
// queue, and the name under which the fetch takes its run marker.
func ScheduleID(playerID int64) string { return schedulePrefix + strconv.FormatInt(playerID, 10) }

// ParseScheduleID reads what ScheduleID wrote and reports whether it was that.
func ParseScheduleID(id string) (playerID int64, ok bool) {
	digits, found := strings.CutPrefix(id, schedulePrefix)
	n, err := strconv.ParseInt(digits, 10, 64)
	return n, found && err == nil && n > 0 && ScheduleID(n) == id
}

// Enqueuer puts tasks into the queue; *asynq.Client is one.
type Enqueuer interface {
	EnqueueContext(ctx context.Context, task *asynq.Task, opts ...asynq.Option) (*asynq.TaskInfo, error)
}

var _ Enqueuer = (*asynq.Client)(nil)

// Fetch is the payload of TypeFetch.
type Fetch struct {
	// PlayerID is the player to fetch.
	PlayerID int64 `json:"player_id"`
	// Player is the name, for people who read the queue. The handler takes the
	// name from the database.
	Player string `json:"player"`
	// Tick is the tick that asked for the fetch, in Unix seconds. Zero: a person
	// did, and the player is fetched even when paused.
	Tick int64 `json:"tick,omitempty"`
}

// ByHand reports whether a person asked for the fetch rather than a tick.
func (f Fetch) ByHand() bool { return f.Tick == 0 }

// NewFetch makes the task that fetches a player: QueueFetch for a tick,
// QueueInteractive for a person and for a new player's first fetch. Enqueueing
// it fails with asynq.ErrTaskIDConflict while another fetch of the player is
// outstanding in that queue. It has no Retention and no Unique lock, which would
// both outlive the task and block the next one.
func NewFetch(f Fetch, queue string) (*asynq.Task, error) {
	if f.PlayerID <= 0 {
		return nil, fmt.Errorf("new %s: player_id %d: must be greater than zero", TypeFetch, f.PlayerID)
	}
	if queue != QueueFetch && queue != QueueInteractive {
		return nil, fmt.Errorf("new %s: queue %q: must be %q or %q", TypeFetch, queue, QueueFetch, QueueInteractive)
	}
	payload, err := encode(TypeFetch, f)
	if err != nil {
		return nil, err
	}
	return asynq.NewTask(TypeFetch, payload,
		asynq.TaskID(ScheduleID(f.PlayerID)), asynq.Queue(queue),
		asynq.MaxRetry(unlimited), asynq.Timeout(FetchTimeout)), nil
}

// Due is the payload of TypeDue: which schedules to look at. The zero Due means
// all of them.
type Due struct {
	// Schedule is the id of one schedule. Empty: not about one schedule.
	Schedule string `json:"schedule,omitempty"`
	// Player is the name that belongs to Schedule, for people who read the queue.
	Player string `json:"player,omitempty"`
	// Every is the interval of one schedule, or of all that share it when
	// Schedule is empty.
	Every string `json:"every,omitempty"`
}

// NewDue makes the task that a schedule entry enqueues and the options the entry
// states, apart from each other because asynq hashes only the latter. A failed
// claim is not retried: the next entry comes within seconds. The lock is shorter
// than the shortest time between two entries, so all it refuses is the double
// of a scheduler that is about to lose its lease.
func NewDue(d Due) (task *asynq.Task, opts []asynq.Option) {
	payload, err := encode(TypeDue, d)
	if err != nil { // three strings always encode
		payload = []byte("{}")
	}
	return asynq.NewTask(TypeDue, payload), []asynq.Option{
		asynq.Queue(QueueSchedules), asynq.MaxRetry(0), asynq.Timeout(DueTimeout), asynq.Unique(3 * time.Second),
	}
}
