package groups

import (
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/osrsdiff/osrsdiff/gains"
	"github.com/osrsdiff/osrsdiff/player"
)

// The errors that callers tell apart with errors.Is.
var (
	// ErrInvalid is matched by every error about what a person typed: the name,
	// description or zone of a group, a rank, a title, the times of a competition.
	ErrInvalid = errors.New("invalid group")
	// ErrExists means that another group has the name, maybe in another spelling.
	ErrExists = errors.New("group exists already")
)

// The most characters of what people type.
const (
	MaxName        = 40
	MaxRank        = 40
	MaxTitle       = 80
	MaxDescription = 200
)

// Name is the valid name of a group. The zero Name is none; make one with
// ParseName.
type Name struct{ display, key string }

// ParseName checks a name as a person typed it: 1 to MaxName letters, digits,
// spaces and - _ ' . & !, beginning with a letter or digit. The error matches
// ErrInvalid and names the value and the rule.
func ParseName(typed string) (Name, error) {
	display, err := label("name", typed, MaxName)
	if err != nil {
		return Name{}, err
	}
	if display == "" {
		return Name{}, fmt.Errorf("%w: name %q: must have a letter or digit", ErrInvalid, typed)
	}
	return Name{display: display, key: strings.NewReplacer("_", " ", "-", " ").Replace(strings.ToLower(display))}, nil
}

// String is the name as it was typed.
func (n Name) String() string { return n.display }

// Key is the form that is unique among groups: lower case, "_" and "-" as spaces.
func (n Name) Key() string { return n.key }

// IsZero reports whether n is the zero Name.
func (n Name) IsZero() bool { return n.key == "" }

// MarshalText writes the name as it was typed.
func (n Name) MarshalText() ([]byte, error) { return []byte(n.display), nil }

// ParseRank checks a word for what somebody is in a group, or for a team, such as
// "captain". It may be empty, and is written like a name otherwise.
func ParseRank(typed string) (string, error) { return label("rank", typed, MaxRank) }

// label checks a short text. It cannot begin with what a spreadsheet takes for a
// formula, and has nothing that separates the fields of a roster.
func label(what, typed string, most int) (string, error) {
	text := strings.Join(strings.Fields(typed), " ")
	if n := utf8.RuneCountInString(text); n > most {
		return "", fmt.Errorf("%w: %s %q: has %d characters; the most is %d", ErrInvalid, what, typed, n, most)
	}
	for i, r := range text {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			continue
		}
		if i == 0 {
			return "", fmt.Errorf("%w: %s %q: must begin with a letter or digit", ErrInvalid, what, typed)
		}
		if !strings.ContainsRune(" -_'.&!", r) {
			return "", fmt.Errorf("%w: %s %q: %q is not allowed; use letters, digits, spaces and - _ ' . ! &", ErrInvalid, what, typed, r)
		}
	}
	return text, nil
}

// Group is some players with a name.
type Group struct {
	// ID is never reused. Zero means not stored yet.
	ID int64
	// Name is unique by its Key.
	Name Name
	// Description says what the group is, in a line. It may be empty.
	Description string
	// Zone is the IANA time zone of the group's days and weeks. Empty: UTC.
	Zone string
	// Members is how many there are.
	Members int
	// CreatedAt and UpdatedAt are when the group was made, and when it or its
	// roster last changed.
	CreatedAt, UpdatedAt time.Time
}

// Patch is a change of a group. A nil field stays as it is.
type Patch struct {
	Name        *Name
	Description *string
	Zone        *string
}

// Apply returns the group with the change, or an error that matches ErrInvalid or
// gains.ErrInvalidZone.
func (p Patch) Apply(g Group) (Group, error) {
	if p.Name != nil {
		g.Name = *p.Name
	}
	if p.Description != nil {
		g.Description = *p.Description
	}
	if p.Zone != nil {
		g.Zone = *p.Zone
	}
	return g, g.Validate()
}

// Validate checks what a person may choose of a group.
func (g Group) Validate() error {
	if g.Name.IsZero() {
		return &FieldError{Field: "name", Err: fmt.Errorf("%w: name %q: must have a letter or digit", ErrInvalid, "")}
	}
	if err := line("description", g.Description, MaxDescription); err != nil {
		return err
	}
	if _, err := gains.Zone(g.Zone); err != nil {
		return &FieldError{Field: "zone", Value: g.Zone, Err: err}
	}
	return nil
}

// FieldError is an error about one field of a group or a competition.
type FieldError struct {
	// Field is its name as programs write it, Value what was given.
	Field, Value string
	// Err names the value and the rule.
	Err error
}

// Error is the text of Err.
func (e *FieldError) Error() string { return e.Err.Error() }

// Unwrap returns Err.
func (e *FieldError) Unwrap() error { return e.Err }

// line checks a text of one line.
func line(what, text string, most int) error {
	if n := utf8.RuneCountInString(text); n > most {
		return &FieldError{Field: what, Value: text, Err: fmt.Errorf("%w: %s: has %d characters; the most is %d", ErrInvalid, what, n, most)}
	}
	if !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl) {
		return &FieldError{Field: what, Value: text, Err: fmt.Errorf("%w: %s %q: must be one line of text", ErrInvalid, what, text)}
	}
	return nil
}

// Member is a player in a group.
type Member struct {
	// Player is the member as it is tracked.
	Player player.Player
	// Rank is what the member is in the group. Empty: nothing in particular.
	Rank string
	// Joined is when the roster first listed it.
	Joined time.Time
	// Level and Experience are the total level and experience. Zero: unknown.
	Level, Experience int64
}

// Outdated reports whether the last answer for a member is older than a while, or
// none has come.
func (m Member) Outdated(now time.Time, after time.Duration) bool {
	return m.Player.LastFetchedAt.Before(now.Add(-after))
}

// Outdated are the members that are.
func Outdated(members []Member, now time.Time, after time.Duration) []Member {
	var old []Member
	for _, m := range members {
		if m.Outdated(now, after) {
			old = append(old, m)
		}
	}
	return old
}
