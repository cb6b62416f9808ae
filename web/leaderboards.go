package web

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/osrsdiff/osrsdiff/gains"
	"github.com/osrsdiff/osrsdiff/hiscores"
	"github.com/osrsdiff/osrsdiff/player"
	"github.com/osrsdiff/osrsdiff/store"
)

// Boards ranks players. The store is one.
type Boards interface {
	// Metrics lists what there are leaderboards of.
	Metrics(ctx context.Context) ([]store.Metric, error)
	// Leaderboard ranks players by a value.
	Leaderboard(ctx context.Context, f store.LeaderboardFilter) ([]store.Place, error)
	// GainsLeaderboard ranks players by how much a value grew.
	GainsLeaderboard(ctx context.Context, f store.LeaderboardFilter, w gains.Window) ([]store.Place, error)
}

var _ Boards = (*store.Store)(nil)

func (s *service) registerLeaderboards(a huma.API) {
	handle(s, a, huma.Operation{
		OperationID: "list-leaderboards", Method: http.MethodGet, Path: "/api/leaderboards", Tags: []string{tagBoards},
		Summary: "What there are leaderboards of", Errors: []int{http.StatusServiceUnavailable},
		Description: "Every row that the hiscores ever stated of a tracked player, in their order.",
	}, s.listLeaderboards)
	handle(s, a, huma.Operation{
		OperationID: "get-leaderboard", Method: http.MethodGet, Path: "/api/leaderboards/{metric}", Tags: []string{tagBoards},
		Summary: "Players by a value", Errors: []int{http.StatusNotFound},
		Description: "The highest first; players whose value is zero or unknown are left out.",
	}, s.getLeaderboard)
	handle(s, a, huma.Operation{
		OperationID: "get-gains-leaderboard", Method: http.MethodGet, Path: "/api/leaderboards/{metric}/gains", Tags: []string{tagBoards},
		Summary: "Players by what they gained", Errors: []int{http.StatusNotFound},
		Description: "The most first; players who gained nothing are left out. Days, weeks, months and years of the calendar in UTC answer fastest: their sums are kept.",
	}, s.getGainsLeaderboard)
}

type metricView struct {
	Metric string `json:"metric" example:"Runecraft"`
	Kind   string `json:"kind" enum:"skill,activity"`
}

type listLeaderboardsInput struct {
	PageQuery
}

type listLeaderboardsOutput struct {
	Body struct {
		Leaderboards []metricView `json:"leaderboards"`
		NextCursor   string       `json:"next_cursor,omitempty" doc:"cursor of the next page; left out on the last one"`
	}
}

func (s *service) listLeaderboards(ctx context.Context, in *listLeaderboardsInput) (*listLeaderboardsOutput, error) {
	metrics, err := s.Boards.Metrics(ctx)
	if err != nil {
		return nil, fmt.Errorf("metrics: %w", err)
	}
	out := &listLeaderboardsOutput{}
	metrics, out.Body.NextCursor, err = pageOf(metrics, in.PageQuery)
	if err != nil {
		return nil, err
	}
	out.Body.Leaderboards = make([]metricView, 0, len(metrics))
	for _, m := range metrics {
		out.Body.Leaderboards = append(out.Body.Leaderboards, metricView{Metric: m.Name, Kind: string(m.Kind)})
	}
	return out, nil
}

// BoardQuery is the part of a request that chooses a part of a leaderboard.
// Exported because huma reads only exported members of an input.
type BoardQuery struct {
	PageQuery
	Metric string `path:"metric" doc:"a row of the hiscores, in any case" example:"Overall"`
	Mode   string `query:"mode" enum:"regular,ironman,hardcore_ironman,ultimate_ironman" doc:"only players of this game mode"`
	Player string `query:"player" doc:"only this player, in any spelling, with its place among the others; no places when it has nothing to rank"`
	// group chooses the members of one. Zero: everybody.
	group int64
}

// metric finds the metric of a path.
func (s *service) metric(ctx context.Context, name string) (store.Metric, error) {
	return s.metricAt(ctx, "path.metric", name)
}

// metricAt finds a metric that stands elsewhere in a request.
func (s *service) metricAt(ctx context.Context, location, name string) (store.Metric, error) {
	metrics, err := s.Boards.Metrics(ctx)
	if err != nil {
		return store.Metric{}, fmt.Errorf("metrics: %w", err)
	}
	for _, m := range metrics {
		if hiscores.MetricKey(m.Name) == hiscores.MetricKey(name) {
			return m, nil
		}
	}
	return store.Metric{}, invalid(location, name, fmt.Errorf("%w: metric %q: no player has such a row", errUnknownMetric, name))
}

type placeView struct {
	Place  int    `json:"place"`
	Player string `json:"player"`
	Mode   string `json:"mode"`
	Value  int64  `json:"value" doc:"the experience, score or gain"`
	Level  *int64 `json:"virtual_level,omitempty" doc:"the level that the experience of a skill amounts to, up to 126"`
}

type boardView struct {
	Metric string      `json:"metric"`
	From   *time.Time  `json:"from,omitempty" doc:"of gains: after this time"`
	To     *time.Time  `json:"to,omitempty" doc:"of gains: up to this time"`
	Places []placeView `json:"places"`
	Next   string      `json:"next_cursor,omitempty" doc:"cursor of the next page; left out on the last one"`
}

type boardOutput struct {
	Body boardView
}

// board is a page of a leaderboard. A nil window ranks by values.
func (s *service) board(ctx context.Context, in BoardQuery, window *gains.Window) (*boardView, error) {
	m, err := s.metric(ctx, in.Metric)
	if err != nil {
		return nil, err
	}
	before, err := in.after()
	if err != nil {
		return nil, err
	}
	f := store.LeaderboardFilter{Metric: m.Name, Mode: player.Mode(in.Mode), Limit: in.Limit + 1, Offset: int(before), GroupID: in.group}
	if in.Player != "" {
		p, err := s.find(ctx, in.Player)
		if err != nil {
			return nil, err
		}
		f.PlayerID = p.ID
	}
	view := &boardView{Metric: m.Name}
	var places []store.Place
	if window == nil {
		places, err = s.Boards.Leaderboard(ctx, f)
	} else {
		view.From, view.To = happened(window.From), happened(window.To)
		places, err = s.Boards.GainsLeaderboard(ctx, f, *window)
	}
	if err != nil {
		return nil, err // says which one already
	}
	if len(places) > in.Limit {
		places, view.Next = places[:in.Limit], strconv.FormatInt(before+int64(in.Limit), 10)
	}
	view.Places = make([]placeView, 0, len(places))
	for _, p := range places {
		place := placeView{Place: p.Place, Player: p.Player.String(), Mode: modeWord(p.Mode), Value: p.Value}
		if window == nil {
			place.Level = virtualLevel(m.Name, m.Kind, hiscores.Known(p.Value))
		}
		view.Places = append(view.Places, place)
	}
	return view, nil
}

type leaderboardInput struct {
	BoardQuery
}

func (s *service) getLeaderboard(ctx context.Context, in *leaderboardInput) (*boardOutput, error) {
	view, err := s.board(ctx, in.BoardQuery, nil)
	if err != nil {
		return nil, err
	}
	return &boardOutput{Body: *view}, nil
}

type gainsLeaderboardInput struct {
	BoardQuery
	WindowQuery
}

func (s *service) getGainsLeaderboard(ctx context.Context, in *gainsLeaderboardInput) (*boardOutput, error) {
	window, err := in.window(s.now())
	if err != nil {
		return nil, err
	}
	view, err := s.board(ctx, in.BoardQuery, &window)
	if err != nil {
		return nil, err
	}
	return &boardOutput{Body: *view}, nil
}
