package web

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/osrsdiff/osrsdiff/access"
	"github.com/osrsdiff/osrsdiff/player"
	"github.com/osrsdiff/osrsdiff/store"
)

// OptOuts keeps players from being tracked. The roster is one.
type OptOuts interface {
	// OptOut puts a name on the opt-out list and stops tracking its player.
	OptOut(ctx context.Context, request store.OptOutRequest) (store.OptedOut, error)
	// LiftOptOut takes a name off the list.
	LiftOptOut(ctx context.Context, name player.Name) (store.OptOut, error)
}

// OptOutList tells who opted out. The store is one.
type OptOutList interface {
	// OptOuts lists all, by name.
	OptOuts(ctx context.Context) ([]store.OptOut, error)
	// OptedOut returns which of some names did, by their keys.
	OptedOut(ctx context.Context, names []player.Name) (map[string]store.OptOut, error)
}

// optOutView is an entry of the opt-out list.
type optOutView struct {
	Name   string    `json:"name" example:"Zezima"`
	Reason string    `json:"reason,omitempty"`
	At     time.Time `json:"at" doc:"when it was put on the list"`
}

func viewOptOut(o store.OptOut) optOutView {
	return optOutView{Name: o.Name.String(), Reason: o.Reason, At: o.At.UTC()}
}

func (s *service) registerOptOuts(a huma.API) {
	handle(s, a, huma.Operation{
		OperationID: "list-optouts", Method: http.MethodGet, Path: "/api/optouts", Tags: []string{tagAccess},
		Summary: "List who opted out of being tracked", Description: "All of them, by name. Needs the role operator.",
	}, s.listOptOuts)
	handle(s, a, huma.Operation{
		OperationID: "add-optout", Method: http.MethodPost, Path: "/api/optouts", Tags: []string{tagAccess},
		Summary: "Opt a name out of being tracked", Errors: []int{http.StatusUnprocessableEntity},
		Description: "A player of the name is removed and its history deleted at once, unless keep_history keeps it for 30 days. " +
			"From then on nothing adds the name, restores it or renames a player to it: that is answered with 409. " +
			"dry_run says what would happen. Safe to repeat. Needs the role admin.",
	}, s.addOptOut)
	handle(s, a, huma.Operation{
		OperationID: "remove-optout", Method: http.MethodDelete, Path: "/api/optouts/{name}", Tags: []string{tagAccess}, DefaultStatus: http.StatusNoContent,
		Summary: "Let a name be tracked again", Errors: []int{http.StatusNotFound},
		Description: "Adds nobody. Needs the role admin.",
	}, s.removeOptOut)
}

type listOptOutsOutput struct {
	Body struct {
		OptOuts []optOutView `json:"optouts"`
	}
}

func (s *service) listOptOuts(ctx context.Context, _ *struct{}) (*listOptOutsOutput, error) {
	list, err := s.OptOutList.OptOuts(ctx)
	if err != nil {
		return nil, err
	}
	out := &listOptOutsOutput{}
	out.Body.OptOuts = make([]optOutView, 0, len(list))
	for _, o := range list {
		out.Body.OptOuts = append(out.Body.OptOuts, viewOptOut(o))
	}
	return out, nil
}

type addOptOutInput struct {
	Body struct {
		Name        string `json:"name" example:"Zezima" doc:"1 to 12 letters, digits, spaces, _ and -"`
		Reason      string `json:"reason,omitempty" maxLength:"200" doc:"for those who read the list"`
		KeepHistory bool   `json:"keep_history,omitempty" default:"false" doc:"keep the history for 30 days, as any removal does"`
		DryRun      bool   `json:"dry_run,omitempty" default:"false"`
	}
}

type addOptOutOutput struct {
	Body struct {
		Name      string    `json:"name" example:"Zezima"`
		Reason    string    `json:"reason,omitempty"`
		At        time.Time `json:"at" doc:"when it was put on the list"`
		DryRun    bool      `json:"dry_run"`
		Already   bool      `json:"already" doc:"it was on the list before"`
		Removed   string    `json:"removed,omitempty" doc:"the player that was tracked and is no more"`
		Histories int64     `json:"histories" doc:"how many histories of the name were deleted: the player's, and those of players removed before"`
	}
}

func (s *service) addOptOut(ctx context.Context, in *addOptOutInput) (*addOptOutOutput, error) {
	name, err := player.ParseName(in.Body.Name)
	if err != nil {
		return nil, invalid("body.name", in.Body.Name, err)
	}
	if in.Body.DryRun {
		access.Idle(ctx)
	}
	done, err := s.OptOuts.OptOut(ctx, store.OptOutRequest{
		Name: name, Reason: in.Body.Reason, KeepHistory: in.Body.KeepHistory, DryRun: in.Body.DryRun,
	})
	if err != nil {
		return nil, err
	}
	out := &addOptOutOutput{}
	stands := viewOptOut(done.OptOut)
	out.Body.Name, out.Body.Reason, out.Body.At, out.Body.DryRun = stands.Name, stands.Reason, stands.At, in.Body.DryRun
	out.Body.Already, out.Body.Removed, out.Body.Histories = done.Already, done.Removed.Name.String(), done.Histories
	return out, nil
}

func (s *service) removeOptOut(ctx context.Context, in *PlayerPath) (*struct{}, error) {
	name, err := pathName(in.Name)
	if err != nil {
		return nil, err
	}
	_, err = s.OptOuts.LiftOptOut(ctx, name)
	return nil, err
}

const optOutsPath = "/optouts"

// optOutsPage is the page of the opt-out list.
type optOutsPage struct {
	layout
	Rows []optOutRow
	Form struct{ Name, Reason, Error string }
	// Done says what the form before did. Empty: nothing.
	Done string
}

type optOutRow struct {
	optOutView
	When moment
}

// showOptOuts answers GET /optouts.
func (p *pages) showOptOuts(w http.ResponseWriter, r *http.Request) {
	page := optOutsPage{}
	switch r.URL.Query().Get("done") {
	case "added":
		page.Done = "It is on the list and not tracked."
	case "lifted":
		page.Done = "It is off the list and can be tracked again."
	}
	p.renderOptOuts(w, r, http.StatusOK, page)
}

func (p *pages) renderOptOuts(w http.ResponseWriter, r *http.Request, status int, page optOutsPage) {
	list, err := p.OptOutList.OptOuts(r.Context())
	if err != nil {
		p.fail(w, r, err)
		return
	}
	page.layout = p.layout(r.Context(), "Opt-outs")
	for _, o := range list {
		page.Rows = append(page.Rows, optOutRow{optOutView: viewOptOut(o), When: ago(p.now(), o.At, "")})
	}
	p.render(w, r, status, "optouts.html", page)
}

// submitOptOut answers the form that puts a name on the list.
func (p *pages) submitOptOut(w http.ResponseWriter, r *http.Request) {
	typed, reason := r.PostFormValue("name"), r.PostFormValue("reason")
	name, err := player.ParseName(typed)
	if err == nil {
		_, err = p.OptOuts.OptOut(r.Context(), store.OptOutRequest{
			Name: name, Reason: reason, KeepHistory: r.PostFormValue("keep") == "yes",
		})
	}
	if err != nil {
		problem := p.problem(r.Context(), r.Pattern, err)
		page := optOutsPage{}
		page.Form.Name, page.Form.Reason, page.Form.Error = typed, reason, problem.Detail
		p.renderOptOuts(w, r, problem.Status, page)
		return
	}
	seeOther(w, r, optOutsPath+"?done=added")
}

// submitLiftOptOut answers the button that takes a name off the list.
func (p *pages) submitLiftOptOut(w http.ResponseWriter, r *http.Request) {
	name, err := player.ParseName(r.PostFormValue("name"))
	if err == nil {
		_, err = p.OptOuts.LiftOptOut(r.Context(), name)
	}
	if err != nil {
		p.fail(w, r, fmt.Errorf("take a name off the list: %w", err))
		return
	}
	seeOther(w, r, optOutsPath+"?done=lifted")
}
