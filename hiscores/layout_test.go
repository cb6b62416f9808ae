package hiscores_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/osrsdiff/osrsdiff/hiscores"
)

func layouts(t *testing.T) []hiscores.Layout {
	t.Helper()
	all, err := hiscores.Layouts()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestLayoutsGrowWithTheGame(t *testing.T) {
	all := layouts(t)
	if len(all) != 28 {
		t.Fatalf("%d layouts, want 28", len(all))
	}
	for i, l := range all {
		if l.Skills[0] != hiscores.Overall {
			t.Errorf("%s begins with %q", l.From, l.Skills[0])
		}
		names := slices.Concat(l.Skills, l.Activities)
		slices.Sort(names)
		if len(slices.Compact(names)) != l.Rows() {
			t.Errorf("%s names a row twice", l.From)
		}
		if i > 0 && (!l.From.After(all[i-1].From) || l.Rows() <= all[i-1].Rows()) {
			t.Errorf("%s does not come after %s with more rows", l.From, all[i-1].From)
		}
	}
	first, last := all[0], all[len(all)-1]
	if got := []int{len(first.Skills), len(first.Activities), len(last.Skills), len(last.Activities)}; !slices.Equal(got, []int{24, 55, 25, 91}) {
		t.Errorf("rows of the first and last layout = %v", got)
	}
}

func TestLayoutAt(t *testing.T) {
	day := func(s string) time.Time {
		at, err := time.Parse(time.DateOnly, s)
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	tests := []struct {
		name string
		at   time.Time
		want string
		rows int
	}{
		{"the first day", day("2020-03-01"), "2020-03-01", 79},
		{"a day between", day("2025-10-14"), "2025-07-23", 110},
		{"the day of an update", day("2025-10-15"), "2025-10-15", 111},
		{"Sailing", day("2025-11-19"), "2025-11-19", 113},
		{"the future", day("2040-01-01"), "2026-07-29", 116},
		{"midnight in another zone", day("2025-10-15").In(time.FixedZone("west", -3600)), "2025-10-15", 111},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l, err := hiscores.LayoutAt(tt.at)
			if err != nil {
				t.Fatal(err)
			}
			if got := l.From.Format(time.DateOnly); got != tt.want || l.Rows() != tt.rows {
				t.Errorf("layout of %s with %d rows, want %s with %d", got, l.Rows(), tt.want, tt.rows)
			}
		})
	}
	if _, err := hiscores.LayoutAt(day("2020-02-29")); !errors.Is(err, hiscores.ErrLayout) {
		t.Errorf("before the first layout: %v", err)
	}
}

func TestLayoutKnowsTheMovesThatBrokeOthers(t *testing.T) {
	all := layouts(t)
	head := func(i int, n int) []string { return all[i].Activities[:n] }
	grid := slices.IndexFunc(all, func(l hiscores.Layout) bool { return slices.Contains(l.Activities, "Grid Points") })
	if diff := cmp.Diff([]string{"Grid Points", "League Points"}, head(grid, 2)); diff != "" {
		t.Errorf("Grid Points came at the head (-want +got):\n%s", diff)
	}
	around := func(i int) []string {
		at := slices.Index(all[i].Activities, "Mimic")
		return all[i].Activities[at-1 : at+2]
	}
	if diff := cmp.Diff([]string{"Lunar Chests", "Mimic", "Maggot King"}, around(len(all)-2)); diff != "" {
		t.Errorf("June 2026 (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"Maggot King", "Mimic", "Nex"}, around(len(all)-1)); diff != "" {
		t.Errorf("July 2026 (-want +got):\n%s", diff)
	}
}

func TestLayoutsAreTheCallersOwn(t *testing.T) {
	layouts(t)[0].Skills[0] = "changed"
	if got := layouts(t)[0].Skills[0]; got != hiscores.Overall {
		t.Errorf("a caller changed the layouts: %q", got)
	}
}
