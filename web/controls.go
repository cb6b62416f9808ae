package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/osrsdiff/osrsdiff/store"
)

func (s *service) registerControls(a huma.API) {
	handle(s, a, huma.Operation{
		OperationID: "fetch-player", Method: http.MethodPost, Path: "/api/players/{name}/fetch", Tags: []string{tagPlayers},
		DefaultStatus: http.StatusAccepted,
		Summary:       "Fetch a player now", Errors: []int{http.StatusNotFound, http.StatusConflict, http.StatusServiceUnavailable},
		Description: "Works for paused players too. 202 with the task when a fetch waits in the queue; 200 with the stored snapshot when the " +
			"player was fetched less than 60 seconds ago, since the hiscores would not say anything newer.",
	}, s.fetchPlayer)
	alsoAnswers(a.OpenAPI().Paths["/api/players/{name}/fetch"].Post, http.StatusOK)
	handle(s, a, huma.Operation{
		OperationID: "pause-player", Method: http.MethodPost, Path: "/api/players/{name}/pause", Tags: []string{tagPlayers},
		Summary: "Pause a player", Description: "Stops its scheduled fetches. Safe to repeat.", Errors: []int{http.StatusNotFound},
	}, s.pausePlayer)
	handle(s, a, huma.Operation{
		OperationID: "resume-player", Method: http.MethodPost, Path: "/api/players/{name}/resume", Tags: []string{tagPlayers},
		Summary: "Resume a player", Description: "Ticks missed while it was paused are not made up. Safe to repeat.", Errors: []int{http.StatusNotFound},
	}, s.resumePlayer)
}

type fetchOutput struct {
	Status   int
	Location string `header:"Location" doc:"where the execution of the fetch can be seen"`
	Body     struct {
		Player   string        `json:"player"`
		Message  string        `json:"message"`
		TaskID   string        `json:"task_id,omitempty" doc:"the fetch that waits in the queue" example:"player_fetch_123"`
		Queued   bool          `json:"queued" doc:"false when a fetch was waiting already, or none is needed"`
		Snapshot *snapshotView `json:"snapshot,omitempty" doc:"the stored values, when they are less than 60 seconds old"`
	}
}

func (s *service) fetchPlayer(ctx context.Context, in *PlayerPath) (*fetchOutput, error) {
	name, err := pathName(in.Name)
	if err != nil {
		return nil, err
	}
	ticket, err := s.Switchboard.Fetch(ctx, name)
	if err != nil {
		return nil, err // says what was asked already
	}
	out := &fetchOutput{Status: http.StatusAccepted}
	out.Body.Player, out.Body.TaskID, out.Body.Queued = ticket.Player.Name.String(), ticket.TaskID, ticket.Queued
	switch {
	case ticket.Fresh:
		out.Status, out.Body.TaskID = http.StatusOK, ""
		out.Body.Message = "fetched less than 60 seconds ago; this is the stored snapshot"
		snap, err := s.Values.SnapshotAt(ctx, ticket.Player.ID, s.now())
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return nil, fmt.Errorf("snapshot of player %q: %w", name, err)
		}
		if err == nil {
			out.Body.Snapshot = viewSnapshot(ticket.Player.Name.String(), snap)
		}
	case ticket.Queued:
		out.Body.Message = "the fetch waits in the queue"
	default:
		out.Body.Message = "a fetch of this player was waiting in the queue already"
	}
	out.Location = executionURL(out.Body.TaskID)
	return out, nil
}

func (s *service) pausePlayer(ctx context.Context, in *PlayerPath) (*playerOutput, error) {
	name, err := pathName(in.Name)
	if err != nil {
		return nil, err
	}
	p, err := s.Switchboard.Pause(ctx, name)
	if err != nil {
		return nil, err // says what was asked already
	}
	return &playerOutput{Body: s.view(ctx, p)}, nil
}

func (s *service) resumePlayer(ctx context.Context, in *PlayerPath) (*playerOutput, error) {
	name, err := pathName(in.Name)
	if err != nil {
		return nil, err
	}
	p, err := s.Switchboard.Resume(ctx, name)
	if err != nil {
		return nil, err // says what was asked already
	}
	return &playerOutput{Body: s.view(ctx, p)}, nil
}
