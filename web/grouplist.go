package web

import (
	"context"
	"net/http"
	"net/url"
	"strconv"

	"github.com/osrsdiff/osrsdiff/groups"
	"github.com/osrsdiff/osrsdiff/store"
)

// groupsPath is where the groups are listed.
const groupsPath = "/groups"

// groupsPage lists groups, and the competitions made last.
type groupsPage struct {
	layout
	Rows         []groupRow
	Competitions []competitionRow
	// Next and First are addresses of other pages. Empty: there is none.
	Next, First string
	Form        groupForm
}

type groupRow struct {
	Name, URL, Description, Zone, Members string
	Changed                               moment
}

// groupForm is what was typed into the form that makes a group, and what was wrong
// with it.
type groupForm struct{ Name, Description, Zone, Error string }

// registerGroupPages puts the pages of groups and competitions on mux.
func (p *pages) registerGroupPages(mux *router) {
	mux.HandleFunc("GET "+groupsPath, p.showGroups)
	mux.HandleFunc("POST "+groupsPath, p.submitGroup)
	for view := range groupViews {
		path := groupsPath + "/{name}"
		if view != membersView {
			path += "/" + view
		}
		mux.HandleFunc("GET "+path, p.showGroup(view))
	}
	mux.HandleFunc("GET "+groupsPath+"/{name}/export", p.exportGroupFile)
	mux.HandleFunc("POST "+groupsPath+"/{name}/roster", p.submitRoster)
	mux.HandleFunc("POST "+groupsPath+"/{name}/settings", p.submitSettings)
	mux.HandleFunc("POST "+groupsPath+"/{name}/competitions", p.submitCompetition)
	mux.HandleFunc("POST "+groupsPath+"/{name}/remove", p.submitGroupRemoval)
	mux.HandleFunc("GET "+competitionsPath+"/{id}", p.showCompetition)
	mux.HandleFunc("POST "+competitionsPath+"/{id}/remove", p.submitCompetitionRemoval)
}

// showGroups answers GET /groups.
func (p *pages) showGroups(w http.ResponseWriter, r *http.Request) {
	p.groups(w, r, http.StatusOK, groupForm{})
}

func (p *pages) groups(w http.ResponseWriter, r *http.Request, status int, form groupForm) {
	page, err := p.groupsPage(r.Context(), r.URL.Query(), form)
	if err != nil {
		p.fail(w, r, err)
		return
	}
	p.render(w, r, status, "groups.html", page)
}

func (p *pages) groupsPage(ctx context.Context, query url.Values, form groupForm) (groupsPage, error) {
	page := groupsPage{layout: p.layout(ctx, "Groups"), Form: form}
	after, err := PageQuery{Cursor: query.Get("after")}.after()
	if err != nil {
		return page, err
	}
	all, err := p.Groups.Groups(ctx, after, rowsPerPage+1)
	if err != nil {
		return page, err
	}
	if len(all) > rowsPerPage {
		all = all[:rowsPerPage]
		page.Next = groupsPath + "?after=" + strconv.FormatInt(all[rowsPerPage-1].ID, 10)
	}
	if after > 0 {
		page.First = groupsPath
	}
	for _, g := range all {
		v := g.View()
		page.Rows = append(page.Rows, groupRow{
			Name: v.Name, URL: groupURL(g), Description: v.Description, Zone: v.Zone, Members: strconv.Itoa(v.Members),
			Changed: ago(p.now(), g.UpdatedAt, "never"),
		})
	}
	page.Competitions, err = p.competitionRows(ctx, store.CompetitionFilter{Limit: rowsPerPage})
	return page, err
}

func groupURL(g groups.Group) string { return groupsPath + "/" + url.PathEscape(g.Name.String()) }

// submitGroup answers the form that makes a group.
func (p *pages) submitGroup(w http.ResponseWriter, r *http.Request) {
	if !readForm(w, r) {
		return
	}
	form := groupForm{Name: r.PostForm.Get("name"), Description: r.PostForm.Get("description"), Zone: r.PostForm.Get("zone")}
	name, err := groups.ParseName(form.Name)
	if err == nil {
		var g groups.Group
		if g, err = p.Groups.AddGroup(r.Context(), groups.Group{Name: name, Description: form.Description, Zone: form.Zone}); err == nil {
			seeOther(w, r, groupURL(g)+"/roster?done=made")
			return
		}
	}
	problem := p.problem(r.Context(), r.Pattern, err)
	form.Error = problem.Detail
	p.groups(w, r, problem.Status, form)
}

// readForm reads a form, and refuses one that cannot be read.
func readForm(w http.ResponseWriter, r *http.Request) bool {
	if err := r.ParseForm(); err != nil {
		refuse(w, r, http.StatusBadRequest, "the form could not be read")
		return false
	}
	return true
}

// seeOther sends a browser to a page after a form, so that reloading it does not
// send the form again.
func seeOther(w http.ResponseWriter, r *http.Request, to string) {
	http.Redirect(w, r, to, http.StatusSeeOther) //nolint:gosec // it begins with a path of this site
}
