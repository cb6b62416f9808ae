package web

import (
	"cmp"
	"fmt"
	"net/http"
	"strings"

	"github.com/osrsdiff/osrsdiff/hiscores"
	"github.com/osrsdiff/osrsdiff/store"
)

// historyPage is the page of what happened to a player's account: its game modes
// with the evidence, renames, and falls of its values.
type historyPage struct {
	playerTop
	// Modes are the changes of the game mode, newest first.
	Modes  []modeRow
	Events []eventRow
}

type eventRow struct {
	At           moment
	What, Detail string
}

// showHistory answers GET /players/{name}/history.
func (p *pages) showHistory(w http.ResponseWriter, r *http.Request, s subject) error {
	page := historyPage{playerTop: s.top}
	var err error
	if page.Modes, err = p.modeRows(r.Context(), s.Player); err != nil {
		return err
	}
	events, err := p.Events.Events(r.Context(), s.ID)
	if err != nil {
		return fmt.Errorf("identity of player %q: %w", s.Name, err)
	}
	for _, e := range events {
		row := viewHistory(e)
		row.At = ago(p.now(), e.At, "")
		page.Events = append(page.Events, row)
	}
	p.render(w, r, http.StatusOK, "history.html", page)
	return nil
}

// viewHistory says an event in words.
func viewHistory(e store.Event) eventRow {
	switch e.Kind {
	case store.WasRenamed:
		row := eventRow{What: "Renamed", Detail: fmt.Sprintf("from %s to %s", e.From, e.To)}
		if e.Forced {
			row.Detail += "; the hiscores were not asked"
		}
		return row
	case store.RolledBack:
		return eventRow{What: "Rolled back", Detail: fallWords(e.Falls)}
	case store.WasFlagged:
		detail := cmp.Or(e.Reason, "values fell that the game never lowers")
		if falls := fallWords(e.Falls); falls != "" {
			detail += ": " + falls
		}
		return eventRow{What: "Flagged", Detail: detail}
	case store.WasAccepted:
		return eventRow{What: "Accepted", Detail: "a person said that the lower values are this player's"}
	case store.WasSplit:
		return eventRow{What: "Split", Detail: "a person said that they are another account's"}
	}
	return eventRow{What: string(e.Kind), Detail: e.Reason}
}

// namedFalls is how many falls a line names.
const namedFalls = 3

func fallWords(falls []hiscores.Change) string {
	words := make([]string, 0, namedFalls+1)
	for i, f := range falls {
		if i == namedFalls {
			words = append(words, fmt.Sprintf("%d more", len(falls)-i))
			break
		}
		words = append(words, fmt.Sprintf("%s from %s to %s", hiscores.GameName(f.Metric), numberWord(f.Before, "unknown"), numberWord(f.After, "unknown")))
	}
	return strings.Join(words, ", ")
}
