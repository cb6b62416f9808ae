package web

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/osrsdiff/osrsdiff/access"
	"github.com/osrsdiff/osrsdiff/schedules"
)

// Repairs compares the schedules in Redis with the database. *schedules.Keeper
// does.
type Repairs interface {
	// Verify lists what differs and changes nothing.
	Verify(ctx context.Context) (schedules.Report, error)
	// Rebuild fills Redis from the database and returns how many schedules there
	// are; progress is told how many are done.
	Rebuild(ctx context.Context, progress func(done int)) (int, error)
}

// repairPatience is how long going through every schedule may take: a million take
// a few minutes.
const repairPatience = 20 * time.Minute

var _ Repairs = (*schedules.Keeper)(nil)

func (s *service) registerRepairs(a huma.API) {
	handle(s, a, huma.Operation{
		OperationID: "verify-schedules", Method: http.MethodPost, Path: "/api/schedules/verify", Tags: []string{tagSchedules},
		Middlewares: patient(repairPatience),
		Summary:     "Compare the schedules in Redis with the database", Errors: []int{http.StatusServiceUnavailable},
		Description: "Changes nothing. It is not a GET because it reads everything there is.",
	}, s.verifySchedules)
	handle(s, a, huma.Operation{
		OperationID: "rebuild-schedules", Method: http.MethodPost, Path: "/api/schedules/rebuild", Tags: []string{tagSchedules},
		Middlewares: patient(repairPatience),
		Summary:     "Fill Redis with the schedules of the database", Errors: []int{http.StatusServiceUnavailable},
		Description: "Empties the index of schedules and fills it again; ticks stay where they are. A scheduler does the same by itself when it finds Redis empty. " +
			"With dry_run it only lists what differs, as verify does. One that is cut off is finished by the scheduler.",
	}, s.rebuildSchedules)
}

type reportOutput struct{ Body schedules.Report }

func (s *service) verifySchedules(ctx context.Context, _ *struct{}) (*reportOutput, error) {
	report, err := s.Repairs.Verify(ctx)
	if err != nil {
		return nil, fmt.Errorf("verify schedules: %w", err)
	}
	return &reportOutput{Body: report}, nil
}

type rebuildInput struct {
	Body *struct {
		DryRun bool `json:"dry_run,omitempty" doc:"only list what differs" default:"false"`
	}
}

type rebuildOutput struct {
	Body struct {
		DryRun    bool              `json:"dry_run"`
		Schedules int               `json:"schedules" doc:"how many were written; 0 in a dry run"`
		Report    *schedules.Report `json:"report,omitempty" doc:"what differs; in a dry run only"`
	}
}

func (s *service) rebuildSchedules(ctx context.Context, in *rebuildInput) (*rebuildOutput, error) {
	out := &rebuildOutput{}
	if in.Body != nil && in.Body.DryRun {
		report, err := s.verifySchedules(ctx, nil)
		if err != nil {
			return nil, err
		}
		access.Idle(ctx)
		out.Body.DryRun, out.Body.Report = true, &report.Body
		return out, nil
	}
	n, err := s.Repairs.Rebuild(ctx, func(int) {})
	if err != nil {
		return nil, fmt.Errorf("rebuild schedules: %w", err)
	}
	access.Note(ctx, access.Change{Action: "schedule.rebuild", New: fmt.Sprintf("%d schedules", n)})
	out.Body.Schedules = n
	return out, nil
}
