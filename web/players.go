package web

import (
	"context"
	"fmt"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/osrsdiff/osrsdiff/player"
	"github.com/osrsdiff/osrsdiff/store"
)

type playerOutput struct {
	Body playerView
}

// PlayerPath is the part of a path that names a player. Exported, like PageQuery
// and PeriodQuery, because huma reads only exported members of an input.
type PlayerPath struct {
	Name string `path:"name" doc:"the player's name in any spelling" example:"Zezima"`
}

func (s *service) registerPlayers(a huma.API) {
	handle(s, a, huma.Operation{
		OperationID: "list-players", Method: http.MethodGet, Path: "/api/players", Tags: []string{tagPlayers},
		Summary: "List players", Description: "In the order they were added. Repeat with cursor set to next_cursor until there is none.",
		Errors: []int{http.StatusUnprocessableEntity},
	}, s.listPlayers)
	handle(s, a, huma.Operation{
		OperationID: "add-player", Method: http.MethodPost, Path: "/api/players", Tags: []string{tagPlayers}, DefaultStatus: http.StatusCreated,
		Summary: "Add a player", Errors: []int{http.StatusNotFound, http.StatusConflict, http.StatusServiceUnavailable},
		Description: "Looks the player up on the hiscores first. 201 when it was found; 202 when the hiscores could not be asked, or were not to be: " +
			"the player is pending until its first fetch. 404 when the hiscores do not list the player, 409 when it is tracked already, under any spelling.",
	}, s.addPlayer)
	alsoAnswers(a.OpenAPI().Paths["/api/players"].Post, http.StatusAccepted)
	handle(s, a, huma.Operation{
		OperationID: "get-player", Method: http.MethodGet, Path: "/api/players/{name}", Tags: []string{tagPlayers},
		Summary: "Show a player", Errors: []int{http.StatusNotFound},
	}, s.getPlayer)
	handle(s, a, huma.Operation{
		OperationID: "change-player", Method: http.MethodPatch, Path: "/api/players/{name}", Tags: []string{tagPlayers},
		Summary: "Change a player", Description: "Changes what is given and leaves the rest. Takes effect within seconds.",
		Errors: []int{http.StatusNotFound, http.StatusConflict},
	}, s.changePlayer)
	handle(s, a, huma.Operation{
		OperationID: "remove-player", Method: http.MethodDelete, Path: "/api/players/{name}", Tags: []string{tagPlayers},
		DefaultStatus: http.StatusNoContent,
		Summary:       "Remove a player", Description: "It is not fetched or listed any more. Its history is kept for 30 days, and adding the name again restores it until then; with purge=true it is deleted at once.", Errors: []int{http.StatusNotFound},
	}, s.removePlayer)
}

type listPlayersInput struct {
	PageQuery
	PlayerChoice
}

func (in listPlayersInput) filter() (store.PlayerFilter, error) {
	f := in.choice()
	f.Limit = in.Limit + 1
	var err error
	f.AfterID, err = in.after()
	return f, err
}

type listPlayersOutput struct {
	Body struct {
		Players    []playerView `json:"players"`
		NextCursor string       `json:"next_cursor,omitempty" doc:"cursor of the next page; left out on the last one"`
		Total      int          `json:"total" doc:"how many players are tracked, matching or not"`
	}
}

func (s *service) listPlayers(ctx context.Context, in *listPlayersInput) (*listPlayersOutput, error) {
	filter, err := in.filter()
	if err != nil {
		return nil, err
	}
	found, err := s.Players.Players(ctx, filter)
	if err != nil {
		return nil, fmt.Errorf("list players: %w", err)
	}
	out := &listPlayersOutput{}
	found, out.Body.NextCursor = cursorOf(found, in.Limit)
	if out.Body.Total, err = s.Players.CountPlayers(ctx); err != nil {
		return nil, fmt.Errorf("count players: %w", err)
	}
	ticks := s.nextTicks(ctx, found)
	out.Body.Players = make([]playerView, 0, len(found))
	for _, p := range found {
		out.Body.Players = append(out.Body.Players, viewPlayer(p, ticks[p.ID]))
	}
	return out, nil
}

func (s *service) getPlayer(ctx context.Context, in *PlayerPath) (*playerOutput, error) {
	p, err := s.find(ctx, in.Name)
	if err != nil {
		return nil, err
	}
	return &playerOutput{Body: s.view(ctx, p)}, nil
}

// find returns the player of a name as it stands in a path.
func (s *service) find(ctx context.Context, typed string) (player.Player, error) {
	return s.findAt(ctx, "path.name", typed)
}

// findAt returns the player of a name that stands at a place in the request.
func (s *service) findAt(ctx context.Context, location, typed string) (player.Player, error) {
	name, err := player.ParseName(typed)
	if err != nil {
		return player.Player{}, invalid(location, typed, err)
	}
	p, err := s.Players.PlayerByName(ctx, name)
	if err != nil {
		return player.Player{}, err // says who was looked for already
	}
	return p, nil
}

func pathName(typed string) (player.Name, error) {
	name, err := player.ParseName(typed)
	if err != nil {
		return player.Name{}, invalid("path.name", typed, err)
	}
	return name, nil
}
