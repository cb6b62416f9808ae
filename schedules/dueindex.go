package schedules

import (
	"context"
	"errors"
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

// page is a stretch of the due index as it stood at one moment.
type page struct {
	due  []dueSchedule
	seen moment
	// version is that of the index then.
	version string
}

// read reads schedules by their next tick.
func (b *Book) read(ctx context.Context, l listing) (page, error) {
	end := "0"
	if l.overdue {
		end = "1"
	}
	keys := []string{b.keys.due(), b.keys.index(), b.keys.version()}
	out, err := listScript.Run(ctx, b.rdb, keys, l.after.tick, l.after.member, end, l.most).Slice()
	if err != nil {
		return page{}, fmt.Errorf("list schedules: %w", err)
	}
	p, err := parsePage(out)
	if err != nil {
		return page{}, fmt.Errorf("list schedules: %w", err)
	}
	return p, nil
}

// errNoPage says that listScript answered with something else than a page.
var errNoPage = errors.New("no page of schedules")

// parsePage reads what listScript answers.
func parsePage(out []any) (page, error) {
	if len(out) != 3 {
		return page{}, errNoPage
	}
	head, members, standings := texts(out[0]), texts(out[1]), texts(out[2])
	if len(head)%2 == 0 || len(head) < 3 || len(standings) != len(members) {
		return page{}, errNoPage
	}
	now, err := parseClock(head)
	if err != nil {
		return page{}, err
	}
	p := page{due: make([]dueSchedule, 0, len(members)), seen: moment{at: now, heard: time.Now()}, version: head[2]}
	for i := 3; i < len(head); i += 2 {
		score := head[i]
		tick, tickErr := strconv.ParseFloat(score, 64)
		n, countErr := strconv.Atoi(head[i+1])
		if err := errors.Join(tickErr, countErr); err != nil {
			return page{}, fmt.Errorf("tick %q of %q schedules: %w", score, head[i+1], err)
		}
		for range min(n, len(members)-len(p.due)) {
			at := len(p.due)
			p.due = append(p.due, newDue(place{score, members[at]}, int64(tick), standings[at]))
		}
	}
	return p, nil
}

// texts are the strings of a list of Redis, empty where it has nil.
func texts(list any) []string {
	values, _ := list.([]any)
	out := make([]string, len(values))
	for i, v := range values {
		out[i], _ = v.(string)
	}
	return out
}

// newDue is the schedule at a place, with what the index says of it.
func newDue(at place, tick int64, standing string) dueSchedule {
	d := dueSchedule{member: at.member, tick: tick, score: at.tick}
	if playerID, ok := playerOf(at.member); ok {
		if x, err := parseIndexed(standing); err == nil && x.state == stateActive {
			d.playerID, d.player = playerID, x.player
			d.standing = &Standing{Every: x.every, Phase: Phase(playerID, x.every)}
		}
	}
	return d
}

// move is where a claimed schedule goes.
type move struct {
	dueSchedule
	// next is its next tick. Zero: out of the due index.
	next int64
}

// advance moves schedules of a page on, each unless a pause, a removal or a change
// came in between.
func (b *Book) advance(ctx context.Context, moves []move, version string) error {
	if len(moves) == 0 {
		return nil
	}
	args := make([]any, 0, 1+2*len(moves))
	args = append(args, version)
	for _, m := range moves {
		if m.next == 0 {
			return b.compare(ctx, moves)
		}
		args = append(args, m.next, m.member)
	}
	done, err := advanceScript.Run(ctx, b.rdb, []string{b.keys.due(), b.keys.version()}, args...).Bool()
	if err != nil {
		return fmt.Errorf("advance %d schedules: %w", len(moves), err)
	}
	if !done {
		return b.compare(ctx, moves)
	}
	return nil
}

// compare moves schedules on of which some may have changed in between.
func (b *Book) compare(ctx context.Context, moves []move) error {
	args := make([]any, 0, 3*len(moves))
	for _, m := range moves {
		next := ""
		if m.next != 0 {
			next = strconv.FormatInt(m.next, 10)
		}
		args = append(args, m.member, m.score, next)
	}
	if err := compareScript.Run(ctx, b.rdb, []string{b.keys.due()}, args...).Err(); err != nil {
		return fmt.Errorf("advance %d schedules: %w", len(moves), err)
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
