package hiscores

import "strings"

// Group is a part of the hiscores as players think of it. The feed has two lists
// only: skills, and everything else.
type Group string

// The groups, in the order that the feed has them.
const (
	// Skills are Overall and the skills.
	Skills Group = "skills"
	// Clues are the tiers of clue scrolls and all of them together.
	Clues Group = "clues"
	// Activities are ratings, the points of seasons, and what is counted that is
	// no boss.
	Activities Group = "activities"
	// Bosses are what is left: most rows that the game adds are bosses, so a row
	// that nobody has heard of is taken for one.
	Bosses Group = "bosses"
)

// Groups returns all groups.
func Groups() []Group { return []Group{Skills, Clues, Activities, Bosses} }

// GroupOf is the group of a row.
func GroupOf(metric string, kind Kind) Group {
	key := MetricKey(metric)
	switch {
	case kind == Skill:
		return Skills
	case strings.HasPrefix(key, "clue scrolls"):
		return Clues
	case MayFall(key), strings.HasPrefix(key, "bounty hunter"), counted[key]:
		return Activities
	}
	return Bosses
}

// counted are the activities that neither end nor begin like one.
var counted = map[string]bool{"soul wars zeal": true, "rifts closed": true, "colosseum glory": true, "collections logged": true}

// gameNames are the rows that the feed calls otherwise than the game.
var gameNames = map[string]string{
	"kree'arra":        "Kree'arra",
	"nightmare":        "The Nightmare",
	"lms - rank":       "Last Man Standing",
	"pvp arena - rank": "PvP Arena",
	"rifts closed":     "Guardians of the Rift",
}

// GameName is what the game calls a row of the feed.
func GameName(metric string) string {
	if name, ok := gameNames[MetricKey(metric)]; ok {
		return name
	}
	return metric
}
