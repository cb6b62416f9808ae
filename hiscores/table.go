package hiscores

import "github.com/osrsdiff/osrsdiff/player"

// Table is one of the site's hiscores tables, as its URL spells it. Stricter
// accounts are on several: a hardcore ironman is on the ironman and the regular
// table as well, and a row stays frozen on a table its account has left.
type Table string

// The tables of the game modes.
const (
	RegularTable  Table = "hiscore_oldschool"
	IronmanTable  Table = "hiscore_oldschool_ironman"
	HardcoreTable Table = "hiscore_oldschool_hardcore_ironman"
	UltimateTable Table = "hiscore_oldschool_ultimate"
)

// Tables lists the tables in the order of player.Modes: loosest rules first.
func Tables() []Table { return []Table{RegularTable, IronmanTable, HardcoreTable, UltimateTable} }

// TableOf is the table that players of a mode are fetched from. A mode that is
// not known has the regular table.
func TableOf(m player.Mode) Table {
	switch m {
	case player.Ironman:
		return IronmanTable
	case player.HardcoreIronman:
		return HardcoreTable
	case player.UltimateIronman:
		return UltimateTable
	default:
		return RegularTable
	}
}

// Mode is the game mode whose table it is, or "" for a table that is none of
// Tables.
func (t Table) Mode() player.Mode {
	for _, m := range player.Modes() {
		if TableOf(m) == t {
			return m
		}
	}
	return ""
}
