package schedules

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/osrsdiff/osrsdiff/player"
	"github.com/osrsdiff/osrsdiff/tasks"
)

// ErrNotFound says that there is no such schedule.
var ErrNotFound = errors.New("no such schedule")

// Book is the image of all schedules in Redis: a definition each, and an index
// of what is due. Its writes take a player's row and are safe to repeat and to
// arrive out of order, since an older revision never overwrites a newer one. It
// is safe for use by many goroutines and processes at once.
type Book struct {
	rdb  redis.UniversalClient
	keys keys
	grid Grid
}

// BookOptions say where a Book is kept and how it counts.
type BookOptions struct {
	// Prefix is what the keys of definitions begin with. Empty means
	// DefaultPrefix.
	Prefix string
	// Grid places the ticks. The zero Grid counts minutes.
	Grid Grid
}

// NewBook returns the Book kept behind a Redis client, which the caller closes.
func NewBook(rdb redis.UniversalClient, opts BookOptions) *Book {
	if opts.Prefix == "" {
		opts.Prefix = DefaultPrefix
	}
	return &Book{rdb: rdb, keys: keys{opts.Prefix}, grid: opts.Grid}
}

// Schedule brings a player's schedule in line with its row. Ensure, Reschedule,
// Pause and Resume do the same: they exist so that a caller can say what it means.
func (b *Book) Schedule(ctx context.Context, p player.Player) error {
	return b.apply(ctx, []player.Player{p}, keepTicks)
}

// Ensure makes a player's schedule be there, as its row asks.
func (b *Book) Ensure(ctx context.Context, p player.Player) error { return b.Schedule(ctx, p) }

// Reschedule applies a changed interval.
func (b *Book) Reschedule(ctx context.Context, p player.Player) error { return b.Schedule(ctx, p) }

// Pause takes a paused player's schedule out of the due index.
func (b *Book) Pause(ctx context.Context, p player.Player) error { return b.Schedule(ctx, p) }

// Resume puts a resumed player's schedule back; what it missed is not owed.
func (b *Book) Resume(ctx context.Context, p player.Player) error { return b.Schedule(ctx, p) }

// Unschedule removes the schedule of a removed player. The revision is that of
// the removal; a mark of it stays until the next reconcile, so that a write still
// on its way cannot bring the schedule back.
func (b *Book) Unschedule(ctx context.Context, playerID, revision int64) error {
	return b.remove(ctx, []player.Change{{PlayerID: playerID, Revision: revision}})
}

// force says whether apply replaces the ticks of schedules that did not change.
type force bool

const (
	keepTicks    force = false
	replaceTicks force = true
)

// Now is the clock that ticks are compared with: that of Redis.
func (b *Book) Now(ctx context.Context) (time.Time, error) {
	parts, err := clockScript.Run(ctx, b.rdb, []string{b.keys.due()}).StringSlice()
	if err != nil {
		return time.Time{}, fmt.Errorf("read the clock of Redis: %w", err)
	}
	return parseClock(parts)
}

// parseClock reads what TIME answers.
func parseClock(parts []string) (time.Time, error) {
	sec, err1 := strconv.ParseInt(parts[0], 10, 64)
	usec, err2 := strconv.ParseInt(parts[1], 10, 64)
	if err := errors.Join(err1, err2); err != nil {
		return time.Time{}, fmt.Errorf("read the clock of Redis: %w", err)
	}
	return time.Unix(sec, usec*1000).UTC(), nil
}

// apply writes the definitions of players, then their places in the index.
func (b *Book) apply(ctx context.Context, ps []player.Player, f force) error {
	if err := b.define(ctx, ps); err != nil {
		return err
	}
	return b.place(ctx, ps, f)
}

// place writes the places of players in the index.
func (b *Book) place(ctx context.Context, ps []player.Player, f force) error {
	if len(ps) == 0 {
		return nil
	}
	now, err := b.Now(ctx)
	if err != nil {
		return err
	}
	args := make([]any, 0, 2+6*len(ps))
	args = append(args, newVersion(), boolArg(f))
	for _, p := range ps {
		state, tick := stateActive, b.grid.NextTick(StandingOf(p), now)
		if p.Paused {
			state = statePaused
		}
		args = append(args, p.ID, int(p.Every), p.Revision, string(state), p.Name.String(), tick.Unix())
	}
	return b.runApply(ctx, args)
}

// define writes the definitions of players.
func (b *Book) define(ctx context.Context, ps []player.Player) error {
	if len(ps) == 0 {
		return nil
	}
	bodies, err := encodeAll(ps)
	if err != nil {
		return err
	}
	err = b.pipelined(ctx, defineScript, func(pipe redis.Pipeliner) {
		for i, p := range ps {
			defineScript.EvalSha(ctx, pipe, []string{b.keys.definitionOf(p.ID)}, p.Revision, bodies[i])
		}
	})
	if err != nil {
		return fmt.Errorf("write %d schedule definitions: %w", len(ps), err)
	}
	return nil
}

// defineNew writes the definitions of players that have none, and returns the other
// players. Where none has one it costs Redis half of what define does.
func (b *Book) defineNew(ctx context.Context, ps []player.Player) ([]player.Player, error) {
	bodies, err := encodeAll(ps)
	if err != nil {
		return nil, err
	}
	written := make([]*redis.BoolCmd, len(ps))
	_, err = b.rdb.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		for i, p := range ps {
			written[i] = pipe.SetNX(ctx, b.keys.definitionOf(p.ID), bodies[i], 0)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("write %d new schedule definitions: %w", len(ps), err)
	}
	var rest []player.Player
	for i, p := range ps {
		if !written[i].Val() {
			rest = append(rest, p)
		}
	}
	return rest, nil
}

// encodeAll makes the definitions of players.
func encodeAll(ps []player.Player) ([]string, error) {
	bodies := make([]string, len(ps))
	for i, p := range ps {
		body, err := Of(p).encode()
		if err != nil {
			return nil, err
		}
		bodies[i] = body
	}
	return bodies, nil
}

// remove takes removed players out of the index, then deletes their definitions.
func (b *Book) remove(ctx context.Context, gone []player.Change) error {
	if len(gone) == 0 {
		return nil
	}
	args := make([]any, 0, 2+6*len(gone))
	args = append(args, newVersion(), boolArg(keepTicks))
	for _, c := range gone {
		args = append(args, c.PlayerID, 0, c.Revision, string(stateRemoved), "", 0)
	}
	if err := b.runApply(ctx, args); err != nil {
		return err
	}
	err := b.pipelined(ctx, undefineScript, func(pipe redis.Pipeliner) {
		for _, c := range gone {
			undefineScript.EvalSha(ctx, pipe, []string{b.keys.definitionOf(c.PlayerID)}, c.Revision)
		}
	})
	if err != nil {
		return fmt.Errorf("delete %d schedule definitions: %w", len(gone), err)
	}
	return nil
}

func (b *Book) runApply(ctx context.Context, args []any) error {
	keys := []string{b.keys.due(), b.keys.index(), b.keys.intervals(), b.keys.version()}
	if err := applyScript.Run(ctx, b.rdb, keys, args...).Err(); err != nil {
		return fmt.Errorf("update the schedule index: %w", err)
	}
	return nil
}

// pipelined runs calls of one script in a pipeline, and once more after loading
// it where a server did not know it.
func (b *Book) pipelined(ctx context.Context, script *redis.Script, calls func(redis.Pipeliner)) error {
	run := func() error {
		_, err := b.rdb.Pipelined(ctx, func(pipe redis.Pipeliner) error {
			calls(pipe)
			return nil
		})
		return err
	}
	err := run()
	if err != nil && redis.HasErrorPrefix(err, "NOSCRIPT") {
		if err := script.Load(ctx, b.rdb).Err(); err != nil {
			return err
		}
		err = run()
	}
	return err
}

// Entry is a schedule with its place in the due index.
type Entry struct {
	Schedule
	// NextTick is the tick the schedule waits for; at or before now it is
	// overdue. Zero: paused, or not indexed yet.
	NextTick time.Time `json:"next_tick,omitzero"`
}

// Get returns one schedule by its id; ErrNotFound where there is none.
func (b *Book) Get(ctx context.Context, id string) (Entry, error) {
	playerID, ok := tasks.ParseScheduleID(id)
	if !ok {
		return Entry{}, fmt.Errorf("schedule %q: %w", id, ErrNotFound)
	}
	body, err := b.rdb.Get(ctx, b.keys.definition(id)).Result()
	if errors.Is(err, redis.Nil) {
		return Entry{}, fmt.Errorf("schedule %q: %w", id, ErrNotFound)
	}
	if err != nil {
		return Entry{}, fmt.Errorf("read schedule %q: %w", id, err)
	}
	s, err := decode(id, body)
	if err != nil {
		return Entry{}, err
	}
	ticks, err := b.NextTicks(ctx, []int64{playerID})
	return Entry{Schedule: s, NextTick: ticks[playerID]}, err
}

// NextTicks returns the ticks that players' schedules wait for. Paused and
// unknown ones are left out.
func (b *Book) NextTicks(ctx context.Context, playerIDs []int64) (map[int64]time.Time, error) {
	ticks := make(map[int64]time.Time, len(playerIDs))
	if len(playerIDs) == 0 {
		return ticks, nil
	}
	cmds := make([]*redis.FloatCmd, len(playerIDs))
	_, _ = b.rdb.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		for i, id := range playerIDs {
			cmds[i] = pipe.ZScore(ctx, b.keys.due(), member(id))
		}
		return nil
	})
	if err := unanswered(cmds); err != nil {
		return nil, fmt.Errorf("read %d next ticks: %w", len(playerIDs), err)
	}
	for i, id := range playerIDs {
		if score, err := cmds[i].Result(); err == nil {
			ticks[id] = time.Unix(int64(score), 0).UTC()
		}
	}
	return ticks, nil
}

// state is what the index knows of a schedule beside its interval.
type state string

const (
	stateActive  state = "a"
	statePaused  state = "p"
	stateRemoved state = "x"
)

func member(playerID int64) string { return strconv.FormatInt(playerID, 10) }

func newVersion() string { return rand.Text() }

func boolArg(f force) string {
	if f {
		return "1"
	}
	return "0"
}
