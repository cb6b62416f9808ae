package gains

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/osrsdiff/osrsdiff/hiscores"
)

// MilestoneKind is what a milestone is about.
type MilestoneKind string

// The kinds of milestone.
const (
	// Level99 is the last level of a skill.
	Level99 MilestoneKind = "level"
	// Experience is a round number of a skill's experience: every 5,000,000 from
	// 15,000,000 to 200,000,000, and every 100,000,000 of Overall.
	Experience MilestoneKind = "xp"
	// Score is a round number of an activity: 50, 100, 500, 1000, 5000 and so on.
	// Ratings and the points of a season have none.
	Score MilestoneKind = "score"
	// Base is a level that every skill has: 60, 65 and so on to 95.
	Base MilestoneKind = "base"
	// TotalLevel is a round total level: every 100 from 500 on.
	TotalLevel MilestoneKind = "total_level"
	// Maxed is level 99 in every skill there was.
	Maxed MilestoneKind = "maxed"
)

// Milestone is something worth remembering that a player reached.
type Milestone struct {
	// Metric is the row it is about: Overall for Base, TotalLevel and Maxed.
	Metric string `json:"metric"`
	// Kind is what it is about.
	Kind MilestoneKind `json:"kind"`
	// Goal is the level, experience or score reached.
	Goal int64 `json:"goal"`
	// After and By bound when it was reached: later than the last fetch that did
	// not show it, and at the latest when one did. Both are zero when the date is
	// not known, since the first values known of it showed it already.
	After time.Time `json:"after,omitzero"`
	By    time.Time `json:"by,omitzero"`
}

// exactly is how close the two bounds are to make a time exact: a minute is as
// often as players are fetched.
const exactly = time.Minute

// Dated reports whether it is known when the milestone was reached.
func (m Milestone) Dated() bool { return !m.By.IsZero() }

// Exact reports whether the bounds are so close that By is as good as the time
// itself.
func (m Milestone) Exact() bool { return m.Dated() && m.By.Sub(m.After) <= exactly }

// Reached lists what a snapshot shows to have been reached, without dates: rows
// in the feed's order, lower goals first.
func Reached(s hiscores.Snapshot) []Milestone {
	var found []Milestone
	for _, r := range s.Rows {
		found = appendPassed(found, r, 0)
	}
	return appendTogether(found, standing{}, standingOf(s))
}

// Crossed lists what a snapshot shows that the one before it did not: all dated
// between the two. What was unknown or zero before dates nothing, and neither
// does a snapshot that knows other skills than the one before: a new skill moves
// the total level and the lowest level without any play.
func Crossed(before, after hiscores.Snapshot) []Milestone {
	if slices.EqualFunc(before.Rows, after.Rows, sameScore) {
		return nil // as almost always
	}
	var found []Milestone
	for _, c := range hiscores.Diff(before, after) {
		if was, _ := c.Before.Get(); was > 0 && c.What == hiscores.Gained {
			found = appendPassed(found, hiscores.Row{Metric: c.Metric, Kind: c.Kind, Value: c.After}, was)
		}
	}
	was := standingOf(before)
	if together := appendTogether(nil, was, standingOf(after).since(was)); len(together) > 0 && skillsOf(before) == skillsOf(after) {
		found = append(found, together...)
	}
	for i := range found {
		found[i].After, found[i].By = before.At, after.At
	}
	return found
}

// sameScore reports whether two rows are the same but for their rank.
func sameScore(a, b hiscores.Row) bool {
	a.Rank = b.Rank
	return a == b
}

// appendPassed adds the goals of one row that lie above a value, up to its own.
func appendPassed(found []Milestone, r hiscores.Row, above int64) []Milestone {
	value, _ := r.Value.Get()
	add := func(kind MilestoneKind, goal int64) {
		found = append(found, Milestone{Metric: r.Metric, Kind: kind, Goal: goal})
	}
	switch {
	case r.Kind == hiscores.Activity && !hiscores.MayFall(r.Metric):
		for _, goal := range scoreGoals(above, value) {
			add(Score, goal)
		}
	case r.Kind != hiscores.Skill:
	case hiscores.MetricKey(r.Metric) == hiscores.MetricKey(hiscores.Overall):
		for _, goal := range roundGoals(above, value, roundStep{every: 100_000_000, from: 100_000_000, to: mostScore * 10}) {
			add(Experience, goal)
		}
	default:
		if last := hiscores.LevelXP(hiscores.MaxLevel); above < last && value >= last {
			add(Level99, hiscores.MaxLevel)
		}
		for _, goal := range roundGoals(above, value, roundStep{every: 5_000_000, from: 15_000_000, to: hiscores.MaxSkillXP}) {
			add(Experience, goal)
		}
	}
	return found
}

// roundStep is goals at equal distances.
type roundStep struct{ every, from, to int64 }

// roundGoals lists the goals above one value, up to another.
func roundGoals(above, upTo int64, s roundStep) []int64 {
	var goals []int64
	for goal := max(s.from, (above/s.every+1)*s.every); goal <= min(upTo, s.to); goal += s.every {
		goals = append(goals, goal)
	}
	return goals
}

// mostScore keeps what no score reaches from being looped over.
const mostScore = 1_000_000_000

// scoreGoals lists 50, 100, 500, 1000 and so on above one value, up to another.
func scoreGoals(above, upTo int64) []int64 {
	var goals []int64
	for goal, five := int64(50), true; goal <= min(upTo, mostScore); five = !five {
		if goal > above {
			goals = append(goals, goal)
		}
		if five {
			goal *= 2
		} else {
			goal *= 5
		}
	}
	return goals
}

// standing is how a player stands in all skills together.
type standing struct {
	// lowest is the lowest level of a skill. Zero: one is not known.
	lowest int64
	// total is the total level. Zero: unknown.
	total int64
}

func standingOf(s hiscores.Snapshot) standing {
	var st standing
	known, overall := true, hiscores.MetricKey(hiscores.Overall)
	for _, r := range s.Rows {
		if r.Kind != hiscores.Skill {
			continue
		}
		if hiscores.MetricKey(r.Metric) == overall {
			st.total, _ = r.Level.Get()
			continue
		}
		xp, ok := r.Value.Get()
		known = known && ok
		if level := hiscores.Level(xp); ok && (st.lowest == 0 || level < st.lowest) {
			st.lowest = level
		}
	}
	if !known {
		st.lowest = 0
	}
	return st
}

// skillsOf are the keys of the skills whose experience is known, to tell whether they
// are the same.
func skillsOf(s hiscores.Snapshot) string {
	var keys []string
	for _, r := range s.Rows {
		if r.Kind == hiscores.Skill && r.Value.IsKnown() && hiscores.MetricKey(r.Metric) != hiscores.MetricKey(hiscores.Overall) {
			keys = append(keys, hiscores.MetricKey(r.Metric))
		}
	}
	slices.Sort(keys)
	return strings.Join(keys, "\n")
}

// since forgets what was not known before.
func (st standing) since(was standing) standing {
	if was.total == 0 {
		st.total = 0
	}
	if was.lowest == 0 {
		st.lowest = 0
	}
	return st
}

// appendTogether adds what is reached in all skills together.
func appendTogether(found []Milestone, was, is standing) []Milestone {
	add := func(kind MilestoneKind, goals ...int64) {
		for _, goal := range goals {
			found = append(found, Milestone{Metric: hiscores.Overall, Kind: kind, Goal: goal})
		}
	}
	add(TotalLevel, roundGoals(was.total, is.total, roundStep{every: 100, from: 500, to: 10_000})...)
	add(Base, roundGoals(was.lowest, is.lowest, roundStep{every: 5, from: 60, to: 95})...)
	if was.lowest < hiscores.MaxLevel && is.lowest >= hiscores.MaxLevel {
		add(Maxed, hiscores.MaxLevel)
	}
	return found
}

// key is what makes two milestones the same.
func (m Milestone) key() Milestone {
	return Milestone{Metric: hiscores.MetricKey(m.Metric), Kind: m.Kind, Goal: m.Goal}
}

// Merge adds to dated milestones those that the latest snapshot shows and that
// have no date, and puts them in order: the latest first, those without a date
// last, in the order of the feed.
func Merge(dated []Milestone, latest hiscores.Snapshot) []Milestone {
	seen := make(map[Milestone]bool, len(dated))
	all := slices.Clone(dated)
	for _, m := range dated {
		seen[m.key()] = true
	}
	for _, m := range Reached(latest) {
		if !seen[m.key()] {
			all = append(all, m)
		}
	}
	slices.SortStableFunc(all, func(a, b Milestone) int {
		return cmp.Or(b.By.Compare(a.By), b.After.Compare(a.After))
	})
	return all
}

// String says what was reached, in words.
func (m Milestone) String() string {
	switch m.Kind {
	case Level99:
		return fmt.Sprintf("level %d in %s", m.Goal, m.Metric)
	case Experience:
		return fmt.Sprintf("%s experience in %s", millions(m.Goal), m.Metric)
	case Base:
		return fmt.Sprintf("level %d in every skill", m.Goal)
	case TotalLevel:
		return fmt.Sprintf("total level %d", m.Goal)
	case Maxed:
		return "maxed: level 99 in every skill"
	}
	return fmt.Sprintf("%s: %d", m.Metric, m.Goal)
}

func millions(n int64) string {
	if n%1_000_000 == 0 {
		return fmt.Sprintf("%d million", n/1_000_000)
	}
	return strconv.FormatInt(n, 10)
}
