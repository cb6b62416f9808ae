package web

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/osrsdiff/osrsdiff/hiscores"
)

// gainGroup is what changed in one group of metrics.
type gainGroup struct {
	// Name is what the group is called, and Unit what is counted in it.
	Name, Unit string
	// Skills have levels.
	Skills bool
	Rows   []gainRow
	// More is how many are left out.
	More int
}

// gainRow is what changed in one metric.
type gainRow struct {
	Name, URL                   string
	Gain, Before, After, Levels string
	// Kind is the kind of change, for the style sheet.
	Kind string
}

// groupNames are the groups as the pages call them.
var groupNames = map[hiscores.Group]string{
	hiscores.Skills: "Skills", hiscores.Clues: "Clue scrolls", hiscores.Activities: "Activities", hiscores.Bosses: "Bosses",
}

// groupUnits are what is counted in a group.
var groupUnits = map[hiscores.Group]string{
	hiscores.Skills: "XP", hiscores.Clues: "Completed", hiscores.Activities: "Score", hiscores.Bosses: "Kills",
}

// gainGroups puts changes on a page. Groups without any are left out. player is
// the address of the player.
func gainGroups(player string, changes []hiscores.Change) []gainGroup {
	rows := map[hiscores.Group][]gainRow{}
	for _, c := range changes {
		group := hiscores.GroupOf(c.Metric, c.Kind)
		rows[group] = append(rows[group], gainRow{
			Name: hiscores.GameName(c.Metric), URL: chartURL(player, c.Metric), Kind: string(c.What),
			Gain: gainWord(c), Before: numberWord(c.Before, "unknown"), After: numberWord(c.After, "unknown"), Levels: levelWord(c),
		})
	}
	var groups []gainGroup
	for _, group := range hiscores.Groups() {
		if len(rows[group]) > 0 {
			groups = append(groups, gainGroup{Name: groupNames[group], Unit: groupUnits[group], Skills: group == hiscores.Skills, Rows: rows[group]})
		}
	}
	return groups
}

// mostGained keeps of each group so many rows in which most was gained.
func mostGained(groups []gainGroup, changes []hiscores.Change, keep int) []gainGroup {
	gained := map[string]int64{}
	for _, c := range changes {
		gained[hiscores.GameName(c.Metric)] = c.Gain
	}
	for i, g := range groups {
		slices.SortStableFunc(g.Rows, func(a, b gainRow) int { return cmp.Compare(gained[b.Name], gained[a.Name]) })
		if len(g.Rows) > keep {
			groups[i].Rows, groups[i].More = g.Rows[:keep], len(g.Rows)-keep
		}
	}
	return groups
}

func gainWord(c hiscores.Change) string {
	switch c.What {
	case hiscores.FirstSeen:
		return "first seen"
	case hiscores.Lost:
		return "no longer listed"
	}
	return signed(c.Gain)
}

// levelWord says how a skill's level changed; nothing when it did not.
func levelWord(c hiscores.Change) string {
	before, ok1 := c.LevelBefore.Get()
	after, ok2 := c.LevelAfter.Get()
	if !ok1 || !ok2 || before == after {
		return ""
	}
	return fmt.Sprintf("%s to %s", grouped(before), grouped(after))
}
