package player

import "time"

// Attempt is one fetch of a player as it is recorded: which tick asked for it
// and up to when its answer covers the schedule.
type Attempt struct {
	// PlayerID is the player fetched.
	PlayerID int64
	// TaskID names the queued task that made the attempt.
	TaskID string
	// Tick is the tick that asked for the fetch. Zero: a person did.
	Tick time.Time
	// Covers is the later of Tick and the moment the request began by the clock
	// of Redis; recording the attempt raises the player's CoveredUntil to it.
	Covers time.Time
	// StartedAt is when the handler began.
	StartedAt time.Time
	// At is when the outcome was known.
	At time.Time
	// Tries is how many runs of the task began, this one included; waits for the
	// limit on requests are none. Zero: it is not known.
	Tries int
}

// Manual reports whether a person asked for the fetch rather than a tick.
func (a Attempt) Manual() bool { return a.Tick.IsZero() }

// Change says that a player's schedule was changed in the database and has not
// been applied to Redis yet. A player that no longer exists was removed.
type Change struct {
	// PlayerID is the player changed.
	PlayerID int64
	// Revision is the revision of the change.
	Revision int64
}
