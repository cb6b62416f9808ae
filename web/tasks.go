package web

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/osrsdiff/osrsdiff/tasks"
)

func (s *service) registerTasks(a huma.API) {
	handle(s, a, huma.Operation{
		OperationID: "list-tasks", Method: http.MethodGet, Path: "/api/tasks", Tags: []string{tagTasks},
		Summary: "List the tasks there are", Errors: []int{http.StatusServiceUnavailable},
		Description: "Those that run by the clock, with their last and next run, and the types of all others. /api/system/trigger-task runs one now.",
	}, s.listTasks)
}

type listTasksOutput struct {
	Body struct {
		Tasks []scheduledTaskView `json:"tasks" doc:"those that run by the clock"`
		Types []tasks.Kind        `json:"types" doc:"every type that may be in a queue"`
	}
}

func (s *service) listTasks(ctx context.Context, _ *struct{}) (*listTasksOutput, error) {
	out := &listTasksOutput{}
	var err error
	if out.Body.Tasks, err = s.staticTasks(ctx, ""); err != nil {
		return nil, err
	}
	if out.Body.Tasks == nil {
		out.Body.Tasks = []scheduledTaskView{}
	}
	out.Body.Types = tasks.Kinds(s.Statics)
	return out, nil
}
