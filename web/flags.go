package web

import (
	"context"
	"fmt"
	"time"

	"github.com/osrsdiff/osrsdiff/player"
	"github.com/osrsdiff/osrsdiff/store"
)

type listFlagsInput struct {
	PageQuery
}

// flagView is a flagged player and why it is.
type flagView struct {
	Player    playerView `json:"player"`
	FlaggedAt time.Time  `json:"flagged_at"`
	Reason    string     `json:"reason"`
	Falls     []fallView `json:"falls" doc:"the values that fell"`
	Held      int        `json:"held" doc:"how many different answers are held aside"`
}

type listFlagsOutput struct {
	Body struct {
		Flags      []flagView `json:"flags"`
		NextCursor string     `json:"next_cursor,omitempty" doc:"cursor of the next page; left out on the last one"`
	}
}

func (s *service) listFlags(ctx context.Context, in *listFlagsInput) (*listFlagsOutput, error) {
	after, err := in.after()
	if err != nil {
		return nil, err
	}
	found, err := s.Players.Players(ctx, store.PlayerFilter{AfterID: after, Limit: in.Limit + 1, Status: player.Flagged})
	if err != nil {
		return nil, fmt.Errorf("list flagged players: %w", err)
	}
	out := &listFlagsOutput{}
	found, out.Body.NextCursor = cursorOf(found, in.Limit)
	ticks := s.nextTicks(ctx, found)
	out.Body.Flags = make([]flagView, 0, len(found))
	for _, p := range found {
		flag, err := s.flag(ctx, p)
		if err != nil {
			return nil, fmt.Errorf("list flagged players: %w", err)
		}
		flag.Player = viewPlayer(p, ticks[p.ID])
		out.Body.Flags = append(out.Body.Flags, flag)
	}
	return out, nil
}

// flag says why a player is flagged.
func (s *service) flag(ctx context.Context, p player.Player) (flagView, error) {
	events, err := s.Events.Events(ctx, p.ID)
	if err != nil {
		return flagView{}, err
	}
	held, err := s.Events.HeldSnapshots(ctx, p.ID)
	if err != nil {
		return flagView{}, err
	}
	view := flagView{Held: len(held)}
	for _, e := range events {
		if e.Kind == store.WasFlagged {
			view.FlaggedAt, view.Reason, view.Falls = e.At.UTC(), e.Reason, viewFalls(e.Falls)
			break
		}
	}
	return view, nil
}
