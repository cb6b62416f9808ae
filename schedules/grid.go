package schedules

import (
	"time"

	"github.com/osrsdiff/osrsdiff/player"
)

// Grid places ticks in time. A schedule with an interval of n units and a phase
// of p ticks at each whole unit u since the Unix epoch with (u-p) mod n == 0, in
// UTC: every interval is exact, a restart moves nothing, and no time zone or leap
// day bends it. The zero Grid counts minutes.
type Grid struct {
	// Unit is the length of one unit of an interval. Zero means a minute, which
	// is what intervals are measured in; tests shorten it to a whole number of
	// seconds.
	Unit time.Duration
}

// Standing is what a player's next tick depends on. Zero times mean "never".
type Standing struct {
	// Every is the interval in units of the grid.
	Every player.Interval
	// Phase is the offset of the ticks in units of the grid.
	Phase int64
	// Covered is the time up to which ticks are answered. Zero: the player was
	// never fetched.
	Covered time.Time
	// Resumed is when the player was last resumed; what it missed while paused
	// is not owed.
	Resumed time.Time
	// Changed is when the interval last changed; ticks of the old one are not owed.
	Changed time.Time
}

// StandingOf reads a player's standing from its row.
func StandingOf(p player.Player) Standing {
	return Standing{
		Every:   p.Every,
		Phase:   Phase(p.ID, p.Every),
		Covered: p.CoveredUntil,
		Resumed: p.ResumedAt,
		Changed: p.IntervalChangedAt,
	}
}

// Phase spreads players evenly over an interval: a hash of the player's id,
// modulo the interval.
func Phase(playerID int64, every player.Interval) int64 {
	return int64(mix(uint64(playerID)) % uint64(every))
}

// mix is the finalizer of SplitMix64 (Steele, Lea and Flood 2014): neighbouring
// ids end up far apart.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// NextTick is the tick a schedule waits for: the first one that is owed after
// what is covered, resumed and changed. A result at or before now is overdue. A
// player never fetched is due now. A cover that lies in the future, which a
// clock set back leaves behind, owes nothing before it and delays nothing by
// more than one interval. It serves adding, resuming, changing, rebuilding and
// reconciling alike.
func (g Grid) NextTick(s Standing, now time.Time) time.Time {
	if s.Covered.IsZero() {
		return now.Truncate(time.Second)
	}
	from := latest(s.Covered, s.Resumed, s.Changed)
	if from.After(now) {
		from = now
	}
	return g.After(s, from)
}

// After is the first tick of a schedule that lies after t.
func (g Grid) After(s Standing, t time.Time) time.Time {
	unit := int64(g.unit() / time.Second)
	every := int64(s.Every)
	u := floorDiv(t.Unix(), unit)
	next := u - floorMod(u-s.Phase, every) + every
	return time.Unix(next*unit, 0).UTC()
}

func (g Grid) unit() time.Duration {
	if g.Unit == 0 {
		return time.Minute
	}
	return g.Unit
}

func latest(times ...time.Time) time.Time {
	var last time.Time
	for _, t := range times {
		if t.After(last) {
			last = t
		}
	}
	return last
}

func floorDiv(a, b int64) int64 { return (a - floorMod(a, b)) / b }

func floorMod(a, b int64) int64 { return (a%b + b) % b }
