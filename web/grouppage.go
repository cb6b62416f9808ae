package web

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strconv"

	"github.com/osrsdiff/osrsdiff/gains"
	"github.com/osrsdiff/osrsdiff/groups"
	"github.com/osrsdiff/osrsdiff/hiscores"
	"github.com/osrsdiff/osrsdiff/player"
	"github.com/osrsdiff/osrsdiff/store"
)

// The views of a group.
const (
	membersView      = "members"
	gainsView        = "gains"
	leaderboardView  = "leaderboard"
	competitionsView = "competitions"
	rosterView       = "roster"
)

// groupViews fill a group's page with one view.
var groupViews = map[string]func(*pages, context.Context, *groupPage, url.Values) error{
	membersView: (*pages).viewMembers, gainsView: (*pages).viewGains, leaderboardView: (*pages).viewLeaderboard,
	competitionsView: (*pages).viewCompetitions, rosterView: (*pages).viewRoster,
}

// groupPage is one view of a group.
type groupPage struct {
	layout
	Name, URL, Description, Zone, Size string
	Changed                            moment
	// Done says what was done, Error what was wrong with what was asked.
	Done, Error string
	// Tabs are the ways to the views, View the present one.
	Tabs []windowChoice
	View string

	Members []memberRow
	Metrics []optionGroup
	// Metric is what is compared, as the game spells it.
	Metric    string
	Window    windowForm
	Standings []standingRow
	Total     string
	// First and Next are addresses of other pages of a leaderboard. Empty: there is
	// none.
	Places       []boardRow
	First, Next  string
	Competitions []competitionRow
	Start        competitionForm
	Roster       rosterForm

	group groups.Group
}

type memberRow struct {
	Name, URL, Rank, Mode, ModeKey, Level, XP, Status string
	Trouble                                           bool
	Updated                                           moment
}

// standingRow is what one player gained, as a page shows it.
type standingRow struct {
	Place, Name, URL, Label, Start, End, Gain string
	Won                                       bool
	FirstSeen                                 *moment
	Updated                                   moment
}

// groupDone is what was done to a group, by the key in the address.
var groupDone = map[string]string{
	"made": "The group is made. List its members below.", "synced": "The roster is in step.", "same": "The roster was in step already.",
	"changed": "Changed.",
}

// showGroup answers the addresses of a group's views.
func (p *pages) showGroup(view string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		page, err := p.groupPage(r.Context(), r.PathValue("name"), view)
		if err == nil {
			page.Done = groupDone[r.URL.Query().Get("done")]
			err = groupViews[view](p, r.Context(), page, r.URL.Query())
		}
		if err != nil {
			p.fail(w, r, err)
			return
		}
		p.render(w, r, http.StatusOK, "group.html", page)
	}
}

// groupPage is what the views of a group have in common.
func (p *pages) groupPage(ctx context.Context, typed, view string) (*groupPage, error) {
	g, err := p.group(ctx, typed)
	if err != nil {
		return nil, err
	}
	v := g.View()
	page := &groupPage{
		layout: p.layout(ctx, v.Name), Name: v.Name, URL: groupURL(g), Description: v.Description, Zone: v.Zone, Size: strconv.Itoa(v.Members),
		Changed: ago(p.now(), g.UpdatedAt, "never"), View: view, group: g,
	}
	for _, tab := range []struct{ view, name, url string }{
		{membersView, "Members", ""}, {gainsView, "Gains", "/gains"}, {leaderboardView, "Leaderboard", "/leaderboard"},
		{competitionsView, "Competitions", "/competitions"}, {rosterView, "Roster", "/roster"},
	} {
		page.Tabs = append(page.Tabs, windowChoice{Name: tab.name, URL: page.URL + tab.url, Current: tab.view == view})
	}
	return page, nil
}

func (p *pages) viewMembers(ctx context.Context, page *groupPage, _ url.Values) error {
	members, err := p.Groups.Members(ctx, page.group.ID)
	for _, m := range members {
		pl := m.Player
		page.Members = append(page.Members, memberRow{
			Name: pl.Name.String(), URL: playerURL(pl.Name), Rank: m.Rank, Mode: modeName(pl.Mode), ModeKey: string(pl.Mode),
			Level: unlessUnknown(m.Level), XP: unlessUnknown(m.Experience), Status: statusName(pl),
			Trouble: pl.Status == player.Missing || pl.Status == player.Flagged || pl.LastResult == player.Failed,
			Updated: ago(p.now(), pl.LastFetchedAt, "never"),
		})
	}
	return err
}

// unlessUnknown is a number that cannot be zero when it is known.
func unlessUnknown(n int64) string {
	if n == 0 {
		return "unknown"
	}
	return grouped(n)
}

// viewGains compares what the members gained. Without a zone in the address it is
// the group's.
func (p *pages) viewGains(ctx context.Context, page *groupPage, query url.Values) error {
	query = maps.Clone(query)
	if query.Get("zone") == "" {
		query.Set("zone", page.Zone)
	}
	page.Window = readWindow(page.URL+"/gains", query, gains.Week, p.now())
	m, err := p.chosenMetric(ctx, page, query.Get("metric"))
	if err != nil || m.Name == "" || page.Window.Error != "" {
		return err
	}
	standings, err := p.Groups.GroupGains(ctx, page.group.ID, m.Name, page.Window.Window)
	page.Standings, page.Total = p.standingRows(standings), signed(groups.Total(standings))
	return err
}

// chosenMetric offers the metrics, and finds the one of an address. It has no name
// as long as nobody was fetched.
func (p *pages) chosenMetric(ctx context.Context, page *groupPage, typed string) (store.Metric, error) {
	metrics, err := p.Boards.Metrics(ctx)
	if err != nil || len(metrics) == 0 {
		return store.Metric{}, err
	}
	m, err := p.metric(ctx, cmp.Or(typed, hiscores.Overall))
	page.Metric, page.Metrics = hiscores.GameName(m.Name), metricOptions(metrics, m.Name)
	return m, err
}

func (p *pages) standingRows(standings []groups.Standing) []standingRow {
	rows := make([]standingRow, 0, len(standings))
	for _, s := range standings {
		row := standingRow{
			Place: "none", Name: s.Player.String(), URL: playerURL(s.Player), Label: s.Rank,
			Start: numberWord(s.Start, "unknown"), End: numberWord(s.End, "unknown"), Gain: "unknown", Updated: ago(p.now(), s.Updated, "never"),
		}
		if s.Place > 0 {
			row.Place = strconv.Itoa(s.Place)
		}
		if gain, known := s.Gain.Get(); known {
			row.Gain = signed(gain)
		}
		if !s.FirstSeen.IsZero() {
			seen := ago(p.now(), s.FirstSeen, "")
			row.FirstSeen = &seen
		}
		rows = append(rows, row)
	}
	return rows
}

func (p *pages) viewLeaderboard(ctx context.Context, page *groupPage, query url.Values) error {
	m, err := p.chosenMetric(ctx, page, query.Get("metric"))
	if err != nil || m.Name == "" {
		return err
	}
	in := BoardQuery{Metric: m.Name, PageQuery: placesPage(query), group: page.group.ID}
	board, err := p.board(ctx, in, nil)
	if err != nil {
		return err
	}
	for _, place := range board.Places {
		page.Places = append(page.Places, boardRow{
			Place: place.Place, Player: place.Player, Mode: modeName(player.Mode(place.Mode)),
			URL: "/players/" + url.PathEscape(place.Player), Value: grouped(place.Value),
		})
	}
	first := fmt.Sprintf("%s/leaderboard?%s", page.URL, url.Values{"metric": {m.Name}}.Encode())
	if board.Next != "" {
		page.Next = first + "&cursor=" + board.Next
	}
	if in.Cursor != "" {
		page.First = first
	}
	return nil
}

// submitSettings answers the form that changes a group.
func (p *pages) submitSettings(w http.ResponseWriter, r *http.Request) {
	if !readForm(w, r) {
		return
	}
	page, err := p.groupPage(r.Context(), r.PathValue("name"), rosterView)
	if err != nil {
		p.fail(w, r, err)
		return
	}
	description, zone := r.PostForm.Get("description"), r.PostForm.Get("zone")
	patch := groups.Patch{Description: &description, Zone: &zone}
	name, err := groups.ParseName(r.PostForm.Get("name"))
	if err == nil {
		patch.Name = &name
		var g groups.Group
		if g, err = p.Groups.UpdateGroup(r.Context(), page.group.Name, patch); err == nil {
			seeOther(w, r, groupURL(g)+"/roster?done=changed")
			return
		}
	}
	p.groupProblem(w, r, page, err)
}

// groupProblem shows a group's page with what was wrong with a form.
func (p *pages) groupProblem(w http.ResponseWriter, r *http.Request, page *groupPage, err error) {
	problem := p.problem(r.Context(), r.Pattern, err)
	page.Error = problem.Detail
	if len(page.Roster.Bad) > 0 {
		page.Error = "Some lines cannot be read; nothing was changed."
	}
	if err := groupViews[page.View](p, r.Context(), page, url.Values{}); err != nil {
		p.fail(w, r, err)
		return
	}
	p.render(w, r, problem.Status, "group.html", page)
}

// submitGroupRemoval answers the form that removes a group.
func (p *pages) submitGroupRemoval(w http.ResponseWriter, r *http.Request) {
	g, err := p.group(r.Context(), r.PathValue("name"))
	if err == nil {
		_, err = p.Groups.RemoveGroup(r.Context(), g.Name)
	}
	if err != nil {
		p.fail(w, r, err)
		return
	}
	seeOther(w, r, groupsPath)
}

// exportGroupFile answers the links that save a group's members.
func (p *pages) exportGroupFile(w http.ResponseWriter, r *http.Request) {
	format, err := groups.ParseFormat(cmp.Or(r.URL.Query().Get("format"), string(groups.Text)))
	if err != nil {
		p.fail(w, r, err)
		return
	}
	g, members, err := p.membersOf(r.Context(), r.PathValue("name"))
	if err != nil {
		p.fail(w, r, err)
		return
	}
	w.Header().Set("Content-Type", format.MediaType())
	w.Header().Set("Content-Disposition", attachment(g, format))
	_ = groups.Export(w, format, members) // the caller is gone
}
