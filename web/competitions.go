package web

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/osrsdiff/osrsdiff/gains"
	"github.com/osrsdiff/osrsdiff/groups"
	"github.com/osrsdiff/osrsdiff/store"
)

// Contests compares what players gained.
type Contests interface {
	// GroupGains compares the members of a group in a window.
	GroupGains(ctx context.Context, groupID int64, metric string, w gains.Window) ([]groups.Standing, error)
	// CompetitionStandings compares the players of a competition.
	CompetitionStandings(ctx context.Context, c groups.Competition) ([]groups.Standing, error)
}

// CompetitionFinder reads competitions.
type CompetitionFinder interface {
	// Competition returns the competition of an id.
	Competition(ctx context.Context, id int64) (groups.Competition, error)
	// Competitions returns one page of competitions, those made last first.
	Competitions(ctx context.Context, f store.CompetitionFilter) ([]groups.Competition, error)
}

// CompetitionChanger makes and removes competitions.
type CompetitionChanger interface {
	// AddCompetition makes a competition of a group's members or of a list.
	AddCompetition(ctx context.Context, c groups.Competition, roster groups.Roster) (groups.Competition, error)
	// RemoveCompetition deletes a competition, but no players.
	RemoveCompetition(ctx context.Context, id int64) (groups.Competition, error)
}

func (s *service) registerCompetitions(a huma.API) {
	handle(s, a, huma.Operation{
		OperationID: "list-competitions", Method: http.MethodGet, Path: "/api/competitions", Tags: []string{tagGroups},
		Summary: "List competitions", Description: "Those made last first. Repeat with cursor set to next_cursor until there is none.",
		Errors: []int{http.StatusNotFound, http.StatusUnprocessableEntity},
	}, s.listCompetitions)
	handle(s, a, huma.Operation{
		OperationID: "add-competition", Method: http.MethodPost, Path: "/api/competitions", Tags: []string{tagGroups}, DefaultStatus: http.StatusCreated,
		Summary: "Let players compete for what they gain", Errors: []int{http.StatusNotFound},
		Description: "The members of a group take part, also those who join it before the end, or the players of a list, with teams if they are given. " +
			"202 when players of the list were not tracked and must be fetched first.",
	}, s.addCompetition)
	alsoAnswers(a.OpenAPI().Paths["/api/competitions"].Post, http.StatusAccepted)
	handle(s, a, huma.Operation{
		OperationID: "get-competition", Method: http.MethodGet, Path: "/api/competitions/{id}", Tags: []string{tagGroups},
		Summary: "Show a competition", Errors: []int{http.StatusNotFound},
		Description: "With the sums of teams, if there are any, and after the end with who won.",
	}, s.getCompetition)
	handle(s, a, huma.Operation{
		OperationID: "get-standings", Method: http.MethodGet, Path: "/api/competitions/{id}/standings", Tags: []string{tagGroups},
		Summary: "Who stands where in a competition", Errors: []int{http.StatusNotFound},
		Description: "Live until the end; from then on they stay as they are, since only values from before it count. Before the start nobody has a place.",
	}, s.getStandings)
	handle(s, a, huma.Operation{
		OperationID: "remove-competition", Method: http.MethodDelete, Path: "/api/competitions/{id}", Tags: []string{tagGroups}, DefaultStatus: http.StatusNoContent,
		Summary: "Remove a competition", Description: "Its players and what they gained stay.", Errors: []int{http.StatusNotFound},
	}, s.removeCompetition)
}

// CompetitionPath is the part of a path that names a competition. Exported because
// huma reads only exported members of an input.
type CompetitionPath struct {
	ID int64 `path:"id" minimum:"1"`
}

type listCompetitionsInput struct {
	PageQuery
	Group string `query:"group" doc:"only those of this group"`
}

type listCompetitionsOutput struct {
	Body struct {
		Competitions []groups.CompetitionView `json:"competitions"`
		NextCursor   string                   `json:"next_cursor,omitempty" doc:"cursor of the next page; left out on the last one"`
	}
}

func (s *service) listCompetitions(ctx context.Context, in *listCompetitionsInput) (*listCompetitionsOutput, error) {
	before, err := in.after()
	if err != nil {
		return nil, err
	}
	f := store.CompetitionFilter{BeforeID: before, Limit: in.Limit + 1}
	if in.Group != "" {
		g, err := s.groupAt(ctx, "query.group", in.Group)
		if err != nil {
			return nil, err
		}
		f.GroupID = g.ID
	}
	all, err := s.Groups.Competitions(ctx, f)
	if err != nil {
		return nil, err // says what was asked already
	}
	out := &listCompetitionsOutput{}
	if len(all) > in.Limit {
		all = all[:in.Limit]
		out.Body.NextCursor = strconv.FormatInt(all[in.Limit-1].ID, 10)
	}
	out.Body.Competitions = make([]groups.CompetitionView, 0, len(all))
	for _, c := range all {
		out.Body.Competitions = append(out.Body.Competitions, c.View(s.now()))
	}
	return out, nil
}

type addCompetitionInput struct {
	Body struct {
		Title   string    `json:"title" minLength:"1" maxLength:"80" example:"Zulrah week"`
		Metric  string    `json:"metric,omitempty" default:"Overall" doc:"a row of the hiscores, in any case"`
		From    time.Time `json:"from" doc:"what is gained after this time counts"`
		To      time.Time `json:"to" doc:"and up to this time"`
		Group   string    `json:"group,omitempty" doc:"whose members take part"`
		Players string    `json:"players,omitempty" maxLength:"500000" doc:"in place of group: a name a line, with a team behind a comma if there are teams"`
	}
}

type competitionOutput struct {
	Status   int
	Location string `header:"Location"`
	Body     competitionBody
}

type competitionBody struct {
	groups.CompetitionView
	Total   int64         `json:"total" doc:"what all gained together"`
	Winners []string      `json:"winners" doc:"after the end: who gained most; several with equal gains"`
	Teams   []groups.Team `json:"teams" doc:"the sums of teams, if there are any"`
}

func (s *service) addCompetition(ctx context.Context, in *addCompetitionInput) (*competitionOutput, error) {
	if (in.Body.Group == "") == (in.Body.Players == "") {
		return nil, invalid("body.group", in.Body.Group, fmt.Errorf("%w: give either group or players: who takes part", errExclusive))
	}
	roster, err := groups.ReadRoster(strings.NewReader(in.Body.Players))
	if err != nil {
		return nil, err
	}
	c := groups.Competition{Title: in.Body.Title, Metric: in.Body.Metric, Window: gains.Window{From: in.Body.From, To: in.Body.To}}
	if in.Body.Group != "" {
		g, err := s.groupAt(ctx, "body.group", in.Body.Group)
		if err != nil {
			return nil, err
		}
		c.GroupID = g.ID
	} else if err := roster.Check(false); err != nil {
		return nil, err
	}
	m, err := s.metricAt(ctx, "body.metric", c.Metric)
	if err != nil {
		return nil, err
	}
	c.Metric = m.Name
	added, err := s.Groups.AddCompetition(ctx, c, roster)
	if err != nil {
		return nil, err // says what was asked already
	}
	standings, err := s.Groups.CompetitionStandings(ctx, added)
	if err != nil {
		return nil, err
	}
	out := &competitionOutput{Status: http.StatusCreated, Location: fmt.Sprintf("/api/competitions/%d", added.ID)}
	for _, standing := range standings {
		if standing.Updated.IsZero() {
			out.Status = http.StatusAccepted
		}
	}
	out.Body = s.competitionBody(added, standings)
	return out, nil
}

func (s *service) competitionBody(c groups.Competition, standings []groups.Standing) competitionBody {
	body := competitionBody{
		CompetitionView: c.View(s.now()), Total: groups.Total(standings), Winners: []string{}, Teams: append([]groups.Team{}, groups.Teams(standings)...),
	}
	if body.Phase == groups.Ended {
		for _, w := range groups.Winners(standings) {
			body.Winners = append(body.Winners, w.Player.String())
		}
	}
	return body
}

// standings finds the competition of an id and who stands where in it.
func (s *service) standings(ctx context.Context, id int64) (groups.Competition, []groups.Standing, error) {
	c, err := s.Groups.Competition(ctx, id)
	if err != nil {
		return c, nil, err
	}
	standings, err := s.Groups.CompetitionStandings(ctx, c)
	return c, standings, err
}

type getCompetitionOutput struct {
	Body competitionBody
}

func (s *service) getCompetition(ctx context.Context, in *CompetitionPath) (*getCompetitionOutput, error) {
	c, standings, err := s.standings(ctx, in.ID)
	if err != nil {
		return nil, err // says what was asked already
	}
	return &getCompetitionOutput{Body: s.competitionBody(c, standings)}, nil
}

type standingsInput struct {
	CompetitionPath
	PageQuery
}

type standingsOutput struct {
	Body struct {
		Competition groups.CompetitionView `json:"competition"`
		Standings   []groups.StandingView  `json:"standings"`
		NextCursor  string                 `json:"next_cursor,omitempty" doc:"cursor of the next page; left out on the last one"`
	}
}

func (s *service) getStandings(ctx context.Context, in *standingsInput) (*standingsOutput, error) {
	c, standings, err := s.standings(ctx, in.ID)
	if err != nil {
		return nil, err // says what was asked already
	}
	out := &standingsOutput{}
	out.Body.Competition = c.View(s.now())
	out.Body.Standings, out.Body.NextCursor, err = standingsPage(standings, in.PageQuery, groups.Standing.Contestant)
	return out, err
}

func (s *service) removeCompetition(ctx context.Context, in *CompetitionPath) (*struct{}, error) {
	if _, err := s.Groups.RemoveCompetition(ctx, in.ID); err != nil {
		return nil, err // says what was asked already
	}
	return nil, nil //nolint:nilnil // No body is the answer.
}
