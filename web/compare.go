package web

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/osrsdiff/osrsdiff/comparison"
	"github.com/osrsdiff/osrsdiff/gains"
	"github.com/osrsdiff/osrsdiff/hiscores"
	"github.com/osrsdiff/osrsdiff/player"
)

func (s *service) registerCompare(a huma.API) {
	handle(s, a, huma.Operation{
		OperationID: "compare-players", Method: http.MethodGet, Path: "/api/compare", Tags: []string{tagBoards},
		Summary: "Players side by side", Errors: []int{http.StatusNotFound},
		Description: "What each of two to eight players stands at in every metric at the end of the time, what each gained in it, and who leads. " +
			"What was unknown before is first_seen, never a gain.",
	}, s.compare)
}

type compareInput struct {
	WindowQuery
	Players []string `query:"players" required:"true" minItems:"2" maxItems:"8" doc:"names in any spelling, with commas between them" example:"[\"Zezima\",\"Lynx Titan\"]"`
	Metric  string   `query:"metric" doc:"only this row of the hiscores, in any case" example:"Overall"`
}

type sideView struct {
	Player    string `json:"player"`
	Mode      string `json:"mode"`
	Combat    *int64 `json:"combat_level" doc:"computed; null when the level of one of its skills is unknown"`
	Leads     int    `json:"leads" doc:"in how many metrics this player alone has the highest value"`
	GainLeads int    `json:"gain_leads" doc:"in how many metrics this player alone gained most"`
}

type sideCell struct {
	Value *int64 `json:"value"`
	Level *int64 `json:"level"`
	Rank  *int64 `json:"rank"`
	What  string `json:"what,omitempty" enum:"gained,first_seen,fell,lost" doc:"what happened to the value in the time; left out when nothing did"`
	Gain  int64  `json:"gain"`
}

type sidesRow struct {
	Metric     string     `json:"metric"`
	Kind       string     `json:"kind" enum:"skill,activity"`
	Leader     string     `json:"leader,omitempty" doc:"who alone has the highest value"`
	GainLeader string     `json:"gain_leader,omitempty" doc:"who alone gained most"`
	Cells      []sideCell `json:"cells" doc:"one for each player, in their order"`
}

type compareOutput struct {
	Body struct {
		From    time.Time  `json:"from"`
		To      time.Time  `json:"to"`
		Players []sideView `json:"players"`
		Rows    []sidesRow `json:"rows"`
	}
}

func (s *service) compare(ctx context.Context, in *compareInput) (*compareOutput, error) {
	window, err := in.window(s.now())
	if err != nil {
		return nil, err
	}
	if in.Metric != "" {
		if _, err := s.metricAt(ctx, "query.metric", in.Metric); err != nil {
			return nil, err
		}
	}
	c, err := s.sideBySide(ctx, in.Players, window)
	if err != nil {
		return nil, err
	}
	out := &compareOutput{}
	out.Body.From, out.Body.To, out.Body.Rows = window.From, window.To, []sidesRow{}
	for _, side := range c.Sides {
		out.Body.Players = append(out.Body.Players, sideView{
			Player: side.Player.Name.String(), Mode: modeWord(side.Player.Mode), Combat: known(side.Combat), Leads: side.Leads, GainLeads: side.GainLeads,
		})
	}
	for _, row := range c.Rows {
		if in.Metric == "" || hiscores.MetricKey(row.Metric) == hiscores.MetricKey(in.Metric) {
			out.Body.Rows = append(out.Body.Rows, viewSides(c, row))
		}
	}
	return out, nil
}

// viewSides shows one metric of all players.
func viewSides(c comparison.Comparison, row comparison.Row) sidesRow {
	nameOf := func(side int) string {
		if side < 0 {
			return ""
		}
		return c.Sides[side].Player.Name.String()
	}
	view := sidesRow{Metric: row.Metric, Kind: string(row.Kind), Leader: nameOf(row.Leader), GainLeader: nameOf(row.GainLeader)}
	for _, cell := range row.Cells {
		view.Cells = append(view.Cells, sideCell{
			Value: known(cell.Value), Level: known(cell.Level), Rank: known(cell.Rank), What: string(cell.What), Gain: cell.Gain,
		})
	}
	return view
}

// sideBySide compares the players of some names.
func (s *service) sideBySide(ctx context.Context, names []string, window gains.Window) (comparison.Comparison, error) {
	var players []player.Player
	for _, typed := range names {
		name, err := player.ParseName(strings.TrimSpace(typed))
		if err != nil {
			return comparison.Comparison{}, invalid("query.players", typed, err)
		}
		p, err := s.Players.PlayerByName(ctx, name)
		if err != nil {
			return comparison.Comparison{}, invalid("query.players", typed, err)
		}
		players = append(players, p)
	}
	c, err := comparison.Of(ctx, s.Values, players, window)
	if err != nil {
		return c, invalid("query.players", strings.Join(names, ","), err)
	}
	return c, nil
}
