package web

import (
	"context"
	"time"

	"github.com/osrsdiff/osrsdiff/player"
	"github.com/osrsdiff/osrsdiff/tasks"
)

// playerView is a player as the API shows it. Times that never were are left out.
type playerView struct {
	ID            int64      `json:"id"`
	Name          string     `json:"name" example:"Zezima"`
	Mode          string     `json:"mode" doc:"regular, ironman, hardcore_ironman or ultimate_ironman; unknown until the first fetch" example:"ironman"`
	Status        string     `json:"status" enum:"pending,active,missing,flagged,archived" doc:"pending until a fetch succeeds; missing when the hiscores no longer list the player; flagged when the name may have passed to another account; archived when it has"`
	Every         string     `json:"every" doc:"how often the player is fetched" example:"30m"`
	Paused        bool       `json:"paused"`
	ScheduleID    string     `json:"schedule_id" example:"player_fetch_123"`
	NextTick      *time.Time `json:"next_tick,omitempty" doc:"when the schedule is due next; left out when paused, or while Redis cannot be asked"`
	CreatedAt     time.Time  `json:"created_at"`
	LastFetchedAt *time.Time `json:"last_fetched_at,omitempty"`
	LastChangedAt *time.Time `json:"last_changed_at,omitempty"`
	LastResult    string     `json:"last_result,omitempty" doc:"changed, unchanged, held, not_found or failed"`
	LastError     string     `json:"last_error,omitempty"`
	MissingSince  *time.Time `json:"missing_since,omitempty"`
}

func viewPlayer(p player.Player, nextTick time.Time) playerView {
	return playerView{
		ID: p.ID, Name: p.Name.String(), Mode: modeWord(p.Mode), Status: string(p.Status), Every: p.Every.String(),
		Paused: p.Paused, ScheduleID: tasks.ScheduleID(p.ID), NextTick: happened(nextTick), CreatedAt: p.CreatedAt.UTC(),
		LastFetchedAt: happened(p.LastFetchedAt), LastChangedAt: happened(p.LastChangedAt),
		LastResult: string(p.LastResult), LastError: p.LastError, MissingSince: happened(p.MissingSince),
	}
}

func modeWord(m player.Mode) string {
	if m == "" {
		return "unknown"
	}
	return string(m)
}

// happened is nil for the zero time, so that "never" is left out.
func happened(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

// view shows one player with its next tick.
func (s *service) view(ctx context.Context, p player.Player) playerView {
	return viewPlayer(p, s.nextTicks(ctx, []player.Player{p})[p.ID])
}

// redisPatience is how long an answer waits for what Redis adds to it. Without
// Redis the answer goes out without.
const redisPatience = time.Second

// nextTicks returns when players are due next, as far as Redis says. Paused
// players and those it does not know are left out, all of them while it cannot
// be asked: what the database knows is worth showing all the same.
func (s *service) nextTicks(ctx context.Context, players []player.Player) map[int64]time.Time {
	ids := make([]int64, 0, len(players))
	for _, p := range players {
		if !p.Paused {
			ids = append(ids, p.ID)
		}
	}
	ctx, cancel := context.WithTimeout(ctx, redisPatience)
	defer cancel()
	ticks, err := s.Schedules.NextTicks(ctx, ids)
	if err != nil {
		s.log.WarnContext(ctx, "showed players without their next ticks", "error", err)
	}
	return ticks
}
