package bench

import (
	"context"
	"fmt"
	"time"

	"github.com/osrsdiff/osrsdiff/player"
	"github.com/osrsdiff/osrsdiff/schedules"
)

// mixed are the intervals of the players, in minutes: from 5 minutes to 7 days.
var mixed = []player.Interval{5, 7, 10, 15, 30, 60, 100, 180, 360, 720, 1440, 10080}

// crowd is a database of players that are made up as they are asked for, so that
// it takes no memory.
type crowd struct {
	n int
	// covered is up to when they are answered.
	covered time.Time
	// every is the interval of each. Zero: the intervals are mixed.
	every player.Interval
}

var (
	_ schedules.Players = crowd{}
	_ schedules.Outbox  = crowd{}
)

func (c crowd) player(id int64) player.Player {
	every := c.every
	if every == 0 {
		every = mixed[id%int64(len(mixed))]
	}
	return player.Player{
		ID: id, Name: nameOf(id), Mode: player.Regular, Status: player.Active, Every: every, Revision: 1,
		CreatedAt: c.covered, UpdatedAt: c.covered, CoveredUntil: c.covered,
	}
}

// nameOf is a name as long as names may be.
func nameOf(id int64) player.Name {
	name, err := player.ParseName(fmt.Sprintf("Zul %08d", id))
	if err != nil {
		panic(err) // a name of this package's own making
	}
	return name
}

// DatabaseID tells one database from another.
func (crowd) DatabaseID() string { return "bench" }

// PlayersAfter lists players by id.
func (c crowd) PlayersAfter(_ context.Context, afterID int64, limit int) ([]player.Player, error) {
	list := make([]player.Player, 0, limit)
	for id := afterID + 1; id <= int64(c.n) && len(list) < limit; id++ {
		list = append(list, c.player(id))
	}
	return list, nil
}

// PlayersByID returns those that exist.
func (c crowd) PlayersByID(_ context.Context, ids []int64) ([]player.Player, error) {
	list := make([]player.Player, 0, len(ids))
	for _, id := range ids {
		if id >= 1 && id <= int64(c.n) {
			list = append(list, c.player(id))
		}
	}
	return list, nil
}

// PendingChanges returns none.
func (crowd) PendingChanges(context.Context, int) ([]player.Change, error) { return nil, nil }

// ChangesApplied has nothing to forget.
func (crowd) ChangesApplied(context.Context, []player.Change) error { return nil }
