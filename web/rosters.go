package web

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/osrsdiff/osrsdiff/access"
	"github.com/osrsdiff/osrsdiff/groups"
	"github.com/osrsdiff/osrsdiff/player"
)

// errNotAdmin says that a caller who may do the rest may not do this.
var errNotAdmin = errors.New("needs admin")

func (s *service) registerRosters(a huma.API) {
	const rules = "Who is not tracked is added and fetched by its schedule, who is not listed leaves the group and stays tracked. " +
		"All of it happens or nothing does; a second time changes nothing. A line that cannot be read is an error unless skip_bad. " +
		"202 when players were added, who must be fetched first."
	handle(s, a, huma.Operation{
		OperationID: "sync-group", Method: http.MethodPost, Path: "/api/groups/{name}/sync", Tags: []string{tagGroups},
		Summary: "Keep a group in step with a list", Description: "Makes the members of a group those that are listed. " + rules,
		Errors: []int{http.StatusForbidden, http.StatusNotFound},
	}, s.syncGroup)
	alsoAnswers(a.OpenAPI().Paths["/api/groups/{name}/sync"].Post, http.StatusAccepted)
	handle(s, a, huma.Operation{
		OperationID: "put-roster", Method: http.MethodPut, Path: "/api/groups/{name}/roster", Tags: []string{tagGroups},
		Summary: "Replace the roster of a group by a text", Errors: []int{http.StatusNotFound, http.StatusUnprocessableEntity},
		Description: "A name a line, with a rank behind a comma or a tab; what export writes can be sent back. " + rules,
	}, s.putRoster)
	alsoAnswers(a.OpenAPI().Paths["/api/groups/{name}/roster"].Put, http.StatusAccepted)
	handle(s, a, huma.Operation{
		OperationID: "export-group", Method: http.MethodGet, Path: "/api/groups/{name}/export", Tags: []string{tagGroups},
		Summary: "Export the members of a group", Errors: []int{http.StatusNotFound},
		Description: "As a roster that can be read again, as CSV with levels and experience, or as one JSON object a line.",
	}, s.exportGroup)
}

type syncInput struct {
	GroupPath
	Body struct {
		Roster  string `json:"roster,omitempty" maxLength:"500000" doc:"a name a line, with a rank behind a comma or a tab if there is one" example:"Zezima,Owner"`
		Members []struct {
			Name string `json:"name"`
			Rank string `json:"rank,omitempty" maxLength:"40"`
		} `json:"members,omitempty" maxItems:"5000" doc:"in place of roster"`
		Every   interval `json:"every,omitempty"`
		SkipBad bool     `json:"skip_bad,omitempty" default:"false" doc:"leave out lines that cannot be read"`
		Untrack bool     `json:"untrack,omitempty" default:"false" doc:"remove players, with their history, who leave and are in no other group; needs admin"`
		DryRun  bool     `json:"dry_run,omitempty" default:"false" doc:"only say what would change"`
	}
}

// text is the roster as text.
func (in syncInput) text() (string, error) {
	if len(in.Body.Members) == 0 {
		return in.Body.Roster, nil
	}
	if in.Body.Roster != "" {
		return "", invalid("body.members", len(in.Body.Members), fmt.Errorf("%w: roster and members exclude each other", errExclusive))
	}
	var text strings.Builder
	for _, m := range in.Body.Members {
		oneLine := strings.NewReplacer("\n", " ", "\r", " ")
		fmt.Fprintf(&text, "%s,%s\n", oneLine.Replace(m.Name), oneLine.Replace(m.Rank))
	}
	return text.String(), nil
}

type syncOutput struct {
	Status int
	Body   struct {
		DryRun  bool             `json:"dry_run"`
		Added   int              `json:"added" doc:"players that were not tracked; their first fetch waits for its turn"`
		Joined  int              `json:"joined" doc:"players that were tracked already"`
		Ranked  int              `json:"ranked" doc:"members with another rank"`
		Left    int              `json:"left" doc:"members who are no longer listed, untracked ones included"`
		Kept    int              `json:"kept" doc:"members who stay as they are"`
		Changes []changeLine     `json:"changes"`
		Bad     []groups.BadLine `json:"bad" doc:"lines that were left out"`
	}
}

// changeLine is what a roster changes of one player.
type changeLine struct {
	Player   string `json:"player"`
	Change   string `json:"change" enum:"added,joined,ranked,left,untracked"`
	Rank     string `json:"rank,omitempty"`
	Was      string `json:"was,omitempty" doc:"the rank before"`
	ListedAs string `json:"listed_as,omitempty" doc:"the former name that the roster has of the player"`
}

func (s *service) syncGroup(ctx context.Context, in *syncInput) (*syncOutput, error) {
	text, err := in.text()
	if err != nil {
		return nil, err
	}
	request := groups.SyncRequest{SkipBad: in.Body.SkipBad, DryRun: in.Body.DryRun, Untrack: in.Body.Untrack}
	if in.Body.Every != "" {
		if request.Every, err = player.ParseInterval(string(in.Body.Every)); err != nil {
			return nil, invalid("body.every", string(in.Body.Every), err)
		}
	}
	if request.Untrack && access.CallerOf(ctx).Role < access.Admin {
		return nil, invalid("body.untrack", true, fmt.Errorf("%w: untrack removes players", errNotAdmin))
	}
	return s.synced(ctx, in.Name, []byte(text), request)
}

type putRosterInput struct {
	GroupPath
	SkipBad bool   `query:"skip_bad" doc:"leave out lines that cannot be read"`
	DryRun  bool   `query:"dry_run" doc:"only say what would change"`
	RawBody []byte `contentType:"text/plain"`
}

func (s *service) putRoster(ctx context.Context, in *putRosterInput) (*syncOutput, error) {
	return s.synced(ctx, in.Name, in.RawBody, groups.SyncRequest{SkipBad: in.SkipBad, DryRun: in.DryRun})
}

// synced answers a request to sync.
func (s *service) synced(ctx context.Context, typed string, text []byte, request groups.SyncRequest) (*syncOutput, error) {
	g, err := s.group(ctx, typed)
	if err != nil {
		return nil, err
	}
	request.Group = g.Name
	done, err := s.sync(ctx, text, request)
	if err != nil {
		return nil, err
	}
	out := &syncOutput{Status: http.StatusOK}
	if !request.DryRun && done.Count(groups.Added) > 0 {
		out.Status = http.StatusAccepted
	}
	out.Body.DryRun, out.Body.Kept, out.Body.Bad = request.DryRun, done.Kept, append([]groups.BadLine{}, done.Bad...)
	out.Body.Added, out.Body.Joined, out.Body.Ranked = done.Count(groups.Added), done.Count(groups.Joined), done.Count(groups.Ranked)
	out.Body.Left = done.Count(groups.Left) + done.Count(groups.Untracked)
	out.Body.Changes = make([]changeLine, 0, len(done.Changes))
	for _, c := range done.Changes {
		out.Body.Changes = append(out.Body.Changes, changeLine{Player: c.Player.String(), Change: string(c.What), Rank: c.Rank, Was: c.Was, ListedAs: c.ListedAs})
	}
	return out, nil
}

// sync reads a roster and keeps a group in step with it.
func (s *service) sync(ctx context.Context, text []byte, request groups.SyncRequest) (groups.Sync, error) {
	roster, err := groups.ReadRoster(bytes.NewReader(text))
	if err != nil {
		return groups.Sync{}, err // says what it is about already
	}
	request.Roster = roster
	if request.DryRun {
		access.Idle(ctx)
	}
	return groups.Keeper{Rosters: s.Groups, Players: s.Registrar}.Sync(ctx, request)
}

// addBadLines puts the lines that a roster could not be read at into a problem.
func addBadLines(p *Problem, bad []groups.BadLine) {
	for _, line := range bad {
		p.Add(&huma.ErrorDetail{Message: line.Reason, Location: fmt.Sprintf("body.roster line %d", line.Line), Value: line.Text})
	}
}

type exportGroupInput struct {
	GroupPath
	Format string `query:"format" enum:"text,csv,jsonl" default:"text"`
}

type exportOutput struct {
	ContentType string `header:"Content-Type"`
	Disposition string `header:"Content-Disposition"`
	Body        func(huma.Context)
}

func (s *service) exportGroup(ctx context.Context, in *exportGroupInput) (*exportOutput, error) {
	format, err := groups.ParseFormat(in.Format)
	if err != nil {
		return nil, invalid("query.format", in.Format, err)
	}
	g, members, err := s.membersOf(ctx, in.Name)
	if err != nil {
		return nil, err
	}
	return &exportOutput{ContentType: format.MediaType(), Disposition: attachment(g, format), Body: func(hc huma.Context) {
		_ = groups.Export(hc.BodyWriter(), format, members) // the caller is gone
	}}, nil
}

// attachment names the file that a browser saves an export in.
func attachment(g groups.Group, format groups.Format) string {
	extension := string(format)
	if format == groups.Text {
		extension = "txt"
	}
	plain := strings.Map(func(r rune) rune {
		if 'a' <= r && r <= 'z' || '0' <= r && r <= '9' {
			return r
		}
		return '-'
	}, g.Name.Key())
	return fmt.Sprintf(`attachment; filename="%s.%s"`, plain, extension)
}
