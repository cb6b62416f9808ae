package hiscorestest

import (
	"slices"

	"github.com/osrsdiff/osrsdiff/hiscores"
)

// MaxXP is the most experience an account can have in all 24 skills.
const MaxXP = 24 * hiscores.MaxSkillXP

// hitpointsXP is the experience every account starts with.
const hitpointsXP = 1154

// Account makes a full snapshot (25 skills, 91 activities, ranks) of an account
// with that much experience in all; more than MaxXP counts as MaxXP. Its
// Overall row is the sum of the others. An account with more experience is
// never behind one with less in any row, so two of them are one account before
// and after play. At is zero.
func Account(overallXP int64) hiscores.Snapshot {
	overallXP = min(max(overallXP, 0), MaxXP)
	xp := spread(overallXP)
	rows := make([]hiscores.Row, 0, 1+len(skills)+len(activities))
	rows = append(rows, hiscores.Row{Metric: hiscores.Overall, Kind: hiscores.Skill})
	for i, skill := range skills {
		rows = append(rows, hiscores.Row{Metric: skill.name, Kind: hiscores.Skill, Value: hiscores.Known(xp[i])})
	}
	for _, a := range activities {
		rows = append(rows, hiscores.Row{
			Metric: a.name, Kind: hiscores.Activity,
			Value: hiscores.Known(a.start + overallXP/a.xpEach),
		})
	}
	return settle(hiscores.Snapshot{Rows: rows})
}

// spread shares experience out among the skills by weight, none beyond its cap.
// It deals in turns, so that more to share out is never less for any skill.
func spread(rest int64) []int64 {
	xp := make([]int64, len(skills))
	give := func(i int, n int64) {
		n = min(n, rest, hiscores.MaxSkillXP-xp[i])
		xp[i] += n
		rest -= n
	}
	give(slices.IndexFunc(skills, func(s skill) bool { return s.name == "Hitpoints" }), hitpointsXP)
	for rest > 0 {
		turns := wholeTurns(xp, rest)
		for i, s := range skills {
			give(i, s.weight*max(turns, 1))
		}
	}
	return xp
}

// wholeTurns is how many turns can be dealt at once before the rest runs out or
// a skill is full.
func wholeTurns(xp []int64, rest int64) int64 {
	turns, perTurn := rest, int64(0)
	for i, s := range skills {
		if room := hiscores.MaxSkillXP - xp[i]; room > 0 {
			turns = min(turns, room/s.weight)
			perTurn += s.weight
		}
	}
	return min(turns, rest/perTurn)
}

// Gain returns a copy of the snapshot in which the metric has n more, and with
// it Overall or the total of clue scrolls, levels and ranks. A negative n takes
// away. A row that is not there or not known is made n.
func Gain(s hiscores.Snapshot, metric string, n int64) hiscores.Snapshot {
	row, _ := s.Row(metric)
	was, _ := row.Value.Get()
	return Set(s, metric, hiscores.Known(was+n))
}

// Set returns a copy of the snapshot in which the metric has that value; the
// totals grow or shrink by what it grew or shrank. An unknown value hides the
// row and leaves the totals alone, as the site does; so does setting a total
// itself. A row that is not there is added as an activity.
func Set(s hiscores.Snapshot, metric string, value hiscores.Number) hiscores.Snapshot {
	set := hiscores.Snapshot{At: s.At, Rows: slices.Clone(s.Rows)}
	row := find(set.Rows, metric)
	if row == nil {
		set.Rows = append(set.Rows, hiscores.Row{Metric: metric, Kind: hiscores.Activity})
		row = &set.Rows[len(set.Rows)-1]
	}
	before := *row
	row.Value = value
	rate(row)
	if value.IsKnown() {
		addToTotal(set.Rows, before, *row)
	}
	return set
}

func find(rows []hiscores.Row, metric string) *hiscores.Row {
	key := hiscores.MetricKey(metric)
	i := slices.IndexFunc(rows, func(r hiscores.Row) bool { return hiscores.MetricKey(r.Metric) == key })
	if i < 0 {
		return nil
	}
	return &rows[i]
}

// addToTotal lets the total that counts the row follow its change.
func addToTotal(rows []hiscores.Row, before, after hiscores.Row) {
	var total *hiscores.Row
	switch {
	case isClueTier(after.Metric):
		total = find(rows, cluesTotal)
	case after.Kind == hiscores.Skill && after.Metric != hiscores.Overall:
		total = find(rows, hiscores.Overall)
	}
	if total == nil {
		return
	}
	total.Value = plus(total.Value, minus(after.Value, before.Value))
	total.Level = plus(total.Level, minus(after.Level, before.Level))
	rate(total)
}

func plus(n hiscores.Number, by int64) hiscores.Number {
	if was, known := n.Get(); known {
		return hiscores.Known(was + by)
	}
	return n
}

// minus takes unknown numbers for zero.
func minus(a, b hiscores.Number) int64 {
	x, _ := a.Get()
	y, _ := b.Get()
	return x - y
}

// settle fills in the totals, levels and ranks of a new account.
func settle(s hiscores.Snapshot) hiscores.Snapshot {
	var xp, level, clues int64
	for i := range s.Rows {
		row := &s.Rows[i]
		rate(row)
		n, _ := row.Value.Get()
		switch {
		case isClueTier(row.Metric):
			clues += n
		case row.Kind == hiscores.Skill && row.Metric != hiscores.Overall:
			xp, level = xp+n, level+hiscores.Level(n)
		}
	}
	for metric, total := range map[string]int64{hiscores.Overall: xp, cluesTotal: clues} {
		row := find(s.Rows, metric)
		row.Value = hiscores.Known(total)
		rate(row)
	}
	find(s.Rows, hiscores.Overall).Level = hiscores.Known(level)
	return s
}

// rate gives a row the level and rank of its value: no rank below what the
// table holds, and a better one for more. The level of Overall is not for it to
// say.
func rate(row *hiscores.Row) {
	n, known := row.Value.Get()
	row.Rank = hiscores.Number{}
	if !known {
		row.Level = hiscores.Number{}
		return
	}
	least, typical := int64(rankedFrom), int64(500)
	if row.Kind == hiscores.Skill {
		least, typical = 1, 2_000_000
	}
	if row.Kind == hiscores.Skill && row.Metric != hiscores.Overall {
		row.Level = hiscores.Known(hiscores.Level(n))
	}
	if at, ok := rankedAt[row.Metric]; ok {
		least = at
	}
	if n >= least {
		row.Rank = hiscores.Known(1 + 2_000_000*typical/(typical+n))
	}
}
