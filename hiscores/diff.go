package hiscores

import (
	"slices"
	"strings"
)

// ChangeKind is what happened to a value.
type ChangeKind string

// The kinds of change.
const (
	// Gained values grew from a known value.
	Gained ChangeKind = "gained"
	// FirstSeen values were unknown before. How much of them is new cannot be
	// known, so they are never a gain.
	FirstSeen ChangeKind = "first_seen"
	// Fell values shrank: a rating, a season's end, a rollback of the game, or
	// another account behind the name (see MayFall).
	Fell ChangeKind = "fell"
	// Lost values were known and are unknown now.
	Lost ChangeKind = "lost"
)

// Change is one row whose value differs between two snapshots.
type Change struct {
	// Metric is the row's name, as the later snapshot spells it.
	Metric string `json:"metric"`
	// Kind is the list of the feed the row is in.
	Kind Kind `json:"kind"`
	// What happened to the value.
	What ChangeKind `json:"what"`
	// Before and After are the values: experience or score.
	Before Number `json:"before"`
	After  Number `json:"after"`
	// LevelBefore and LevelAfter are the levels of a skill, unknown for an
	// activity.
	LevelBefore Number `json:"level_before"`
	LevelAfter  Number `json:"level_after"`
	// Gain is After less Before: negative when the value fell, zero unless both
	// are known.
	Gain int64 `json:"gain"`
}

// Diff lists the rows whose value differs, in the order of the later snapshot,
// then those it no longer has. A row that is absent has an unknown value. Ranks
// move without any play, so they are no change.
func Diff(before, after Snapshot) []Change {
	if sameRows(before.Rows, after.Rows) {
		return diffInPlace(before.Rows, after.Rows)
	}
	old := make(map[string]Row, len(before.Rows))
	for _, r := range before.Rows {
		old[MetricKey(r.Metric)] = r
	}
	var changes []Change
	for _, r := range after.Rows {
		key := MetricKey(r.Metric)
		changes = appendChange(changes, old[key], r)
		delete(old, key)
	}
	for _, r := range before.Rows {
		if _, gone := old[MetricKey(r.Metric)]; gone {
			changes = appendChange(changes, r, Row{Metric: r.Metric, Kind: r.Kind})
		}
	}
	return changes
}

// sameRows reports whether two snapshots have the same rows in the same order, as
// almost all have.
func sameRows(before, after []Row) bool {
	return slices.EqualFunc(before, after, func(a, b Row) bool { return a.Metric == b.Metric })
}

func diffInPlace(before, after []Row) []Change {
	var changes []Change
	for i, r := range after {
		changes = appendChange(changes, before[i], r)
	}
	return changes
}

// appendChange adds the change between two states of one row, if there is one.
func appendChange(changes []Change, before, after Row) []Change {
	if before.Value == after.Value {
		return changes
	}
	c := Change{
		Metric: after.Metric, Kind: after.Kind,
		Before: before.Value, After: after.Value,
		LevelBefore: before.Level, LevelAfter: after.Level,
	}
	was, wasKnown := before.Value.Get()
	is, isKnown := after.Value.Get()
	switch {
	case !wasKnown:
		c.What = FirstSeen
	case !isKnown:
		c.What = Lost
	case is > was:
		c.What, c.Gain = Gained, is-was
	default:
		c.What, c.Gain = Fell, is-was
	}
	return append(changes, c)
}

// MayFall reports whether a row's value can shrink by the rules of the game:
// ratings, the points of a season, and Bounty Hunter, whose scores were reset.
// A fall of any other row is a rollback or another account behind the name.
func MayFall(metric string) bool {
	key := MetricKey(metric)
	switch key {
	case "bounty hunter - hunter", "bounty hunter - rogue":
		return true
	}
	return strings.HasSuffix(key, " points") || strings.HasSuffix(key, " - rank")
}
