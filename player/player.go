package player

import "time"

// Status is how a player stands with the hiscores.
type Status string

// The statuses. Whether a player is paused is a switch of its own, since a
// paused player keeps the status it had.
const (
	// Pending players were added but no fetch has succeeded yet.
	Pending Status = "pending"
	// Active players were found by their last answered fetch.
	Active Status = "active"
	// Missing players were not found by their last answered fetch: renamed,
	// banned, or below what the hiscores list.
	Missing Status = "missing"
	// Flagged players have values that fell although the game never lowers them:
	// another account may have the name now. What the hiscores state is held
	// aside until a person accepts it or splits the player.
	Flagged Status = "flagged"
	// Archived players are the history of an account that had its name before
	// another one took it. They are never fetched.
	Archived Status = "archived"
)

// Statuses lists every status.
func Statuses() []Status { return []Status{Pending, Active, Missing, Flagged, Archived} }

// Result is how a fetch ended, in one word.
type Result string

// The results of a fetch.
const (
	// Changed means values were stored.
	Changed Result = "changed"
	// Unchanged means the hiscores answered and no value differed.
	Unchanged Result = "unchanged"
	// Held means the hiscores answered with values that are held aside, because
	// they may be another account's (see Flagged).
	Held Result = "held"
	// NotFound means the hiscores do not list the player.
	NotFound Result = "not_found"
	// Failed means the tries for one tick were used up without an answer.
	Failed Result = "failed"
)

// Player is one row of the truth: who is tracked and on which schedule. Times
// are UTC; a zero time means "never".
type Player struct {
	// ID is never reused. Zero means not stored yet.
	ID int64
	// Name is unique by its Key.
	Name Name
	// Mode is the game mode; its table is the one the player is fetched from.
	Mode Mode
	// Status is how the player stands with the hiscores.
	Status Status
	// Every is the interval of the player's schedule.
	Every Interval
	// Paused players are fetched only when asked for by hand.
	Paused bool
	// Revision grows by one with each change of Name, Every, Paused or removal.
	// An older revision never overwrites a newer one in Redis.
	Revision int64
	// CreatedAt is when the player was added.
	CreatedAt time.Time
	// UpdatedAt is when Name, Mode, Every or Paused last changed.
	UpdatedAt time.Time
	// IntervalChangedAt is when Every last changed. Zero: never.
	IntervalChangedAt time.Time
	// ResumedAt is when the player was last resumed. Zero: never.
	ResumedAt time.Time
	// CoveredUntil is the fence: ticks up to and including it need no fetch any
	// more. Zero: no tick was ever answered.
	CoveredUntil time.Time
	// LastAttemptAt is when the last fetch ended, with an answer or without.
	// Zero: none has.
	LastAttemptAt time.Time
	// LastFetchedAt is when the hiscores last answered with values.
	LastFetchedAt time.Time
	// LastChangedAt is when a fetch last stored a changed value.
	LastChangedAt time.Time
	// LastResult is how the last fetch ended. Empty: none has.
	LastResult Result
	// LastError says why the last fetch failed. Empty unless LastResult is Failed.
	LastError string
	// MissingSince is when the first of the latest unbroken run of "not found"
	// answers came. Zero: the last answer found the player.
	MissingSince time.Time
}
