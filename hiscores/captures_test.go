package hiscores_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/osrsdiff/osrsdiff/hiscores"
	"github.com/osrsdiff/osrsdiff/hiscores/hiscorestest"
	"github.com/osrsdiff/osrsdiff/internal/testenv"
)

// captured is a real body by the name of its file.
func captured(t *testing.T, parts ...string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(append([]string{testenv.Captures(t)}, parts...)...))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func capturedJSON(t *testing.T, file string) hiscores.Snapshot {
	t.Helper()
	s, err := hiscores.Parse(captured(t, "json", file+".json"), noon)
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return s
}

// capturedCSV reads the capture of a date by the layout of that date.
func capturedCSV(t *testing.T, date string) hiscores.Snapshot {
	t.Helper()
	at, err := time.Parse(time.DateOnly, date)
	if err != nil {
		t.Fatal(err)
	}
	layout, err := hiscores.LayoutAt(at)
	if err != nil {
		t.Fatal(err)
	}
	s, err := hiscores.ParseCSV(bytes.NewReader(captured(t, "csv", date+"_same-account.csv")), layout)
	if err != nil {
		t.Fatalf("%s: %v", date, err)
	}
	return s
}

func row(t *testing.T, s hiscores.Snapshot, metric string) hiscores.Row {
	t.Helper()
	r, ok := s.Row(metric)
	if !ok {
		t.Fatalf("no row %q", metric)
	}
	return r
}

func count(changes []hiscores.Change, what hiscores.ChangeKind) int {
	n := 0
	for _, c := range changes {
		if c.What == what {
			n++
		}
	}
	return n
}

func find(t *testing.T, changes []hiscores.Change, metric string) hiscores.Change {
	t.Helper()
	for _, c := range changes {
		if c.Metric == metric {
			return c
		}
	}
	t.Fatalf("no change of %s", metric)
	return hiscores.Change{}
}

func captureFiles(t *testing.T, pattern string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(testenv.Captures(t), pattern))
	if err != nil || len(files) == 0 {
		t.Fatalf("no captures match %s: %v", pattern, err)
	}
	return files
}

func TestEveryCapturedJSONParses(t *testing.T) {
	for _, file := range captureFiles(t, "json/*.json") {
		t.Run(filepath.Base(file), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			s, err := hiscores.Parse(data, noon)
			if err != nil {
				t.Fatal(err)
			}
			checkSnapshot(t, s)
			if len(s.Rows) < 25+88 || len(s.Rows) > 25+91 {
				t.Errorf("%d rows", len(s.Rows))
			}
			var raw struct {
				Name string `json:"name"`
			}
			if err := json.Unmarshal(data, &raw); err != nil {
				t.Fatal(err)
			}
			again, err := hiscorestest.Body(raw.Name, s)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(bytes.TrimSpace(data), again) {
				t.Error("the fake site would write another body")
			}
		})
	}
}

func TestEveryCapturedCSVParses(t *testing.T) {
	for _, file := range captureFiles(t, "csv/*.csv") {
		date, _, _ := strings.Cut(filepath.Base(file), "_")
		t.Run(date, func(t *testing.T) {
			s := capturedCSV(t, date)
			checkSnapshot(t, s)
			var xp, level int64
			for _, r := range s.Rows {
				if r.Kind == hiscores.Skill && r.Metric != hiscores.Overall {
					n, _ := r.Value.Get()
					l, _ := r.Level.Get()
					xp, level = xp+n, level+l
				}
			}
			overall := row(t, s, hiscores.Overall)
			if overall.Value != known(xp) || overall.Level != known(level) {
				t.Errorf("Overall is %s at level %s; the skills add up to %d and %d: a wrong layout?", overall.Value, overall.Level, xp, level)
			}
		})
	}
}

func TestLayoutsAreThoseCaptured(t *testing.T) {
	var want struct {
		Layouts map[string]struct{ Skills, Activities []string }
	}
	if err := json.Unmarshal(captured(t, "csv", "layouts.json"), &want); err != nil {
		t.Fatal(err)
	}
	all := layouts(t)
	if len(all) != len(want.Layouts) {
		t.Errorf("%d layouts, %d captured", len(all), len(want.Layouts))
	}
	for i, l := range all {
		date := l.From.Format(time.DateOnly)
		if i == 0 {
			date = l.From.Format("2006-01") // its day is not known
		}
		captured := want.Layouts[date]
		if diff := cmp.Diff(captured.Skills, l.Skills); diff != "" {
			t.Errorf("skills of %s (-captured +ours):\n%s", date, diff)
		}
		if diff := cmp.Diff(captured.Activities, l.Activities); diff != "" {
			t.Errorf("activities of %s (-captured +ours):\n%s", date, diff)
		}
	}
}

func TestCapturedDiffOfEightDays(t *testing.T) {
	before := capturedJSON(t, "2026-08-12_active_small-diff_before")
	after := capturedJSON(t, "2026-08-20_active_small-diff_after")
	changes := hiscores.Diff(before, after)
	if n := count(changes, hiscores.Gained); n != len(changes) {
		t.Errorf("%d of %d changes are gains: %+v", n, len(changes), changes)
	}
	if got := find(t, changes, hiscores.Overall).Gain; got != 372_760 {
		t.Errorf("Overall gained %d, want 372760", got)
	}
	if c := find(t, changes, "Runecraft"); c.LevelBefore != known(82) || c.LevelAfter != known(83) {
		t.Errorf("Runecraft from level %s to %s, want 82 to 83", c.LevelBefore, c.LevelAfter)
	}
	var skills, kills int64
	for _, c := range changes {
		switch {
		case c.Kind == hiscores.Activity:
			kills += c.Gain
		case c.Metric != hiscores.Overall:
			skills += c.Gain
		}
	}
	if kills != 1 || skills != 372_760 {
		t.Errorf("%d kills and %d experience in skills, want 1 and 372760", kills, skills)
	}
	drifted := 0
	for _, r := range before.Rows {
		if r.Rank != row(t, after, r.Metric).Rank {
			drifted++
		}
	}
	if drifted <= len(changes) {
		t.Errorf("%d ranks moved; the capture should show more of them than the %d changes", drifted, len(changes))
	}
}

// The feed began to state the values of unranked rows in November 2025: to a
// naive diff those are gains.
func TestCapturedUnrankedValuesAreFirstSeen(t *testing.T) {
	before, after := capturedCSV(t, "2025-11-05"), capturedCSV(t, "2025-11-19")
	changes := hiscores.Diff(before, after)
	for _, c := range changes {
		if old, ok := before.Row(c.Metric); (!ok || !old.Value.IsKnown()) && (c.What != hiscores.FirstSeen || c.Gain != 0) {
			t.Errorf("%s was unknown and %s %d", c.Metric, c.What, c.Gain)
		}
		if c.What != hiscores.Gained && c.What != hiscores.FirstSeen {
			t.Errorf("%s %s", c.Metric, c.What)
		}
	}
	first := map[string]hiscores.Number{"Collections Logged": known(489), "PvP Arena - Rank": known(2500), "Sailing": known(0)}
	for metric, value := range first {
		if c := find(t, changes, metric); c.What != hiscores.FirstSeen || c.After != value {
			t.Errorf("%s %s at %s, want first seen at %s", metric, c.What, c.After, value)
		}
	}
	small := 0
	for _, c := range changes {
		if n, _ := c.After.Get(); c.What == hiscores.FirstSeen && n >= 1 && n <= 4 {
			small++
		}
	}
	if small != 10 {
		t.Errorf("%d bosses first seen with 1 to 4 kills, want 10", small)
	}
	if got := find(t, changes, hiscores.Overall); got.What != hiscores.Gained || got.Gain != 199_046_246-188_170_292 {
		t.Errorf("Overall %s %d", got.What, got.Gain)
	}
	for _, c := range changes {
		if c.Metric == "Zulrah" {
			t.Errorf("Zulrah, the last row, %s from %s to %s: rows shifted", c.What, c.Before, c.After)
		}
	}
}

func TestCapturedAccountNeverFallsOverFiveLayouts(t *testing.T) {
	dates := []string{"2025-11-05", "2025-11-19", "2026-02-25", "2026-06-30", "2026-07-29"}
	for i := range len(dates) - 1 {
		for _, c := range hiscores.Diff(capturedCSV(t, dates[i]), capturedCSV(t, dates[i+1])) {
			if (c.What == hiscores.Fell || c.What == hiscores.Lost) && !hiscores.MayFall(c.Metric) {
				t.Errorf("%s to %s: %s %s from %s to %s", dates[i], dates[i+1], c.Metric, c.What, c.Before, c.After)
			}
		}
	}
}

func TestCapturedKindsOfUnranked(t *testing.T) {
	type numbers struct{ rank, level, value hiscores.Number }
	tests := []struct {
		file, metric string
		want         numbers
	}{
		{"2026-10_returning_three-kinds-of-unranked", "Strength", numbers{unknown, known(75), known(1_271_864)}},
		{"2026-10_returning_three-kinds-of-unranked", "Hitpoints", numbers{unknown, unknown, unknown}},
		{"2026-10_returning_three-kinds-of-unranked", "Sailing", numbers{unknown, known(1), known(0)}},
		{"2026-10_returning_three-kinds-of-unranked", "Overall", numbers{known(1_641_835), known(1466), known(27_957_906)}},
		{"2026-10_active-maxed_pvp-arena-below-start", "PvP Arena - Rank", numbers{unknown, unknown, known(2461)}},
		{"2025-11_dormant-maxed_sailing-row-just-added", "Sailing", numbers{unknown, known(1), known(0)}},
		{"2026-10_dormant-maxed_query-with-hyphen", "Zulrah", numbers{unknown, unknown, unknown}},
		{"2026-10_dormant-maxed_query-with-hyphen", "Brutus", numbers{unknown, unknown, known(0)}},
	}
	for _, tt := range tests {
		t.Run(tt.file+" "+tt.metric, func(t *testing.T) {
			r := row(t, capturedJSON(t, tt.file), tt.metric)
			if got := (numbers{r.Rank, r.Level, r.Value}); got != tt.want {
				t.Errorf("rank, level, value = %v, want %v", got, tt.want)
			}
		})
	}
	s := capturedJSON(t, "2026-10_returning_three-kinds-of-unranked")
	var visible int64
	for _, r := range s.Rows[1:25] {
		n, _ := r.Value.Get()
		visible += n
	}
	total, _ := row(t, s, hiscores.Overall).Value.Get()
	if total-visible != 1_917_322 {
		t.Errorf("Overall is %d larger than the skills shown, want 1917322", total-visible)
	}
}
