package schedules

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/osrsdiff/osrsdiff/player"
	"github.com/osrsdiff/osrsdiff/tasks"
)

// Schedule is the definition of one player's fetches as it stands in Redis,
// readable with GET.
type Schedule struct {
	// ID is "player_fetch_" and the player's id.
	ID string `json:"id"`
	// PlayerID is the row the schedule belongs to.
	PlayerID int64 `json:"player_id"`
	// Player is the display name, for people.
	Player string `json:"player"`
	// Every is the interval.
	Every player.Interval `json:"every"`
	// Phase is the offset of the ticks, in minutes.
	Phase int64 `json:"phase"`
	// CreatedAt is when the player was added.
	CreatedAt time.Time `json:"created_at"`
	// UpdatedAt is when the schedule last changed.
	UpdatedAt time.Time `json:"updated_at"`
	// Paused schedules have no next tick.
	Paused bool `json:"paused"`
	// Revision orders changes: an older one never overwrites a newer one.
	Revision int64 `json:"revision"`
}

// Of is the schedule that a player's row asks for.
func Of(p player.Player) Schedule {
	return Schedule{
		ID:        tasks.ScheduleID(p.ID),
		PlayerID:  p.ID,
		Player:    p.Name.String(),
		Every:     p.Every,
		Phase:     Phase(p.ID, p.Every),
		CreatedAt: p.CreatedAt.UTC(),
		UpdatedAt: p.UpdatedAt.UTC(),
		Paused:    p.Paused,
		Revision:  p.Revision,
	}
}

// agrees reports whether two definitions say the same. UpdatedAt is left out: a
// player's row also changes in ways that its schedule does not follow.
func (s Schedule) agrees(other Schedule) bool {
	return s.CreatedAt.Equal(other.CreatedAt) && s.ID == other.ID && s.PlayerID == other.PlayerID &&
		s.Player == other.Player && s.Every == other.Every && s.Phase == other.Phase &&
		s.Paused == other.Paused && s.Revision == other.Revision
}

// encode is the definition as Redis keeps it.
func (s Schedule) encode() (string, error) {
	body, err := json.Marshal(s)
	if err != nil {
		return "", fmt.Errorf("encode schedule %s: %w", s.ID, err)
	}
	return string(body), nil
}

// decode reads a definition and checks that it is one.
func decode(id, body string) (Schedule, error) {
	var s Schedule
	if err := json.Unmarshal([]byte(body), &s); err != nil {
		return Schedule{}, fmt.Errorf("decode schedule %s: %w", id, err)
	}
	if s.ID != id || s.ID != tasks.ScheduleID(s.PlayerID) {
		return Schedule{}, fmt.Errorf("decode schedule %s: it says it is %q of player %d", id, s.ID, s.PlayerID)
	}
	if err := s.Every.Validate(); err != nil {
		return Schedule{}, fmt.Errorf("decode schedule %s: %w", id, err)
	}
	return s, nil
}
