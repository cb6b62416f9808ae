package web

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/osrsdiff/osrsdiff/gains"
	"github.com/osrsdiff/osrsdiff/groups"
	"github.com/osrsdiff/osrsdiff/hiscores"
	"github.com/osrsdiff/osrsdiff/store"
)

// competitionsPath is below which competitions are.
const competitionsPath = "/competitions"

// competitionRow is a competition in a list.
type competitionRow struct {
	Title, URL, Metric, Phase, Group, Players string
	When                                      moment
}

// competitionForm is what was typed into the form that starts one.
type competitionForm struct{ Title, From, To string }

// competitionPage is the page of one competition.
type competitionPage struct {
	layout
	Self, Metric, Phase, Group, GroupURL, Total, Times string
	When                                               moment
	Standings                                          []standingRow
	Teams                                              []groups.Team
	Winners                                            []standingRow
	// Live competitions are looked at again while they are shown.
	Live bool
}

func competitionURL(id int64) string { return competitionsPath + "/" + strconv.FormatInt(id, 10) }

// phaseNames are the phases as people read them.
var phaseNames = map[groups.Phase]string{groups.Upcoming: "Upcoming", groups.Running: "Running", groups.Ended: "Ended"}

// phaseMoment is when the phase of a competition ends, or ended.
func phaseMoment(c groups.Competition, now time.Time) moment {
	switch c.Phase(now) {
	case groups.Upcoming:
		m := ahead(now, c.From, "")
		m.Words = "starts " + m.Words
		return m
	case groups.Running:
		m := ahead(now, c.To, "")
		m.Words = "ends " + m.Words
		return m
	}
	m := ago(now, c.To, "")
	m.Words = "ended " + m.Words
	return m
}

func (p *pages) competitionRows(ctx context.Context, f store.CompetitionFilter) ([]competitionRow, error) {
	all, err := p.Groups.Competitions(ctx, f)
	rows := make([]competitionRow, 0, len(all))
	for _, c := range all {
		rows = append(rows, competitionRow{
			Title: c.Title, URL: competitionURL(c.ID), Metric: hiscores.GameName(c.Metric), Phase: phaseNames[c.Phase(p.now())], Group: c.Group,
			Players: strconv.Itoa(c.Players), When: phaseMoment(c, p.now()),
		})
	}
	return rows, err
}

// viewCompetitions lists the competitions of a group, with a form to start one.
func (p *pages) viewCompetitions(ctx context.Context, page *groupPage, _ url.Values) error {
	var err error
	if page.Competitions, err = p.competitionRows(ctx, store.CompetitionFilter{GroupID: page.group.ID, Limit: rowsPerPage}); err != nil {
		return err
	}
	zone, err := gains.Zone(page.group.Zone)
	if err != nil {
		return err
	}
	if page.Start.From == "" {
		from := gains.Day.Calendar(p.now(), zone).To
		page.Start.From, page.Start.To = from.In(zone).Format(inputTime), from.In(zone).AddDate(0, 0, 7).Format(inputTime)
	}
	_, err = p.chosenMetric(ctx, page, "")
	return err
}

// submitCompetition answers the form that starts a competition of a group.
func (p *pages) submitCompetition(w http.ResponseWriter, r *http.Request) {
	if !readForm(w, r) {
		return
	}
	page, err := p.groupPage(r.Context(), r.PathValue("name"), competitionsView)
	if err != nil {
		p.fail(w, r, err)
		return
	}
	page.Start = competitionForm{Title: r.PostForm.Get("title"), From: r.PostForm.Get("from"), To: r.PostForm.Get("to")}
	c, err := page.competition(r.PostForm.Get("metric"))
	if err == nil {
		if c, err = p.Groups.AddCompetition(r.Context(), c, groups.Roster{}); err == nil {
			seeOther(w, r, competitionURL(c.ID))
			return
		}
	}
	p.groupProblem(w, r, page, err)
}

// competition is the one that was typed. Its times are of the group's zone.
func (page *groupPage) competition(metric string) (groups.Competition, error) {
	c := groups.Competition{Title: page.Start.Title, Metric: metric, GroupID: page.group.ID}
	zone, err := gains.Zone(page.group.Zone)
	if err != nil {
		return c, err
	}
	for _, end := range []struct {
		field, text string
		at          *time.Time
	}{{"from", page.Start.From, &c.From}, {"to", page.Start.To, &c.To}} {
		if *end.at, err = time.ParseInLocation(inputTime, end.text, zone); err != nil {
			return c, invalid("form."+end.field, end.text, fmt.Errorf("%w: %s %q: must be a date and a time such as 2026-01-31T12:00", errInvalidTime, end.field, end.text))
		}
	}
	return c, nil
}

// showCompetition answers GET /competitions/{id}.
func (p *pages) showCompetition(w http.ResponseWriter, r *http.Request) {
	page, err := p.competitionPage(r)
	if err != nil {
		p.fail(w, r, err)
		return
	}
	p.render(w, r, http.StatusOK, "competition.html", page)
}

func (p *pages) competitionPage(r *http.Request) (competitionPage, error) {
	id, err := pathID(r, "competition")
	if err != nil {
		return competitionPage{}, err
	}
	c, standings, err := p.standings(r.Context(), id)
	if err != nil {
		return competitionPage{}, err
	}
	phase := c.Phase(p.now())
	page := competitionPage{
		layout: p.layout(r.Context(), c.Title), Self: competitionURL(c.ID), Metric: hiscores.GameName(c.Metric), Phase: phaseNames[phase],
		Total: signed(groups.Total(standings)), Times: fmt.Sprintf("%s to %s UTC", exactly(c.From, time.UTC), exactly(c.To, time.UTC)),
		When: phaseMoment(c, p.now()), Standings: p.standingRows(standings), Teams: groups.Teams(standings), Live: phase != groups.Ended, Group: c.Group,
	}
	if name, err := groups.ParseName(c.Group); err == nil {
		page.GroupURL = groupURL(groups.Group{Name: name})
	}
	if phase == groups.Ended {
		winners := groups.Winners(standings)
		page.Winners = page.Standings[:len(winners)]
		for i := range winners {
			page.Standings[i].Won = true
		}
	}
	return page, nil
}

// submitCompetitionRemoval answers the form that removes a competition.
func (p *pages) submitCompetitionRemoval(w http.ResponseWriter, r *http.Request) {
	id, err := pathID(r, "competition")
	if err == nil {
		_, err = p.Groups.RemoveCompetition(r.Context(), id)
	}
	if err != nil {
		p.fail(w, r, err)
		return
	}
	seeOther(w, r, groupsPath)
}
