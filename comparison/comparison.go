package comparison

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/osrsdiff/osrsdiff/gains"
	"github.com/osrsdiff/osrsdiff/hiscores"
	"github.com/osrsdiff/osrsdiff/player"
	"github.com/osrsdiff/osrsdiff/store"
)

// The numbers of players that can be compared at once.
const (
	Fewest = 2
	Most   = 8
)

// ErrPlayers is matched by the errors about which players are to be compared: too
// few, too many, or one twice.
var ErrPlayers = errors.New("players to compare")

// Values answers what players' values were. *store.Store does.
type Values interface {
	// SnapshotAt returns all values as of a time.
	SnapshotAt(ctx context.Context, playerID int64, at time.Time) (hiscores.Snapshot, error)
	// Gains returns what differs between two times.
	Gains(ctx context.Context, playerID int64, from, to time.Time) ([]hiscores.Change, error)
}

var _ Values = (*store.Store)(nil)

// Comparison is several players side by side.
type Comparison struct {
	// Window is when gains were made; values are those at its end.
	Window gains.Window
	// Sides are the players, in the order they were named.
	Sides []Side
	// Rows are all metrics that one of them has, in the feed's order.
	Rows []Row
}

// Side is one of the players.
type Side struct {
	// Player is who.
	Player player.Player
	// Combat is the combat level at the end of the window.
	Combat hiscores.Number
	// Leads and GainLeads count the metrics in which this player alone has the
	// highest value and the largest gain.
	Leads, GainLeads int
}

// Row is one metric of all players.
type Row struct {
	// Metric is the row's name, Kind the list of the feed it is in.
	Metric string
	Kind   hiscores.Kind
	// Cells has one for each side.
	Cells []Cell
	// Leader and GainLeader are the sides with the highest value and the largest
	// gain. Negative: nobody alone.
	Leader, GainLeader int
}

// Cell is one metric of one player.
type Cell struct {
	// Value, Level and Rank are those at the end of the window.
	Value, Level, Rank hiscores.Number
	// What says what happened to the value in the window. Empty: nothing.
	What hiscores.ChangeKind
	// Gain is how much it grew, negative when it fell. Zero unless What says one
	// of these.
	Gain int64
}

// Of compares players. A player of whom nothing was known at the end of the
// window has unknown values.
func Of(ctx context.Context, values Values, players []player.Player, w gains.Window) (Comparison, error) {
	c := Comparison{Window: w}
	if err := check(players); err != nil {
		return c, err
	}
	at := map[string]int{}
	for i, p := range players {
		snap, err := values.SnapshotAt(ctx, p.ID, w.To)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return c, fmt.Errorf("compare %q: %w", p.Name, err)
		}
		changes, err := values.Gains(ctx, p.ID, w.From, w.To)
		if err != nil {
			return c, fmt.Errorf("compare %q: %w", p.Name, err)
		}
		c.Sides = append(c.Sides, Side{Player: p, Combat: gains.CombatLevel(snap)})
		for _, r := range snap.Rows {
			cell := c.cell(at, r, i, len(players))
			cell.Value, cell.Level, cell.Rank = r.Value, r.Level, r.Rank
		}
		for _, change := range changes {
			cell := c.cell(at, hiscores.Row{Metric: change.Metric, Kind: change.Kind}, i, len(players))
			cell.What, cell.Gain = change.What, change.Gain
		}
	}
	c.lead()
	return c, nil
}

func check(players []player.Player) error {
	if len(players) < Fewest || len(players) > Most {
		return fmt.Errorf("%w: %d: must be %d to %d", ErrPlayers, len(players), Fewest, Most)
	}
	seen := map[int64]bool{}
	for _, p := range players {
		if seen[p.ID] {
			return fmt.Errorf("%w: %q is named twice", ErrPlayers, p.Name)
		}
		seen[p.ID] = true
	}
	return nil
}

// cell is where a metric of a side belongs; at are the rows by their keys. Rows of
// the players named first come first.
func (c *Comparison) cell(at map[string]int, r hiscores.Row, side, sides int) *Cell {
	key := hiscores.MetricKey(r.Metric)
	i, ok := at[key]
	if !ok {
		i = len(c.Rows)
		at[key] = i
		c.Rows = append(c.Rows, Row{Metric: r.Metric, Kind: r.Kind, Cells: make([]Cell, sides)})
	}
	return &c.Rows[i].Cells[side]
}

// lead finds who leads in each row.
func (c *Comparison) lead() {
	for i := range c.Rows {
		row := &c.Rows[i]
		row.Leader = highest(row.Cells, func(cell Cell) int64 {
			value, _ := cell.Value.Get()
			return value
		})
		row.GainLeader = highest(row.Cells, func(cell Cell) int64 { return cell.Gain })
		if row.Leader >= 0 {
			c.Sides[row.Leader].Leads++
		}
		if row.GainLeader >= 0 {
			c.Sides[row.GainLeader].GainLeads++
		}
	}
}

// highest is the cell whose number is above zero and above all others; negative
// when there is none.
func highest(cells []Cell, of func(Cell) int64) int {
	best, found := int64(0), -1
	for i, cell := range cells {
		switch n := of(cell); {
		case n > best:
			best, found = n, i
		case n == best:
			found = -1
		}
	}
	return found
}
