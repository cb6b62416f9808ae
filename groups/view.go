package groups

import (
	"time"

	"github.com/osrsdiff/osrsdiff/hiscores"
	"github.com/osrsdiff/osrsdiff/player"
)

// GroupView is a group as programs read it, from the API and the command line.
type GroupView struct {
	Name        string    `json:"name" example:"Iron Clan"`
	Description string    `json:"description,omitempty"`
	Zone        string    `json:"zone" doc:"IANA time zone of the group's days and weeks" example:"Europe/Berlin"`
	Members     int       `json:"members"`
	CreatedAt   time.Time `json:"created_at"`
	UpdatedAt   time.Time `json:"updated_at" doc:"when it or its roster last changed"`
}

// View is the group as programs read it.
func (g Group) View() GroupView {
	zone := g.Zone
	if zone == "" {
		zone = "UTC"
	}
	return GroupView{
		Name: g.Name.String(), Description: g.Description, Zone: zone, Members: g.Members,
		CreatedAt: g.CreatedAt.UTC(), UpdatedAt: g.UpdatedAt.UTC(),
	}
}

// MemberView is a member as programs read it.
type MemberView struct {
	Player      string     `json:"player"`
	Rank        string     `json:"rank,omitempty"`
	Mode        string     `json:"mode" doc:"unknown until the first fetch"`
	Status      string     `json:"status"`
	TotalLevel  int64      `json:"total_level,omitempty" doc:"left out while it is unknown"`
	Experience  int64      `json:"experience,omitempty" doc:"total experience; left out while it is unknown"`
	JoinedAt    time.Time  `json:"joined_at"`
	LastFetched *time.Time `json:"last_fetched_at,omitempty"`
}

// View is the member as programs read it.
func (m Member) View() MemberView {
	return MemberView{
		Player: m.Player.Name.String(), Rank: m.Rank, Mode: modeWord(m.Player.Mode), Status: string(m.Player.Status),
		TotalLevel: m.Level, Experience: m.Experience, JoinedAt: m.Joined.UTC(), LastFetched: unlessZero(m.Player.LastFetchedAt),
	}
}

// StandingView is a standing as programs read it.
type StandingView struct {
	Place       int        `json:"place,omitempty" doc:"equal gains share a place; left out while no gain is known"`
	Player      string     `json:"player"`
	Mode        string     `json:"mode"`
	Rank        string     `json:"rank,omitempty" doc:"the rank in the group"`
	Team        string     `json:"team,omitempty" doc:"the team in a competition"`
	Start       *int64     `json:"start,omitempty" doc:"the value that the gain is counted from; left out while it is unknown"`
	FirstSeen   *time.Time `json:"first_seen,omitempty" doc:"when the value was first seen, if that was after the start: the gain is counted from then"`
	End         *int64     `json:"end,omitempty" doc:"the last value known"`
	Gain        *int64     `json:"gain,omitempty" doc:"end less start; left out while either is unknown"`
	LastFetched *time.Time `json:"last_fetched_at,omitempty"`
}

// View is the standing of a group's member as programs read it.
func (s Standing) View() StandingView {
	return StandingView{
		Place: s.Place, Player: s.Player.String(), Mode: modeWord(s.Mode), Rank: s.Rank, Start: unlessUnknown(s.Start),
		FirstSeen: unlessZero(s.FirstSeen), End: unlessUnknown(s.End), Gain: unlessUnknown(s.Gain), LastFetched: unlessZero(s.Updated),
	}
}

// Contestant is the standing of one who takes part in a competition as programs
// read it.
func (s Standing) Contestant() StandingView {
	v := s.View()
	v.Rank, v.Team = "", s.Rank
	return v
}

// CompetitionView is a competition as programs read it.
type CompetitionView struct {
	ID        int64     `json:"id"`
	Title     string    `json:"title"`
	Metric    string    `json:"metric"`
	Phase     Phase     `json:"phase" enum:"upcoming,running,ended"`
	From      time.Time `json:"from" doc:"what was gained after this time counts"`
	To        time.Time `json:"to" doc:"and up to this time"`
	Group     string    `json:"group,omitempty" doc:"whose members take part; left out of one with a list of players"`
	Players   int       `json:"players" doc:"how many take part"`
	CreatedAt time.Time `json:"created_at"`
}

// View is the competition at a time as programs read it.
func (c Competition) View(now time.Time) CompetitionView {
	return CompetitionView{
		ID: c.ID, Title: c.Title, Metric: c.Metric, Phase: c.Phase(now), From: c.From.UTC(), To: c.To.UTC(),
		Group: c.Group, Players: c.Players, CreatedAt: c.CreatedAt.UTC(),
	}
}

func modeWord(m player.Mode) string {
	if m == "" {
		return "unknown"
	}
	return string(m)
}

func unlessZero(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

func unlessUnknown(n hiscores.Number) *int64 {
	v, known := n.Get()
	if !known {
		return nil
	}
	return &v
}
