package groups

import (
	"cmp"
	"slices"

	"github.com/osrsdiff/osrsdiff/player"
)

// ChangeKind is what a roster changes of one player.
type ChangeKind string

// The kinds of change.
const (
	// Added players were not tracked before and join the group.
	Added ChangeKind = "added"
	// Joined players were tracked already.
	Joined ChangeKind = "joined"
	// Ranked players have another rank than before.
	Ranked ChangeKind = "ranked"
	// Left players are no longer listed. They stay tracked.
	Left ChangeKind = "left"
	// Untracked players left and are no longer tracked, since that was asked for
	// and no other group lists them.
	Untracked ChangeKind = "untracked"
)

// Change is what a roster changes of one player.
type Change struct {
	// PlayerID is zero of a player that is still to be added.
	PlayerID int64 `json:"-"`
	// Player is the name as it is tracked, or to be.
	Player player.Name `json:"player"`
	// What happens.
	What ChangeKind `json:"change"`
	// Rank and Was are the ranks after and before.
	Rank string `json:"rank,omitempty"`
	Was  string `json:"was,omitempty"`
	// ListedAs is the former name that the roster still has of the player.
	ListedAs string `json:"listed_as,omitempty"`
}

// Sync is what a roster changed of a group, or would change.
type Sync struct {
	// Changes are ordered by kind, then as the roster lists them; those who left
	// by name.
	Changes []Change
	// Kept is how many members stay as they are.
	Kept int
	// Bad are the lines that were left out.
	Bad []BadLine
}

// Count is how many changes are of a kind.
func (s Sync) Count(kind ChangeKind) int {
	n := 0
	for _, c := range s.Changes {
		if c.What == kind {
			n++
		}
	}
	return n
}

// Known is what there is before a roster is applied.
type Known struct {
	// Members are those of the group.
	Members []Member
	// Tracked finds tracked players by the keys of their names.
	Tracked map[string]player.Player
	// Former finds members by the keys of names they had before.
	Former map[string]player.Player
}

// Plan compares a roster with a group. A listed name that nobody has today but
// that was a member's is that member: rosters are written by hand and renames
// come late into them.
func Plan(r Roster, known Known) Sync {
	members := make(map[int64]Member, len(known.Members))
	for _, m := range known.Members {
		members[m.Player.ID] = m
	}
	plan := Sync{Bad: r.Bad}
	listed := make(map[int64]bool, len(r.Entries))
	for _, e := range r.Entries {
		c := known.entry(e)
		if c.PlayerID != 0 && listed[c.PlayerID] {
			continue // under the new name and under the old one
		}
		listed[c.PlayerID] = true
		member, is := members[c.PlayerID]
		switch {
		case c.What == Added || !is:
			plan.Changes = append(plan.Changes, c)
		case member.Rank != c.Rank:
			c.What, c.Was = Ranked, member.Rank
			plan.Changes = append(plan.Changes, c)
		default:
			plan.Kept++
		}
	}
	plan.Changes = append(plan.Changes, leavers(known.Members, listed)...)
	slices.SortStableFunc(plan.Changes, func(a, b Change) int { return cmp.Compare(order(a.What), order(b.What)) })
	return plan
}

// entry is what an entry is if the player is no member.
func (k Known) entry(e Entry) Change {
	if p, ok := k.Tracked[e.Name.Key()]; ok {
		return Change{PlayerID: p.ID, Player: p.Name, What: Joined, Rank: e.Rank}
	}
	if p, ok := k.Former[e.Name.Key()]; ok {
		return Change{PlayerID: p.ID, Player: p.Name, What: Joined, Rank: e.Rank, ListedAs: e.Name.String()}
	}
	return Change{Player: e.Name, What: Added, Rank: e.Rank}
}

func leavers(members []Member, listed map[int64]bool) []Change {
	var gone []Change
	for _, m := range members {
		if !listed[m.Player.ID] {
			gone = append(gone, Change{PlayerID: m.Player.ID, Player: m.Player.Name, What: Left, Was: m.Rank})
		}
	}
	slices.SortFunc(gone, func(a, b Change) int { return cmp.Compare(a.Player.Key(), b.Player.Key()) })
	return gone
}

func order(kind ChangeKind) int {
	return slices.Index([]ChangeKind{Added, Joined, Ranked, Left, Untracked}, kind)
}
