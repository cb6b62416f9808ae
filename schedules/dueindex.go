package schedules

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/osrsdiff/osrsdiff/tasks"
)

// dueSchedule is one due member of the index.
type dueSchedule struct {
	member   string
	playerID int64
	player   string
	tick     int64
	// score is the tick to the letter, for the comparison when advancing.
	score string
	// standing is nil for a member that the index does not know as active: a
	// drift, dropped here and put right by reconcile.
	standing *Standing
}

// place is where it stands in the due index.
func (d dueSchedule) place() place { return place{tick: d.score, member: d.member} }

// moment is a time of Redis, and when this process heard of it.
type moment struct{ at, heard time.Time }

// now is the time of Redis by now, without asking: a claim takes seconds at most.
func (m moment) now() time.Time { return m.at.Add(time.Since(m.heard)) }

// listing chooses a stretch of the due index.
type listing struct {
	// after is the place to begin behind. Zero: the oldest.
	after place
	// overdue ends it at what is due.
	overdue bool
	// most is how many schedules to read at most.
	most int
}

// read reads the clock and schedules by their next tick.
func (b *Book) read(ctx context.Context, l listing) (moment, []dueSchedule, error) {
	end := "0"
	if l.overdue {
		end = "1"
	}
	out, err := listScript.Run(ctx, b.rdb, []string{b.keys.due(), b.keys.index()}, l.after.tick, l.after.member, end, l.most).StringSlice()
	if err != nil {
		return moment{}, nil, fmt.Errorf("list schedules: %w", err)
	}
	now, err := parseClock(out)
	if err != nil {
		return moment{}, nil, fmt.Errorf("list schedules: %w", err)
	}
	due := make([]dueSchedule, 0, len(out)/3)
	for i := 2; i+2 < len(out); i += 3 {
		d, err := parseDue(out[i], out[i+1], out[i+2])
		if err != nil {
			return moment{}, nil, err
		}
		due = append(due, d)
	}
	return moment{at: now, heard: time.Now()}, due, nil
}

func parseDue(id, score, value string) (dueSchedule, error) {
	tick, err := strconv.ParseFloat(score, 64)
	if err != nil {
		return dueSchedule{}, fmt.Errorf("due schedule %q: score %q: %w", id, score, err)
	}
	d := dueSchedule{member: id, tick: int64(tick), score: score}
	if playerID, ok := playerOf(id); ok {
		if x, err := parseIndexed(value); err == nil && x.state == stateActive {
			d.playerID, d.player = playerID, x.player
			d.standing = &Standing{Every: x.every, Phase: Phase(playerID, x.every)}
		}
	}
	return d, nil
}

// advance moves claimed schedules on.
func (b *Book) advance(ctx context.Context, moves []any) error {
	if len(moves) == 0 {
		return nil
	}
	if err := advanceScript.Run(ctx, b.rdb, []string{b.keys.due()}, moves...).Err(); err != nil {
		return fmt.Errorf("advance %d schedules: %w", len(moves)/3, err)
	}
	return nil
}

// count adds up what became of ticks, and how late they were.
func (b *Book) count(ctx context.Context, n claim, now time.Time) error {
	if n.Claimed == (Claimed{}) {
		return nil
	}
	_, err := b.rdb.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		pipe.HIncrBy(ctx, b.keys.counters(), counterEnqueued, int64(n.Enqueued))
		pipe.HIncrBy(ctx, b.keys.counters(), counterCoalesced, int64(n.Coalesced))
		n.lag.note(ctx, pipe, b.keys, now)
		return nil
	})
	if err != nil {
		return fmt.Errorf("count %d claimed schedules: %w", n.Enqueued+n.Coalesced, err)
	}
	return nil
}

// scheduleIDOf is the schedule id of an index member; a member that is no
// player's makes an id that no schedule has.
func scheduleIDOf(member string) string {
	if id, ok := playerOf(member); ok {
		return tasks.ScheduleID(id)
	}
	return "player_fetch_?" + member
}

// The fields of the counters.
const (
	counterEnqueued  = "enqueued"
	counterCoalesced = "coalesced"
)
