package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/osrsdiff/osrsdiff/gains"
	"github.com/osrsdiff/osrsdiff/hiscores"
	"github.com/osrsdiff/osrsdiff/store"
)

// errUnknownMetric says that the hiscores never listed such a row for a player.
var errUnknownMetric = errors.New("no such metric")

// rowView is one row of the hiscores; null is unknown (a rank: unranked).
type rowView struct {
	Metric string `json:"metric" example:"Runecraft"`
	Kind   string `json:"kind" enum:"skill,activity"`
	Rank   *int64 `json:"rank" doc:"null when unranked"`
	Level  *int64 `json:"level" doc:"null when unknown, and for activities"`
	// VirtualLevel is computed, the rest is what the hiscores state.
	VirtualLevel *int64 `json:"virtual_level,omitempty" doc:"the level that the experience of a skill amounts to, up to 126"`
	Value        *int64 `json:"value" doc:"experience of a skill or score of an activity; null when unknown"`
}

type snapshotView struct {
	Player string    `json:"player"`
	At     time.Time `json:"at" doc:"when the hiscores said so"`
	Combat *int64    `json:"combat_level" doc:"computed; null when the level of one of its skills is unknown"`
	Rows   []rowView `json:"rows"`
}

// changeView is what differs between two times.
type changeView struct {
	Metric      string `json:"metric"`
	Kind        string `json:"kind" enum:"skill,activity"`
	What        string `json:"what" enum:"gained,first_seen,fell,lost" doc:"first_seen: unknown before, so no gain; lost: no longer known"`
	Before      *int64 `json:"before"`
	After       *int64 `json:"after"`
	LevelBefore *int64 `json:"level_before"`
	LevelAfter  *int64 `json:"level_after"`
	Gain        int64  `json:"gain" doc:"after minus before; 0 when either is unknown"`
}

type pointView struct {
	At    time.Time `json:"at"`
	Value *int64    `json:"value"`
	Rank  *int64    `json:"rank"`
	Level *int64    `json:"level"`
}

// known is nil for an unknown number.
func known(n hiscores.Number) *int64 {
	v, ok := n.Get()
	if !ok {
		return nil
	}
	return &v
}

func viewSnapshot(name string, snap hiscores.Snapshot) *snapshotView {
	view := &snapshotView{Player: name, At: snap.At.UTC(), Combat: known(gains.CombatLevel(snap)), Rows: make([]rowView, 0, len(snap.Rows))}
	for _, r := range snap.Rows {
		view.Rows = append(view.Rows, rowView{
			Metric: r.Metric, Kind: string(r.Kind), Rank: known(r.Rank), Level: known(r.Level), Value: known(r.Value),
			VirtualLevel: virtualLevel(r.Metric, r.Kind, r.Value),
		})
	}
	return view
}

func (s *service) registerValues(a huma.API) {
	handle(s, a, huma.Operation{
		OperationID: "get-snapshot", Method: http.MethodGet, Path: "/api/players/{name}/snapshot", Tags: []string{tagValues},
		Summary: "Values at a time", Description: "404 when nothing was stored by then.", Errors: []int{http.StatusNotFound},
	}, s.getSnapshot)
	handle(s, a, huma.Operation{
		OperationID: "get-series", Method: http.MethodGet, Path: "/api/players/{name}/series/{metric}", Tags: []string{tagValues},
		Summary: "One metric over time", Description: "One point for each time the value changed.", Errors: []int{http.StatusNotFound},
	}, s.getSeries)
}

type snapshotInput struct {
	PlayerPath
	At string `query:"at" doc:"RFC 3339, or how long ago (24h, 7d); now when left out"`
}

type snapshotOutput struct {
	Body *snapshotView
}

func (s *service) getSnapshot(ctx context.Context, in *snapshotInput) (*snapshotOutput, error) {
	now := s.now()
	at, err := parseMoment("at", in.At, now, now)
	if err != nil {
		return nil, err
	}
	p, err := s.find(ctx, in.Name)
	if err != nil {
		return nil, err
	}
	snap, err := s.Values.SnapshotAt(ctx, p.ID, at)
	if errors.Is(err, store.ErrNotFound) {
		return nil, invalid("query.at", in.At, fmt.Errorf("%w: nothing was stored of %q by %s", store.ErrNotFound, p.Name, at.Format(time.RFC3339)))
	}
	if err != nil {
		return nil, fmt.Errorf("values of player %q at %s: %w", p.Name, at.Format(time.RFC3339), err)
	}
	return &snapshotOutput{Body: viewSnapshot(p.Name.String(), snap)}, nil
}

// PeriodQuery is the part of a query that names two times.
type PeriodQuery struct {
	From string `query:"from" doc:"RFC 3339, or how long ago (24h, 7d); 24 hours before to when left out"`
	To   string `query:"to" doc:"RFC 3339, or how long ago; now when left out"`
}

type seriesInput struct {
	PlayerPath
	PeriodQuery
	Metric string `path:"metric" doc:"a row of the hiscores, in any case" example:"Runecraft"`
	Points int    `query:"points" minimum:"0" maximum:"2000" doc:"for a chart: at most about so many, the last of each of as many equal parts of the time; every change when left out"`
	Cursor string `query:"cursor" doc:"next_cursor of the page before; empty for the first page"`
	Limit  int    `query:"limit" default:"2000" minimum:"1" maximum:"10000"`
}

type seriesOutput struct {
	Body struct {
		Player     string      `json:"player"`
		Metric     string      `json:"metric"`
		From       time.Time   `json:"from"`
		To         time.Time   `json:"to"`
		Points     []pointView `json:"points"`
		NextCursor string      `json:"next_cursor,omitempty" doc:"cursor of the next page; left out on the last one"`
	}
}

func (s *service) getSeries(ctx context.Context, in *seriesInput) (*seriesOutput, error) {
	span, err := parsePeriod(in.From, in.To, s.now())
	if err != nil {
		return nil, err
	}
	p, err := s.find(ctx, in.Name)
	if err != nil {
		return nil, err
	}
	metric, err := s.spelling(ctx, p.ID, in.Metric)
	if err != nil {
		return nil, err
	}
	points, err := s.Values.Chart(ctx, p.ID, metric, store.Span{From: span.From, To: span.To, Points: in.Points})
	if err != nil {
		return nil, fmt.Errorf("series of player %q in %s: %w", p.Name, metric, err)
	}
	out := &seriesOutput{}
	points, out.Body.NextCursor, err = pointsPage(points, PageQuery{Cursor: in.Cursor, Limit: in.Limit})
	if err != nil {
		return nil, err
	}
	out.Body.Player, out.Body.Metric, out.Body.From, out.Body.To = p.Name.String(), metric, span.From, span.To
	out.Body.Points = make([]pointView, 0, len(points))
	for _, pt := range points {
		out.Body.Points = append(out.Body.Points, pointView{
			At: pt.At.UTC(), Value: known(pt.Value), Rank: known(pt.Rank), Level: known(pt.Level),
		})
	}
	return out, nil
}

// pointsPage cuts a page out of a series. Its cursor is the time of the last point
// in microseconds, so that a period that ends now may move on meanwhile.
func pointsPage(points []store.Point, in PageQuery) (page []store.Point, next string, err error) {
	after, err := in.after()
	if err != nil {
		return nil, "", err
	}
	for len(points) > 0 && points[0].At.UnixMicro() <= after {
		points = points[1:]
	}
	if len(points) <= in.Limit {
		return points, "", nil
	}
	return points[:in.Limit], strconv.FormatInt(points[in.Limit-1].At.UnixMicro(), 10), nil
}

// spelling is a metric as the feed spells it, found among the player's rows.
func (s *service) spelling(ctx context.Context, playerID int64, metric string) (string, error) {
	snap, err := s.Values.SnapshotAt(ctx, playerID, s.now())
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return "", fmt.Errorf("rows of player %d: %w", playerID, err)
	}
	row, ok := snap.Row(metric)
	if !ok {
		return "", invalid("path.metric", metric, fmt.Errorf("%w: metric %q: not among the rows stored of this player", errUnknownMetric, metric))
	}
	return row.Metric, nil
}
