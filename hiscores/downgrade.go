package hiscores

import (
	"fmt"

	"github.com/osrsdiff/osrsdiff/player"
)

// Verdict is what a mode check found.
type Verdict struct {
	// Mode is the game mode the readings show; the stored one when they show
	// nothing.
	Mode player.Mode `json:"mode"`
	// Known reports whether the readings were evidence enough. When not, Mode is
	// the stored mode and nothing may be written.
	Known bool `json:"known"`
	// Changed reports whether Mode is looser than the stored one. Confirm it by
	// a second full reading, minutes later, before writing it: a row left behind
	// does not move meanwhile, a false one does.
	Changed bool `json:"changed"`
	// Weak reports that the change rests on a row being absent, which an outage
	// or a player below the table's end looks like too.
	Weak bool `json:"weak"`
	// Stricter is the mode of a table of stricter rules than the stored mode's
	// that keeps up. That cannot happen in the game: the name passed to another
	// account or the mode was wrong before. It is for a person to decide. Empty:
	// there is none.
	Stricter player.Mode `json:"stricter,omitempty"`
	// Reason says why, in words.
	Reason string `json:"reason"`
}

// Downgrade compares a player's stored game mode with what ReadTables read:
// whether a hardcore ironman died, an ultimate ironman became a plain one, or
// any ironman became regular. The row on the table of a mode that was left
// stays frozen behind the looser table's. A mode that is not known yet is for
// Detect.
func Downgrade(stored player.Mode, readings []Reading) Verdict {
	m := arrange(readings)
	if why := m.unclear(stored); why != "" {
		return Verdict{Mode: stored, Reason: why}
	}
	v := Verdict{Mode: stored, Known: true, Stricter: m.stricter(stored)}
	switch {
	case !stored.Iron():
		v.Reason = "regular players have no mode to lose"
		if v.Stricter != "" {
			v.Reason = "the ironman table keeps up with the regular one"
		}
	case !m[IronmanTable].Found:
		v.Mode, v.Changed, v.Weak = player.Regular, true, true
		v.Reason = "listed as regular, not as ironman"
	case !m.ironman():
		v.Mode, v.Changed = player.Regular, true
		v.Reason = m.behind(IronmanTable, RegularTable)
	case stored == player.Ironman:
		v.Reason = "the ironman table keeps up"
	default:
		m.judgeSubtype(&v, TableOf(stored))
	}
	return v
}

// unclear says why the readings prove nothing, or "" when they do: a looser
// table was not asked, neither lists the player, or a total that has to be
// compared is unknown.
func (m readingsByTable) unclear(stored player.Mode) string {
	if !m.read(RegularTable) || !m.read(IronmanTable) {
		return "the regular and the ironman table were not both read"
	}
	if !m[RegularTable].Found && !m[IronmanTable].Found {
		return "neither the regular nor the ironman table lists the player"
	}
	for _, t := range []Table{RegularTable, IronmanTable, TableOf(stored)} {
		if m[t].Found && !m[t].Overall.IsKnown() {
			return fmt.Sprintf("%s does not state the total experience", t)
		}
	}
	return ""
}

// judgeSubtype decides about a hardcore or ultimate ironman, of whom it is
// known that the ironman table keeps up.
func (m readingsByTable) judgeSubtype(v *Verdict, own Table) {
	switch {
	case !m.read(own):
		v.Known, v.Reason = false, fmt.Sprintf("%s was not read", own)
	case m.atLeast(own, IronmanTable):
		v.Reason = fmt.Sprintf("%s keeps up", own)
	default:
		v.Mode, v.Changed = player.Ironman, true
		v.Weak = !m[own].Found
		v.Reason = m.behind(own, IronmanTable)
	}
}

// stricter is the mode, if any, of a table that the stored mode does not belong
// to and that shows the player as living by its rules.
func (m readingsByTable) stricter(stored player.Mode) player.Mode {
	if !m.ironman() {
		return ""
	}
	for _, t := range []Table{HardcoreTable, UltimateTable} {
		if t != TableOf(stored) && m.atLeast(t, IronmanTable) {
			return t.Mode()
		}
	}
	if !stored.Iron() {
		return player.Ironman
	}
	return ""
}

// behind says that a stricter table's row lags or is absent.
func (m readingsByTable) behind(stricter, looser Table) string {
	if !m[stricter].Found {
		return fmt.Sprintf("%s no longer lists the player", stricter)
	}
	return fmt.Sprintf("%s has %s experience, %s has %s",
		stricter, m[stricter].Overall, looser, m[looser].Overall)
}
