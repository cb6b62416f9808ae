package tasks

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/hibiken/asynq"

	"github.com/osrsdiff/osrsdiff/player"
)

// checkBatch is how many players the fan-out reads at once.
const checkBatch = 500

// CheckMode is the payload of TypeCheckMode.
type CheckMode struct {
	// PlayerID is the player to check.
	PlayerID int64 `json:"player_id"`
	// Player is the name, for people who read the queue.
	Player string `json:"player"`
	// Date is the UTC date of the check, such as "2026-11-25".
	Date string `json:"date"`
	// First is what an earlier reading showed, which this one must confirm. Nil:
	// this is the first reading.
	First *FirstVerdict `json:"first,omitempty"`
}

// FirstVerdict is the change of mode that a first reading showed.
type FirstVerdict struct {
	// From is the mode the player had.
	From player.Mode `json:"from"`
	// To is the mode the tables showed.
	To player.Mode `json:"to"`
	// At is when they were read last.
	At time.Time `json:"at"`
	// Confirmed is how many readings have shown it again since.
	Confirmed int `json:"confirmed,omitempty"`
}

// id is the id of the task: one check a player and date, and its confirmations.
func (c CheckMode) id() string {
	id := fmt.Sprintf("check_mode_%d_%s", c.PlayerID, c.Date)
	switch {
	case c.First == nil:
		return id
	case c.First.Confirmed > 0:
		return fmt.Sprintf("%s_confirm_%d", id, c.First.Confirmed+1)
	}
	return id + "_confirm"
}

// NewCheckMode makes the task that checks one player's game mode.
func NewCheckMode(c CheckMode) (*asynq.Task, error) {
	payload, err := encode(TypeCheckMode, c)
	if err != nil {
		return nil, err
	}
	return asynq.NewTask(TypeCheckMode, payload, asynq.TaskID(c.id()), asynq.Queue(QueueMaintenance),
		asynq.MaxRetry(unlimited), asynq.Timeout(CheckModeTimeout)), nil
}

// enqueueConfirmation puts the check into the queue that is to confirm c.First.
func enqueueConfirmation(ctx context.Context, queue Enqueuer, c CheckMode) error {
	task, err := NewCheckMode(c)
	if err != nil {
		return err
	}
	_, err = queue.EnqueueContext(ctx, task, asynq.ProcessIn(ConfirmAfter+wholeSecond))
	if err != nil && !errors.Is(err, asynq.ErrTaskIDConflict) {
		return fmt.Errorf("enqueue the confirmation: %w", err)
	}
	return nil
}

// CheckedPlayers lists the iron players whose mode was not checked since a time,
// by id.
type CheckedPlayers interface {
	PlayersForModeCheck(ctx context.Context, checkedBefore time.Time, afterID int64, limit int) ([]player.Player, error)
}

// CheckModesJob does the work of TypeCheckModes: it puts a check of each iron
// player into the queue. Running it again adds only what is missing.
type CheckModesJob struct {
	// Players lists players.
	Players CheckedPlayers
	// Queue takes the checks.
	Queue Enqueuer
	// Now is the host's clock. Nil: time.Now.
	Now func() time.Time
}

var _ Job = (*CheckModesJob)(nil)

// Static declares the daily check, which this job does the work of.
func (j *CheckModesJob) Static() Static {
	return Static{
		ID: TypeCheckModes, Cron: "0 2 * * *", Missed: RunOnce,
		Description: "Asks the hiscores whether ironmen died as hardcore or left their mode.",
		Queue:       QueueMaintenance, Timeout: CheckModesTimeout, Retries: 5, Retention: 24 * time.Hour, Job: j,
	}
}

// Run enqueues the checks and says how many. A run by the clock leaves out
// players checked on this date already; a person's run does not.
func (j *CheckModesJob) Run(ctx context.Context, t *asynq.Task) (string, error) {
	run, err := decode[manualRun](t)
	if err != nil {
		return "", err
	}
	now := time.Now
	if j.Now != nil {
		now = j.Now
	}
	today := now().UTC()
	before := today.Truncate(24 * time.Hour)
	if run.Manual {
		before = today
	}
	var added, waiting int
	for afterID := int64(0); ; {
		players, err := j.Players.PlayersForModeCheck(ctx, before, afterID, checkBatch)
		if err != nil {
			return "", fmt.Errorf("list players after %d: %w", afterID, err)
		}
		if len(players) == 0 {
			return fmt.Sprintf("%d checks queued, %d were waiting already", added, waiting), nil
		}
		for _, p := range players {
			queued, err := j.enqueue(ctx, p, today)
			if err != nil {
				return "", err
			}
			if queued {
				added++
			} else {
				waiting++
			}
			afterID = p.ID
		}
	}
}

// enqueue puts one check into the queue and reports whether it was not there.
func (j *CheckModesJob) enqueue(ctx context.Context, p player.Player, today time.Time) (queued bool, err error) {
	task, err := NewCheckMode(CheckMode{PlayerID: p.ID, Player: p.Name.String(), Date: today.Format(time.DateOnly)})
	if err != nil {
		return false, err
	}
	_, err = j.Queue.EnqueueContext(ctx, task)
	if errors.Is(err, asynq.ErrTaskIDConflict) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("enqueue the mode check of %q: %w", p.Name, err)
	}
	return true, nil
}
