package web

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"github.com/osrsdiff/osrsdiff/access"
)

// layout is what a page tells its frame. Every page embeds one.
type layout struct {
	// Title names the page in the browser.
	Title string
	// Operates and Administers say which controls to show. The router refuses what
	// they hide.
	Operates, Administers bool
}

func (l layout) heading() string { return l.Title }

// framed is a page: what embeds a layout.
type framed interface{ heading() string }

// frame is what the layout shows around every page.
type frame struct {
	Title string
	// Nav are the ways to the parts of the site, with the present one marked.
	Nav []navLink
	// Styles are the style sheets, the one of the layout first.
	Styles []string
	// Search says whether to show the search box, which the first page has in a
	// place of its own, and Find what it holds.
	Search bool
	Find   string
	// Demo says that the players are simulated.
	Demo bool
	// Banners say what holds up everybody. Empty: nothing does.
	Banners []banner
	// Version is that of the program.
	Version string
	// SignedIn is the name of who is signed in with a session. Empty: nobody is.
	SignedIn string
	// MaySignIn offers to sign in.
	MaySignIn bool
	// Administers links to what only admins see.
	Administers bool
	// Page is the page itself.
	Page any
}

// navLink is a part of the site. Current is what aria-current says: "page" on
// its own page, "true" on pages below it, empty elsewhere.
type navLink struct{ Name, URL, Current string }

// navigation lists the parts of the site in their order.
func navigation() []navLink {
	return []navLink{
		{Name: "Players", URL: playersPath},
		{Name: "Leaderboards", URL: "/leaderboards"},
		{Name: "Compare", URL: "/compare"},
		{Name: "Groups", URL: groupsPath},
		{Name: "Schedules", URL: schedulesPath},
		{Name: "System", URL: systemPath},
		{Name: "API", URL: "/docs"},
	}
}

// frame is the frame of a page that a request gets.
func (p *pages) frame(r *http.Request, page framed) frame {
	caller := access.CallerOf(r.Context())
	f := frame{
		Title: page.heading(), Nav: navigationAt(r.URL.Path), Styles: p.styles, Search: r.URL.Path != "/", Find: searched(r),
		Demo: p.Demo, Version: cmp.Or(p.Version, "dev"), Page: page,
		Administers: caller.Role >= access.Admin,
		MaySignIn:   !caller.Known() && r.URL.Path != signInPath,
	}
	if _, err := r.Cookie(p.door.cookieName()); err == nil && caller.Known() {
		f.SignedIn = caller.Name
	}
	if caller.Role >= access.Viewer {
		f.Banners = p.banners(r.Context())
	}
	return f
}

// navigationAt marks where a path belongs.
func navigationAt(path string) []navLink {
	links := navigation()
	for i, l := range links {
		switch {
		case path == l.URL:
			links[i].Current = "page"
		case strings.HasPrefix(path, l.URL+"/"):
			links[i].Current = "true"
		}
	}
	return links
}

// searched is what the search box was asked for.
func searched(r *http.Request) string {
	if r.URL.Path != searchPath {
		return ""
	}
	return r.URL.Query().Get("q")
}

// styleSheets are the names of the embedded style sheets: that of the layout,
// which the others build on, then one for each part of the site that has its own.
func styleSheets(static statics) []string {
	names := []string{}
	for name := range static {
		if strings.HasSuffix(name, ".css") && name != baseStyle {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return append([]string{baseStyle}, names...)
}

// baseStyle is the style sheet of the layout.
const baseStyle = "app.css"
