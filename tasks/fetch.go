package tasks

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/hibiken/asynq"

	"github.com/osrsdiff/osrsdiff/hiscores"
	"github.com/osrsdiff/osrsdiff/permits"
	"github.com/osrsdiff/osrsdiff/player"
)

// FreshFor is how long an answer of the hiscores counts as current: a person who
// asks for a fetch within it is shown what is stored.
const FreshFor = time.Minute

// Players finds a player's row.
type Players interface {
	Player(ctx context.Context, id int64) (player.Player, error)
}

// Records stores how a fetch ended, each with the player's CoveredUntil in one
// transaction.
type Records interface {
	RecordSnapshot(ctx context.Context, a player.Attempt, s hiscores.Snapshot) ([]hiscores.Change, error)
	RecordMissing(ctx context.Context, a player.Attempt) error
	RecordFailure(ctx context.Context, a player.Attempt, cause string) error
}

// ModeChange is a game mode found out about or lost. It has the fields of the
// store's type of that name, so one converts to the other.
type ModeChange struct {
	// PlayerID is the player.
	PlayerID int64
	// From is the mode before. Empty: it was not known.
	From player.Mode
	// To is the mode found.
	To player.Mode
	// At is when the tables were read.
	At time.Time
	// Evidence is what the tables said: hiscores.Reading as JSON.
	Evidence json.RawMessage
	// Applied changes give the player the new mode.
	Applied bool
}

// FetchOptions configures a FetchHandler.
type FetchOptions struct {
	// Players finds players. Its error for one that is gone matches NotFound.
	Players Players
	// NotFound is matched by the errors of Players and Records that mean the
	// player is not tracked any more.
	NotFound error
	// Records stores outcomes.
	Records Records
	// RecordMode stores the mode of a player whose mode was not known.
	RecordMode func(ctx context.Context, c ModeChange) error
	// Cover stores that a tick of a missing player needs no fetch. Nil: nothing
	// is stored, and the tick is looked at again when schedules are rebuilt.
	Cover func(ctx context.Context, playerID int64, tick time.Time) error
	// Queue takes the check of a mode that an absent row casts doubt on. Nil:
	// that is left to the daily check.
	Queue Enqueuer
	// Guest reads the hiscores.
	Guest *Guest
	// Tries is how often a tick is tried before it is recorded as failed. Zero:
	// DefaultTries.
	Tries int
	// Now is the host's clock. Nil: time.Now.
	Now func() time.Time
	// Sleep waits between two tries to store an answer. Nil: a timer.
	Sleep func(ctx context.Context, d time.Duration) error
	// Log gets outcomes. Nil: nothing is logged.
	Log *slog.Logger
}

// FetchHandler handles TypeFetch: it makes the one request of a tick and records
// its outcome. Running it twice for one tick makes one request: the second run
// finds the tick covered, or the run marker taken.
type FetchHandler struct{ opts FetchOptions }

var _ asynq.Handler = (*FetchHandler)(nil)

// NewFetchHandler makes a FetchHandler.
func NewFetchHandler(opts FetchOptions) *FetchHandler {
	if opts.Tries <= 0 {
		opts.Tries = DefaultTries
	}
	if opts.Now == nil {
		opts.Now = time.Now
	}
	if opts.Sleep == nil {
		opts.Sleep = sleep
	}
	opts.Log = orDiscard(opts.Log)
	return &FetchHandler{opts: opts}
}

// Fresh reports whether the hiscores answered about p so lately that asking them
// again by hand would tell nothing new.
func Fresh(p player.Player, now time.Time) bool {
	last := p.LastFetchedAt
	if p.LastResult == player.NotFound {
		last = p.LastAttemptAt
	}
	return !last.IsZero() && now.Sub(last).Abs() < FreshFor
}

// tick is the time of Tick, zero for none.
func (f Fetch) tick() time.Time {
	if f.ByHand() {
		return time.Time{}
	}
	return time.Unix(f.Tick, 0).UTC()
}

// ProcessTask fetches one player and records the outcome. It returns nil when
// there is nothing to do any more: the player is gone, the tick covered, the
// answer recorded, or the tries used up and that recorded.
func (h *FetchHandler) ProcessTask(ctx context.Context, t *asynq.Task) error {
	f, err := decode[Fetch](t)
	if err != nil {
		return err
	}
	if f.PlayerID <= 0 {
		return fmt.Errorf("%s: player_id %d: must be greater than zero: %w", t.Type(), f.PlayerID, asynq.SkipRetry)
	}
	r := h.newRun(ctx, f)
	if needed, err := r.load(ctx); err != nil || !needed {
		return err
	}
	if r.triesLeft <= 0 {
		return r.giveUp(ctx, errors.New("the worker died or its handler broke off at each try"))
	}
	if err := r.take(ctx); err != nil {
		return err
	}
	defer r.end(ctx)
	if needed, err := r.reload(ctx); err != nil || !needed {
		r.release(ctx)
		return err
	}
	snapshot, err := r.read(ctx)
	return r.settle(ctx, snapshot, err)
}

// newRun starts a run of a task.
func (h *FetchHandler) newRun(ctx context.Context, f Fetch) *fetchRun {
	id, ok := asynq.GetTaskID(ctx)
	if !ok {
		id = ScheduleID(f.PlayerID)
	}
	class := permits.Scheduled
	if f.ByHand() {
		class = permits.Interactive
	}
	token := rand.Text()
	return &fetchRun{
		FetchHandler: h, fetch: f, token: token,
		visit:     h.opts.Guest.visit(permits.Request{Holder: ScheduleID(f.PlayerID), Token: token, Class: class}),
		triesLeft: triesLeft(ctx, h.opts.Tries),
		absent:    map[hiscores.Table]error{},
		attempt: player.Attempt{
			PlayerID: f.PlayerID, TaskID: id, Tick: f.tick(), Covers: f.tick(), StartedAt: h.opts.Now(), Tries: tried(ctx),
		},
	}
}

// sleep waits for d or until ctx ends.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
