package web

import (
	"context"
	"log/slog"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
)

// The groups of the API's operations in its description and documentation.
const (
	tagPlayers   = "Players"
	tagValues    = "Values over time"
	tagBoards    = "Leaderboards"
	tagGroups    = "Groups and competitions"
	tagSchedules = "Schedules"
	tagTasks     = "Tasks"
	tagEvents    = "Events"
	tagExport    = "Export"
	tagSystem    = "System"
	tagAccess    = "Access"
)

// service answers the operations of the API and the pages.
type service struct {
	Options
	log  *slog.Logger
	now  func() time.Time
	door *door
}

// newAPI registers every operation of the API on m and returns what describes
// them. OpenAPI is served at /openapi.json.
func (s *service) newAPI(m *router) huma.API {
	version := s.Version
	if version == "" {
		version = "dev"
	}
	config := huma.DefaultConfig("OSRS Diff", version)
	config.Info.Description = "Tracks Old School RuneScape players: each is fetched from the hiscores on a schedule of its own, every change is kept."
	config.DocsPath = ""    // huma's page loads scripts from another host; see docs.go
	config.SchemasPath = "" // the description holds every schema
	config.CreateHooks = nil
	config.RejectUnknownQueryParameters = true
	config.Components.SecuritySchemes = map[string]*huma.SecurityScheme{"token": {Type: "http", Scheme: "bearer"}}
	config.Security = []map[string][]string{{"token": {}}}
	a := humago.New(m, config)
	a.UseMiddleware(s.onlyText(a))
	s.registerPlayers(a)
	s.registerBulk(a)
	s.registerControls(a)
	s.registerModes(a)
	s.registerIdentity(a)
	s.registerValues(a)
	s.registerGains(a)
	s.registerLeaderboards(a)
	s.registerGroups(a)
	s.registerRosters(a)
	s.registerCompetitions(a)
	s.registerCompare(a)
	s.registerActivity(a)
	s.registerLive(a)
	s.registerWebhooks(a)
	s.registerExports(a)
	s.registerLookups(a)
	s.registerSchedules(a)
	s.registerRepairs(a)
	s.registerTasks(a)
	s.registerExecutions(a)
	s.registerQueues(a)
	s.registerSystem(a)
	s.registerStatus(a)
	s.registerTokens(a)
	s.registerAudit(a)
	s.registerOptOuts(a)
	describeProblems(a.OpenAPI())
	return a
}

// describeProblems puts Problem in the place of huma's own type of errors, and
// describes the errors that any operation may answer with.
func describeProblems(api *huma.OpenAPI) {
	problem := api.Components.Schemas.Schema(reflect.TypeFor[Problem](), true, "Problem")
	for path, item := range api.Paths {
		for _, op := range operationsOf(item) {
			for _, status := range alwaysPossible(path, op) {
				key := strconv.Itoa(status)
				if op.Responses[key] == nil {
					op.Responses[key] = &huma.Response{
						Description: http.StatusText(status), Content: map[string]*huma.MediaType{problemType: {}},
					}
				}
			}
			if d := op.Responses["default"]; d != nil && d.Content[problemType] != nil {
				delete(op.Responses, "default") // every status is said
			}
			for _, answer := range op.Responses {
				if content, ok := answer.Content[problemType]; ok {
					content.Schema = problem
				}
			}
		}
	}
}

// problemType is the media type of errors.
const problemType = "application/problem+json"

// alwaysPossible are the errors that need no word in an operation's own
// declaration: of the way to it, of wrong input, and of servers that are away.
func alwaysPossible(path string, op *huma.Operation) []int {
	statuses := []int{http.StatusUnprocessableEntity, http.StatusInternalServerError}
	if isAPI(path) {
		statuses = append(statuses, http.StatusUnauthorized, http.StatusForbidden, http.StatusServiceUnavailable)
	}
	if op.RequestBody != nil {
		statuses = append(statuses, http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType)
	}
	return statuses
}

// operationsOf are the operations of a path, in a fixed order.
func operationsOf(path *huma.PathItem) []*huma.Operation {
	all := []*huma.Operation{path.Get, path.Head, path.Post, path.Put, path.Patch, path.Delete}
	return slices.DeleteFunc(all, func(op *huma.Operation) bool { return op == nil })
}

// patient lets the answer of an operation take longer than the server's limit.
func patient(d time.Duration) huma.Middlewares {
	return huma.Middlewares{func(ctx huma.Context, next func(huma.Context)) {
		_, w := humago.Unwrap(ctx)
		// A writer without deadlines has no limit either.
		_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(d))
		next(ctx)
	}}
}

// alsoAnswers describes a second status that comes with the same body.
func alsoAnswers(op *huma.Operation, status int) {
	first := op.Responses[strconv.Itoa(op.DefaultStatus)]
	op.Responses[strconv.Itoa(status)] = &huma.Response{Description: http.StatusText(status), Headers: first.Headers, Content: first.Content}
}

// handle registers an operation whose errors become problems.
func handle[I, O any](s *service, a huma.API, op huma.Operation, do func(context.Context, *I) (*O, error)) {
	huma.Register(a, op, func(ctx context.Context, in *I) (*O, error) {
		err := checkBody(in)
		var out *O
		if err == nil {
			out, err = do(ctx, in)
		}
		if err != nil {
			return nil, s.problem(ctx, op.OperationID, err)
		}
		return out, nil
	})
}

// problem turns an error into the problem the caller gets, and logs those whose
// text the caller does not get. A caller who has gone is no problem of ours.
func (s *service) problem(ctx context.Context, operation string, err error) *Problem {
	p, internal := problemOf(err)
	if internal && ctx.Err() == nil {
		s.log.ErrorContext(ctx, "answered with an error", "operation", operation, "status", p.Status, "error", err)
	}
	return p
}
