package player

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// ErrInvalidMode is matched by the error that ParseMode returns.
var ErrInvalidMode = errors.New("invalid game mode")

// Mode is a game mode: the rules an account plays by, and so the hiscores table
// it is read from. Group ironmen have no table of their own and look Regular.
type Mode string

// The game modes, spelled as the API and the command line spell them.
const (
	Regular         Mode = "regular"
	Ironman         Mode = "ironman"
	HardcoreIronman Mode = "hardcore_ironman"
	UltimateIronman Mode = "ultimate_ironman"
)

// Modes lists every game mode, the loosest rules first: the order in which
// tables must be read for a mode check, since a logout between two reads can
// then only make the stricter table look higher.
func Modes() []Mode { return []Mode{Regular, Ironman, HardcoreIronman, UltimateIronman} }

// ParseMode reads the spelling of the constants. The error matches
// ErrInvalidMode and lists what exists.
func ParseMode(s string) (Mode, error) {
	if m := Mode(s); m.Valid() {
		return m, nil
	}
	names := make([]string, 0, len(Modes()))
	for _, m := range Modes() {
		names = append(names, string(m))
	}
	return "", fmt.Errorf("%w: mode %q: must be one of %s", ErrInvalidMode, s, strings.Join(names, ", "))
}

// Valid reports whether m is one of Modes.
func (m Mode) Valid() bool { return slices.Contains(Modes(), m) }

// Iron reports whether the mode is one of the three ironman modes.
func (m Mode) Iron() bool { return m.Valid() && m != Regular }
