package hiscores_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/osrsdiff/osrsdiff/hiscores"
	"pgregory.net/rapid"
)

func snapshotOf(rows ...hiscores.Row) hiscores.Snapshot { return hiscores.Snapshot{Rows: rows} }

func skillAt(metric string, level, xp int64) hiscores.Row {
	return hiscores.Row{Metric: metric, Kind: hiscores.Skill, Level: known(level), Value: known(xp)}
}

func score(metric string, value hiscores.Number) hiscores.Row {
	return hiscores.Row{Metric: metric, Kind: hiscores.Activity, Value: value}
}

func TestDiff(t *testing.T) {
	type row = hiscores.Row
	ranked := func(r row, rank int64) row { r.Rank = known(rank); return r }
	tests := []struct {
		name          string
		before, after []row
		want          []hiscores.Change
	}{
		{"nothing", nil, nil, nil},
		{"rank drift is no change", []row{ranked(score("Zulrah", known(5)), 10)}, []row{ranked(score("Zulrah", known(5)), 90)}, nil},
		{"becoming ranked is no change", []row{score("Zulrah", known(5))}, []row{ranked(score("Zulrah", known(5)), 90)}, nil},
		{"skill gained", []row{skillAt("Runecraft", 82, 2_500_000)}, []row{skillAt("Runecraft", 83, 2_700_000)},
			[]hiscores.Change{{Metric: "Runecraft", Kind: hiscores.Skill, What: hiscores.Gained, Gain: 200_000,
				Before: known(2_500_000), After: known(2_700_000), LevelBefore: known(82), LevelAfter: known(83)}}},
		{"first kill is a gain", []row{score("Zulrah", known(0))}, []row{score("Zulrah", known(1))},
			[]hiscores.Change{{Metric: "Zulrah", Kind: hiscores.Activity, What: hiscores.Gained, Gain: 1, Before: known(0), After: known(1)}}},
		{"unknown before", []row{score("Zulrah", unknown)}, []row{score("Zulrah", known(60))},
			[]hiscores.Change{{Metric: "Zulrah", Kind: hiscores.Activity, What: hiscores.FirstSeen, After: known(60)}}},
		{"unknown before, zero now", []row{score("Zulrah", unknown)}, []row{score("Zulrah", known(0))},
			[]hiscores.Change{{Metric: "Zulrah", Kind: hiscores.Activity, What: hiscores.FirstSeen, After: known(0)}}},
		{"absent before", nil, []row{skillAt("Sailing", 1, 0)},
			[]hiscores.Change{{Metric: "Sailing", Kind: hiscores.Skill, What: hiscores.FirstSeen, After: known(0), LevelAfter: known(1)}}},
		{"absent before, unknown now", nil, []row{score("Brutus", unknown)}, nil},
		{"unknown both times", []row{score("Zulrah", unknown)}, []row{score("Zulrah", unknown)}, nil},
		{"fell", []row{score("LMS - Rank", known(615))}, []row{score("LMS - Rank", known(603))},
			[]hiscores.Change{{Metric: "LMS - Rank", Kind: hiscores.Activity, What: hiscores.Fell, Gain: -12, Before: known(615), After: known(603)}}},
		{"lost to unknown", []row{skillAt("Magic", 70, 737_627)}, []row{{Metric: "Magic", Kind: hiscores.Skill}},
			[]hiscores.Change{{Metric: "Magic", Kind: hiscores.Skill, What: hiscores.Lost, Before: known(737_627), LevelBefore: known(70)}}},
		{"row gone", []row{score("Zulrah", known(3)), score("Yama", unknown)}, []row{score("Nex", known(1))},
			[]hiscores.Change{
				{Metric: "Nex", Kind: hiscores.Activity, What: hiscores.FirstSeen, After: known(1)},
				{Metric: "Zulrah", Kind: hiscores.Activity, What: hiscores.Lost, Before: known(3)},
			}},
		{"spelled in another case", []row{score("kree'arra", known(3))}, []row{score("Kree'Arra", known(4))},
			[]hiscores.Change{{Metric: "Kree'Arra", Kind: hiscores.Activity, What: hiscores.Gained, Gain: 1, Before: known(3), After: known(4)}}},
		{"rows in another order", []row{score("Mimic", known(1)), score("Maggot King", known(2))},
			[]row{score("Maggot King", known(2)), score("Mimic", known(1))}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := hiscores.Diff(snapshotOf(tt.before...), snapshotOf(tt.after...))
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func drawSnapshot(t *rapid.T, label string) hiscores.Snapshot {
	names := rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"Overall", "Attack", "Zulrah", "Yama", "Nex"}),
		0, 5, rapid.ID[string]).Draw(t, label)
	var s hiscores.Snapshot
	for _, name := range names {
		value := unknown
		if n := rapid.Int64Range(-1, 3).Draw(t, "value"); n >= 0 {
			value = known(n)
		}
		s.Rows = append(s.Rows, score(name, value))
	}
	return s
}

func TestDiffProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		before, after := drawSnapshot(t, "before"), drawSnapshot(t, "after")
		forth := map[string]hiscores.Change{}
		for _, c := range hiscores.Diff(before, after) {
			if _, twice := forth[c.Metric]; twice {
				t.Fatalf("%s is listed twice", c.Metric)
			}
			forth[c.Metric] = c
			if c.Before == c.After {
				t.Fatalf("%s did not change: %+v", c.Metric, c)
			}
			if (c.What == hiscores.Gained) != (c.Gain > 0) || (c.What == hiscores.Fell) != (c.Gain < 0) {
				t.Fatalf("%s with a gain of %d", c.What, c.Gain)
			}
		}
		back := hiscores.Diff(after, before)
		if len(back) != len(forth) {
			t.Fatalf("%d changes forth, %d back", len(forth), len(back))
		}
		for _, c := range back {
			if f := forth[c.Metric]; f.Gain != -c.Gain || f.Before != c.After || f.After != c.Before {
				t.Fatalf("forth %+v, back %+v", f, c)
			}
		}
	})
}

func TestMayFall(t *testing.T) {
	may := []string{
		"LMS - Rank", "PvP Arena - Rank", "Bounty Hunter - Hunter", "Bounty Hunter - Rogue",
		"Grid Points", "League Points", "Deadman Points", " lms - rank ",
	}
	mayNot := []string{
		"Overall", "Attack", "Zulrah", "Collections Logged", "Clue Scrolls (all)", "Soul Wars Zeal",
		"Bounty Hunter (Legacy) - Hunter", "Bounty Hunter (Legacy) - Rogue", "Some Row To Come",
	}
	for _, metric := range may {
		if !hiscores.MayFall(metric) {
			t.Errorf("%s may fall", metric)
		}
	}
	for _, metric := range mayNot {
		if hiscores.MayFall(metric) {
			t.Errorf("%s may not fall", metric)
		}
	}
}

func ExampleDiff() {
	before := snapshotOf(skillAt("Runecraft", 82, 2_595_000), score("Zulrah", known(311)), score("Yama", unknown))
	after := snapshotOf(skillAt("Runecraft", 83, 2_700_000), score("Zulrah", known(312)), score("Yama", known(40)))
	for _, c := range hiscores.Diff(before, after) {
		fmt.Println(c.Metric, c.What, c.Gain, "from", c.Before, "to", c.After)
	}
	// Output:
	// Runecraft gained 105000 from 2595000 to 2700000
	// Zulrah gained 1 from 311 to 312
	// Yama first_seen 0 from unknown to 40
}
