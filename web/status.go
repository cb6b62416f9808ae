package web

import (
	"context"
	"fmt"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/osrsdiff/osrsdiff/player"
	"github.com/osrsdiff/osrsdiff/status"
)

// Standing tells how the whole installation stands. *status.Reader does.
type Standing interface {
	// Status reads it from Redis.
	Status(ctx context.Context) (status.Status, error)
	// Schedule reads how the schedule of one player stands.
	Schedule(ctx context.Context, p player.Player) (status.Schedule, error)
	// Hiscores reads only whether the hiscores may be asked.
	Hiscores(ctx context.Context) (status.Hiscores, error)
}

var _ Standing = (*status.Reader)(nil)

func (s *service) registerStatus(a huma.API) {
	handle(s, a, huma.Operation{
		OperationID: "status", Method: http.MethodGet, Path: "/api/system/status", Tags: []string{tagSystem},
		Summary: "How everything stands", Errors: []int{http.StatusServiceUnavailable},
		Description: "Who leads, what is due, how late ticks are, what schedules ask for against what the hiscores allow, the queues " +
			"and the processes. troubles says in words what keeps players from being fetched on time. /metrics has the same for Prometheus.",
	}, s.status)
}

type statusOutput struct{ Body status.Status }

func (s *service) status(ctx context.Context, _ *struct{}) (*statusOutput, error) {
	ctx, cancel := context.WithTimeout(ctx, checkPatience)
	defer cancel()
	now, err := s.Standing.Status(ctx)
	if err != nil {
		return nil, fmt.Errorf("status: %w", err)
	}
	return &statusOutput{Body: now}, nil
}
