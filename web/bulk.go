package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/osrsdiff/osrsdiff/access"
	"github.com/osrsdiff/osrsdiff/player"
	"github.com/osrsdiff/osrsdiff/roster"
	"github.com/osrsdiff/osrsdiff/store"
)

// Bulk changes many players at once. The roster is one.
type Bulk interface {
	// Tracked returns which names are tracked, by their keys.
	Tracked(ctx context.Context, names []player.Name) (map[string]player.Player, error)
	// AddMany tracks those of many names that are not tracked yet.
	AddMany(ctx context.Context, requests []roster.AddRequest, progress func(done int)) (roster.AddedMany, error)
	// ChangeMany makes the same change to each of many players.
	ChangeMany(ctx context.Context, bulk roster.BulkChange) ([]roster.Changed, error)
}

var _ Bulk = (*roster.Roster)(nil)

// mostVerified is how many names one request may have looked up: at one request a
// second and up to four a name, more would keep a person waiting too long.
const mostVerified = 20

// shownBadNames is how many bad names a refusal lists.
const shownBadNames = 20

// errTooMany says that a request names too many things at once.
var errTooMany = errors.New("too many at once")

func (s *service) registerBulk(a huma.API) {
	handle(s, a, huma.Operation{
		OperationID: "change-players", Method: http.MethodPost, Path: "/api/players/bulk", Tags: []string{tagPlayers},
		Middlewares: patient(repairPatience),
		Summary:     "Add or change many players", Errors: []int{http.StatusServiceUnavailable},
		Description: "action says what to do with each of the names: add, pause, resume, or interval, which sets every. Every name is checked before the first is changed. " +
			"dry_run says what would happen. Safe to repeat: what is so already is left as it is.",
	}, s.changePlayers)
}

type bulkInput struct {
	Body struct {
		Action string   `json:"action" enum:"add,pause,resume,interval"`
		Names  []string `json:"names" minItems:"1" maxItems:"10000" doc:"the players, in any spelling"`
		Every  interval `json:"every,omitempty" doc:"for add and interval"`
		Mode   string   `json:"mode,omitempty" doc:"for add: a game mode, or auto to read it from the hiscores" default:"auto"`
		Verify bool     `json:"verify,omitempty" default:"false" doc:"for add, with 20 names at most: look each up on the hiscores first; otherwise its first fetch does"`
		DryRun bool     `json:"dry_run,omitempty" default:"false"`
	}
}

// bulkResult is what became of one name.
type bulkResult struct {
	Name    string `json:"name"`
	Outcome string `json:"outcome" enum:"added,tracked,changed,unchanged,not_tracked,refused" doc:"in a dry run what would become of it"`
	Player  string `json:"player,omitempty" doc:"the name it is tracked as"`
	Error   string `json:"error,omitempty" doc:"why it was refused"`
}

type bulkOutput struct {
	Body struct {
		DryRun  bool           `json:"dry_run"`
		Counts  map[string]int `json:"counts" doc:"how many names had each outcome"`
		Results []bulkResult   `json:"results" doc:"in the order of the names; when adding, by outcome"`
	}
}

func (s *service) changePlayers(ctx context.Context, in *bulkInput) (*bulkOutput, error) {
	names, err := in.names()
	if err != nil {
		return nil, err
	}
	out := &bulkOutput{}
	out.Body.DryRun, out.Body.Counts = in.Body.DryRun, map[string]int{}
	if in.Body.DryRun {
		access.Idle(ctx)
	}
	if in.Body.Action == "add" {
		out.Body.Results, err = s.addPlayers(ctx, in, names)
	} else {
		out.Body.Results, err = s.changeEach(ctx, in, names)
	}
	if err != nil {
		return nil, err
	}
	for _, r := range out.Body.Results {
		out.Body.Counts[r.Outcome]++
	}
	return out, nil
}

// names checks every name and says of each bad one where it stands.
func (in *bulkInput) names() ([]player.Name, error) {
	names := make([]player.Name, 0, len(in.Body.Names))
	var bad fieldErrors
	for i, typed := range in.Body.Names {
		name, err := player.ParseName(typed)
		if err != nil && len(bad) < shownBadNames {
			bad = append(bad, &fieldError{location: fmt.Sprintf("body.names[%d]", i), value: typed, err: err})
		}
		names = append(names, name)
	}
	if len(bad) > 0 {
		return nil, bad
	}
	return names, nil
}

func (s *service) changeEach(ctx context.Context, in *bulkInput, names []player.Name) ([]bulkResult, error) {
	change := roster.BulkChange{Names: names, DryRun: in.Body.DryRun}
	switch in.Body.Action {
	case "pause":
		change.Patch.Paused = new(true)
	case "resume":
		change.Patch.Paused = new(false)
	default:
		every, err := player.ParseInterval(string(in.Body.Every))
		if err != nil {
			return nil, invalid("body.every", string(in.Body.Every), err)
		}
		change.Patch.Every = &every
	}
	changed, err := s.Bulk.ChangeMany(ctx, change)
	if err != nil {
		return nil, fmt.Errorf("after %d of %d players: %w", len(changed), len(names), err)
	}
	results := make([]bulkResult, 0, len(changed))
	for i, c := range changed {
		r := bulkResult{Name: in.Body.Names[i], Outcome: "unchanged", Player: c.Player.Name.String()}
		switch {
		case c.Missing:
			r.Outcome = "not_tracked"
		case c.Altered:
			r.Outcome = "changed"
		}
		results = append(results, r)
	}
	return results, nil
}

func (s *service) addPlayers(ctx context.Context, in *bulkInput, names []player.Name) ([]bulkResult, error) {
	if in.Body.Verify && len(names) > mostVerified {
		return nil, invalid("body.verify", true, fmt.Errorf("%w: verify: takes at most %d names, not %d; without it the first fetch of each looks it up", errTooMany, mostVerified, len(names)))
	}
	requests := make([]roster.AddRequest, 0, len(names))
	for _, name := range names {
		request, err := newPlayer{Name: name.String(), Every: string(in.Body.Every), Mode: in.Body.Mode}.request("body.")
		if err != nil {
			return nil, err
		}
		request.Verify = in.Body.Verify
		requests = append(requests, request)
	}
	if in.Body.DryRun {
		return s.wouldAdd(ctx, names)
	}
	many, err := s.Bulk.AddMany(ctx, requests, nil)
	if err != nil {
		return nil, fmt.Errorf("after %d of %d players: %w", len(many.Added)+len(many.Existing)+len(many.Refused), len(names), err)
	}
	results := make([]bulkResult, 0, len(names))
	for _, p := range many.Added {
		results = append(results, bulkResult{Name: p.Name.String(), Outcome: "added", Player: p.Name.String()})
	}
	for _, p := range many.Existing {
		results = append(results, bulkResult{Name: p.Name.String(), Outcome: "tracked", Player: p.Name.String()})
	}
	for _, r := range many.Refused {
		results = append(results, bulkResult{Name: r.Name.String(), Outcome: "refused", Error: r.Err.Error()})
	}
	return results, nil
}

// wouldAdd says what adding would do, as far as the database knows.
func (s *service) wouldAdd(ctx context.Context, names []player.Name) ([]bulkResult, error) {
	tracked, err := s.Bulk.Tracked(ctx, names)
	if err != nil {
		return nil, err
	}
	out, err := s.OptOutList.OptedOut(ctx, names)
	if err != nil {
		return nil, err
	}
	results := make([]bulkResult, 0, len(names))
	for _, name := range names {
		r := bulkResult{Name: name.String(), Outcome: "added"}
		if _, refused := out[name.Key()]; refused {
			r.Outcome, r.Error = "refused", (&store.OptedOutError{Names: []player.Name{name}}).Error()
			results = append(results, r)
			continue
		}
		if p, ok := tracked[name.Key()]; ok {
			r.Outcome, r.Player = "tracked", p.Name.String()
		}
		tracked[name.Key()] = player.Player{Name: name}
		results = append(results, r)
	}
	return results, nil
}
