package web

import (
	"bytes"
	"context"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"slices"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/osrsdiff/osrsdiff/access"
)

// pages answers browsers: pages made on the server, which work without scripts.
type pages struct {
	*service
	api       *huma.OpenAPI
	docs      []docsGroup
	templates map[string]*template.Template
	styles    []string
	site      *siteCache
}

// sharedTemplates are what the templates of pages use.
var sharedTemplates = []string{"templates/layout.html", "templates/parts.html", "templates/playerparts.html", "templates/groupparts.html"}

func newPages(s *service, api *huma.OpenAPI, static statics) (*pages, error) {
	p := &pages{
		service: s, api: api, docs: describe(api), templates: map[string]*template.Template{},
		styles: styleSheets(static), site: &siteCache{},
	}
	names, err := fs.Glob(files, "templates/*.html")
	if err != nil {
		return nil, fmt.Errorf("list the templates of pages: %w", err)
	}
	for _, name := range names {
		if slices.Contains(sharedTemplates, name) {
			continue
		}
		t, err := template.ParseFS(files, append(slices.Clone(sharedTemplates), name)...)
		if err != nil {
			return nil, fmt.Errorf("read the template of a page: %w", err)
		}
		p.templates[path.Base(name)] = t
	}
	if err := p.readPlayerTemplates(); err != nil {
		return nil, err
	}
	return p, nil
}

// register puts every page on mux; web/rules.go says who may see it.
func (p *pages) register(mux *router, static statics) {
	mux.HandleFunc("GET /{$}", p.showHome)
	mux.HandleFunc("GET "+playersPath, p.showPlayers)
	mux.HandleFunc("GET "+searchPath, p.search)
	mux.HandleFunc("POST /players", p.submitPlayer)
	p.registerPlayer(mux)
	p.registerGroupPages(mux)
	mux.HandleFunc("GET /leaderboards", p.showLeaderboard)
	mux.HandleFunc("GET "+schedulesPath, p.showSchedules)
	mux.HandleFunc("GET "+changePath, p.askChange)
	mux.HandleFunc("POST "+changePath, p.submitChange)
	mux.HandleFunc("GET "+schedulesPath+"/{id}", p.showScheduleDetail)
	mux.HandleFunc("GET "+systemPath, p.showSystem)
	mux.HandleFunc("POST "+systemPath+"/trigger", p.submitTrigger)
	mux.HandleFunc("GET /compare", p.showCompare)
	mux.HandleFunc("GET /docs", p.showDocs)
	mux.HandleFunc("GET /audit", p.showAudit)
	mux.HandleFunc("GET "+optOutsPath, p.showOptOuts)
	mux.HandleFunc("POST "+optOutsPath, p.submitOptOut)
	mux.HandleFunc("POST "+optOutsPath+"/remove", p.submitLiftOptOut)
	p.registerWebhooks(mux)
	p.registerTokenPages(mux)
	mux.HandleFunc("GET "+signInPath, p.showSignIn)
	mux.HandleFunc("POST "+signInPath, p.submitSignIn)
	mux.HandleFunc("POST "+signOutPath, p.submitSignOut)
	mux.Handle("GET /static/{file}", static)
	mux.HandleFunc("GET /favicon.ico", func(w http.ResponseWriter, r *http.Request) { static.serve(w, r, "icon.svg") })
}

// layout is what every page shows around its own part to the caller in ctx.
func (s *service) layout(ctx context.Context, title string) layout {
	role := access.CallerOf(ctx).Role
	return layout{Title: title, Operates: role >= access.Operator, Administers: role >= access.Admin}
}

// render writes a page, or only its part that refreshes itself when htmx asks
// for that. Nothing is written before the whole page is made.
func (p *pages) render(w http.ResponseWriter, r *http.Request, status int, name string, data framed) {
	part, shown := "fresh", any(data)
	if r.Header.Get("Hx-Request") != "true" || p.templates[name].Lookup("fresh") == nil {
		part, shown = "layout", p.frame(r, data)
	}
	var page bytes.Buffer
	if err := p.templates[name].ExecuteTemplate(&page, part, shown); err != nil {
		p.log.ErrorContext(r.Context(), "could not make a page", "page", name, "error", err)
		refuse(w, r, http.StatusInternalServerError, "this page cannot be shown; the server's log says why")
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Vary", "HX-Request")
	w.WriteHeader(status)
	_, _ = page.WriteTo(w) // the caller is gone
}

// pathID reads the number in the path of a page about one thing, such as a
// competition. What is no number from 1 on names none.
func pathID(r *http.Request, what string) (int64, error) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil || id < 1 {
		return 0, fmt.Errorf("%w: no %s is called %q", errNoPage, what, r.PathValue("id"))
	}
	return id, nil
}

// errorPage is what a page says instead of itself.
type errorPage struct {
	layout
	Detail string
	Known  []string
}

// fail shows an error as a page.
func (p *pages) fail(w http.ResponseWriter, r *http.Request, err error) {
	problem := p.problem(r.Context(), r.Pattern, err)
	p.render(w, r, problem.Status, "error.html", errorPage{
		layout: p.layout(r.Context(), problem.Title), Detail: problem.Detail, Known: problem.Known,
	})
}

// dayStart is midnight in UTC, the day that "today" means on the pages.
func dayStart(now time.Time) time.Time { return now.UTC().Truncate(24 * time.Hour) }
