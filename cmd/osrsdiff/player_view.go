package main

import (
	"time"

	"github.com/osrsdiff/osrsdiff/player"
	"github.com/osrsdiff/osrsdiff/tasks"
)

// playerLine is a player as --json shows it, spelled as the API does.
type playerLine struct {
	ID            int64           `json:"id"`
	Name          string          `json:"name"`
	Mode          string          `json:"mode"`
	Status        player.Status   `json:"status"`
	Every         player.Interval `json:"every"`
	Paused        bool            `json:"paused"`
	ScheduleID    string          `json:"schedule_id"`
	NextTick      time.Time       `json:"next_tick,omitzero"`
	CreatedAt     time.Time       `json:"created_at"`
	LastFetchedAt time.Time       `json:"last_fetched_at,omitzero"`
	LastChangedAt time.Time       `json:"last_changed_at,omitzero"`
	LastResult    player.Result   `json:"last_result,omitempty"`
	LastError     string          `json:"last_error,omitempty"`
	MissingSince  time.Time       `json:"missing_since,omitzero"`
}

func viewPlayer(p player.Player, nextTick time.Time) playerLine {
	return playerLine{
		ID: p.ID, Name: p.Name.String(), Mode: modeWord(p.Mode), Status: p.Status, Every: p.Every, Paused: p.Paused,
		ScheduleID: tasks.ScheduleID(p.ID), NextTick: nextTick.UTC(), CreatedAt: p.CreatedAt.UTC(),
		LastFetchedAt: p.LastFetchedAt.UTC(), LastChangedAt: p.LastChangedAt.UTC(),
		LastResult: p.LastResult, LastError: p.LastError, MissingSince: p.MissingSince.UTC(),
	}
}

func modeWord(m player.Mode) string {
	if m == "" {
		return "unknown"
	}
	return string(m)
}

// standing is the status of a player in one word for a table. That a player is
// flagged or archived says more than that it is paused.
func standing(p player.Player) string {
	if p.Paused && p.Status != player.Flagged && p.Status != player.Archived {
		return "paused"
	}
	return string(p.Status)
}
