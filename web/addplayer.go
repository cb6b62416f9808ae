package web

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"

	"github.com/danielgtaylor/huma/v2"

	"github.com/osrsdiff/osrsdiff/player"
	"github.com/osrsdiff/osrsdiff/roster"
)

// interval is how often a player is fetched as callers write it: "30m", "6h",
// "7d", or a number of minutes.
type interval string

// Schema describes both ways of writing it.
func (interval) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{
		AnyOf:       []*huma.Schema{{Type: huma.TypeString}, {Type: huma.TypeNumber}},
		Description: "how often to fetch: 30m, 6h, 7d, or a number of minutes, from 1 minute to 7 days",
		Default:     player.DefaultInterval.String(),
		Examples:    []any{"30m"},
	}
}

// UnmarshalJSON takes a string or a number as it was written.
func (i *interval) UnmarshalJSON(data []byte) error {
	var text string
	if json.Unmarshal(data, &text) != nil {
		text = string(data)
	}
	*i = interval(text)
	return nil
}

// newPlayer is what a person fills in to add a player, in JSON or in the form.
type newPlayer struct{ Name, Every, Mode string }

// request checks it. in is where its fields stand in the request.
func (n newPlayer) request(in string) (roster.AddRequest, error) {
	name, err := player.ParseName(n.Name)
	if err != nil {
		return roster.AddRequest{}, invalid(in+"name", n.Name, err)
	}
	request := roster.AddRequest{Name: name, Every: player.DefaultInterval, Verify: true}
	if n.Every != "" {
		if request.Every, err = player.ParseInterval(n.Every); err != nil {
			return roster.AddRequest{}, invalid(in+"every", n.Every, err)
		}
	}
	if n.Mode != "" && n.Mode != "auto" {
		if request.Mode, err = player.ParseMode(n.Mode); err != nil {
			return roster.AddRequest{}, invalid(in+"mode", n.Mode, err)
		}
	}
	return request, nil
}

type addPlayerInput struct {
	Body struct {
		Name   string   `json:"name" example:"Zezima" doc:"1 to 12 letters, digits, spaces, _ and -"`
		Every  interval `json:"every,omitempty"`
		Mode   string   `json:"mode,omitempty" doc:"a game mode, or auto to read it from the hiscores" default:"auto" example:"auto"`
		Verify *bool    `json:"verify,omitempty" doc:"false adds the player without looking it up on the hiscores first" default:"true"`
	}
}

func (in addPlayerInput) request() (roster.AddRequest, error) {
	add := newPlayer{Name: in.Body.Name, Every: string(in.Body.Every), Mode: in.Body.Mode}
	request, err := add.request("body.")
	if in.Body.Verify != nil {
		request.Verify = *in.Body.Verify
	}
	return request, err
}

type addPlayerOutput struct {
	Status   int
	Location string `header:"Location" doc:"the player; with 202 where the execution of its first fetch can be seen, if that waits in the queue already"`
	Body     struct {
		Player  playerView `json:"player"`
		Pending bool       `json:"pending" doc:"the first fetch has still to find the player on the hiscores"`
		TaskID  string     `json:"task_id,omitempty" doc:"the first fetch"`
		Message string     `json:"message"`
	}
}

func (s *service) addPlayer(ctx context.Context, in *addPlayerInput) (*addPlayerOutput, error) {
	request, err := in.request()
	if err != nil {
		return nil, err
	}
	added, err := s.Registrar.Add(ctx, request)
	if err != nil {
		return nil, err // says what was asked already
	}
	out := &addPlayerOutput{Status: http.StatusCreated, Location: "/api/players/" + url.PathEscape(added.Player.Name.String())}
	out.Body.Player = s.view(ctx, added.Player)
	out.Body.Pending, out.Body.TaskID = added.Pending, added.TaskID
	out.Body.Message = fmt.Sprintf("%s is fetched every %s from now on", added.Player.Name, added.Player.Every)
	if added.Restored {
		out.Body.Message = fmt.Sprintf("%s was removed before and is back with its history; it is fetched every %s", added.Player.Name, added.Player.Every)
	}
	if added.Pending {
		out.Status, out.Location = http.StatusAccepted, cmp.Or(executionURL(added.TaskID), out.Location)
		out.Body.Message = fmt.Sprintf("the hiscores were not asked; the first fetch will look %s up", added.Player.Name)
	}
	return out, nil
}
