package web

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/osrsdiff/osrsdiff/hiscores"
	"github.com/osrsdiff/osrsdiff/player"
	"github.com/osrsdiff/osrsdiff/roster"
	"github.com/osrsdiff/osrsdiff/store"
)

// Identities keeps which account a player is. The roster is one.
type Identities interface {
	// Rename follows an account to its new name.
	Rename(ctx context.Context, request roster.RenameRequest) (player.Player, error)
	// Accept takes the values held aside for the player's own.
	Accept(ctx context.Context, name player.Name) (player.Player, error)
	// Split takes them for another account's.
	Split(ctx context.Context, name player.Name) (store.Split, error)
}

// Events tells what happened to the identity of players. The store is one.
type Events interface {
	// Events returns what happened to a player, newest first.
	Events(ctx context.Context, playerID int64) ([]store.Event, error)
	// HeldSnapshots returns what is held aside of a player, oldest first.
	HeldSnapshots(ctx context.Context, playerID int64) ([]store.HeldSnapshot, error)
}

var (
	_ Identities = (*roster.Roster)(nil)
	_ Events     = (*store.Store)(nil)
)

func (s *service) registerIdentity(a huma.API) {
	conflicts := []int{http.StatusNotFound, http.StatusConflict}
	handle(s, a, huma.Operation{
		OperationID: "rename-player", Method: http.MethodPost, Path: "/api/players/{name}/rename", Tags: []string{tagPlayers},
		Summary: "Follow an account to its new name", Errors: append(conflicts, http.StatusServiceUnavailable),
		Description: "History and schedule stay. Both names are looked up first; 409 when the name is tracked, a value would fall, or the account still " +
			"has its old name. An archived player is tracked again.",
	}, s.renamePlayer)
	handle(s, a, huma.Operation{
		OperationID: "accept-player", Method: http.MethodPost, Path: "/api/players/{name}/accept", Tags: []string{tagPlayers},
		Summary: "Accept what is held aside", Errors: conflicts,
		Description: "Decides that the values of a flagged player that fell are its own. They go into its history.",
	}, s.acceptPlayer)
	handle(s, a, huma.Operation{
		OperationID: "split-player", Method: http.MethodPost, Path: "/api/players/{name}/split", Tags: []string{tagPlayers},
		Summary: "Split off another account", Errors: conflicts,
		Description: "Decides that the values of a flagged player that fell are another account's. The history stays with an archived player; a fresh " +
			"player has the name and begins with what was held aside.",
	}, s.splitPlayer)
	handle(s, a, huma.Operation{
		OperationID: "get-identity", Method: http.MethodGet, Path: "/api/players/{name}/identity", Tags: []string{tagPlayers},
		Summary: "What happened to a player's identity", Errors: []int{http.StatusNotFound},
		Description: "Rollbacks, flags, decisions and renames, newest first, and what is held aside.",
	}, s.getIdentity)
	handle(s, a, huma.Operation{
		OperationID: "list-flags", Method: http.MethodGet, Path: "/api/flags", Tags: []string{tagPlayers},
		Summary: "List flagged players", Errors: []int{http.StatusUnprocessableEntity},
		Description: "Players whose values fell although the game never lowers them: a person must accept or split each.",
	}, s.listFlags)
}

type renameInput struct {
	PlayerPath
	Body struct {
		To    string `json:"to" example:"Zezima II" doc:"the name that the account has now"`
		Force bool   `json:"force,omitempty" doc:"do not ask the hiscores whether it is the same account" default:"false"`
	}
}

func (s *service) renamePlayer(ctx context.Context, in *renameInput) (*playerOutput, error) {
	from, err := pathName(in.Name)
	if err != nil {
		return nil, err
	}
	to, err := player.ParseName(in.Body.To)
	if err != nil {
		return nil, invalid("body.to", in.Body.To, err)
	}
	p, err := s.Identities.Rename(ctx, roster.RenameRequest{From: from, To: to, Force: in.Body.Force})
	if err != nil {
		return nil, err // says what was asked already
	}
	return &playerOutput{Body: s.view(ctx, p)}, nil
}

func (s *service) acceptPlayer(ctx context.Context, in *PlayerPath) (*playerOutput, error) {
	name, err := pathName(in.Name)
	if err != nil {
		return nil, err
	}
	p, err := s.Identities.Accept(ctx, name)
	if err != nil {
		return nil, err // says what was asked already
	}
	return &playerOutput{Body: s.view(ctx, p)}, nil
}

type splitOutput struct {
	Body struct {
		Archived playerView `json:"archived" doc:"the history, under a free name; not fetched any more"`
		Fresh    playerView `json:"fresh" doc:"the account that has the name now"`
	}
}

func (s *service) splitPlayer(ctx context.Context, in *PlayerPath) (*splitOutput, error) {
	name, err := pathName(in.Name)
	if err != nil {
		return nil, err
	}
	split, err := s.Identities.Split(ctx, name)
	if err != nil {
		return nil, err // says what was asked already
	}
	out := &splitOutput{}
	out.Body.Archived, out.Body.Fresh = s.view(ctx, split.Archived), s.view(ctx, split.Fresh)
	return out, nil
}

// eventView is one thing that happened to a player's identity.
type eventView struct {
	At     time.Time  `json:"at"`
	Kind   string     `json:"kind" enum:"rolled_back,flagged,accepted,split,renamed"`
	Reason string     `json:"reason,omitempty" doc:"why it is taken for another account"`
	Falls  []fallView `json:"falls,omitempty" doc:"the values that fell"`
	From   string     `json:"from,omitempty" doc:"the name before"`
	To     string     `json:"to,omitempty" doc:"the name after"`
	Other  int64      `json:"other_player_id,omitempty" doc:"the other player of a split"`
	Forced bool       `json:"forced,omitempty" doc:"the hiscores were not asked"`
}

func viewEvent(e store.Event) eventView {
	view := eventView{At: e.At.UTC(), Kind: string(e.Kind), Reason: e.Reason, From: e.From, To: e.To, Other: e.Other, Forced: e.Forced}
	if len(e.Falls) > 0 {
		view.Falls = viewFalls(e.Falls)
	}
	return view
}

// fallView is a value that fell although the game never lowers it.
type fallView struct {
	Metric string `json:"metric" example:"Runecraft"`
	Before *int64 `json:"before"`
	After  *int64 `json:"after"`
}

func viewFalls(falls []hiscores.Change) []fallView {
	views := make([]fallView, 0, len(falls))
	for _, c := range falls {
		views = append(views, fallView{Metric: c.Metric, Before: known(c.Before), After: known(c.After)})
	}
	return views
}

// heldView is an answer held aside.
type heldView struct {
	Until    time.Time     `json:"until" doc:"when the same values were last stated"`
	Snapshot *snapshotView `json:"snapshot"`
}

type identityOutput struct {
	Body struct {
		Player     playerView  `json:"player"`
		Events     []eventView `json:"events"`
		Held       []heldView  `json:"held" doc:"answers that wait for a decision, oldest first"`
		NextCursor string      `json:"next_cursor,omitempty" doc:"cursor of the next page of events; left out on the last one"`
	}
}

func (s *service) getIdentity(ctx context.Context, in *playerListInput) (*identityOutput, error) {
	p, err := s.find(ctx, in.Name)
	if err != nil {
		return nil, err
	}
	events, err := s.Events.Events(ctx, p.ID)
	if err != nil {
		return nil, fmt.Errorf("identity of player %q: %w", p.Name, err)
	}
	held, err := s.Events.HeldSnapshots(ctx, p.ID)
	if err != nil {
		return nil, fmt.Errorf("identity of player %q: %w", p.Name, err)
	}
	out := &identityOutput{}
	events, out.Body.NextCursor, err = pageOf(events, in.PageQuery)
	if err != nil {
		return nil, err
	}
	out.Body.Player, out.Body.Events, out.Body.Held = s.view(ctx, p), make([]eventView, 0, len(events)), make([]heldView, 0, len(held))
	for _, e := range events {
		out.Body.Events = append(out.Body.Events, viewEvent(e))
	}
	for _, h := range held {
		out.Body.Held = append(out.Body.Held, heldView{Until: h.Until.UTC(), Snapshot: viewSnapshot(p.Name.String(), h.Snapshot)})
	}
	return out, nil
}
