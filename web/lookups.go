package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/osrsdiff/osrsdiff/hiscores"
	"github.com/osrsdiff/osrsdiff/player"
	"github.com/osrsdiff/osrsdiff/tasks"
)

// lookUpPatience is how long a person waits for the hiscores.
const lookUpPatience = 15 * time.Second

// errBusy says that the limit on requests left none in time.
var errBusy = errors.New("the hiscores could not be asked within the limit on requests")

func (s *service) registerLookups(a huma.API) {
	handle(s, a, huma.Operation{
		OperationID: "look-up", Method: http.MethodPost, Path: "/api/lookups", Tags: []string{tagPlayers},
		Summary: "Ask the hiscores about any name, once", Errors: []int{http.StatusNotFound, http.StatusServiceUnavailable},
		Description: "Tracked or not; nothing is stored. It is not a GET because it uses up one of the requests that the limit allows.",
	}, s.lookUp)
}

type lookUpInput struct {
	Body struct {
		Name string `json:"name" example:"Lynx Titan" doc:"1 to 12 letters, digits, spaces, _ and -"`
		Mode string `json:"mode,omitempty" enum:"regular,ironman,hardcore_ironman,ultimate_ironman" default:"regular" doc:"which table to read"`
	}
}

func (s *service) lookUp(ctx context.Context, in *lookUpInput) (*snapshotOutput, error) {
	name, err := player.ParseName(in.Body.Name)
	if err != nil {
		return nil, invalid("body.name", in.Body.Name, err)
	}
	ctx, cancel := context.WithTimeout(ctx, lookUpPatience)
	defer cancel()
	snap, err := s.Hiscores.Fetch(ctx, name, hiscores.TableOf(player.Mode(in.Body.Mode)))
	var postponed *tasks.PostponedError
	if errors.As(err, &postponed) || errors.Is(err, context.DeadlineExceeded) {
		return nil, fmt.Errorf("%w: %w", errBusy, err)
	}
	if err != nil {
		return nil, err // says who was asked about already
	}
	return &snapshotOutput{Body: viewSnapshot(name.String(), snap)}, nil
}
