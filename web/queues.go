package web

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/osrsdiff/osrsdiff/status"
)

func (s *service) registerQueues(a huma.API) {
	handle(s, a, huma.Operation{
		OperationID: "list-queues", Method: http.MethodGet, Path: "/api/queues", Tags: []string{tagTasks},
		Summary: "List the queues and who takes tasks from them", Errors: []int{http.StatusServiceUnavailable},
		Description: "The most urgent first. The tasks themselves are listed by /api/tasks/executions.",
	}, s.listQueues)
}

type listQueuesOutput struct {
	Body struct {
		Queues    []status.Queue   `json:"queues"`
		Processes []status.Process `json:"processes"`
	}
}

func (s *service) listQueues(ctx context.Context, _ *struct{}) (*listQueuesOutput, error) {
	now, err := s.status(ctx, nil)
	if err != nil {
		return nil, err
	}
	out := &listQueuesOutput{}
	out.Body.Queues, out.Body.Processes = now.Body.Queues, now.Body.Processes
	return out, nil
}
