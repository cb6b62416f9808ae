package permits

import (
	"crypto/rand"
	"errors"
	"fmt"
	"time"
)

// Class is who a request is for. While several classes wait, each gets a share
// of the permits by its weight, so that none starves; alone, a class gets all.
type Class int

// The classes and their shares while all of them wait: of 37 permits
// interactive requests get 27, scheduled ones 9 and background ones 1. Against
// one other class it is three of four, or nine of ten.
const (
	// Scheduled requests are the ticks of schedules.
	Scheduled Class = iota
	// Interactive requests are those a person waits for.
	Interactive
	// Background requests can wait for days, such as mode checks.
	Background
)

// costs is what a permit costs each class: the inverse of its weight.
var costs = map[Class]int{Interactive: 1, Scheduled: 3, Background: 27}

// Classes lists every class, the one that waits least first.
func Classes() []Class { return []Class{Interactive, Scheduled, Background} }

// String is the class in a word, as it stands in Redis.
func (c Class) String() string {
	switch c {
	case Scheduled:
		return "scheduled"
	case Interactive:
		return "interactive"
	case Background:
		return "background"
	}
	return fmt.Sprintf("class %d", int(c))
}

// Request asks for a permit.
type Request struct {
	// Holder names the run marker to take along, such as "player_fetch_123".
	// Empty: none.
	Holder string
	// Token tells this run of the holder from others; a run that holds the marker
	// already keeps it anew. Needed with a Holder.
	Token string
	// Class is who the request is for.
	Class Class
	// Place names the asker in the line, so that one who was sent away and comes
	// back has not lost its turn. Empty: Holder; without that, a new one each time.
	Place string
	// Patience is the longest wait that is sat out. One that lasts longer than it
	// looked at first is broken off at three times that. Zero: there is no end.
	Patience time.Duration
}

// Permit is the right to make one request now. Report what came of it.
type Permit struct {
	// At is when it was granted, by the clock of Redis, in UTC.
	At time.Time
	// Recent says that another run of the holder gave its marker back within
	// RecentFor: what this one read before may not hold any more.
	Recent bool
	// probe is the id under which the breaker waits for the outcome. Empty: it
	// does not.
	probe string
}

// Probe reports whether the request tries out whether an outage is over; its
// outcome closes the circuit breaker or keeps it open.
func (p Permit) Probe() bool { return p.probe != "" }

// MarkedError says that another run holds the marker: a request of this holder
// may be under way, or was cut off with its outcome unknown.
type MarkedError struct {
	// Holder is what the marker stands for.
	Holder string
	// For is how long the marker lives unless it is released or taken anew.
	For time.Duration
}

// Error says who is marked and for how long.
func (e *MarkedError) Error() string {
	return fmt.Sprintf("%s: another run holds the marker for %s more", e.Holder, e.For)
}

// Reason is why there is no permit yet.
type Reason string

// The reasons for a wait.
const (
	// Paused means the site asked for a pause.
	Paused Reason = "paused"
	// BreakerOpen means the circuit breaker is open.
	BreakerOpen Reason = "open"
	// Probing means that one request tries out whether an outage is over.
	Probing Reason = "probing"
	// Busy means that others are before this one at the rate limit.
	Busy Reason = "busy"
)

// WaitError says that a permit will not come within the request's patience.
type WaitError struct {
	// For is when to ask again. Its place in the line is kept for a minute more.
	For time.Duration
	// Reason is what there is to wait for.
	Reason Reason
}

// Error says for how long and why.
func (e *WaitError) Error() string {
	return fmt.Sprintf("no permit for %s: %s", e.For, e.Reason)
}

// overrun is how many times its patience a wait may last in the end.
const overrun = 3

// asker is a request while it waits.
type asker struct {
	Request
	place     string
	anonymous bool // its place is of no use to a later call
	probe     string
	since     time.Time
	left      time.Duration // below zero: no end
}

var errToken = errors.New("a token is needed to tell runs apart")

func newAsker(r Request) (*asker, error) {
	a := &asker{Request: r, place: r.Place, probe: r.Token, left: r.Patience}
	if r.Holder != "" && r.Token == "" {
		return nil, fmt.Errorf("holder %q: %w", r.Holder, errToken)
	}
	if _, ok := costs[r.Class]; !ok {
		return nil, fmt.Errorf("%s: unknown", r.Class)
	}
	if r.Holder == "" {
		a.Token, a.probe = "", rand.Text()
	}
	if a.place == "" {
		a.place = r.Holder
	}
	if a.place == "" {
		a.place, a.anonymous = rand.Text(), true
	}
	if r.Patience == 0 {
		a.left = -1
	}
	return a, nil
}

// waited takes what has passed off the patience.
func (a *asker) waited(now time.Time) {
	if a.since.IsZero() {
		a.since = now
	}
	if a.Patience > 0 {
		a.left = max(overrun*a.Patience-now.Sub(a.since), 0)
	}
}
