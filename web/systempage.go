package web

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/osrsdiff/osrsdiff/executions"
	"github.com/osrsdiff/osrsdiff/permits"
	"github.com/osrsdiff/osrsdiff/status"
)

// systemPath is where the pages show how everything stands.
const systemPath = "/system"

// systemFailures is how many of the latest failures the page shows.
const systemFailures = 20

// systemPage shows how everything stands: what osrsdiff status prints.
type systemPage struct {
	layout
	Done string
	// Away says that Redis does not answer, so that only Tasks are known.
	Away     string
	Troubles []string
	Leader   string
	Roles    []roleRow
	Facts    []fact
	Queues   []queueRow
	Tasks    []taskRow
	Failures []failureRow
}

// fact is one short thing to know.
type fact struct{ Name, Value, Tone string }

// roleRow is a process that takes part.
type roleRow struct {
	Role, Process, Work string
	Started             moment
}

type queueRow struct {
	Name, URL                                  string
	Pending, Active, Scheduled, Retry, Archive string
	Oldest                                     string
	Paused                                     bool
}

// taskRow is a task that runs by the clock.
type taskRow struct {
	ID, Description, Cron, Result string
	Next, Last                    moment
}

// failureRow is a fetch that failed. Retry is what to trigger to repeat it.
type failureRow struct {
	What, URL, State, Error, Retry string
	At                             moment
}

// showSystem answers GET /system.
func (p *pages) showSystem(w http.ResponseWriter, r *http.Request) {
	page, err := p.systemPage(r.Context())
	if err != nil {
		p.fail(w, r, err)
		return
	}
	if name := r.URL.Query().Get("done"); p.triggers(name) {
		page.Done = name + " waits in the queue."
	}
	p.render(w, r, http.StatusOK, "system.html", page)
}

// submitTrigger answers the buttons that run a task or repeat a fetch.
func (p *pages) submitTrigger(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		refuse(w, r, http.StatusBadRequest, "the form could not be read")
		return
	}
	name := r.PostForm.Get("name")
	if _, err := p.Trigger.Trigger(r.Context(), name); err != nil {
		p.fail(w, r, err)
		return
	}
	seeOther(w, r, systemPath+"?"+url.Values{"done": {name}}.Encode())
}

// triggers reports whether a name is one that Trigger may know, so that the page
// says nothing else that an address makes up.
func (p *pages) triggers(name string) bool {
	for _, s := range p.Statics {
		if s.ID == name {
			return true
		}
	}
	return isSchedule(name)
}

func (p *pages) systemPage(ctx context.Context) (systemPage, error) {
	page := systemPage{layout: p.layout(ctx, "System")}
	list, err := p.staticTasks(ctx, "")
	if err != nil {
		return page, err
	}
	for _, t := range list {
		page.Tasks = append(page.Tasks, p.taskRow(t))
	}
	found, err := p.status(ctx, nil)
	if err != nil {
		page.Away = p.problem(ctx, systemPath, err).Detail
		return page, nil
	}
	page.fill(found.Body)
	page.Failures, err = p.failures(ctx)
	return page, err
}

func (p *pages) taskRow(t scheduledTaskView) taskRow {
	row := taskRow{ID: t.ID, Description: t.Description, Cron: t.Cron, Result: cmp.Or(t.LastResult, "none yet")}
	if t.Zone != "UTC" {
		row.Cron += " " + t.Zone
	}
	now := p.now()
	row.Next, row.Last = ahead(now, timeAt(t.NextRun), "unknown"), ago(now, timeAt(t.LastRun), "never")
	return row
}

// timeAt is the zero time for one that is left out.
func timeAt(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return *t
}

// fill puts the status on the page.
func (page *systemPage) fill(s status.Status) {
	for _, trouble := range s.Troubles {
		page.Troubles = append(page.Troubles, trouble.Detail)
	}
	page.Leader = "none"
	if s.Scheduler.Leader != "" {
		page.Leader = fmt.Sprintf("%s, lease renewed %.1f s ago", s.Scheduler.Leader, s.Scheduler.LeaseAge)
	}
	page.Facts = factsOf(s)
	for _, pr := range s.Processes {
		page.Roles = append(page.Roles, roleRow{
			Role: string(pr.Role), Process: fmt.Sprintf("%s:%d", pr.Host, pr.PID),
			Work: fmt.Sprintf("%d of %d", pr.Active, pr.Concurrency), Started: ago(s.At, pr.Started, "unknown"),
		})
	}
	for _, q := range s.Queues {
		page.Queues = append(page.Queues, queueRow{
			Name: q.Name, URL: monitoringPath + "/queues/" + url.PathEscape(q.Name), Paused: q.Paused,
			Pending: count(q.Pending), Active: count(q.Active), Scheduled: count(q.Scheduled), Retry: count(q.Retry), Archive: count(q.Archived),
			Oldest: roughly(secondsOf(q.Latency)),
		})
	}
}

func count(n int) string { return grouped(int64(n)) }

func secondsOf(n float64) time.Duration { return time.Duration(n * float64(time.Second)) }

// factsOf are the numbers of osrsdiff status.
func factsOf(s status.Status) []fact {
	workers, active, room := s.Workers()
	list := []fact{
		{Name: "Schedulers", Value: count(s.Scheduler.Processes), Tone: toneOf(s.Scheduler.Processes == 0)},
		{Name: "Workers", Value: fmt.Sprintf("%d, with %d of %d fetches under way", workers, active, room), Tone: toneOf(workers == 0)},
		{Name: "Schedules", Value: fmt.Sprintf("%s, %s paused", grouped(s.Schedules.Total), grouped(s.Schedules.Paused))},
		{Name: "Due now", Value: grouped(s.Schedules.Due)},
		{Name: "Oldest overdue", Value: "none"},
		{Name: "Lag p50, p99", Value: "no tick lately"},
		{Name: "Demand", Value: fmt.Sprintf("%.2f requests/s", s.Demand.PerSecond), Tone: toneOf(s.Demand.Exceeds())},
		{Name: "Limit", Value: "none"},
		{Name: "Circuit breaker", Value: breakerWord(s.Hiscores), Tone: toneOf(s.Hiscores.Breaker != permits.Closed)},
	}
	if s.Schedules.Due > 0 {
		list[4].Value = roughly(secondsOf(s.Schedules.OldestOverdue))
	}
	if s.Lag.Ticks > 0 {
		list[5].Value = fmt.Sprintf("%.1f s, %.1f s", s.Lag.P50, s.Lag.P99)
	}
	if s.Demand.Limit > 0 {
		list[7].Value = fmt.Sprintf("%.2f requests/s", s.Demand.Limit)
	}
	return list
}

func toneOf(trouble bool) string {
	if trouble {
		return "bad"
	}
	return ""
}

// breakerWord says how the circuit breaker stands.
func breakerWord(h status.Hiscores) string {
	word := strings.ReplaceAll(string(h.Breaker), "_", " ")
	if h.Failures > 0 {
		word += fmt.Sprintf(", %d failures in a row", h.Failures)
	}
	if h.Paused > 0 {
		word += ", asked to stay away for " + roughly(secondsOf(h.Paused))
	}
	return word
}

// failures lists what failed lately: what comes again, what was given up, and
// fetches whose tries were used up.
func (p *pages) failures(ctx context.Context) ([]failureRow, error) {
	now := p.now()
	rows := []failureRow{}
	for _, state := range []executions.State{executions.Retry, executions.Archived, executions.Failed} {
		found, err := p.listExecutions(ctx, &listExecutionsInput{State: string(state), Limit: systemFailures})
		if err != nil {
			return nil, err // says what was asked already
		}
		for _, e := range found.Body.Executions {
			rows = append(rows, failureOf(e, now))
		}
	}
	return rows[:min(len(rows), systemFailures)], nil
}

func failureOf(e executions.Execution, now time.Time) failureRow {
	row := failureRow{What: cmp.Or(e.Player, e.Type), Error: cmp.Or(e.Error, "unknown"), At: ago(now, e.EndedAt, "not over")}
	switch e.State {
	case executions.Retry:
		row.State = "comes again " + ahead(now, e.NextAt, "soon").Words
	case executions.Archived:
		row.State = "given up, in the queue " + e.Queue
	default:
		row.State = "failed"
	}
	if e.Player != "" {
		row.URL = "/players/" + url.PathEscape(e.Player)
	}
	if isSchedule(e.TaskID) {
		row.Retry = e.TaskID
	}
	return row
}

// indented is a value as JSON for people.
func indented(v any) (string, error) {
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return "", fmt.Errorf("write as JSON: %w", err)
	}
	return string(text), nil
}
