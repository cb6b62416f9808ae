package groups

import (
	"cmp"
	"slices"
	"time"

	"github.com/osrsdiff/osrsdiff/hiscores"
	"github.com/osrsdiff/osrsdiff/player"
)

// Standing is what one player gained of a metric in a window, and where that puts
// the player among others.
type Standing struct {
	// Place counts from one; equal gains share a place and the next is left out as
	// often. Zero: no gain is known.
	Place int
	// PlayerID, Player, Mode and Status say who.
	PlayerID int64
	Player   player.Name
	Mode     player.Mode
	Status   player.Status
	// Rank is the rank in the group, or the team in a competition. It may be empty.
	Rank string
	// Start is the value that gains are counted from: the last one at or before the
	// start of the window or, where that is unknown, the first one seen within.
	// Unknown: none was.
	Start hiscores.Number
	// FirstSeen is when that first value was seen. Zero: it was known at the start.
	FirstSeen time.Time
	// End is the last value known in the window.
	End hiscores.Number
	// Gain is End less Start, unknown unless both are known. It is zero where a
	// value fell that the game never lowers: a person accepted that.
	Gain hiscores.Number
	// Updated is when the hiscores last answered for the player. Zero: never.
	Updated time.Time
}

// Rank works out gains and places and puts the highest first, equals by name and
// those of unknown gain last. The order that the standings come in does not
// matter.
func Rank(metric string, standings []Standing) []Standing {
	ranked := slices.Clone(standings)
	for i, s := range ranked {
		ranked[i].Gain, ranked[i].Place = s.gain(metric), 0
	}
	slices.SortFunc(ranked, func(a, b Standing) int {
		return cmp.Or(descending(a.Gain, b.Gain), cmp.Compare(a.Player.Key(), b.Player.Key()), cmp.Compare(a.PlayerID, b.PlayerID))
	})
	for i, s := range ranked {
		switch {
		case !s.Gain.IsKnown():
		case i > 0 && s.Gain == ranked[i-1].Gain:
			ranked[i].Place = ranked[i-1].Place
		default:
			ranked[i].Place = i + 1
		}
	}
	return ranked
}

func (s Standing) gain(metric string) hiscores.Number {
	start, known := s.Start.Get()
	end, too := s.End.Get()
	switch {
	case !known || !too:
		return hiscores.Number{}
	case end < start && !hiscores.MayFall(metric):
		return hiscores.Known(0)
	}
	return hiscores.Known(end - start)
}

// descending orders known numbers from the highest down, and unknown ones last.
func descending(a, b hiscores.Number) int {
	x, known := a.Get()
	y, too := b.Get()
	switch {
	case known && too:
		return cmp.Compare(y, x)
	case known:
		return -1
	case too:
		return 1
	}
	return 0
}

// Total is the sum of all gains that are known.
func Total(standings []Standing) int64 {
	total := int64(0)
	for _, s := range standings {
		gain, _ := s.Gain.Get()
		total += gain
	}
	return total
}

// Winners are those in the first place, if they gained anything.
func Winners(ranked []Standing) []Standing {
	for i, s := range ranked {
		if gain, _ := s.Gain.Get(); s.Place != 1 || gain <= 0 {
			return ranked[:i]
		}
	}
	return ranked
}

// Team is the sum of what the players of a team gained.
type Team struct {
	Place   int    `json:"place"`
	Team    string `json:"team"`
	Players int    `json:"players"`
	Gain    int64  `json:"gain"`
}

// Teams adds up standings by team, the highest first; equal sums share a place.
// Where nobody has a team there are none.
func Teams(standings []Standing) []Team {
	sums := map[string]Team{}
	for _, s := range standings {
		if s.Rank == "" {
			continue
		}
		gain, _ := s.Gain.Get()
		t := sums[s.Rank]
		sums[s.Rank] = Team{Team: s.Rank, Players: t.Players + 1, Gain: t.Gain + gain}
	}
	var teams []Team
	for _, t := range sums {
		teams = append(teams, t)
	}
	slices.SortFunc(teams, func(a, b Team) int { return cmp.Or(cmp.Compare(b.Gain, a.Gain), cmp.Compare(a.Team, b.Team)) })
	for i, t := range teams {
		teams[i].Place = i + 1
		if i > 0 && t.Gain == teams[i-1].Gain {
			teams[i].Place = teams[i-1].Place
		}
	}
	return teams
}
