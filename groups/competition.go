package groups

import (
	"fmt"
	"strings"
	"time"

	"github.com/osrsdiff/osrsdiff/gains"
)

// Phase is how far a competition has come.
type Phase string

// The phases.
const (
	Upcoming Phase = "upcoming"
	Running  Phase = "running"
	Ended    Phase = "ended"
)

// longest is the longest that a competition may take.
const longest = 5 * 366 * 24 * time.Hour

// Competition compares what players gain of one metric in a stretch of time.
type Competition struct {
	// ID is never reused. Zero means not stored yet.
	ID int64
	// Title says what it is called.
	Title string
	// Metric is the row of the hiscores that counts.
	Metric string
	// Window is when it counts: after From, up to and including To.
	gains.Window
	// GroupID and Group are whose it is: who joins or leaves the group before the
	// end takes part or does not any more. Zero: it has a list of players of its
	// own, or the group is gone.
	GroupID int64
	Group   string
	// Players is how many take part.
	Players int
	// CreatedAt is when it was made.
	CreatedAt time.Time
}

// Validate checks what a person may choose of a competition and returns it with
// its title trimmed. The error matches ErrInvalid.
func (c Competition) Validate() (Competition, error) {
	c.Title = strings.TrimSpace(c.Title)
	if c.Title == "" {
		return c, &FieldError{Field: "title", Err: fmt.Errorf("%w: title %q: must not be empty", ErrInvalid, c.Title)}
	}
	if err := line("title", c.Title, MaxTitle); err != nil {
		return c, err
	}
	to := c.To.UTC().Format(time.RFC3339)
	switch length := c.To.Sub(c.From); {
	case length <= 0:
		return c, &FieldError{Field: "to", Value: to, Err: fmt.Errorf("%w: to %s: must be after from, which is %s", ErrInvalid, to, c.From.UTC().Format(time.RFC3339))}
	case length > longest:
		return c, &FieldError{Field: "to", Value: to, Err: fmt.Errorf("%w: to %s: must be within five years of from", ErrInvalid, to)}
	}
	return c, nil
}

// Phase is how far the competition has come at a time.
func (c Competition) Phase(now time.Time) Phase {
	switch {
	case now.Before(c.From):
		return Upcoming
	case now.Before(c.To):
		return Running
	}
	return Ended
}
