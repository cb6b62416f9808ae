package web

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/osrsdiff/osrsdiff/hiscores"
	"github.com/osrsdiff/osrsdiff/player"
	"github.com/osrsdiff/osrsdiff/store"
)

// ModeChanges tells what was found out about players' game modes. The store is
// one.
type ModeChanges interface {
	// ModeChanges returns the verdicts on a player, newest first.
	ModeChanges(ctx context.Context, playerID int64) ([]store.ModeChange, error)
}

var _ ModeChanges = (*store.Store)(nil)

// totalView is what one table said.
type totalView struct {
	Table string `json:"table" example:"hiscore_oldschool_ironman"`
	Found bool   `json:"found" doc:"whether the table lists the player"`
	XP    *int64 `json:"xp" doc:"total experience there; null when unknown"`
}

// modeChangeView is one verdict on a game mode and what it was drawn from.
type modeChangeView struct {
	At       time.Time   `json:"at" doc:"when the tables were read"`
	From     string      `json:"from,omitempty" doc:"left out when the mode was not known"`
	To       string      `json:"to"`
	Applied  bool        `json:"applied" doc:"false: a move up, which the game does not know; it is shown and not applied"`
	Evidence []totalView `json:"evidence" doc:"what every table read said"`
}

type modeChangesOutput struct {
	Body struct {
		Player     string           `json:"player"`
		Mode       string           `json:"mode,omitempty"`
		Changes    []modeChangeView `json:"changes" doc:"newest first"`
		NextCursor string           `json:"next_cursor,omitempty" doc:"cursor of the next page; left out on the last one"`
	}
}

func (s *service) registerModes(a huma.API) {
	handle(s, a, huma.Operation{
		OperationID: "list-mode-changes", Method: http.MethodGet, Path: "/api/players/{name}/mode-changes", Tags: []string{tagPlayers},
		Summary: "What became of a game mode", Description: "Each change of mode with what the tables said, newest first.",
		Errors: []int{http.StatusNotFound},
	}, s.listModeChanges)
}

func (s *service) listModeChanges(ctx context.Context, in *playerListInput) (*modeChangesOutput, error) {
	p, err := s.find(ctx, in.Name)
	if err != nil {
		return nil, err
	}
	changes, err := s.modeChanges(ctx, p)
	if err != nil {
		return nil, err
	}
	out := &modeChangesOutput{}
	out.Body.Player, out.Body.Mode = p.Name.String(), string(p.Mode)
	out.Body.Changes, out.Body.NextCursor, err = pageOf(changes, in.PageQuery)
	return out, err
}

func (s *service) modeChanges(ctx context.Context, p player.Player) ([]modeChangeView, error) {
	changes, err := s.Modes.ModeChanges(ctx, p.ID)
	if err != nil {
		return nil, fmt.Errorf("game modes of player %q: %w", p.Name, err)
	}
	views := make([]modeChangeView, 0, len(changes))
	for _, c := range changes {
		view := modeChangeView{At: c.At.UTC(), From: string(c.From), To: string(c.To), Applied: c.Applied, Evidence: []totalView{}}
		var readings []hiscores.Reading
		if len(c.Evidence) > 0 {
			if err := json.Unmarshal(c.Evidence, &readings); err != nil {
				return nil, fmt.Errorf("game modes of player %q: evidence of %s: %w", p.Name, c.At.Format(time.RFC3339), err)
			}
		}
		for _, r := range readings {
			view.Evidence = append(view.Evidence, totalView{Table: string(r.Table), Found: r.Found, XP: known(r.Overall)})
		}
		views = append(views, view)
	}
	return views, nil
}

// modeRow is one change of mode on a player's page.
type modeRow struct {
	At                       moment
	From, To, What, Evidence string
}

func (p *pages) modeRows(ctx context.Context, pl player.Player) ([]modeRow, error) {
	changes, err := p.modeChanges(ctx, pl)
	if err != nil {
		return nil, err
	}
	rows := make([]modeRow, 0, len(changes))
	for _, c := range changes {
		if c.From == "" {
			continue // it was found out, which is no change
		}
		row := modeRow{
			At: ago(p.now(), c.At, ""), From: modeName(player.Mode(c.From)), To: modeName(player.Mode(c.To)), What: "Applied",
		}
		if !c.Applied {
			row.What = "Not applied: cannot happen in the game, so look who has the name"
		}
		totals := make([]string, 0, len(c.Evidence))
		for _, t := range c.Evidence {
			totals = append(totals, totalWord(t))
		}
		row.Evidence = strings.Join(totals, ", ")
		rows = append(rows, row)
	}
	return rows, nil
}

// totalWord is what a table said, by the name of its mode.
func totalWord(t totalView) string {
	name := modeName(hiscores.Table(t.Table).Mode())
	if !t.Found {
		return name + " not listed"
	}
	return name + " " + groupedOrUnknown(t.XP) + " XP"
}
