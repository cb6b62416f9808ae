package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/osrsdiff/osrsdiff/player"
	"github.com/osrsdiff/osrsdiff/schedules"
	"github.com/osrsdiff/osrsdiff/status"
	"github.com/osrsdiff/osrsdiff/store"
	"github.com/osrsdiff/osrsdiff/tasks"
)

// ScheduleList lists the schedules in Redis. *schedules.Book is one.
type ScheduleList interface {
	// List returns a page by ascending next tick, and the cursor of the next.
	List(ctx context.Context, f schedules.ListFilter, log *slog.Logger) ([]schedules.Entry, string, error)
	// LastTick returns the tick before the next one. Zero: there was none yet.
	LastTick(e schedules.Entry, p player.Player) time.Time
}

// PlayerIDs finds players by id. The store is one.
type PlayerIDs interface {
	// Player returns the player with an id.
	Player(ctx context.Context, id int64) (player.Player, error)
	// PlayersByID returns those of the players that exist.
	PlayersByID(ctx context.Context, ids []int64) ([]player.Player, error)
}

// Runs tells the last runs of players. The store is one.
type Runs interface {
	// RecentRuns returns the last ten of a player, newest first.
	RecentRuns(ctx context.Context, playerID int64) ([]store.Run, error)
}

var (
	_ Runs         = (*store.Store)(nil)
	_ ScheduleList = (*schedules.Book)(nil)
	_ PlayerIDs    = (*store.Store)(nil)
)

func (s *service) registerSchedules(a huma.API) {
	handle(s, a, huma.Operation{
		OperationID: "list-schedules", Method: http.MethodGet, Path: "/api/schedules", Tags: []string{tagSchedules},
		Summary: "List schedules by their next tick", Errors: []int{http.StatusServiceUnavailable},
		Description: "What Redis holds, the one due next first. Paused ones have no next tick and are left out unless paused asks for them. " +
			"Repeat with cursor set to next_cursor until there is none.",
	}, s.listSchedules)
	handle(s, a, huma.Operation{
		OperationID: "get-schedule", Method: http.MethodGet, Path: "/api/schedules/{id}", Tags: []string{tagSchedules},
		Summary: "Show one schedule, its last runs and what holds it up", Errors: []int{http.StatusNotFound, http.StatusServiceUnavailable},
	}, s.getSchedule)
	handle(s, a, huma.Operation{
		OperationID: "pause-schedule", Method: http.MethodPost, Path: "/api/schedules/{id}/pause", Tags: []string{tagSchedules},
		Summary: "Pause a schedule", Description: "As pausing its player does. Safe to repeat.", Errors: []int{http.StatusNotFound},
	}, s.pauseSchedule)
	handle(s, a, huma.Operation{
		OperationID: "resume-schedule", Method: http.MethodPost, Path: "/api/schedules/{id}/resume", Tags: []string{tagSchedules},
		Summary: "Resume a schedule", Description: "As resuming its player does. Safe to repeat.", Errors: []int{http.StatusNotFound},
	}, s.resumeSchedule)
	handle(s, a, huma.Operation{
		OperationID: "trigger-schedule", Method: http.MethodPost, Path: "/api/schedules/{id}/trigger", Tags: []string{tagSchedules},
		DefaultStatus: http.StatusAccepted,
		Summary:       "Fetch the player of a schedule now", Errors: []int{http.StatusNotFound, http.StatusConflict, http.StatusServiceUnavailable},
		Description: "Paused ones too. Its next tick stays where it is.",
	}, s.triggerSchedule)
}

type listSchedulesInput struct {
	Cursor  string `query:"cursor" maxLength:"200" doc:"next_cursor of the page before; empty for the first page"`
	Limit   int    `query:"limit" default:"50" minimum:"1" maximum:"200"`
	Overdue bool   `query:"overdue" doc:"only those whose tick has come"`
	Paused  bool   `query:"paused" doc:"only paused ones, in no order"`
	Every   string `query:"every" doc:"only those of this interval: 30m, 6h, 7d or a number of minutes" example:"6h"`
	Search  string `query:"search" maxLength:"100" doc:"part of a player's name"`
}

func (in listSchedulesInput) filter() (schedules.ListFilter, error) {
	f := schedules.ListFilter{After: in.Cursor, Limit: in.Limit, Overdue: in.Overdue, Paused: in.Paused, Name: in.Search}
	if in.Overdue && in.Paused {
		return f, invalid("query.overdue", true, fmt.Errorf("%w: overdue and paused: a paused schedule waits for no tick, so choose one of them", errExclusive))
	}
	if in.Every == "" {
		return f, nil
	}
	var err error
	if f.Every, err = player.ParseInterval(in.Every); err != nil {
		return f, invalid("query.every", in.Every, err)
	}
	return f, nil
}

type listSchedulesOutput struct {
	Body struct {
		Schedules  []schedules.Entry `json:"schedules"`
		NextCursor string            `json:"next_cursor,omitempty" doc:"cursor of the next page; left out on the last one"`
		At         time.Time         `json:"at" doc:"by the clock of Redis: what ticks are compared with"`
		Total      int64             `json:"total" doc:"how many schedules there are, matching or not"`
		Paused     int64             `json:"paused" doc:"how many of those are paused"`
		Due        int64             `json:"due" doc:"how many of those have a tick that has come"`
	}
}

func (s *service) listSchedules(ctx context.Context, in *listSchedulesInput) (*listSchedulesOutput, error) {
	f, err := in.filter()
	if err != nil {
		return nil, err
	}
	list, next, err := s.ScheduleList.List(ctx, f, s.log)
	if errors.Is(err, schedules.ErrBadCursor) {
		return nil, badCursor(in.Cursor)
	}
	if err != nil {
		return nil, err // says what was asked already
	}
	stats, err := s.Schedules.Stats(ctx)
	if err != nil {
		return nil, err // says what was asked already
	}
	out := &listSchedulesOutput{}
	out.Body.Schedules, out.Body.NextCursor, out.Body.At = list, next, stats.Now
	if list == nil {
		out.Body.Schedules = []schedules.Entry{}
	}
	out.Body.Total, out.Body.Paused, out.Body.Due = stats.Schedules, max(0, stats.Schedules-stats.Active), stats.Due
	return out, nil
}

// SchedulePath is the part of a path that names a schedule. Exported because huma
// reads only exported members of an input.
type SchedulePath struct {
	ID string `path:"id" doc:"the id of a schedule, or the name of its player" example:"player_fetch_123"`
}

// scheduled finds the player of a schedule. No name has the form of an id: ids are
// longer than names may be.
func (s *service) scheduled(ctx context.Context, typed string) (player.Player, error) {
	id, ok := tasks.ParseScheduleID(typed)
	if !ok {
		name, err := player.ParseName(typed)
		if err != nil {
			return player.Player{}, invalid("path.id", typed, err)
		}
		return s.Players.PlayerByName(ctx, name)
	}
	p, err := s.PlayerIDs.Player(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return p, fmt.Errorf("schedule %q: %w", typed, schedules.ErrNotFound)
	}
	return p, err
}

// scheduleView is one schedule with all there is to know about it.
type scheduleView struct {
	schedules.Entry
	InRedis    bool             `json:"in_redis" doc:"whether Redis holds the schedule"`
	LastTick   time.Time        `json:"last_tick,omitzero"`
	LastResult player.Result    `json:"last_result,omitempty"`
	LastError  string           `json:"last_error,omitempty"`
	Why        []status.Trouble `json:"why" doc:"what keeps it from running as its interval says"`
	Runs       []runView        `json:"runs" doc:"the last ten, newest first"`
	At         time.Time        `json:"at" doc:"by the clock of Redis"`
}

// runView is one fetch that ended.
type runView struct {
	Tick      time.Time     `json:"tick,omitzero" doc:"the tick that asked for it; left out when a person did"`
	ByHand    bool          `json:"by_hand" doc:"whether a person asked for it"`
	StartedAt time.Time     `json:"started_at"`
	EndedAt   time.Time     `json:"ended_at"`
	Result    player.Result `json:"result" example:"changed"`
	Error     string        `json:"error,omitempty"`
}

type scheduleOutput struct{ Body scheduleView }

func (s *service) getSchedule(ctx context.Context, in *SchedulePath) (*scheduleOutput, error) {
	p, err := s.scheduled(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	found, err := s.Standing.Schedule(ctx, p)
	if err != nil {
		return nil, err // says what was asked already
	}
	runs, err := s.Runs.RecentRuns(ctx, p.ID)
	if err != nil {
		return nil, err // says what was asked already
	}
	view := scheduleView{
		Entry: found.Entry, InRedis: found.InRedis, LastTick: found.LastTick, LastResult: p.LastResult, LastError: p.LastError,
		Why: found.Why, Runs: make([]runView, 0, len(runs)), At: found.At,
	}
	for _, r := range runs {
		view.Runs = append(view.Runs, runView{
			Tick: r.Tick, ByHand: r.Tick.IsZero(), StartedAt: r.StartedAt, EndedAt: r.EndedAt, Result: r.Result, Error: r.Error,
		})
	}
	return &scheduleOutput{Body: view}, nil
}

func (s *service) pauseSchedule(ctx context.Context, in *SchedulePath) (*playerOutput, error) {
	p, err := s.scheduled(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return s.pausePlayer(ctx, &PlayerPath{Name: p.Name.String()})
}

func (s *service) resumeSchedule(ctx context.Context, in *SchedulePath) (*playerOutput, error) {
	p, err := s.scheduled(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return s.resumePlayer(ctx, &PlayerPath{Name: p.Name.String()})
}

func (s *service) triggerSchedule(ctx context.Context, in *SchedulePath) (*triggerOutput, error) {
	p, err := s.scheduled(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return s.triggerTask(ctx, &triggerInput{Name: tasks.ScheduleID(p.ID)})
}
