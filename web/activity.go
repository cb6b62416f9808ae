package web

import (
	"context"
	"net/http"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"github.com/osrsdiff/osrsdiff/events"
	"github.com/osrsdiff/osrsdiff/player"
	"github.com/osrsdiff/osrsdiff/store"
)

// Activity tells what happened. The store is one.
type Activity interface {
	// Activity returns events that are kept, the latest first.
	Activity(ctx context.Context, f store.ActivityFilter) ([]events.Event, error)
}

var _ Activity = (*store.Store)(nil)

func (s *service) registerActivity(a huma.API) {
	handle(s, a, huma.Operation{
		OperationID: "list-activity", Method: http.MethodGet, Path: "/api/activity", Tags: []string{tagEvents},
		Summary: "What happened, the latest first", Errors: []int{http.StatusNotFound, http.StatusUnprocessableEntity},
		Description: "Level-ups, milestones, large gains, changes of game mode and name, players gone missing, come back or flagged, " +
			"and the circuit breaker; 30 days of it. Repeat with cursor set to next_cursor until there is none.",
	}, s.listActivity)
}

type listActivityInput struct {
	PageQuery
	Player string   `query:"player" doc:"only what is about this player, in any spelling"`
	Group  string   `query:"group" doc:"only what is about those who are in this group now"`
	Kind   []string `query:"kind" enum:"level_up,milestone,large_gain,mode_change,missing,returned,flagged,renamed,breaker" doc:"only these kinds, with commas between them"`
}

type listActivityOutput struct {
	Body struct {
		Activity   []events.Event `json:"activity"`
		NextCursor string         `json:"next_cursor,omitempty" doc:"cursor of the next page; left out on the last one"`
	}
}

func (s *service) listActivity(ctx context.Context, in *listActivityInput) (*listActivityOutput, error) {
	before, err := in.after()
	if err != nil {
		return nil, err
	}
	f := store.ActivityFilter{BeforeID: before, Limit: in.Limit + 1}
	for _, k := range in.Kind {
		f.Kinds = append(f.Kinds, events.Kind(k))
	}
	if f.PlayerID, err = s.queriedPlayer(ctx, in.Player); err != nil {
		return nil, err
	}
	if f.GroupID, err = s.namedGroup(ctx, "query.group", in.Group); err != nil {
		return nil, err
	}
	happened, err := s.Activity.Activity(ctx, f)
	if err != nil {
		return nil, err
	}
	out := &listActivityOutput{}
	if len(happened) > in.Limit {
		happened = happened[:in.Limit]
		out.Body.NextCursor = strconv.FormatInt(happened[in.Limit-1].ID, 10)
	}
	out.Body.Activity = happened
	return out, nil
}

// queriedPlayer is the id of the player that a query names, or zero when it names
// none.
func (s *service) queriedPlayer(ctx context.Context, typed string) (int64, error) {
	return s.namedPlayer(ctx, "query.player", typed)
}

// namedPlayer is queriedPlayer for a name that stands elsewhere in the request.
func (s *service) namedPlayer(ctx context.Context, location, typed string) (int64, error) {
	if typed == "" {
		return 0, nil
	}
	name, err := player.ParseName(typed)
	if err != nil {
		return 0, invalid(location, typed, err)
	}
	p, err := s.Players.PlayerByName(ctx, name)
	if err != nil {
		return 0, err // says who was looked for already
	}
	return p.ID, nil
}

// namedGroup is the id of the group that a request names at a location, or zero
// when it names none.
func (s *service) namedGroup(ctx context.Context, location, typed string) (int64, error) {
	if typed == "" {
		return 0, nil
	}
	g, err := s.groupAt(ctx, location, typed)
	return g.ID, err
}
