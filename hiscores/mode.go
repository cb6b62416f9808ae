package hiscores

import (
	"context"
	"errors"
	"fmt"

	"github.com/osrsdiff/osrsdiff/player"
)

// Fetcher asks one table for one player. Client is one; callers wrap it to wait
// for the shared rate limit first.
type Fetcher interface {
	Fetch(ctx context.Context, name player.Name, table Table) (Snapshot, error)
}

var _ Fetcher = (*Client)(nil)

// Reading is what one table said of a player.
type Reading struct {
	// Table is the table that was asked.
	Table Table `json:"table"`
	// Found reports whether the table lists the player.
	Found bool `json:"found"`
	// Overall is the total experience there: unknown when not found or when the
	// table does not state it.
	Overall Number `json:"overall"`
	// Snapshot is the whole answer; the zero Snapshot when not found.
	Snapshot Snapshot `json:"-"`
}

// ReadTables asks the tables that tell a player's game mode, loosest rules
// first: if the player logs out between two answers only the stricter table can
// look higher, which never looks like a downgrade. It stops where the stricter
// tables cannot matter any more: after the ironman table unless that one shows
// an ironman. A table without the player is a reading; any other error ends the
// whole check, because a missing answer is no evidence.
func ReadTables(ctx context.Context, f Fetcher, name player.Name) ([]Reading, error) {
	return readTables(ctx, f, name, func(readings []Reading) bool {
		last := readings[len(readings)-1].Table
		return last == IronmanTable && !arrange(readings).ironman()
	})
}

// ReadEveryTable is ReadTables without stopping early: the evidence for a change
// of mode.
func ReadEveryTable(ctx context.Context, f Fetcher, name player.Name) ([]Reading, error) {
	return readTables(ctx, f, name, func([]Reading) bool { return false })
}

func readTables(ctx context.Context, f Fetcher, name player.Name, enough func([]Reading) bool) ([]Reading, error) {
	var readings []Reading
	for _, table := range Tables() {
		r, err := readTable(ctx, f, name, table)
		if err != nil {
			return nil, fmt.Errorf("read the tables of %q: %w", name, err)
		}
		if readings = append(readings, r); enough(readings) {
			break
		}
	}
	return readings, nil
}

func readTable(ctx context.Context, f Fetcher, name player.Name, table Table) (Reading, error) {
	s, err := f.Fetch(ctx, name, table)
	if errors.Is(err, ErrNotFound) {
		return Reading{Table: table}, nil
	}
	if err != nil {
		return Reading{}, err
	}
	row, _ := s.Row(Overall)
	return Reading{Table: table, Found: true, Overall: row.Value, Snapshot: s}, nil
}

// readingsByTable holds at most one reading a table.
type readingsByTable map[Table]Reading

func arrange(readings []Reading) readingsByTable {
	byTable := make(readingsByTable, len(readings))
	for _, r := range readings {
		byTable[r.Table] = r
	}
	return byTable
}

// read reports whether the table was asked.
func (m readingsByTable) read(t Table) bool { _, ok := m[t]; return ok }

// atLeast reports whether the player is listed on both tables with known
// totals, and the stricter one's is not behind the looser one's.
func (m readingsByTable) atLeast(stricter, looser Table) bool {
	s, ok1 := m[stricter].Overall.Get()
	l, ok2 := m[looser].Overall.Get()
	return ok1 && ok2 && s >= l
}

// ironman reports whether the ironman table shows a living ironman: its row
// keeps up with the regular one, or there is no regular one, as with low irons.
func (m readingsByTable) ironman() bool {
	if !m[IronmanTable].Found {
		return false
	}
	return !m[RegularTable].Found || m.atLeast(IronmanTable, RegularTable)
}

// Detect says the game mode of a player from what ReadTables read, for a player
// whose mode is not known yet. Where totals are unknown, so that tables cannot
// be compared, it says Regular as long as the regular table lists the player:
// that table always moves. The error matches ErrNotFound when no table does.
func Detect(readings []Reading) (player.Mode, error) {
	m := arrange(readings)
	switch {
	case !m.ironman():
		if m[RegularTable].Found {
			return player.Regular, nil
		}
		return strictestFound(m)
	case m.atLeast(HardcoreTable, IronmanTable):
		return player.HardcoreIronman, nil
	case m.atLeast(UltimateTable, IronmanTable):
		return player.UltimateIronman, nil
	}
	return player.Ironman, nil
}

// strictestFound is for a player on neither of the two loosest tables.
func strictestFound(m readingsByTable) (player.Mode, error) {
	for _, t := range []Table{UltimateTable, HardcoreTable} {
		if m[t].Found {
			return t.Mode(), nil
		}
	}
	return "", fmt.Errorf("detect the game mode: %w", ErrNotFound)
}

// Loosest is the reading to take a player's values from who is gone from the
// table of its mode: that of the ironman table while it keeps up, else that of
// the regular table, which always moves. The error matches ErrNotFound when
// neither lists the player.
func Loosest(readings []Reading) (Reading, error) {
	m := arrange(readings)
	switch {
	case m.ironman():
		return m[IronmanTable], nil
	case m[RegularTable].Found:
		return m[RegularTable], nil
	}
	return Reading{}, fmt.Errorf("read a looser table: %w", ErrNotFound)
}
