package hiscores

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode"
)

// MaxBody is the size in bytes beyond which a body is not read: a real one has
// about 7,000.
const MaxBody = 1 << 20

// maxMetric is the length in bytes of the longest row name that is believed.
const maxMetric = 100

// body is what Parse reads of the feed. Whatever else it holds is ignored, the
// top-level "name" above all: it only echoes the query.
type body struct {
	Skills     []bodyRow `json:"skills"`
	Activities []bodyRow `json:"activities"`
}

// bodyRow is a row of either list; a field that is absent or null is unknown.
type bodyRow struct {
	Name  string `json:"name"`
	Rank  *int64 `json:"rank"`
	Level *int64 `json:"level"`
	XP    *int64 `json:"xp"`
	Score *int64 `json:"score"`
}

// Parse reads a body of index_lite.json that came at that time. Rows are keyed
// by name: unknown ones are kept, missing ones are no fault, of two with one
// name the first counts. A body that is not an object with skills, activities
// and an Overall row, or whose skills add up to more than Overall, gives an error
// that matches ErrUnavailable, since it says nothing about the player.
func Parse(data []byte, at time.Time) (Snapshot, error) {
	if len(data) > MaxBody {
		return Snapshot{}, fmt.Errorf("parse: %w: body is larger than %d bytes", ErrUnavailable, MaxBody)
	}
	if !isObject(data) {
		return Snapshot{}, fmt.Errorf("parse: %w: body is not a JSON object", ErrUnavailable)
	}
	var b body
	if err := json.Unmarshal(data, &b); err != nil {
		return Snapshot{}, fmt.Errorf("parse: %w: %w", ErrUnavailable, err)
	}
	var rows rowList
	for _, r := range b.Skills {
		rows.add(skillRow(r.Name, number(r.Rank), number(r.Level), number(r.XP)))
	}
	skills := len(rows.rows)
	for _, r := range b.Activities {
		rows.add(Row{Metric: r.Name, Kind: Activity, Rank: number(r.Rank), Value: number(r.Score)})
	}
	if len(rows.rows) == skills {
		return Snapshot{}, fmt.Errorf("parse: %w: body has no activities", ErrUnavailable)
	}
	s := Snapshot{At: at.UTC(), Rows: rows.rows}
	if overall, ok := s.Row(Overall); !ok || overall.Kind != Skill {
		return Snapshot{}, fmt.Errorf("parse: %w: body has no %s skill", ErrUnavailable, Overall)
	}
	if err := checkSum(s.Rows); err != nil {
		return Snapshot{}, fmt.Errorf("parse: %w: %w", ErrUnavailable, err)
	}
	return s, nil
}

func isObject(data []byte) bool {
	trimmed := bytes.TrimLeft(data, " \t\r\n")
	return len(trimmed) > 0 && trimmed[0] == '{'
}

// number reads the feed's -1, and what is absent, as unknown.
func number(n *int64) Number {
	if n == nil || *n < 0 {
		return Number{}
	}
	return Known(*n)
}

// skillRow makes the row of a skill and takes back two placeholders of the
// feed: the level 1 it states where it does not know the experience, and the
// zeros it stated until November 2025 for a total it did not rank (a real total
// is at least the 1,154 experience of level 10 Hitpoints).
func skillRow(name string, rank, level, xp Number) Row {
	if xp == Known(0) && !rank.IsKnown() && MetricKey(name) == MetricKey(Overall) {
		xp, level = Number{}, Number{}
	}
	if !xp.IsKnown() && level == Known(1) || level == Known(0) {
		level = Number{}
	}
	return Row{Metric: name, Kind: Skill, Rank: rank, Level: level, Value: xp}
}

// rowList gathers the rows of a snapshot.
type rowList struct {
	rows []Row
	seen map[string]bool
}

// add appends the row unless its name was seen before or cannot be a name.
func (l *rowList) add(r Row) {
	r.Metric = strings.TrimSpace(printable(r.Metric))
	key := MetricKey(r.Metric)
	if key == "" || len(key) > maxMetric || l.seen[key] {
		return
	}
	if l.seen == nil {
		l.seen = make(map[string]bool)
	}
	l.seen[key] = true
	l.rows = append(l.rows, r)
}

// printable removes control characters, which no header and no database takes.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return -1
		}
		return r
	}, s)
}
