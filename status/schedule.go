package status

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/osrsdiff/osrsdiff/player"
	"github.com/osrsdiff/osrsdiff/schedules"
)

// Schedule is the schedule of one player, and what holds it up.
type Schedule struct {
	// Entry is the schedule as Redis holds it, or as it would.
	schedules.Entry
	// InRedis reports whether Redis holds it.
	InRedis bool
	// LastTick is the tick before the next one. Zero: there was none yet.
	LastTick time.Time
	// Why says what keeps it from running as its interval says. Empty: nothing.
	Why []Trouble
	// At is the clock of Redis.
	At time.Time
}

// Schedule reads how the schedule of a player stands: what schedule show and the
// player's page say. It fails when Redis does not answer.
func (r *Reader) Schedule(ctx context.Context, p player.Player) (Schedule, error) {
	s := Schedule{Entry: schedules.Entry{Schedule: schedules.Of(p)}}
	c := Case{Player: p}
	entry, err := r.opts.Book.Get(ctx, s.ID)
	switch {
	case err == nil:
		s.Entry, s.InRedis, c.Entry = entry, true, &entry
		s.LastTick = r.opts.Book.LastTick(entry, p)
	case !errors.Is(err, schedules.ErrNotFound):
		return Schedule{}, fmt.Errorf("schedule of player %q: %w", p.Name, err)
	}
	if c.Ahead, err = r.opts.Book.Before(ctx, s.NextTick); err != nil {
		return Schedule{}, fmt.Errorf("schedule of player %q: %w", p.Name, err)
	}
	if c.Fetches, err = FetchesOf(r.opts.Inspector, p.ID); err != nil {
		return Schedule{}, err
	}
	whole, err := r.Status(ctx)
	if err != nil {
		return Schedule{}, err
	}
	s.At, s.Why = whole.At, whole.Why(c)
	return s, nil
}
