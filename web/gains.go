package web

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/osrsdiff/osrsdiff/gains"
	"github.com/osrsdiff/osrsdiff/hiscores"
	"github.com/osrsdiff/osrsdiff/store"
)

// Achievements answers what a player reached. The store is one.
type Achievements interface {
	// Records returns the most each metric grew within a day, a week and a month.
	Records(ctx context.Context, playerID int64) ([]gains.Record, error)
	// Milestones returns what was reached, the latest first.
	Milestones(ctx context.Context, playerID int64) ([]gains.Milestone, error)
}

var _ Achievements = (*store.Store)(nil)

func (s *service) registerGains(a huma.API) {
	handle(s, a, huma.Operation{
		OperationID: "get-gains", Method: http.MethodGet, Path: "/api/players/{name}/gains", Tags: []string{tagValues},
		Summary: "What changed between two times", Errors: []int{http.StatusNotFound},
		Description: "Between any two times, or over a period: a rolling one, or one of the calendar of a time zone. " +
			"Compares the last values at or before each of the two times, or with the first ones when tracking began later. What was unknown before is first_seen, never a gain.",
	}, s.getGains)
	handle(s, a, huma.Operation{
		OperationID: "get-records", Method: http.MethodGet, Path: "/api/players/{name}/records", Tags: []string{tagValues},
		Summary: "The most a player gained in a day, a week and a month", Errors: []int{http.StatusNotFound},
		Description: "Of every metric: the most that it grew within 24 hours, 7 times and 30 times that, over every stretch of time and not only those of the calendar. " +
			"A value's first appearance and its first rise from zero count for none, since they may be older than the row itself.",
	}, s.getRecords)
	handle(s, a, huma.Operation{
		OperationID: "get-milestones", Method: http.MethodGet, Path: "/api/players/{name}/milestones", Tags: []string{tagValues},
		Summary: "What a player reached, and when", Errors: []int{http.StatusNotFound},
		Description: "The latest first. The date lies between two fetches, or is not known of what the first known values showed already; those come last.",
	}, s.getMilestones)
}

// WindowQuery is the part of a query that chooses a stretch of time. Exported
// because huma reads only exported members of an input.
type WindowQuery struct {
	PeriodQuery
	Period   string `query:"period" enum:"day,week,month,year" doc:"instead of from: 24 hours, 7, 30 or 365 times that, up to to"`
	Calendar bool   `query:"calendar" doc:"with period: the day, the week from Monday, the month or the year that holds to, as far as it has come"`
	Zone     string `query:"zone" doc:"with calendar: the IANA time zone whose calendar it is; UTC when left out" example:"Europe/Berlin"`
}

// window is the stretch of time that is meant; without any wish the last 24 hours.
func (in WindowQuery) window(now time.Time) (gains.Window, error) {
	if in.Period == "" {
		if in.Calendar || in.Zone != "" {
			return gains.Window{}, invalid("query.period", "", fmt.Errorf("%w: calendar and zone need a period: day, week, month or year", errInvalidTime))
		}
		span, err := parsePeriod(in.From, in.To, now)
		return gains.Window(span), err
	}
	if in.From != "" {
		return gains.Window{}, invalid("query.from", in.From, fmt.Errorf("%w: from and period exclude each other", errInvalidTime))
	}
	if in.Zone != "" && !in.Calendar {
		return gains.Window{}, invalid("query.zone", in.Zone, fmt.Errorf("%w: zone needs calendar=true; a rolling period is the same everywhere", errInvalidTime))
	}
	period, err := gains.ParsePeriod(in.Period)
	if err != nil {
		return gains.Window{}, invalid("query.period", in.Period, err)
	}
	zone, err := gains.Zone(in.Zone)
	if err != nil {
		return gains.Window{}, invalid("query.zone", in.Zone, err)
	}
	at, err := parseMoment("to", in.To, now, now)
	if err != nil {
		return gains.Window{}, err
	}
	choice := gains.Choice{Period: period, Calendar: in.Calendar, Zone: zone, At: at}
	w := choice.Window(now)
	if w.To.Before(w.From) {
		return w, invalid("query.to", in.To, fmt.Errorf("%w: to %q: must not be in the future", errInvalidTime, in.To))
	}
	return gains.Window{From: w.From.UTC(), To: w.To.UTC()}, nil
}

type gainsInput struct {
	PlayerPath
	WindowQuery
}

type gainsOutput struct {
	Body struct {
		Player  string       `json:"player"`
		From    time.Time    `json:"from"`
		To      time.Time    `json:"to"`
		Changes []changeView `json:"changes"`
	}
}

func (s *service) getGains(ctx context.Context, in *gainsInput) (*gainsOutput, error) {
	window, err := in.window(s.now())
	if err != nil {
		return nil, err
	}
	p, err := s.find(ctx, in.Name)
	if err != nil {
		return nil, err
	}
	changes, err := s.Values.Gains(ctx, p.ID, window.From, window.To)
	if err != nil {
		return nil, fmt.Errorf("gains of player %q: %w", p.Name, err)
	}
	out := &gainsOutput{}
	out.Body.Player, out.Body.From, out.Body.To = p.Name.String(), window.From, window.To
	out.Body.Changes = make([]changeView, 0, len(changes))
	for _, c := range changes {
		out.Body.Changes = append(out.Body.Changes, viewChange(c))
	}
	return out, nil
}

func viewChange(c hiscores.Change) changeView {
	return changeView{
		Metric: c.Metric, Kind: string(c.Kind), What: string(c.What), Before: known(c.Before), After: known(c.After),
		LevelBefore: known(c.LevelBefore), LevelAfter: known(c.LevelAfter), Gain: c.Gain,
	}
}

type recordView struct {
	Metric string    `json:"metric"`
	Kind   string    `json:"kind" enum:"skill,activity"`
	Period string    `json:"period" enum:"day,week,month"`
	Gain   int64     `json:"gain"`
	From   time.Time `json:"from"`
	To     time.Time `json:"to" doc:"when the fetch came that completed it"`
}

type recordsOutput struct {
	Body struct {
		Player     string       `json:"player"`
		Records    []recordView `json:"records"`
		NextCursor string       `json:"next_cursor,omitempty" doc:"cursor of the next page; left out on the last one"`
	}
}

// playerListInput asks for a page of what there is of one player.
type playerListInput struct {
	PlayerPath
	PageQuery
}

func (s *service) getRecords(ctx context.Context, in *playerListInput) (*recordsOutput, error) {
	p, err := s.find(ctx, in.Name)
	if err != nil {
		return nil, err
	}
	records, err := s.Achievements.Records(ctx, p.ID)
	if err != nil {
		return nil, fmt.Errorf("records of player %q: %w", p.Name, err)
	}
	out := &recordsOutput{}
	records, out.Body.NextCursor, err = pageOf(records, in.PageQuery)
	if err != nil {
		return nil, err
	}
	out.Body.Player, out.Body.Records = p.Name.String(), make([]recordView, 0, len(records))
	for _, r := range records {
		out.Body.Records = append(out.Body.Records, recordView{
			Metric: r.Metric, Kind: string(r.Kind), Period: string(r.Period), Gain: r.Gain, From: r.From.UTC(), To: r.To.UTC(),
		})
	}
	return out, nil
}

type milestoneView struct {
	Metric string     `json:"metric"`
	Kind   string     `json:"kind" enum:"level,xp,score,base,total_level,maxed" doc:"base: every skill has that level; maxed: every skill has 99"`
	Goal   int64      `json:"goal" doc:"the level, experience or score reached"`
	Date   string     `json:"date" enum:"exact,between,unknown" doc:"exact: a minute lies between the two fetches at most; unknown: reached before tracking began, or before the hiscores stated the value"`
	After  *time.Time `json:"after,omitempty" doc:"the last fetch that did not show it"`
	By     *time.Time `json:"by,omitempty" doc:"the fetch that did"`
}

// dateWord says how well it is known when a milestone was reached.
func dateWord(m gains.Milestone) string {
	switch {
	case m.Exact():
		return "exact"
	case m.Dated():
		return "between"
	}
	return "unknown"
}

type milestonesOutput struct {
	Body struct {
		Player     string          `json:"player"`
		Milestones []milestoneView `json:"milestones"`
		NextCursor string          `json:"next_cursor,omitempty" doc:"cursor of the next page; left out on the last one"`
	}
}

func (s *service) getMilestones(ctx context.Context, in *playerListInput) (*milestonesOutput, error) {
	p, err := s.find(ctx, in.Name)
	if err != nil {
		return nil, err
	}
	milestones, err := s.Achievements.Milestones(ctx, p.ID)
	if err != nil {
		return nil, fmt.Errorf("milestones of player %q: %w", p.Name, err)
	}
	out := &milestonesOutput{}
	milestones, out.Body.NextCursor, err = pageOf(milestones, in.PageQuery)
	if err != nil {
		return nil, err
	}
	out.Body.Player, out.Body.Milestones = p.Name.String(), make([]milestoneView, 0, len(milestones))
	for _, m := range milestones {
		out.Body.Milestones = append(out.Body.Milestones, milestoneView{
			Metric: m.Metric, Kind: string(m.Kind), Goal: m.Goal, Date: dateWord(m), After: happened(m.After), By: happened(m.By),
		})
	}
	return out, nil
}

// virtualLevel is the level that experience amounts to beyond 99. It is nil for
// what has no such level.
func virtualLevel(metric string, kind hiscores.Kind, xp hiscores.Number) *int64 {
	value, ok := xp.Get()
	if !ok || kind != hiscores.Skill || hiscores.MetricKey(metric) == hiscores.MetricKey(hiscores.Overall) {
		return nil
	}
	level := hiscores.VirtualLevel(value)
	return &level
}
