package bench

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
)

// result is one number of one table.
type result struct {
	// Section is the table, as the page names it in its markers.
	Section string `json:"section"`
	// Row says what was measured.
	Row string `json:"row"`
	// Players is the column.
	Players int `json:"players"`
	// Value is the number with its unit, for people.
	Value string `json:"value"`
	// Goal is what the number should be. Empty: there is none.
	Goal string `json:"goal,omitempty"`
	// Missed says that it is not.
	Missed bool `json:"missed,omitempty"`
}

// goal is what a number should be at most or at least. The zero goal is met by
// every number.
type goal struct {
	most, least float64
	text        string
}

func atMost(x float64, text string) goal  { return goal{most: x, text: "≤ " + text} }
func atLeast(x float64, text string) goal { return goal{least: x, text: "≥ " + text} }

func (g goal) missed(x float64) bool { return g.most > 0 && x > g.most || x < g.least }

// table takes results of one section at one size.
type table struct {
	tb      testing.TB
	section string
	players int
}

// newTable starts with how busy the machine is.
func newTable(tb testing.TB, section string, players int) table {
	tb.Helper()
	t := table{tb, section, players}
	t.add("load average before (1 min)", loadAverage(), "", goal{})
	return t
}

// add takes a number with its unit up.
func (t table) add(row string, x float64, unit string, g goal) {
	t.tb.Helper()
	r := result{Section: t.section, Row: row, Players: t.players, Value: format(x) + unit, Goal: g.text, Missed: g.missed(x)}
	note := ""
	if r.Goal != "" {
		note = " (goal " + r.Goal + ")"
	}
	t.tb.Logf("%s, %s players: %s: %s%s", r.Section, thousands(r.Players), r.Row, r.Value, note)
	if *report != "" {
		if err := publish(*report, r); err != nil {
			t.tb.Fatal(err)
		}
	}
}

// format writes a number with three digits that matter, and thousands apart.
func format(x float64) string {
	switch {
	case x >= 100 || x == 0:
		return thousands(int(x + 0.5))
	case x >= 10:
		return fmt.Sprintf("%.1f", x)
	}
	return fmt.Sprintf("%.2f", x)
}

func thousands(n int) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

var publishing sync.Mutex

// publish puts a result in the place of an older one, in the file of all results
// beside the page, and writes the page's tables anew.
func publish(page string, r result) error {
	publishing.Lock()
	defer publishing.Unlock()
	path := strings.TrimSuffix(page, ".md") + ".json"
	results, err := readResults(path)
	if err != nil {
		return err
	}
	same := func(o result) bool { return o.Section == r.Section && o.Row == r.Row && o.Players == r.Players }
	if i := slices.IndexFunc(results, same); i >= 0 {
		results[i] = r
	} else {
		results = append(results, r)
	}
	data, err := json.MarshalIndent(results, "", " ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(path, append(data, '\n'), 0o644); err != nil {
		return fmt.Errorf("keep results: %w", err)
	}
	text, err := os.ReadFile(page)
	if err != nil {
		return fmt.Errorf("read the page: %w", err)
	}
	return os.WriteFile(page, []byte(fillIn(string(text), results)), 0o644)
}

func readResults(path string) ([]result, error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read results: %w", err)
	}
	var results []result
	if err := json.Unmarshal(data, &results); err != nil {
		return nil, fmt.Errorf("read results %s: %w", path, err)
	}
	return results, nil
}

// fillIn writes each section's table between its markers. A section without
// markers is left out.
func fillIn(page string, results []result) string {
	sections := map[string][]result{}
	for _, r := range results {
		sections[r.Section] = append(sections[r.Section], r)
	}
	for name, list := range sections {
		begin, end := "<!-- begin "+name+" -->\n", "<!-- end "+name+" -->"
		before, rest, found := strings.Cut(page, begin)
		_, after, closed := strings.Cut(rest, end)
		if found && closed {
			page = before + begin + markdown(list) + end + after
		}
	}
	return page
}

// markdown is a table with a row for each thing measured and a column for each
// size.
func markdown(list []result) string {
	var rows []string
	var sizes []int
	goals := map[string]string{}
	cells := map[string]string{}
	for _, r := range list {
		if !slices.Contains(rows, r.Row) {
			rows = append(rows, r.Row)
		}
		if !slices.Contains(sizes, r.Players) {
			sizes = append(sizes, r.Players)
		}
		goals[r.Row] = cmp.Or(goals[r.Row], r.Goal)
		value := r.Value
		if r.Missed {
			value = "**" + value + "**"
		}
		cells[fmt.Sprint(r.Row, r.Players)] = value
	}
	slices.Sort(sizes)
	var b strings.Builder
	b.WriteString("| players |")
	for _, n := range sizes {
		fmt.Fprintf(&b, " %s |", thousands(n))
	}
	b.WriteString(" goal |\n|---|" + strings.Repeat("--:|", len(sizes)) + "---|\n")
	for _, row := range rows {
		fmt.Fprintf(&b, "| %s |", row)
		for _, n := range sizes {
			fmt.Fprintf(&b, " %s |", cells[fmt.Sprint(row, n)])
		}
		fmt.Fprintf(&b, " %s |\n", goals[row])
	}
	return b.String()
}
