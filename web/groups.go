package web

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/osrsdiff/osrsdiff/groups"
	"github.com/osrsdiff/osrsdiff/store"
)

// Groups keeps groups and competitions. The store is one.
type Groups interface {
	GroupFinder
	GroupChanger
	groups.Rosters
	Contests
	CompetitionFinder
	CompetitionChanger
}

// GroupFinder reads groups.
type GroupFinder interface {
	// GroupByName returns the group of a name in any spelling.
	GroupByName(ctx context.Context, name groups.Name) (groups.Group, error)
	// Groups returns one page of groups, by id.
	Groups(ctx context.Context, after int64, limit int) ([]groups.Group, error)
	// Members returns the players of a group, by name.
	Members(ctx context.Context, groupID int64) ([]groups.Member, error)
}

// GroupChanger makes, changes and removes groups.
type GroupChanger interface {
	// AddGroup makes a group without members.
	AddGroup(ctx context.Context, g groups.Group) (groups.Group, error)
	// UpdateGroup changes what a person may change of a group.
	UpdateGroup(ctx context.Context, name groups.Name, patch groups.Patch) (groups.Group, error)
	// RemoveGroup deletes a group, but not its players.
	RemoveGroup(ctx context.Context, name groups.Name) (groups.Group, error)
}

var _ Groups = (*store.Store)(nil)

func (s *service) registerGroups(a huma.API) {
	handle(s, a, huma.Operation{
		OperationID: "list-groups", Method: http.MethodGet, Path: "/api/groups", Tags: []string{tagGroups},
		Summary: "List groups", Description: "In the order they were made. Repeat with cursor set to next_cursor until there is none.",
		Errors: []int{http.StatusUnprocessableEntity},
	}, s.listGroups)
	handle(s, a, huma.Operation{
		OperationID: "add-group", Method: http.MethodPost, Path: "/api/groups", Tags: []string{tagGroups}, DefaultStatus: http.StatusCreated,
		Summary: "Make a group", Description: "Without members; syncing gives it its roster.", Errors: []int{http.StatusConflict},
	}, s.addGroup)
	handle(s, a, huma.Operation{
		OperationID: "get-group", Method: http.MethodGet, Path: "/api/groups/{name}", Tags: []string{tagGroups},
		Summary: "Show a group", Errors: []int{http.StatusNotFound},
	}, s.getGroup)
	handle(s, a, huma.Operation{
		OperationID: "change-group", Method: http.MethodPatch, Path: "/api/groups/{name}", Tags: []string{tagGroups},
		Summary: "Change a group", Description: "Changes what is given and leaves the rest.", Errors: []int{http.StatusNotFound, http.StatusConflict},
	}, s.changeGroup)
	handle(s, a, huma.Operation{
		OperationID: "remove-group", Method: http.MethodDelete, Path: "/api/groups/{name}", Tags: []string{tagGroups}, DefaultStatus: http.StatusNoContent,
		Summary: "Remove a group", Description: "Its players stay tracked, and its competitions go on with those who take part.", Errors: []int{http.StatusNotFound},
	}, s.removeGroup)
	handle(s, a, huma.Operation{
		OperationID: "list-members", Method: http.MethodGet, Path: "/api/groups/{name}/members", Tags: []string{tagGroups},
		Summary: "List the members of a group", Description: "By name.", Errors: []int{http.StatusNotFound},
	}, s.listMembers)
	handle(s, a, huma.Operation{
		OperationID: "get-group-gains", Method: http.MethodGet, Path: "/api/groups/{name}/gains", Tags: []string{tagGroups},
		Summary: "What the members of a group gained", Errors: []int{http.StatusNotFound},
		Description: "The most first. Compares the last values at or before each end of the window. What was unknown at its start counts from when it was first seen. " +
			"With calendar and no zone the group's zone is meant.",
	}, s.getGroupGains)
	handle(s, a, huma.Operation{
		OperationID: "get-group-leaderboard", Method: http.MethodGet, Path: "/api/groups/{name}/leaderboards/{metric}", Tags: []string{tagGroups},
		Summary: "Members of a group by a value", Errors: []int{http.StatusNotFound},
		Description: "The highest first; members whose value is zero or unknown are left out.",
	}, s.getGroupLeaderboard)
}

// GroupPath is the part of a path that names a group. Exported because huma reads
// only exported members of an input.
type GroupPath struct {
	Name string `path:"name" doc:"the group's name in any spelling" example:"Iron Clan"`
}

// group finds the group of a path.
func (s *service) group(ctx context.Context, typed string) (groups.Group, error) {
	return s.groupAt(ctx, "path.name", typed)
}

// groupAt finds a group that stands elsewhere in a request.
func (s *service) groupAt(ctx context.Context, location, typed string) (groups.Group, error) {
	name, err := groups.ParseName(typed)
	if err != nil {
		return groups.Group{}, invalid(location, typed, err)
	}
	return s.Groups.GroupByName(ctx, name)
}

type groupOutput struct {
	Body groups.GroupView
}

type listGroupsOutput struct {
	Body struct {
		Groups     []groups.GroupView `json:"groups"`
		NextCursor string             `json:"next_cursor,omitempty" doc:"cursor of the next page; left out on the last one"`
	}
}

func (s *service) listGroups(ctx context.Context, in *PageQuery) (*listGroupsOutput, error) {
	after, err := in.after()
	if err != nil {
		return nil, err
	}
	all, err := s.Groups.Groups(ctx, after, in.Limit+1)
	if err != nil {
		return nil, err // says what was asked already
	}
	out := &listGroupsOutput{}
	if len(all) > in.Limit {
		all = all[:in.Limit]
		out.Body.NextCursor = strconv.FormatInt(all[in.Limit-1].ID, 10)
	}
	out.Body.Groups = make([]groups.GroupView, 0, len(all))
	for _, g := range all {
		out.Body.Groups = append(out.Body.Groups, g.View())
	}
	return out, nil
}

type addGroupInput struct {
	Body struct {
		Name        string `json:"name" maxLength:"40" example:"Iron Clan" doc:"letters, digits, spaces and - _ ' . & !"`
		Description string `json:"description,omitempty" maxLength:"200" doc:"what the group is, in a line"`
		Zone        string `json:"zone,omitempty" doc:"IANA time zone of its days and weeks; UTC when left out" example:"Europe/Berlin"`
	}
}

type addGroupOutput struct {
	Location string `header:"Location"`
	Body     groups.GroupView
}

func (s *service) addGroup(ctx context.Context, in *addGroupInput) (*addGroupOutput, error) {
	name, err := groups.ParseName(in.Body.Name)
	if err != nil {
		return nil, invalid("body.name", in.Body.Name, err)
	}
	g, err := s.Groups.AddGroup(ctx, groups.Group{Name: name, Description: in.Body.Description, Zone: in.Body.Zone})
	if err != nil {
		return nil, err // says what was asked already
	}
	return &addGroupOutput{Location: "/api/groups/" + url.PathEscape(g.Name.String()), Body: g.View()}, nil
}

func (s *service) getGroup(ctx context.Context, in *GroupPath) (*groupOutput, error) {
	g, err := s.group(ctx, in.Name)
	if err != nil {
		return nil, err
	}
	return &groupOutput{Body: g.View()}, nil
}

type changeGroupInput struct {
	GroupPath
	Body struct {
		Name        *string `json:"name,omitempty" maxLength:"40"`
		Description *string `json:"description,omitempty" maxLength:"200"`
		Zone        *string `json:"zone,omitempty" doc:"empty for UTC"`
	}
}

func (in changeGroupInput) patch() (groups.Patch, error) {
	patch := groups.Patch{Description: in.Body.Description, Zone: in.Body.Zone}
	if in.Body.Name == nil {
		return patch, nil
	}
	name, err := groups.ParseName(*in.Body.Name)
	if err != nil {
		return patch, invalid("body.name", *in.Body.Name, err)
	}
	patch.Name = &name
	return patch, nil
}

func (s *service) changeGroup(ctx context.Context, in *changeGroupInput) (*groupOutput, error) {
	patch, err := in.patch()
	if err != nil {
		return nil, err
	}
	g, err := s.group(ctx, in.Name)
	if err != nil {
		return nil, err
	}
	changed, err := s.Groups.UpdateGroup(ctx, g.Name, patch)
	if err != nil {
		return nil, err // says what was asked already
	}
	return &groupOutput{Body: changed.View()}, nil
}

func (s *service) removeGroup(ctx context.Context, in *GroupPath) (*struct{}, error) {
	g, err := s.group(ctx, in.Name)
	if err != nil {
		return nil, err
	}
	if _, err := s.Groups.RemoveGroup(ctx, g.Name); err != nil {
		return nil, err // says what was asked already
	}
	return nil, nil //nolint:nilnil // No body is the answer.
}

type listMembersInput struct {
	GroupPath
	PageQuery
	Outdated string `query:"outdated" doc:"only members whose values are older than this, or unknown: 12h, 7d" example:"24h"`
}

type listMembersOutput struct {
	Body struct {
		Group      groups.GroupView    `json:"group"`
		Members    []groups.MemberView `json:"members"`
		NextCursor string              `json:"next_cursor,omitempty" doc:"cursor of the next page; left out on the last one"`
	}
}

func (s *service) listMembers(ctx context.Context, in *listMembersInput) (*listMembersOutput, error) {
	g, members, err := s.membersOf(ctx, in.Name)
	if err != nil {
		return nil, err
	}
	if in.Outdated != "" {
		age, err := parseAgo(in.Outdated)
		if err != nil || age <= 0 {
			return nil, invalid("query.outdated", in.Outdated, fmt.Errorf("%w: outdated %q: must be how old values may be, such as 12h or 7d", errInvalidTime, in.Outdated))
		}
		members = groups.Outdated(members, s.now(), age)
	}
	out := &listMembersOutput{}
	out.Body.Group = g.View()
	page, next, err := pageOf(members, in.PageQuery)
	if err != nil {
		return nil, err
	}
	out.Body.NextCursor, out.Body.Members = next, make([]groups.MemberView, 0, len(page))
	for _, m := range page {
		out.Body.Members = append(out.Body.Members, m.View())
	}
	return out, nil
}

// membersOf finds the group of a path and its members.
func (s *service) membersOf(ctx context.Context, typed string) (groups.Group, []groups.Member, error) {
	g, err := s.group(ctx, typed)
	if err != nil {
		return g, nil, err
	}
	members, err := s.Groups.Members(ctx, g.ID)
	return g, members, err
}

type groupGainsInput struct {
	GroupPath
	WindowQuery
	PageQuery
	Metric string `query:"metric" default:"Overall" doc:"a row of the hiscores, in any case"`
}

type groupGainsOutput struct {
	Body struct {
		Group      string                `json:"group"`
		Metric     string                `json:"metric"`
		From       time.Time             `json:"from"`
		To         time.Time             `json:"to"`
		Total      int64                 `json:"total" doc:"what all members gained together"`
		Standings  []groups.StandingView `json:"standings"`
		NextCursor string                `json:"next_cursor,omitempty" doc:"cursor of the next page; left out on the last one"`
	}
}

func (s *service) getGroupGains(ctx context.Context, in *groupGainsInput) (*groupGainsOutput, error) {
	g, err := s.group(ctx, in.Name)
	if err != nil {
		return nil, err
	}
	if in.Calendar && in.Zone == "" {
		in.Zone = g.Zone
	}
	w, err := in.window(s.now())
	if err != nil {
		return nil, err
	}
	m, err := s.metricAt(ctx, "query.metric", in.Metric)
	if err != nil {
		return nil, err
	}
	standings, err := s.Groups.GroupGains(ctx, g.ID, m.Name, w)
	if err != nil {
		return nil, err // says what was asked already
	}
	out := &groupGainsOutput{}
	out.Body.Group, out.Body.Metric, out.Body.From, out.Body.To = g.Name.String(), m.Name, w.From, w.To
	out.Body.Total = groups.Total(standings)
	out.Body.Standings, out.Body.NextCursor, err = standingsPage(standings, in.PageQuery, groups.Standing.View)
	return out, err
}

// standingsPage is a page of standings as the API shows them.
func standingsPage(standings []groups.Standing, in PageQuery, view func(groups.Standing) groups.StandingView) ([]groups.StandingView, string, error) {
	page, next, err := pageOf(standings, in)
	views := make([]groups.StandingView, 0, len(page))
	for _, s := range page {
		views = append(views, view(s))
	}
	return views, next, err
}

type groupBoardInput struct {
	GroupPath
	BoardQuery
}

func (s *service) getGroupLeaderboard(ctx context.Context, in *groupBoardInput) (*boardOutput, error) {
	g, err := s.group(ctx, in.Name)
	if err != nil {
		return nil, err
	}
	query := in.BoardQuery
	query.group = g.ID
	view, err := s.board(ctx, query, nil)
	if err != nil {
		return nil, err
	}
	return &boardOutput{Body: *view}, nil
}
