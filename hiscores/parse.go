package hiscores

import (
	"bytes"
	"fmt"
	"strings"
	"time"
	"unicode"
)

// MaxBody is the size in bytes beyond which a body is not read: a real one has
// about 7,000.
const MaxBody = 1 << 20

// usualBody is the room made for a body at once.
const usualBody = 8 << 10

// maxMetric is the length in bytes of the longest row name that is believed.
const maxMetric = 100

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
	b, ok := scanBody(data)
	if !ok {
		var err error
		if b, err = readBody(data); err != nil {
			return Snapshot{}, fmt.Errorf("parse: %w: %w", ErrUnavailable, err)
		}
	}
	rows := newRowList(len(b.skills) + len(b.activities))
	for _, r := range b.skills {
		rows.add(skillRow(r.name, r.rank, r.level, r.xp))
	}
	skills := len(rows.rows)
	for _, r := range b.activities {
		rows.add(Row{Metric: r.name, Kind: Activity, Rank: r.rank, Value: r.score})
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

// number reads the feed's -1 as unknown.
func number(n int64) Number {
	if n < 0 {
		return Number{}
	}
	return Known(n)
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
	// known tells by its number which known row was seen, others by its key which other.
	known  []bool
	others map[string]bool
}

func newRowList(most int) *rowList {
	return &rowList{rows: make([]Row, 0, most), known: make([]bool, len(rowsKnown())), others: make(map[string]bool)}
}

// add appends the row unless its name was seen before or cannot be a name.
func (l *rowList) add(r Row) {
	known, ok := rowsKnown()[r.Metric]
	if !ok {
		r.Metric = strings.TrimSpace(printable(r.Metric))
		known, ok = rowsKnown()[makeKey(r.Metric)]
	}
	if ok && !l.known[known.number] || !ok && l.addOther(makeKey(r.Metric)) {
		l.rows = append(l.rows, r)
	}
	if ok {
		l.known[known.number] = true
	}
}

// addOther reports whether a row that nobody knows is to be added, by its key.
func (l *rowList) addOther(key string) bool {
	if key == "" || len(key) > maxMetric || l.others[key] {
		return false
	}
	l.others[key] = true
	return true
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
