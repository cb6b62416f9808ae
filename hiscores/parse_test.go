package hiscores_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/osrsdiff/osrsdiff/hiscores"
	"github.com/osrsdiff/osrsdiff/hiscores/hiscorestest"
)

var noon = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)

var (
	unknown = hiscores.Number{}
	known   = hiscores.Known
)

const overallRow = `{"id":0,"name":"Overall","rank":5,"level":108,"xp":1273018}`

// bodyOf is a body with the Overall row and those given.
func bodyOf(skills, activities string) string {
	if skills != "" {
		skills = "," + skills
	}
	return `{"name":"x","skills":[` + overallRow + skills + `],"activities":[` + activities + `]}`
}

func TestParseReadsRows(t *testing.T) {
	const zulrah = `{"id":90,"name":"Zulrah","rank":7,"score":312}`
	skill := func(metric string, rank, level, value hiscores.Number) hiscores.Row {
		return hiscores.Row{Metric: metric, Kind: hiscores.Skill, Rank: rank, Level: level, Value: value}
	}
	activity := func(metric string, rank, value hiscores.Number) hiscores.Row {
		return hiscores.Row{Metric: metric, Kind: hiscores.Activity, Rank: rank, Value: value}
	}
	overall := skill("Overall", known(5), known(108), known(1_273_018))
	boss := activity("Zulrah", known(7), known(312))
	tests := []struct {
		name string
		body string
		want []hiscores.Row
	}{
		{"ranked", bodyOf("", zulrah), []hiscores.Row{overall, boss}},
		{"unranked with a real value",
			bodyOf(`{"name":"Strength","rank":-1,"level":75,"xp":1271864}`, `{"name":"PvP Arena - Rank","rank":-1,"score":2461}`),
			[]hiscores.Row{overall, skill("Strength", unknown, known(75), known(1271864)),
				activity("PvP Arena - Rank", unknown, known(2461))}},
		{"unknown value, and the level that stands for it",
			bodyOf(`{"name":"Hitpoints","rank":-1,"level":1,"xp":-1}`, `{"name":"Yama","rank":-1,"score":-1}`),
			[]hiscores.Row{overall, skill("Hitpoints", unknown, unknown, unknown), activity("Yama", unknown, unknown)}},
		{"a real level beside unknown experience",
			bodyOf(`{"name":"Magic","rank":9,"level":70,"xp":-1}`, zulrah),
			[]hiscores.Row{overall, skill("Magic", known(9), known(70), unknown), boss}},
		{"zero is a real zero",
			bodyOf(`{"name":"Sailing","rank":-1,"level":1,"xp":0}`, `{"name":"Yama","rank":3,"score":0}`),
			[]hiscores.Row{overall, skill("Sailing", unknown, known(1), known(0)), activity("Yama", known(3), known(0))}},
		{"fields that are absent or null are unknown",
			bodyOf(`{"name":"Sailing","rank":null}`, `{"name":"Yama"}`),
			[]hiscores.Row{overall, skill("Sailing", unknown, unknown, unknown), activity("Yama", unknown, unknown)}},
		{"unknown rows and fields are kept and ignored",
			bodyOf(`{"name":"Gardening","rank":1,"level":2,"xp":90,"new":[1]}`, `{"name":"Yama 2","rank":1,"score":6,"new":{}}`),
			[]hiscores.Row{overall, skill("Gardening", known(1), known(2), known(90)), activity("Yama 2", known(1), known(6))}},
		{"of two with one name the first counts",
			bodyOf("", zulrah+`,{"name":" zulrah ","rank":1,"score":1}`), []hiscores.Row{overall, boss}},
		{"names are trimmed, and rows without one left out",
			bodyOf("", `{"name":" Zulrah\u0000 ","rank":7,"score":312},{"rank":1,"score":2},null,{"name":"`+strings.Repeat("x", 101)+`"}`),
			[]hiscores.Row{overall, boss}},
		{"a hidden skill is in the total alone",
			`{"skills":[{"name":"Overall","rank":5,"level":3,"xp":100},{"name":"Attack","rank":2,"level":1,"xp":60}],"activities":[` + zulrah + `]}`,
			[]hiscores.Row{skill("Overall", known(5), known(3), known(100)), skill("Attack", known(2), known(1), known(60)), boss}},
		{"total not ranked, before November 2025",
			`{"skills":[{"name":"Overall","rank":-1,"level":0,"xp":0}],"activities":[` + zulrah + `]}`,
			[]hiscores.Row{skill("Overall", unknown, unknown, unknown), boss}},
		{"total above 32 bits",
			`{"skills":[{"name":"Overall","rank":1,"level":2376,"xp":4800000000}],"activities":[` + zulrah + `]}`,
			[]hiscores.Row{skill("Overall", known(1), known(2376), known(4_800_000_000)), boss}},
		{"of two lists with one name the last counts",
			`{"skills":[{"name":"Attack","xp":1}],"activities":[` + zulrah + `],"skills":[` + overallRow + `]}`, []hiscores.Row{overall, boss}},
		{"skills come first in any order",
			`{"activities":[` + zulrah + `],"skills":[` + overallRow + `]}`, []hiscores.Row{overall, boss}},
		{"bytes that are no UTF-8 are replaced",
			bodyOf("", zulrah+`,{"name":"Za`+"\xff"+`ros","rank":1,"score":2}`), []hiscores.Row{overall, boss, activity("Za\uFFFDros", known(1), known(2))}},
		{"a name that is no string is not even read",
			"\n\t" + `{"name":{"a":[1]},"skills":[` + overallRow + `],"activities":[` + zulrah + `]}` + "\n",
			[]hiscores.Row{overall, boss}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := hiscores.Parse([]byte(tt.body), noon)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(hiscores.Snapshot{At: noon, Rows: tt.want}, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestParseRefusesWhatIsNoPlayer(t *testing.T) {
	const zulrah = `{"name":"Zulrah","rank":7,"score":312}`
	tests := map[string]string{
		"empty":                     "",
		"blank":                     " \n",
		"empty object":              "{}",
		"array":                     `[` + overallRow + `]`,
		"string":                    `"{}"`,
		"HTML":                      "<html>unavailable</html>",
		"cut short":                 bodyOf("", zulrah)[:80],
		"two bodies":                bodyOf("", zulrah) + bodyOf("", zulrah),
		"no activities":             bodyOf("", ""),
		"no row among activities":   bodyOf("", "null,{}"),
		"no skills":                 `{"skills":[],"activities":[` + zulrah + `]}`,
		"more than its total":       `{"skills":[{"name":"Overall","xp":99},{"name":"Attack","xp":60},{"name":"Magic","xp":40}],"activities":[` + zulrah + `]}`,
		"far more than its total":   `{"skills":[{"name":"Overall","xp":99},{"name":"Attack","xp":9223372036854775807},{"name":"Magic","xp":9223372036854775807}],"activities":[` + zulrah + `]}`,
		"no Overall":                `{"skills":[{"name":"Attack","rank":1,"level":1,"xp":0}],"activities":[` + zulrah + `]}`,
		"Overall among activities":  `{"skills":[{"name":"Attack"}],"activities":[{"name":"Overall","rank":1,"score":5}]}`,
		"skills are null":           `{"skills":null,"activities":[` + zulrah + `]}`,
		"a row is a number":         bodyOf("", `7`),
		"a name is a number":        bodyOf("", `{"name":7,"rank":7,"score":312}`),
		"a number is true":          bodyOf("", `{"name":"Zulrah","rank":true,"score":312}`),
		"skills are an object":      `{"skills":{"Overall":1},"activities":[` + zulrah + `]}`,
		"a number in quotes":        bodyOf("", `{"name":"Zulrah","rank":"7","score":312}`),
		"a fraction":                bodyOf("", `{"name":"Zulrah","rank":7,"score":3.5}`),
		"a number beyond 64 bits":   bodyOf("", `{"name":"Zulrah","rank":7,"score":9223372036854775808}`),
		"larger than it may be":     bodyOf("", zulrah+strings.Repeat(" ", hiscores.MaxBody)),
		"an error the site may say": `{"error":"not found"}`,
	}
	for name, body := range tests {
		t.Run(name, func(t *testing.T) {
			s, err := hiscores.Parse([]byte(body), noon)
			if !errors.Is(err, hiscores.ErrUnavailable) || errors.Is(err, hiscores.ErrNotFound) {
				t.Errorf("err = %v, want ErrUnavailable only", err)
			}
			if len(s.Rows) != 0 {
				t.Errorf("rows came with the error: %v", s.Rows)
			}
		})
	}
}

func TestParseGivesTimeInUTC(t *testing.T) {
	at := noon.In(time.FixedZone("somewhere", 3600))
	s, err := hiscores.Parse([]byte(bodyOf("", `{"name":"Zulrah"}`)), at)
	if err != nil {
		t.Fatal(err)
	}
	if s.At != noon {
		t.Errorf("At = %v, want %v", s.At, noon)
	}
}

// checkSnapshot fails unless a parsed snapshot keeps what Snapshot promises.
func checkSnapshot(t *testing.T, s hiscores.Snapshot) {
	t.Helper()
	seen := map[string]bool{}
	for _, r := range s.Rows {
		key := hiscores.MetricKey(r.Metric)
		if key == "" || seen[key] {
			t.Errorf("row name %q is empty or there twice", r.Metric)
		}
		seen[key] = true
		for _, n := range []hiscores.Number{r.Rank, r.Level, r.Value} {
			if v, _ := n.Get(); v < 0 {
				t.Errorf("row %q holds %d", r.Metric, v)
			}
		}
	}
	if len(hiscores.Diff(s, s)) != 0 {
		t.Error("the snapshot differs from itself")
	}
}

func FuzzParse(f *testing.F) {
	small, err := hiscorestest.Body("Someone", snapshotOf(skillAt("Overall", 33, 1154), score("Zulrah", known(3))))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(small) // a full body takes minutes to minimise
	for _, body := range []string{
		"", "{}", "null", "<html>", bodyOf("", ""), bodyOf("null", `{"name":"a","rank":-1,"score":-1},{"name":"A"}`),
		bodyOf(`{"name":"Hitpoints","rank":-1,"level":1,"xp":-1}`, `{"name":"PvP Arena - Rank","rank":-1,"score":2461}`),
		`{"skills":[{"name":"overall"}],"activities":[{"name":"b\u0000"}],"Skills":[]}`,
	} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := hiscores.Parse(data, noon)
		if err != nil {
			if !errors.Is(err, hiscores.ErrUnavailable) {
				t.Fatalf("err = %v", err)
			}
			return
		}
		checkSnapshot(t, s)
		again, err := hiscorestest.Body("x", s)
		if err != nil {
			t.Fatal(err)
		}
		back, err := hiscores.Parse(again, noon)
		if err != nil {
			t.Fatalf("parse what was written: %v\n%s", err, again)
		}
		if diff := cmp.Diff(s, back); diff != "" {
			t.Errorf("written and read back (-before +after):\n%s", diff)
		}
	})
}

func ExampleParse() {
	body := `{"skills":[{"name":"Overall","rank":9,"level":1466,"xp":27957906}],
	          "activities":[{"name":"PvP Arena - Rank","rank":-1,"score":2461}]}`
	snapshot, err := hiscores.Parse([]byte(body), noon)
	if err != nil {
		fmt.Println(err)
		return
	}
	row, _ := snapshot.Row("pvp arena - rank")
	fmt.Println("rank", row.Rank, "score", row.Value)
	// Output: rank unknown score 2461
}

func BenchmarkParse(b *testing.B) {
	body, err := hiscorestest.Body("Zezima", hiscorestest.Account(50_000_000))
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := hiscores.Parse(body, noon); err != nil {
			b.Fatal(err)
		}
	}
}
