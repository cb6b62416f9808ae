package events

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Kind is what happened.
type Kind string

// The kinds of events.
const (
	// Fetched: a fetch came to an end and no value changed. Its Result says what
	// came of it.
	Fetched Kind = "fetched"
	// Changed: a fetch found other values than before.
	Changed Kind = "changed"
	// LevelUp: a skill rose by one level or more, to less than 99, which is a
	// milestone.
	LevelUp Kind = "level_up"
	// Milestone: something worth remembering was reached; see gains.Milestone.
	Milestone Kind = "milestone"
	// LargeGain: two fetches in a row lie LargeGainFrom experience or more apart.
	LargeGain Kind = "large_gain"
	// ModeChange: the player has another game mode than before.
	ModeChange Kind = "mode_change"
	// Missing: the hiscores do not list the player, for days or from the start.
	Missing Kind = "missing"
	// Returned: they list a missing player again.
	Returned Kind = "returned"
	// Flagged: values fell as another account's would; a person must decide.
	Flagged Kind = "flagged"
	// Renamed: the account has another name.
	Renamed Kind = "renamed"
	// Breaker: the circuit breaker of the hiscores opened or closed. It is about
	// no player.
	Breaker Kind = "breaker"
)

// LargeGainFrom is the least experience, all skills together, that two fetches
// lie apart for a LargeGain.
const LargeGainFrom = 1_000_000

// Kinds lists every kind, the quiet ones first.
func Kinds() []Kind {
	return []Kind{Fetched, Changed, LevelUp, Milestone, LargeGain, ModeChange, Missing, Returned, Flagged, Renamed, Breaker}
}

// Quiet reports whether the kind comes with almost every fetch: such events are
// told to those who listen at the time and not kept.
func (k Kind) Quiet() bool { return k == Fetched || k == Changed }

// KeptKinds lists the kinds that the activity feed has.
func KeptKinds() []Kind { return slices.DeleteFunc(Kinds(), Kind.Quiet) }

// ErrInvalidKind is matched by the error of a word that names no kind.
var ErrInvalidKind = errors.New("invalid kind of event")

// ParseKind reads a kind; the error of another word matches ErrInvalidKind and
// lists them.
func ParseKind(word string) (Kind, error) {
	if k := Kind(word); slices.Contains(Kinds(), k) {
		return k, nil
	}
	known := make([]string, 0, len(Kinds()))
	for _, k := range Kinds() {
		known = append(known, string(k))
	}
	return "", fmt.Errorf("%w: %q: must be one of %s", ErrInvalidKind, word, strings.Join(known, ", "))
}
