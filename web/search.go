package web

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/osrsdiff/osrsdiff/player"
	"github.com/osrsdiff/osrsdiff/store"
)

// searchPath is where the search box of every page leads.
const searchPath = "/search"

// searchPage lists the players that the search box found.
type searchPage struct {
	layout
	Query string
	Rows  []listRow
	// More says that there are more than are shown, at All.
	More bool
	All  string
	// Unknown is the name that was looked for, when it could be added. Empty: it
	// is no name.
	Unknown string
	Form    addForm
}

// search answers GET /search: it leads to the player of the name that was typed,
// in any spelling, else lists who is called something like it.
func (p *pages) search(w http.ResponseWriter, r *http.Request) {
	query := strings.TrimSpace(r.URL.Query().Get("q"))
	if query == "" {
		http.Redirect(w, r, playersPath, http.StatusFound)
		return
	}
	page := searchPage{layout: p.layout(r.Context(), "Search"), Query: query, All: listURL(r.URL.Query(), "")}
	if name, err := player.ParseName(query); err == nil {
		found, err := p.Players.PlayerByName(r.Context(), name)
		switch {
		case err == nil:
			http.Redirect(w, r, playerURL(found.Name), http.StatusFound)
			return
		case !errors.Is(err, store.ErrNotFound):
			p.fail(w, r, fmt.Errorf("search: %w", err))
			return
		}
		page.Unknown, page.Form = name.String(), filledForm(addForm{newPlayer: newPlayer{Name: name.String()}})
	}
	found, err := p.Players.Players(r.Context(), store.PlayerFilter{Search: query, Limit: rowsPerPage + 1})
	if err != nil {
		p.fail(w, r, fmt.Errorf("search: %w", err))
		return
	}
	if page.More = len(found) > rowsPerPage; page.More {
		found = found[:rowsPerPage]
	}
	if page.Rows, err = p.rows(r.Context(), found); err != nil {
		p.fail(w, r, fmt.Errorf("search: %w", err))
		return
	}
	p.render(w, r, http.StatusOK, "search.html", page)
}
