package web

import (
	"encoding/json"
	"errors"
	"html/template"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/osrsdiff/osrsdiff/access"
	"github.com/osrsdiff/osrsdiff/comparison"
	"github.com/osrsdiff/osrsdiff/events"
	"github.com/osrsdiff/osrsdiff/executions"
	"github.com/osrsdiff/osrsdiff/gains"
	"github.com/osrsdiff/osrsdiff/groups"
	"github.com/osrsdiff/osrsdiff/hiscores"
	"github.com/osrsdiff/osrsdiff/player"
	"github.com/osrsdiff/osrsdiff/roster"
	"github.com/osrsdiff/osrsdiff/schedules"
	"github.com/osrsdiff/osrsdiff/store"
	"github.com/osrsdiff/osrsdiff/webhooks"
)

// Problem is the body of every error of the API: RFC 9457 with two members of
// our own.
type Problem struct {
	huma.ErrorModel
	// Known lists the names there are, when the one asked for is not among them.
	Known []string `json:"known,omitempty"`
	// Existing is the tracked player that a new one would be a second spelling of.
	Existing string `json:"existing,omitempty"`
}

// outcomes is the one table from errors to what HTTP says of them. The first
// match counts. What is in no row is an internal error, whose text only the log
// gets.
var outcomes = []struct {
	is     error
	status int
	advice string // said before the error's own text
}{
	{is: player.ErrInvalidName, status: http.StatusUnprocessableEntity},
	{is: player.ErrInvalidInterval, status: http.StatusUnprocessableEntity},
	{is: player.ErrInvalidMode, status: http.StatusUnprocessableEntity},
	{is: comparison.ErrPlayers, status: http.StatusUnprocessableEntity},
	{is: errInvalidTime, status: http.StatusUnprocessableEntity},
	{is: gains.ErrInvalidPeriod, status: http.StatusUnprocessableEntity},
	{is: gains.ErrInvalidZone, status: http.StatusUnprocessableEntity},
	{is: hiscores.ErrInvalidName, status: http.StatusUnprocessableEntity},
	{is: hiscores.ErrNotFound, status: http.StatusNotFound, advice: "the hiscores do not list this player"},
	{is: errUnknownMetric, status: http.StatusNotFound},
	{is: errNothingChosen, status: http.StatusUnprocessableEntity},
	{is: errUnknownStatus, status: http.StatusUnprocessableEntity},
	{is: errNoPage, status: http.StatusNotFound},
	{is: errExclusive, status: http.StatusUnprocessableEntity},
	{is: errNoText, status: http.StatusUnprocessableEntity},
	{is: errTooMany, status: http.StatusUnprocessableEntity},
	{is: errInvalidCursor, status: http.StatusUnprocessableEntity},
	{is: groups.ErrInvalid, status: http.StatusUnprocessableEntity},
	{is: groups.ErrInvalidRoster, status: http.StatusUnprocessableEntity},
	{is: groups.ErrExists, status: http.StatusConflict},
	{is: errNotAdmin, status: http.StatusForbidden},
	{is: store.ErrNotFound, status: http.StatusNotFound},
	{is: executions.ErrNotFound, status: http.StatusNotFound},
	{is: schedules.ErrNotFound, status: http.StatusNotFound},
	{is: store.ErrExists, status: http.StatusConflict},
	{is: store.ErrOptedOut, status: http.StatusConflict},
	{is: store.ErrFlagged, status: http.StatusConflict},
	{is: store.ErrNotFlagged, status: http.StatusConflict},
	{is: store.ErrArchived, status: http.StatusConflict},
	{is: access.ErrInvalidRole, status: http.StatusUnprocessableEntity},
	{is: access.ErrInvalidToken, status: http.StatusUnprocessableEntity},
	{is: access.ErrTokenExists, status: http.StatusConflict},
	{is: webhooks.ErrInvalid, status: http.StatusUnprocessableEntity},
	{is: roster.ErrFalls, status: http.StatusConflict},
	{is: roster.ErrStillListed, status: http.StatusConflict},
	{is: hiscores.ErrRateLimited, status: http.StatusServiceUnavailable, advice: "the hiscores ask for fewer requests; try again later"},
	{is: hiscores.ErrBlocked, status: http.StatusServiceUnavailable, advice: "the hiscores refuse to answer; try again later"},
	{is: hiscores.ErrUnavailable, status: http.StatusServiceUnavailable, advice: "the hiscores do not answer; try again later"},
	{is: errBusy, status: http.StatusServiceUnavailable, advice: "try again later"},
	{is: roster.ErrUnverified, status: http.StatusServiceUnavailable, advice: "try again later, or force it"},
	{is: events.ErrClosed, status: http.StatusServiceUnavailable},
	{is: roster.ErrNoQueue, status: http.StatusServiceUnavailable, advice: "start a Redis and set REDIS_URL"},
}

var (
	// errNoPage says that a page does not exist.
	errNoPage = errors.New("no such page")
	// errInvalidCursor says that a list never gave out such a cursor.
	errInvalidCursor = errors.New("invalid cursor")
	// errExclusive says that two parameters do not go together.
	errExclusive = errors.New("contradictory parameters")
)

// fieldError is an error that knows which part of the request it is about.
type fieldError struct {
	location string
	value    any
	err      error
}

// Error is the text of the error itself.
func (e *fieldError) Error() string { return e.err.Error() }

// Unwrap returns the error itself.
func (e *fieldError) Unwrap() error { return e.err }

// invalid says where in the request a wrong value stood.
func invalid(location string, value any, err error) error {
	return &fieldError{location: location, value: value, err: err}
}

// fieldErrors are several errors, each about a part of the request.
type fieldErrors []*fieldError

// Error is their texts, one a line.
func (f fieldErrors) Error() string { return errors.Join(f.Unwrap()...).Error() }

// Unwrap returns each.
func (f fieldErrors) Unwrap() []error {
	all := make([]error, 0, len(f))
	for _, e := range f {
		all = append(all, e)
	}
	return all
}

// problemOf turns an error into what the caller is told. internal reports that
// the text was withheld, so that someone must log it.
func problemOf(err error) (p *Problem, internal bool) {
	p = newProblem(http.StatusInternalServerError, "something went wrong here; the server's log says what")
	if unknown, ok := errors.AsType[*roster.UnknownTaskError](err); ok {
		p = newProblem(http.StatusNotFound, err.Error())
		p.Known = unknown.Known
		return p, false
	}
	internal = true
	for _, o := range outcomes {
		if errors.Is(err, o.is) {
			p, internal = newProblem(o.status, explain(o.advice, err)), false
			break
		}
	}
	if internal {
		if advice := outage(err); advice != "" {
			p = newProblem(http.StatusServiceUnavailable, advice)
		}
	}
	addDetails(p, err)
	return p, internal
}

func newProblem(status int, detail string) *Problem {
	return &Problem{ErrorModel: huma.ErrorModel{Status: status, Title: http.StatusText(status), Detail: detail}}
}

func explain(advice string, err error) string {
	if advice == "" {
		return err.Error()
	}
	return advice + ": " + err.Error()
}

func addDetails(p *Problem, err error) {
	fields := fieldErrors{}
	if !errors.As(err, &fields) {
		if field, ok := errors.AsType[*fieldError](err); ok {
			fields = fieldErrors{field}
		}
	}
	for _, field := range fields {
		p.Add(&huma.ErrorDetail{Message: field.Error(), Location: field.location, Value: field.value})
	}
	if bad, ok := errors.AsType[*groups.RosterError](err); ok {
		addBadLines(p, bad.Bad)
	}
	if field, ok := errors.AsType[*groups.FieldError](err); ok && len(p.Errors) == 0 {
		p.Add(&huma.ErrorDetail{Message: field.Error(), Location: "body." + field.Field, Value: field.Value})
	}
	if p.Status == http.StatusUnprocessableEntity && len(p.Errors) == 0 {
		p.Add(&huma.ErrorDetail{Message: err.Error(), Location: "request"}) // the text says which part
	}
	if exists, ok := errors.AsType[*store.ExistsError](err); ok {
		p.Existing = exists.Existing.Name.String()
	}
}

// refuse answers a request that never reached an operation, as a problem to
// programs and as a small page to browsers.
func refuse(w http.ResponseWriter, r *http.Request, status int, detail string) {
	p := newProblem(status, detail)
	if !isAPI(r.URL.Path) && strings.Contains(r.Header.Get("Accept"), "text/html") {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.WriteHeader(status)
		_ = refusalPage.Execute(w, p) // the caller is gone
		return
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(p) // the caller is gone
}

// refusalPage uses no file of ours, since its reader may not be let in to them.
var refusalPage = template.Must(template.New("refusal").Parse(`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{.Title}} - OSRS Diff</title></head>
<body><h1>{{.Title}}</h1><p>{{.Detail}}</p><p><a href="/">The first page</a></p></body></html>
`))
