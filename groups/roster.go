package groups

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/osrsdiff/osrsdiff/player"
)

// ErrInvalidRoster is matched by the error of a roster with lines that cannot be
// read, and of one without names.
var ErrInvalidRoster = errors.New("invalid roster")

// MaxRoster is how many players a roster may list.
const MaxRoster = 5_000

// Entry is a line of a roster.
type Entry struct {
	// Name is the player's name.
	Name player.Name
	// Rank is what the player is in the group, or the team in a competition.
	Rank string
	// Line is where it stands, counted from one.
	Line int
}

// BadLine is a line of a roster that says nothing.
type BadLine struct {
	// Line is where it stands, counted from one.
	Line int `json:"line"`
	// Text is the line itself, cut where it is long.
	Text string `json:"text"`
	// Reason says what is wrong with it.
	Reason string `json:"reason"`
}

// Roster is a list of players as it was read. Nobody is listed twice.
type Roster struct {
	Entries []Entry
	Bad     []BadLine
}

// ReadRoster reads one player a line: a name, and behind a comma or a tab a rank
// if there is one. Blank lines and lines that begin with # are left out. A first
// line "name,rank" is a heading; behind it further columns are left out too, as
// of an export. Lines that cannot be read are in Bad; the error is one of reading.
func ReadRoster(r io.Reader) (Roster, error) {
	reader := rosterReader{seen: map[string]Entry{}}
	lines := bufio.NewScanner(r)
	for n := 1; lines.Scan(); n++ {
		text := strings.TrimSpace(string(bytes.TrimPrefix(lines.Bytes(), []byte("\ufeff"))))
		if text == "" || strings.HasPrefix(text, "#") {
			continue
		}
		if err := reader.read(n, text); err != nil {
			reader.Bad = append(reader.Bad, BadLine{Line: n, Text: short(text), Reason: err.Error()})
		}
	}
	if err := lines.Err(); err != nil {
		return Roster{}, fmt.Errorf("%w: %w", ErrInvalidRoster, err)
	}
	return reader.Roster, nil
}

type rosterReader struct {
	Roster
	seen map[string]Entry
	// begun: a line was read. wide: the first was a heading.
	begun, wide bool
}

func (r *rosterReader) read(n int, text string) error {
	fields := strings.FieldsFunc(text, isSeparator)
	first := !r.begun
	r.begun = true
	if first && len(fields) > 1 && strings.EqualFold(strings.TrimSpace(fields[0]), "name") && strings.EqualFold(strings.TrimSpace(fields[1]), "rank") {
		r.wide = true
		return nil
	}
	name, rest := cutField(text)
	rank, more := cutField(rest)
	if more != "" && !r.wide {
		return errors.New("has more than a name and a rank")
	}
	return r.add(n, name, rank)
}

func isSeparator(r rune) bool { return r == ',' || r == '\t' }

// cutField splits a line at its first separator.
func cutField(text string) (field, rest string) {
	if i := strings.IndexFunc(text, isSeparator); i >= 0 {
		return text[:i], text[i+1:]
	}
	return text, ""
}

func (r *rosterReader) add(n int, typed, typedRank string) error {
	name, err := player.ParseName(typed)
	if err != nil {
		return err
	}
	rank, err := ParseRank(typedRank)
	if err != nil {
		return err
	}
	if before, twice := r.seen[name.Key()]; twice {
		if before.Rank != rank {
			return fmt.Errorf("%s has another rank on line %d", name, before.Line)
		}
		return nil
	}
	if len(r.Entries) == MaxRoster {
		return fmt.Errorf("a roster has at most %d players", MaxRoster)
	}
	e := Entry{Name: name, Rank: rank, Line: n}
	r.seen[name.Key()] = e
	r.Entries = append(r.Entries, e)
	return nil
}

// short cuts a line so that it can be shown.
func short(text string) string {
	if runes := []rune(text); len(runes) > 60 {
		return string(runes[:60]) + "…"
	}
	return text
}

// Check returns an error that matches ErrInvalidRoster when a line could not be
// read, unless skipBad, or when nobody is listed: a roster that lost its names
// must not empty a group.
func (r Roster) Check(skipBad bool) error {
	if len(r.Bad) > 0 && !skipBad {
		return &RosterError{Bad: r.Bad}
	}
	if len(r.Entries) == 0 {
		return fmt.Errorf("%w: it lists nobody", ErrInvalidRoster)
	}
	return nil
}

// RosterError says which lines of a roster cannot be read. It matches
// ErrInvalidRoster.
type RosterError struct{ Bad []BadLine }

// shownBad is how many lines an error names.
const shownBad = 20

// Error names the lines and what is wrong with each.
func (e *RosterError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%v, nothing was changed", ErrInvalidRoster)
	for i, bad := range e.Bad {
		if i == shownBad {
			fmt.Fprintf(&b, "\n%d more", len(e.Bad)-i)
			break
		}
		fmt.Fprintf(&b, "\nline %d: %q: %s", bad.Line, bad.Text, bad.Reason)
	}
	return b.String()
}

// Unwrap makes the error match ErrInvalidRoster.
func (e *RosterError) Unwrap() error { return ErrInvalidRoster }
