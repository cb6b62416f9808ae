package gains_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/osrsdiff/osrsdiff/gains"
	"github.com/osrsdiff/osrsdiff/hiscores"
)

func skill(metric string, xp int64) hiscores.Row {
	row := hiscores.Row{Metric: metric, Kind: hiscores.Skill}
	if xp != unknown {
		row.Value, row.Level = hiscores.Known(xp), hiscores.Known(hiscores.Level(xp))
	}
	return row
}

func overall(level, xp int64) hiscores.Row {
	row := skill(hiscores.Overall, xp)
	row.Level = hiscores.Known(level)
	return row
}

func activity(metric string, score int64) hiscores.Row {
	row := hiscores.Row{Metric: metric, Kind: hiscores.Activity}
	if score != unknown {
		row.Value = hiscores.Known(score)
	}
	return row
}

func snapshot(at time.Time, rows ...hiscores.Row) hiscores.Snapshot {
	return hiscores.Snapshot{At: at, Rows: rows}
}

func words(ms []gains.Milestone) []string {
	all := []string{}
	for _, m := range ms {
		all = append(all, fmt.Sprint(m.Metric, " ", m.Kind, " ", m.Goal))
	}
	return all
}

func TestCrossed(t *testing.T) {
	xp := hiscores.LevelXP
	tests := map[string]struct {
		before, after []hiscores.Row
		want          []string
	}{
		"a 99":                       {[]hiscores.Row{skill("Magic", 13_034_430)}, []hiscores.Row{skill("Magic", 13_034_431)}, []string{"Magic level 99", "Overall maxed 99"}},
		"a 99 among others":          {[]hiscores.Row{skill("Magic", 13_000_000), skill("Cooking", 5)}, []hiscores.Row{skill("Magic", 13_100_000), skill("Cooking", 5)}, []string{"Magic level 99"}},
		"short of a goal":            {[]hiscores.Row{skill("Magic", 14_000_000)}, []hiscores.Row{skill("Magic", 14_999_999)}, []string{}},
		"on a goal":                  {[]hiscores.Row{skill("Magic", 14_000_000)}, []hiscores.Row{skill("Magic", 15_000_000)}, []string{"Magic xp 15000000"}},
		"several at once":            {[]hiscores.Row{skill("Magic", 14_000_000)}, []hiscores.Row{skill("Magic", 26_000_000)}, []string{"Magic xp 15000000", "Magic xp 20000000", "Magic xp 25000000"}},
		"the last":                   {[]hiscores.Row{skill("Magic", 199_999_999)}, []hiscores.Row{skill("Magic", 200_000_000)}, []string{"Magic xp 200000000"}},
		"kills":                      {[]hiscores.Row{activity("Zulrah", 49)}, []hiscores.Row{activity("Zulrah", 1000)}, []string{"Zulrah score 50", "Zulrah score 100", "Zulrah score 500", "Zulrah score 1000"}},
		"more kills":                 {[]hiscores.Row{activity("Zulrah", 1000)}, []hiscores.Row{activity("Zulrah", 10_000)}, []string{"Zulrah score 5000", "Zulrah score 10000"}},
		"a fall":                     {[]hiscores.Row{activity("Zulrah", 1000)}, []hiscores.Row{activity("Zulrah", 10)}, []string{}},
		"a rating":                   {[]hiscores.Row{activity("LMS - Rank", 400)}, []hiscores.Row{activity("LMS - Rank", 900)}, []string{}},
		"a season's points":          {[]hiscores.Row{activity("League Points", 400)}, []hiscores.Row{activity("League Points", 900)}, []string{}},
		"from unknown":               {[]hiscores.Row{activity("Zulrah", unknown)}, []hiscores.Row{activity("Zulrah", 600)}, []string{}},
		"from absent":                {nil, []hiscores.Row{activity("Zulrah", 600)}, []string{}},
		"from zero":                  {[]hiscores.Row{activity("Collections Logged", 0)}, []hiscores.Row{activity("Collections Logged", 600)}, []string{}},
		"spelled otherwise":          {[]hiscores.Row{activity("zulrah", 49)}, []hiscores.Row{activity("Zulrah", 50)}, []string{"Zulrah score 50"}},
		"total experience":           {[]hiscores.Row{overall(1, 99_999_999)}, []hiscores.Row{overall(1, 200_000_000)}, []string{"Overall xp 100000000", "Overall xp 200000000"}},
		"total level":                {[]hiscores.Row{overall(1_999, 5)}, []hiscores.Row{overall(2_000, 5)}, []string{"Overall total_level 2000"}},
		"total level by a new skill": {[]hiscores.Row{overall(1_999, 5)}, []hiscores.Row{overall(2_000, 5), skill("Sailing", 0)}, []string{}},
		"total level unknown before": {[]hiscores.Row{overall(0, 5)}, []hiscores.Row{overall(2_000, 5)}, []string{}},
		"base":                       {[]hiscores.Row{skill("A", xp(64)), skill("B", xp(99))}, []hiscores.Row{skill("A", xp(71)), skill("B", xp(99))}, []string{"Overall base 65", "Overall base 70"}},
		"base with one unknown":      {[]hiscores.Row{skill("A", xp(64)), skill("B", unknown)}, []hiscores.Row{skill("A", xp(71)), skill("B", unknown)}, []string{}},
		"maxed":                      {[]hiscores.Row{skill("A", xp(98)), skill("B", xp(99))}, []hiscores.Row{skill("A", xp(99)), skill("B", xp(99))}, []string{"A level 99", "Overall maxed 99"}},
		"experience beyond reason":   {[]hiscores.Row{skill("A", 1<<62-1), overall(3, 1<<62)}, []hiscores.Row{skill("A", 1<<62), overall(4, 1<<63-1)}, []string{}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got := gains.Crossed(snapshot(hour(0), test.before...), snapshot(hour(2), test.after...))
			if diff := cmp.Diff(test.want, words(got)); diff != "" {
				t.Errorf("milestones (-want +got):\n%s", diff)
			}
			for _, m := range got {
				if !m.After.Equal(hour(0)) || !m.By.Equal(hour(2)) || !m.Dated() || m.Exact() {
					t.Errorf("%+v", m)
				}
			}
		})
	}
}

func TestExact(t *testing.T) {
	m := gains.Milestone{After: noon, By: noon.Add(time.Minute)}
	if !m.Exact() {
		t.Error("fetches a minute apart are as exact as it gets")
	}
	m.By = m.By.Add(time.Nanosecond)
	if m.Exact() || (gains.Milestone{}).Exact() {
		t.Error("called exact")
	}
}

func TestMerge(t *testing.T) {
	dated := []gains.Milestone{
		{Metric: "zulrah", Kind: gains.Score, Goal: 50, After: hour(1), By: hour(2)},
		{Metric: "Zulrah", Kind: gains.Score, Goal: 100, After: hour(3), By: hour(4)},
		{Metric: "Gone", Kind: gains.Score, Goal: 50, After: hour(0), By: hour(1)},
	}
	got := gains.Merge(dated, snapshot(hour(9), skill("Magic", 16_000_000), activity("Zulrah", 600)))
	want := []string{
		"Zulrah score 100", "zulrah score 50", "Gone score 50",
		"Magic level 99", "Magic xp 15000000", "Zulrah score 500", "Overall base 60", "Overall base 65",
	}
	if diff := cmp.Diff(want, words(got)[:len(want)]); diff != "" {
		t.Errorf("milestones (-want +got):\n%s", diff)
	}
	if last := got[len(got)-1]; last.Dated() || last.Kind != gains.Maxed {
		t.Errorf("the last is %+v", last)
	}
}

// TestNoMilestoneIsLost: however values grow from snapshot to snapshot, what was
// crossed on the way is what the last shows and the first did not.
func TestNoMilestoneIsLost(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		magic, cooking, kills := int64(1), int64(1), int64(1)
		build := func(i int64) hiscores.Snapshot {
			return snapshot(hour(i), overall(hiscores.Level(magic)+hiscores.Level(cooking)+1000, magic+cooking),
				skill("Magic", magic), skill("Cooking", cooking), activity("Zulrah", kills))
		}
		first := build(0)
		last, crossed := first, words(gains.Reached(first))
		for i := range int64(rapid.IntRange(1, 8).Draw(rt, "fetches")) {
			magic += rapid.Int64Range(0, 60_000_000).Draw(rt, "magic")
			cooking += rapid.Int64Range(0, 30_000_000).Draw(rt, "cooking")
			kills += rapid.Int64Range(0, 3000).Draw(rt, "kills")
			next := build(i + 1)
			crossed = append(crossed, words(gains.Crossed(last, next))...)
			last = next
		}
		want := words(gains.Reached(last))
		slices.Sort(want)
		slices.Sort(crossed)
		if diff := cmp.Diff(want, crossed); diff != "" {
			rt.Fatalf("milestones (-reached +crossed):\n%s", diff)
		}
	})
}
