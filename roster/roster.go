package roster

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/hibiken/asynq"

	"github.com/osrsdiff/osrsdiff/hiscores"
	"github.com/osrsdiff/osrsdiff/player"
	"github.com/osrsdiff/osrsdiff/store"
	"github.com/osrsdiff/osrsdiff/tasks"
)

// Lookup finds tracked players; *store.Store does.
type Lookup interface {
	Player(ctx context.Context, id int64) (player.Player, error)
	PlayerByName(ctx context.Context, name player.Name) (player.Player, error)
}

// Additions stores new players; *store.Store does.
type Additions interface {
	AddPlayer(ctx context.Context, p player.Player) (player.Player, error)
	AddPlayers(ctx context.Context, players []player.Player) (added, existing []player.Player, err error)
	OptedOut(ctx context.Context, names []player.Name) (map[string]store.OptOut, error)
}

// Changes stores changes of players; *store.Store does.
type Changes interface {
	UpdatePlayer(ctx context.Context, id int64, patch store.PlayerPatch) (player.Player, error)
	RetirePlayer(ctx context.Context, id int64) (player.Player, error)
	PurgeName(ctx context.Context, name player.Name) (int, error)
}

// Schedules is the image of players' schedules in Redis; *schedules.Book is.
type Schedules interface {
	Ensure(ctx context.Context, p player.Player) error
	Unschedule(ctx context.Context, playerID, revision int64) error
}

var (
	_ Lookup    = (*store.Store)(nil)
	_ Additions = (*store.Store)(nil)
	_ Changes   = (*store.Store)(nil)
)

const (
	// verifyTimeout is how long a person waits for the hiscores to know a name.
	verifyTimeout = 15 * time.Second
	// redisTimeout bounds the courtesy of applying a change at once, and the
	// enqueueing of a first fetch.
	redisTimeout = 2 * time.Second
)

// Options configures a Roster.
type Options struct {
	// Lookup finds players.
	Lookup Lookup
	// Additions stores new ones.
	Additions Additions
	// OptOuts keeps who must not be tracked.
	OptOuts OptOuts
	// Changes stores changes.
	Changes Changes
	// Identities keeps which account a player is.
	Identities Identities
	// Snapshots tells the values that a renamed player must not fall below.
	Snapshots Snapshots
	// Schedules is the image in Redis. Nil: changes wait for the scheduler.
	Schedules Schedules
	// Queue takes fetches and triggered tasks. Nil: nothing can be asked for by
	// hand, and first fetches wait for the scheduler.
	Queue tasks.Enqueuer
	// Statics are the tasks that run by the clock and that Trigger knows. Nil:
	// it knows players' schedules only.
	Statics []tasks.Static
	// Hiscores verifies new names; a *tasks.Guest keeps the shared limit. Nil:
	// nothing is verified.
	Hiscores hiscores.Fetcher
	// VerifyTimeout is how long verifying may take. Zero: 15 seconds.
	VerifyTimeout time.Duration
	// RedisTimeout bounds what is done in Redis as a courtesy. Zero: 2 seconds.
	RedisTimeout time.Duration
	// Now is the clock. Nil: time.Now.
	Now func() time.Time
	// Log gets courtesies that failed. Nil: nothing is logged.
	Log *slog.Logger
}

// Roster makes the changes. It is safe for concurrent use.
type Roster struct{ opts Options }

// New makes a Roster.
func New(opts Options) *Roster {
	if opts.VerifyTimeout <= 0 {
		opts.VerifyTimeout = verifyTimeout
	}
	if opts.RedisTimeout <= 0 {
		opts.RedisTimeout = redisTimeout
	}
	if opts.Now == nil {
		opts.Now = time.Now
	}
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	return &Roster{opts: opts}
}

// Change applies a patch to the player of that name. Unknown players match
// store.ErrNotFound; a new name that is taken is a *store.ExistsError.
func (r *Roster) Change(ctx context.Context, name player.Name, patch store.PlayerPatch) (player.Player, error) {
	p, err := r.opts.Lookup.PlayerByName(ctx, name)
	if err != nil {
		return player.Player{}, fmt.Errorf("change %q: %w", name, err)
	}
	changed, err := r.opts.Changes.UpdatePlayer(ctx, p.ID, patch)
	if err != nil {
		return player.Player{}, fmt.Errorf("change %q: %w", name, err)
	}
	if changed.Revision != p.Revision {
		r.apply(ctx, changed)
	}
	noteChange(ctx, patch, p, changed)
	return changed, nil
}

// Pause stops the schedule of a player; pausing a paused one changes nothing.
func (r *Roster) Pause(ctx context.Context, name player.Name) (player.Player, error) {
	return r.Change(ctx, name, store.PlayerPatch{Paused: new(true)})
}

// Resume lets the schedule of a paused player go on.
func (r *Roster) Resume(ctx context.Context, name player.Name) (player.Player, error) {
	return r.Change(ctx, name, store.PlayerPatch{Paused: new(false)})
}

// KeepRemoved is how long the history of a removed player is kept. Adding the name
// again restores it until then.
const KeepRemoved = 30 * 24 * time.Hour

// Purge stops tracking a player, if it still is tracked, and deletes its history
// at once. A name that nobody has or had matches store.ErrNotFound.
func (r *Roster) Purge(ctx context.Context, name player.Name) error {
	_, err := r.Remove(ctx, name)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	n, purgeErr := r.opts.Changes.PurgeName(ctx, name)
	if purgeErr != nil {
		return fmt.Errorf("purge %q: %w", name, purgeErr)
	}
	if n == 0 {
		return err
	}
	note(ctx, "player.purge", name, "", "")
	return nil
}

// Remove stops tracking a player; its history is kept for KeepRemoved. It returns
// the player as it was. Unknown players match store.ErrNotFound.
func (r *Roster) Remove(ctx context.Context, name player.Name) (player.Player, error) {
	p, err := r.opts.Lookup.PlayerByName(ctx, name)
	if err != nil {
		return player.Player{}, fmt.Errorf("remove %q: %w", name, err)
	}
	gone, err := r.opts.Changes.RetirePlayer(ctx, p.ID)
	if err != nil {
		return player.Player{}, fmt.Errorf("remove %q: %w", name, err)
	}
	note(ctx, "player.remove", gone.Name, "", "")
	r.courtesy(ctx, gone, func(ctx context.Context) error {
		return r.opts.Schedules.Unschedule(ctx, gone.ID, gone.Revision)
	})
	return gone, nil
}

// apply writes a player's schedule to Redis as a courtesy.
func (r *Roster) apply(ctx context.Context, p player.Player) {
	r.courtesy(ctx, p, func(ctx context.Context) error { return r.opts.Schedules.Ensure(ctx, p) })
}

// courtesy does in Redis at once what the scheduler would do within seconds.
// Failure policy: log and carry on.
func (r *Roster) courtesy(ctx context.Context, p player.Player, do func(context.Context) error) {
	if r.opts.Schedules == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, r.opts.RedisTimeout)
	defer cancel()
	if err := do(ctx); err != nil {
		r.opts.Log.WarnContext(ctx, "schedule waits for the scheduler", "player", p.Name.String(), "error", err)
	}
}

// enqueue puts a task into the queue in bounded time and reports whether its id
// was outstanding already. Without a queue it fails with ErrNoQueue.
func (r *Roster) enqueue(ctx context.Context, task *asynq.Task) (id string, already bool, err error) {
	if r.opts.Queue == nil {
		return "", false, ErrNoQueue
	}
	ctx, cancel := context.WithTimeout(ctx, r.opts.RedisTimeout)
	defer cancel()
	info, err := r.opts.Queue.EnqueueContext(ctx, task)
	if errors.Is(err, asynq.ErrTaskIDConflict) {
		return "", true, nil
	}
	if err != nil {
		return "", false, fmt.Errorf("enqueue %s: %w", task.Type(), err)
	}
	return info.ID, false, nil
}
