package hiscorestest_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/osrsdiff/osrsdiff/hiscores"
	"github.com/osrsdiff/osrsdiff/hiscores/hiscorestest"
	"pgregory.net/rapid"
)

func value(t interface{ Fatalf(string, ...any) }, s hiscores.Snapshot, metric string) int64 {
	row, ok := s.Row(metric)
	n, known := row.Value.Get()
	if !ok || !known {
		t.Fatalf("row %q: present %v, known %v", metric, ok, known)
	}
	return n
}

// sums adds up the skills' experience and levels.
func sums(s hiscores.Snapshot) (xp, level int64) {
	for _, r := range s.Rows {
		if r.Kind == hiscores.Skill && r.Metric != hiscores.Overall {
			n, _ := r.Value.Get()
			l, _ := r.Level.Get()
			xp, level = xp+n, level+l
		}
	}
	return xp, level
}

func checkTotals(t interface{ Fatalf(string, ...any) }, s hiscores.Snapshot) {
	xp, level := sums(s)
	overall, _ := s.Row(hiscores.Overall)
	if overall.Value != hiscores.Known(xp) || overall.Level != hiscores.Known(level) {
		t.Fatalf("Overall is %s xp, level %s; its skills add up to %d and %d", overall.Value, overall.Level, xp, level)
	}
}

func TestAccountHasEveryRowAndItsTotals(t *testing.T) {
	for _, xp := range []int64{0, 1, 1154, 5_000_000, 300_000_000, 2_000_000_000, hiscorestest.MaxXP} {
		s := hiscorestest.Account(xp)
		skills := 0
		for _, r := range s.Rows {
			if r.Kind == hiscores.Skill {
				skills++
			}
		}
		if skills != 25 || len(s.Rows)-skills != 91 {
			t.Errorf("Account(%d) has %d skills and %d activities, want 25 and 91", xp, skills, len(s.Rows)-skills)
		}
		if got := value(t, s, hiscores.Overall); got != xp {
			t.Errorf("Account(%d) has %d experience", xp, got)
		}
		checkTotals(t, s)
	}
}

func TestAccountNeverFallsWithMoreExperience(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		less := rapid.Int64Range(0, hiscorestest.MaxXP).Draw(t, "less")
		more := less + rapid.Int64Range(0, 50_000_000).Draw(t, "gain")
		for _, c := range hiscores.Diff(hiscorestest.Account(less), hiscorestest.Account(more)) {
			if c.What != hiscores.Gained {
				t.Fatalf("from %d to %d: %s %s", less, more, c.Metric, c.What)
			}
		}
	})
}

func TestGainMovesTheTotalToo(t *testing.T) {
	before := hiscorestest.Account(1_000_000)
	tests := []struct {
		name   string
		metric string
		n      int64
		want   map[string]int64
	}{
		{"skill", "Attack", 5000, map[string]int64{"Attack": 5000, "Overall": 5000}},
		{"boss", "zulrah", 1, map[string]int64{"Zulrah": 1}},
		{"clue", "Clue Scrolls (hard)", 2, map[string]int64{"Clue Scrolls (hard)": 2, "Clue Scrolls (all)": 2}},
		{"fall", "Attack", -10, map[string]int64{"Attack": -10, "Overall": -10}},
		{"overall alone", "Overall", 7, map[string]int64{"Overall": 7}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := map[string]int64{}
			for _, c := range hiscores.Diff(before, hiscorestest.Gain(before, tt.metric, tt.n)) {
				got[c.Metric] = c.Gain
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("gains (-want +got):\n%s", diff)
			}
		})
	}
}

func TestSetHidesARowAndKeepsTheTotal(t *testing.T) {
	before := hiscorestest.Account(1_000_000)
	hidden := hiscorestest.Set(before, "Attack", hiscores.Number{})
	row, _ := hidden.Row("Attack")
	if row.Value.IsKnown() || row.Level.IsKnown() || row.Rank.IsKnown() {
		t.Errorf("hidden row = %+v", row)
	}
	if got := value(t, hidden, hiscores.Overall); got != 1_000_000 {
		t.Errorf("Overall = %d, want 1000000", got)
	}
	added := hiscorestest.Set(before, "Clockwork Wyrm", hiscores.Known(3))
	if got := value(t, added, "Clockwork Wyrm"); got != 3 {
		t.Errorf("added row = %d, want 3", got)
	}
}

func TestBodyIsReadBackByParse(t *testing.T) {
	at := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	want := hiscorestest.Set(hiscorestest.Account(90_000_000), "Attack", hiscores.Number{})
	want = hiscorestest.Set(want, "Yama", hiscores.Number{})
	want.At = at
	data, err := hiscorestest.Body("Someone", want)
	if err != nil {
		t.Fatal(err)
	}
	if len(data) < 6000 || len(data) > 8000 {
		t.Errorf("body has %d bytes; real ones have about 7000", len(data))
	}
	got, err := hiscores.Parse(data, at)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
