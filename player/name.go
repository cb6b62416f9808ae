package player

import (
	"encoding"
	"errors"
	"fmt"
	"strings"
)

// ErrInvalidName is matched by every error that ParseName returns.
var ErrInvalidName = errors.New("invalid player name")

// MaxNameLength is the number of characters a name may have, as in the game.
const MaxNameLength = 12

// Name is a valid player name. The zero Name is no name; make one with ParseName.
type Name struct {
	display string
	key     string
}

// ParseName checks a name as a person typed it. Outer separators (space, "_",
// "-" and look-alikes such as the no-break space that the game itself shows)
// are trimmed from the key; the display form keeps what was typed, with the
// look-alikes replaced and outer white space removed. The error matches
// ErrInvalidName and names the value and the rule.
func ParseName(typed string) (Name, error) {
	display := strings.Trim(strings.Map(plainSeparator, typed), " ")
	key := strings.Trim(strings.Map(foldKey, display), " ")
	if key == "" {
		return Name{}, fmt.Errorf("%w: name %q: must have a letter or digit", ErrInvalidName, typed)
	}
	for _, r := range key {
		if !isNameRune(r) {
			return Name{}, fmt.Errorf("%w: name %q: %q is not allowed; use letters A-Z, digits, space, _ and -", ErrInvalidName, typed, r)
		}
	}
	if n := len(key); n > MaxNameLength {
		return Name{}, fmt.Errorf("%w: name %q: has %d characters; the most is %d", ErrInvalidName, typed, n, MaxNameLength)
	}
	if len(display) > MaxNameLength {
		display = strings.Trim(display, "_- ")
	}
	return Name{display: display, key: key}, nil
}

// String is the name as it was typed, for people to read and for the hiscores.
func (n Name) String() string { return n.display }

// Key is the canonical form that is unique among tracked players: lower case,
// "_" and "-" as spaces, outer ones trimmed. Inner doubles stay, since the
// hiscores tell "a  b" from "a b".
func (n Name) Key() string { return n.key }

// IsZero reports whether n is the zero Name.
func (n Name) IsZero() bool { return n.key == "" }

// Equal reports whether both were typed alike. Names of one player may be
// unequal; compare Key to tell players apart.
func (n Name) Equal(other Name) bool { return n == other }

// MarshalText writes the display form, so JSON shows the name as it was typed.
func (n Name) MarshalText() ([]byte, error) { return []byte(n.display), nil }

// UnmarshalText reads what ParseName reads, and the empty text as the zero Name.
func (n *Name) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*n = Name{}
		return nil
	}
	v, err := ParseName(string(text))
	if err == nil {
		*n = v
	}
	return err
}

var (
	_ encoding.TextMarshaler   = Name{}
	_ encoding.TextUnmarshaler = (*Name)(nil)
)

// plainSeparator turns what looks like a space or a hyphen into one.
func plainSeparator(r rune) rune {
	switch r {
	case '\u00a0', '\u2007', '\u202f', '\u2009', '\u200a', '\u2002', '\u2003', '\t', '\ufffd':
		return ' '
	case '\u2010', '\u2011', '\u2012', '\u2013', '\u2212':
		return '-'
	}
	return r
}

func foldKey(r rune) rune {
	switch {
	case r == '_' || r == '-':
		return ' '
	case 'A' <= r && r <= 'Z':
		return r - 'A' + 'a'
	}
	return r
}

func isNameRune(r rune) bool {
	return r == ' ' || '0' <= r && r <= '9' || 'a' <= r && r <= 'z'
}
