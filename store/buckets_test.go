package store

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/osrsdiff/osrsdiff/gains"
)

// TestCover says which sums answer for a window; how many there are decides how
// fast that is.
func TestCover(t *testing.T) {
	now := time.Date(2026, 10, 9, 18, 30, 0, 0, time.UTC) // a Friday
	utc := func(month time.Month, day, hour int) time.Time {
		return time.Date(2026, month, day, hour, 0, 0, 0, time.UTC)
	}
	so := func(p gains.Period) gains.Window { return gains.Choice{Period: p, Calendar: true, At: now}.Window(now) }
	of := func(p gains.Period, at time.Time) gains.Window { return p.Calendar(at, time.UTC) }
	tests := map[string]struct {
		w            gains.Window
		whole, edges int
	}{
		"today":                      {so(gains.Day), 1, 0},
		"this week":                  {so(gains.Week), 1, 0},
		"this month":                 {so(gains.Month), 1, 0},
		"this year":                  {so(gains.Year), 1, 0},
		"this year, asked just now":  {gains.Window{From: so(gains.Year).From, To: now.Add(-time.Second)}, 1, 0},
		"a past day":                 {of(gains.Day, utc(10, 8, 1)), 1, 0},
		"a past week":                {of(gains.Week, utc(9, 29, 1)), 1, 0},
		"a past week of two months":  {of(gains.Week, utc(9, 30, 1)), 1, 0},
		"a past month":               {of(gains.Month, utc(2, 28, 1)), 1, 0},
		"a past year":                {of(gains.Year, now.AddDate(-1, 0, 0)), 1, 0},
		"the last day":               {gains.Day.Rolling(now), 1, 1},
		"the last week":              {gains.Week.Rolling(now), 3, 1},
		"an hour":                    {gains.Window{From: utc(10, 1, 4), To: utc(10, 1, 5)}, 0, 1},
		"over midnight":              {gains.Window{From: utc(10, 1, 23), To: utc(10, 2, 1)}, 0, 2},
		"three days and two halves":  {gains.Window{From: utc(10, 6, 12), To: utc(10, 9, 12).AddDate(0, 0, -1)}, 1, 2},
		"since ever":                 {gains.Window{To: now}, 2026 - 1970 + 1, 0},
		"nothing":                    {gains.Window{From: now, To: now.Add(-time.Hour)}, 0, 0},
		"a quarter that starts late": {gains.Window{From: utc(1, 31, 0), To: utc(5, 1, 0)}, 4, 0},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			c := coverOf(periodOf(test.w, now))
			if len(c.whole) != test.whole || len(c.edges) != test.edges {
				t.Errorf("%v and %v, want %d whole and %d parts", c.whole, c.edges, test.whole, test.edges)
			}
		})
	}
}

func TestBucketsEndWithWhatHappensAtTheirEnd(t *testing.T) {
	monday := time.Date(2027, 2, 1, 0, 0, 0, 0, time.UTC)
	before, after := bucketsOf(monday.UnixMicro()), bucketsOf(monday.UnixMicro()+1)
	want := [4]bucket{before[0] + 1, before[1] + 1, before[2] + 1, before[3]}
	if diff := cmp.Diff(want, after); diff != "" {
		t.Errorf("the buckets after the start of a week and a month (-want +got):\n%s", diff)
	}
	year := time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC).UnixMicro()
	if bucketsOf(year)[3]+1 != bucketsOf(year + 1)[3] {
		t.Error("a year does not end with its end")
	}
}
