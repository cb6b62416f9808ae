package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/danielgtaylor/huma/v2"

	"github.com/osrsdiff/osrsdiff/executions"
)

// Executions tells which tasks ran, run and are to run. *executions.Reader does.
type Executions interface {
	// List returns a page and the cursor of the next.
	List(ctx context.Context, f executions.Filter) ([]executions.Execution, string, error)
	// Get returns what is known of an id.
	Get(ctx context.Context, id string) ([]executions.Execution, error)
}

var _ Executions = (*executions.Reader)(nil)

// executionURL is where the execution of a task can be seen. Empty for no task.
func executionURL(taskID string) string {
	if taskID == "" {
		return ""
	}
	return "/api/tasks/executions/" + url.PathEscape(taskID)
}

func (s *service) registerExecutions(a huma.API) {
	handle(s, a, huma.Operation{
		OperationID: "list-executions", Method: http.MethodGet, Path: "/api/tasks/executions", Tags: []string{tagTasks},
		Summary: "List what tasks ran, run and are to run", Errors: []int{http.StatusNotFound, http.StatusServiceUnavailable},
		Description: "What is in the queues first: active, retry, pending, scheduled, archived and completed ones. Then what the database remembers for 30 days, the newest first: " +
			"fetches that failed or that a person asked for. Repeat with cursor set to next_cursor until there is none; a page may be short, or empty, before that.",
	}, s.listExecutions)
	handle(s, a, huma.Operation{
		OperationID: "get-execution", Method: http.MethodGet, Path: "/api/tasks/executions/{id}", Tags: []string{tagTasks},
		Summary: "Show what became of a task", Errors: []int{http.StatusNotFound, http.StatusServiceUnavailable},
		Description: "id is the task_id of an answer, or the id of a listed execution. The fetches of a player share a task_id: the one in a queue comes first, the last that is over behind it.",
	}, s.getExecution)
}

type listExecutionsInput struct {
	Cursor string `query:"cursor" maxLength:"200" doc:"next_cursor of the page before; empty for the first page"`
	Limit  int    `query:"limit" default:"50" minimum:"1" maximum:"200"`
	State  string `query:"state" enum:"active,retry,pending,scheduled,archived,completed,failed"`
	Queue  string `query:"queue" maxLength:"100" doc:"only tasks in this queue; leaves out what only the database remembers" example:"fetch"`
	Type   string `query:"type" maxLength:"100" example:"player:fetch"`
	Player string `query:"player" doc:"only those about this player"`
}

type listExecutionsOutput struct {
	Body struct {
		Executions []executions.Execution `json:"executions"`
		NextCursor string                 `json:"next_cursor,omitempty" doc:"cursor of the next page; left out on the last one"`
	}
}

func (s *service) listExecutions(ctx context.Context, in *listExecutionsInput) (*listExecutionsOutput, error) {
	f := executions.Filter{After: in.Cursor, Limit: in.Limit, State: executions.State(in.State), Queue: in.Queue, Type: in.Type}
	if in.Player != "" {
		p, err := s.findAt(ctx, "query.player", in.Player)
		if err != nil {
			return nil, err
		}
		f.PlayerID = p.ID
	}
	list, next, err := s.Executions.List(ctx, f)
	if errors.Is(err, executions.ErrBadCursor) {
		return nil, badCursor(in.Cursor)
	}
	if err != nil {
		return nil, fmt.Errorf("list executions: %w", err)
	}
	out := &listExecutionsOutput{}
	out.Body.Executions, out.Body.NextCursor = list, next
	return out, nil
}

type executionInput struct {
	ID string `path:"id" maxLength:"200" example:"player_fetch_123"`
}

type executionOutput struct {
	Body struct {
		Executions []executions.Execution `json:"executions" minItems:"1"`
	}
}

func (s *service) getExecution(ctx context.Context, in *executionInput) (*executionOutput, error) {
	list, err := s.Executions.Get(ctx, in.ID)
	if err != nil {
		return nil, err // says what was asked already
	}
	out := &executionOutput{}
	out.Body.Executions = list
	return out, nil
}
