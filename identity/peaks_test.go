package identity_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/osrsdiff/osrsdiff/hiscores"
	"github.com/osrsdiff/osrsdiff/identity"
)

// of is a snapshot of one activity; below zero it is unknown.
func of(score int64) hiscores.Snapshot {
	row := hiscores.Row{Metric: "Zulrah", Kind: hiscores.Activity}
	if score >= 0 {
		row.Value = hiscores.Known(score)
	}
	return hiscores.Snapshot{Rows: []hiscores.Row{row}}
}

func TestPeaks(t *testing.T) {
	for name, test := range map[string]struct {
		stated  []int64
		counted []int64 // below zero: unknown
		left    identity.Peaks
	}{
		"growing":                 {[]int64{1, 5, 5, 9}, []int64{1, 5, 5, 9}, identity.Peaks{}},
		"rolled back":             {[]int64{10, 7}, []int64{10, 10}, identity.Peaks{"zulrah": 10}},
		"regained":                {[]int64{10, 7, 9, 10, 12}, []int64{10, 10, 10, 10, 12}, identity.Peaks{}},
		"rolled back twice":       {[]int64{10, 7, 9, 3, 8}, []int64{10, 10, 10, 10, 10}, identity.Peaks{"zulrah": 10}},
		"unknown in between":      {[]int64{10, -1, 7}, []int64{10, -1, 10}, identity.Peaks{"zulrah": 10}},
		"unknown while below":     {[]int64{10, 7, -1, 11}, []int64{10, 10, -1, 11}, identity.Peaks{}},
		"unknown from the start":  {[]int64{-1, 3}, []int64{-1, 3}, identity.Peaks{}},
		"a fall to a real zero":   {[]int64{4, 0}, []int64{4, 4}, identity.Peaks{"zulrah": 4}},
		"unknown at the end":      {[]int64{4, -1}, []int64{4, -1}, identity.Peaks{"zulrah": 4}},
		"unknown twice, then low": {[]int64{4, -1, -1, 1}, []int64{4, -1, -1, 4}, identity.Peaks{"zulrah": 4}},
	} {
		t.Run(name, func(t *testing.T) {
			var peaks identity.Peaks
			for i, score := range test.stated {
				if i > 0 {
					peaks = peaks.Next(of(test.stated[i-1]), of(score))
				}
				if diff := cmp.Diff(of(test.counted[i]), peaks.Count(of(score))); diff != "" {
					t.Errorf("answer %d (-want +got):\n%s", i, diff)
				}
			}
			if diff := cmp.Diff(test.left, peaks); diff != "" {
				t.Errorf("peaks (-want +got):\n%s", diff)
			}
		})
	}
}

func TestPeaksRaiseTheLevelToo(t *testing.T) {
	s := hiscores.Snapshot{Rows: []hiscores.Row{
		{Metric: hiscores.Overall, Kind: hiscores.Skill, Level: hiscores.Known(40), Value: hiscores.Known(2000)},
		{Metric: "Attack", Kind: hiscores.Skill, Level: hiscores.Known(1), Value: hiscores.Known(82)},
	}}
	got := identity.Peaks{"overall": 2001, "attack": 83}.Count(s)
	want := hiscores.Snapshot{Rows: []hiscores.Row{
		{Metric: hiscores.Overall, Kind: hiscores.Skill, Level: hiscores.Known(40), Value: hiscores.Known(2001)},
		{Metric: "Attack", Kind: hiscores.Skill, Level: hiscores.Known(2), Value: hiscores.Known(83)},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if v, _ := s.Rows[1].Value.Get(); v != 82 {
		t.Error("the snapshot given was changed")
	}
}

func TestPeaksLeaveRatingsAlone(t *testing.T) {
	rating := func(n int64) hiscores.Snapshot {
		return hiscores.Snapshot{Rows: []hiscores.Row{{Metric: "LMS - Rank", Kind: hiscores.Activity, Value: hiscores.Known(n)}}}
	}
	if peaks := (identity.Peaks{}).Next(rating(600), rating(500)); len(peaks) > 0 {
		t.Errorf("peaks %v", peaks)
	}
	changes := identity.Gains(rating(600), rating(500))
	if len(changes) != 1 || changes[0].What != hiscores.Fell || changes[0].Gain != -100 {
		t.Errorf("changes %+v", changes)
	}
}

var metrics = []string{hiscores.Overall, "Attack", "Zulrah", "LMS - Rank"}

func drawHistory(t *rapid.T) []hiscores.Snapshot {
	var history []hiscores.Snapshot
	for i := range rapid.IntRange(1, 12).Draw(t, "answers") {
		s := hiscores.Snapshot{At: noon.Add(time.Duration(i) * time.Hour)}
		for _, metric := range metrics {
			row := hiscores.Row{Metric: metric, Kind: hiscores.Activity}
			switch n := rapid.Int64Range(-2, 6).Draw(t, metric); {
			case n == -2:
				continue // no such row
			case n >= 0:
				row.Value = hiscores.Known(n)
			}
			s.Rows = append(s.Rows, row)
		}
		history = append(history, s)
	}
	return history
}

// What is earned counts once however often the game is rolled back: the gains of
// parts of a history add up to that of the whole, and none is negative.
func TestGainsAreNeverNegativeAndAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		history := drawHistory(t)
		counted := make([]hiscores.Snapshot, len(history))
		var peaks identity.Peaks
		for i, s := range history {
			if i > 0 {
				peaks = peaks.Next(history[i-1], s)
			}
			counted[i] = peaks.Count(s)
		}
		for _, metric := range metrics {
			if hiscores.MayFall(metric) {
				continue
			}
			first, last, sum, unbroken := int64(-1), int64(0), int64(0), true
			for i, s := range counted {
				row, _ := s.Row(metric)
				value, known := row.Value.Get()
				if !known {
					unbroken = unbroken && first < 0
					continue
				}
				if first < 0 {
					first = value
				}
				last = value
				if i > 0 {
					for _, c := range hiscores.Diff(counted[i-1], s) {
						if c.Metric == metric && c.Gain < 0 {
							t.Fatalf("%s: %+v", metric, c)
						} else if c.Metric == metric {
							sum += c.Gain
						}
					}
				}
			}
			if first >= 0 && unbroken && sum != last-first {
				t.Fatalf("%s: parts gain %d, the whole %d", metric, sum, last-first)
			}
			if first >= 0 && last < first {
				t.Fatalf("%s fell from %d to %d", metric, first, last)
			}
		}
	})
}

// Peaks are kept of rows only that are below them or unknown.
func TestPeaksHoldNoMoreThanTheyMust(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		history := drawHistory(t)
		var peaks identity.Peaks
		highest := map[string]int64{}
		for i, s := range history {
			if i > 0 {
				peaks = peaks.Next(history[i-1], s)
			}
			want := identity.Peaks{}
			for _, metric := range metrics {
				row, _ := s.Row(metric)
				value, known := row.Value.Get()
				key := hiscores.MetricKey(metric)
				was, seen := highest[key]
				if known && (!seen || value > was) {
					highest[key] = value
				}
				if seen && !hiscores.MayFall(metric) && (!known || value < was) {
					want[key] = was
				}
			}
			if len(want)+len(peaks) > 0 && !cmp.Equal(want, peaks) {
				t.Fatalf("after answer %d: peaks %v, want %v", i, peaks, want)
			}
		}
	})
}
