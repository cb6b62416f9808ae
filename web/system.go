package web

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/osrsdiff/osrsdiff/player"
	"github.com/osrsdiff/osrsdiff/store"
	"github.com/osrsdiff/osrsdiff/tasks"
)

// scheduledTaskView is one thing that runs by the clock: a static task declared
// in code, or the fetches of one player.
type scheduledTaskView struct {
	ID          string     `json:"id" example:"player_fetch_123"`
	Kind        string     `json:"kind" enum:"static,player" doc:"static: declared in code; player: the fetches of one player"`
	Type        string     `json:"type" doc:"the type of the task that does the work" example:"player:fetch"`
	Description string     `json:"description,omitempty"`
	Player      string     `json:"player,omitempty"`
	Cron        string     `json:"cron,omitempty" doc:"when a static task runs" example:"0 2 * * *"`
	Zone        string     `json:"zone,omitempty" doc:"the time zone of cron" example:"UTC"`
	Every       string     `json:"every,omitempty" doc:"how often a player is fetched" example:"30m"`
	State       string     `json:"state" enum:"scheduled,paused,missing,unknown" doc:"missing: not in Redis yet, or lost from it until the next reconcile pass; unknown: Redis does not answer"`
	NextRun     *time.Time `json:"next_run,omitempty"`
	LastRun     *time.Time `json:"last_run,omitempty"`
	LastResult  string     `json:"last_result,omitempty"`
	LastError   string     `json:"last_error,omitempty"`
}

// openOperation says in the description that an operation needs no token.
var openOperation = []map[string][]string{{}}

// The states of a scheduled task.
const (
	stateScheduled = "scheduled"
	statePaused    = "paused"
	stateMissing   = "missing"
	stateUnknown   = "unknown"
)

func (s *service) registerSystem(a huma.API) {
	handle(s, a, huma.Operation{
		OperationID: "list-scheduled-tasks", Method: http.MethodGet, Path: "/api/system/scheduled-tasks", Tags: []string{tagSystem},
		Summary: "List what runs by the clock", Errors: []int{http.StatusUnprocessableEntity},
		Description: "The static tasks on the first page, then the players' schedules. Repeat with cursor set to next_cursor until there is none.",
	}, s.listScheduledTasks)
	handle(s, a, huma.Operation{
		OperationID: "trigger-task", Method: http.MethodPost, Path: "/api/system/trigger-task/{name}", Tags: []string{tagSystem},
		DefaultStatus: http.StatusAccepted,
		Summary:       "Run a task now", Errors: []int{http.StatusNotFound, http.StatusConflict, http.StatusServiceUnavailable},
		Description: "name is a static task (with or without _task at its end) or the id of a schedule such as player_fetch_123. " +
			"404 lists the names there are.",
	}, s.triggerTask)
	handle(s, a, huma.Operation{
		OperationID: "alive", Method: http.MethodGet, Path: "/healthz", Tags: []string{tagSystem},
		Summary: "Whether the server is alive", Description: "Asks nothing else. Needs no token.", Security: openOperation,
	}, s.alive)
	handle(s, a, huma.Operation{
		OperationID: "ready", Method: http.MethodGet, Path: "/readyz", Tags: []string{tagSystem},
		DefaultStatus: http.StatusOK,
		Summary:       "Whether players are being fetched", Security: openOperation,
		Description: "Checks the database, Redis, the scheduler's lease, the workers and the oldest overdue player. 503 when one that is needed fails. " +
			"Needs no token; the details of the checks do.",
	}, s.ready)
	alsoAnswers(a.OpenAPI().Paths["/readyz"].Get, http.StatusServiceUnavailable)
}

type scheduledTasksInput struct {
	PageQuery
	Name string `query:"name" doc:"part of a task's id or of a player's name"`
}

type scheduledTasksOutput struct {
	Body struct {
		Tasks      []scheduledTaskView `json:"tasks"`
		NextCursor string              `json:"next_cursor,omitempty" doc:"cursor of the next page; left out on the last one"`
	}
}

func (s *service) listScheduledTasks(ctx context.Context, in *scheduledTasksInput) (*scheduledTasksOutput, error) {
	after, err := in.after()
	if err != nil {
		return nil, err
	}
	out := &scheduledTasksOutput{}
	if in.Cursor == "" {
		if out.Body.Tasks, err = s.staticTasks(ctx, in.Name); err != nil {
			return nil, err
		}
	}
	found, err := s.Players.Players(ctx, scheduleFilter(in.Name, after, in.Limit+1))
	if err != nil {
		return nil, fmt.Errorf("list schedules: %w", err)
	}
	found, out.Body.NextCursor = cursorOf(found, in.Limit)
	ticks := s.nextTicks(ctx, found)
	for _, p := range found {
		out.Body.Tasks = append(out.Body.Tasks, viewSchedule(p, ticks))
	}
	if out.Body.Tasks == nil {
		out.Body.Tasks = []scheduledTaskView{}
	}
	return out, nil
}

// scheduleFilter finds players by part of a name, or the one of a schedule id.
func scheduleFilter(name string, after int64, limit int) store.PlayerFilter {
	if id, ok := tasks.ParseScheduleID(name); ok && after < id {
		return store.PlayerFilter{AfterID: id - 1, Limit: 1}
	}
	return store.PlayerFilter{AfterID: after, Limit: limit, Search: name}
}

// staticTasks lists the tasks declared in code whose id contains name.
func (s *service) staticTasks(ctx context.Context, name string) ([]scheduledTaskView, error) {
	runs, err := s.Totals.LastRuns(ctx)
	if err != nil {
		return nil, fmt.Errorf("last runs of static tasks: %w", err)
	}
	var list []scheduledTaskView
	for _, t := range s.Statics {
		if !strings.Contains(t.ID, name) {
			continue
		}
		next, err := t.Next(s.now())
		if err != nil {
			return nil, fmt.Errorf("next run: %w", err)
		}
		view := scheduledTaskView{
			ID: t.ID, Kind: "static", Type: t.TaskType(), Description: t.Description, Cron: t.Cron, Zone: t.Zone,
			State: stateScheduled, NextRun: happened(next),
		}
		if view.Zone == "" {
			view.Zone = "UTC"
		}
		run := runs[t.ID]
		view.LastRun, view.LastResult = happened(run.Last()), run.Result
		list = append(list, view)
	}
	return list, nil
}

// viewSchedule shows a player's schedule. No ticks at all mean that Redis could
// not be asked.
func viewSchedule(p player.Player, ticks map[int64]time.Time) scheduledTaskView {
	return scheduledTaskView{
		ID: tasks.ScheduleID(p.ID), Kind: "player", Type: tasks.TypeFetch, Player: p.Name.String(), Every: p.Every.String(),
		State: scheduleState(p, ticks), NextRun: happened(ticks[p.ID]),
		LastRun: happened(p.LastFetchedAt), LastResult: string(p.LastResult), LastError: p.LastError,
	}
}

func scheduleState(p player.Player, ticks map[int64]time.Time) string {
	switch {
	case p.Paused:
		return statePaused
	case ticks == nil:
		return stateUnknown
	case ticks[p.ID].IsZero():
		return stateMissing
	}
	return stateScheduled
}

type triggerInput struct {
	Name string `path:"name" example:"check_game_mode_downgrades_task"`
}

type triggerOutput struct {
	Location string `header:"Location" doc:"where the execution can be seen"`
	Body     struct {
		Name    string `json:"name"`
		TaskID  string `json:"task_id"`
		Message string `json:"message"`
	}
}

func (s *service) triggerTask(ctx context.Context, in *triggerInput) (*triggerOutput, error) {
	id, err := s.Trigger.Trigger(ctx, in.Name)
	if err != nil {
		return nil, err // says what was asked already
	}
	out := &triggerOutput{Location: executionURL(id)}
	out.Body.Name, out.Body.TaskID, out.Body.Message = in.Name, id, "the task waits in the queue"
	return out, nil
}
