package web

import (
	"cmp"
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/osrsdiff/osrsdiff/access"
	"github.com/osrsdiff/osrsdiff/store"
)

// auditPatience bounds the writing of the audit log after a request.
const auditPatience = 5 * time.Second

// AuditLog keeps what callers change. The store is one.
type AuditLog interface {
	// AddAudit puts entries into the log.
	AddAudit(ctx context.Context, entries []access.Entry) error
	// Audit lists the log, the latest entry first.
	Audit(ctx context.Context, f store.AuditFilter) ([]access.Entry, error)
}

// audited serves a request that may change something and writes into the audit log
// what it changed: what was noted on the way, or else its route. What was refused
// or failed changed nothing. Failure policy: the change is made by then, so a log
// that cannot be written is an error in the program's own log.
func (s *service) audited(w http.ResponseWriter, r *http.Request, pattern string, next http.Handler) {
	ctx, trail := access.Begin(r.Context())
	answer := &answerRecorder{ResponseWriter: w}
	next.ServeHTTP(answer, r.WithContext(ctx))
	if answer.code() >= http.StatusBadRequest {
		return
	}
	action := pattern
	if pattern != "" && pattern[0] == '/' {
		action = r.Method + " " + pattern
	}
	entries := trail.Entries(s.now(), access.Change{Action: action, Target: r.URL.Path})
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), auditPatience)
	defer cancel()
	if err := s.Access.Log.AddAudit(ctx, entries); err != nil {
		s.log.ErrorContext(ctx, "could not write the audit log", "action", action, "error", err)
	}
}

// auditView is an entry of the audit log.
type auditView struct {
	ID     int64     `json:"id"`
	At     time.Time `json:"at"`
	Who    string    `json:"who" doc:"the token, or the account that ran a command"`
	Role   string    `json:"role" enum:"anyone,viewer,operator,admin"`
	From   string    `json:"from" doc:"an IP address, or the command line"`
	Action string    `json:"action" example:"player.change"`
	Target string    `json:"target,omitempty" example:"Zezima"`
	Old    string    `json:"old,omitempty"`
	New    string    `json:"new,omitempty"`
}

func viewAudit(e access.Entry) auditView {
	return auditView{
		ID: e.ID, At: e.At.UTC(), Who: e.Name, Role: e.Role.String(), From: e.From,
		Action: e.Action, Target: e.Target, Old: e.Old, New: e.New,
	}
}

func (s *service) registerAudit(a huma.API) {
	handle(s, a, huma.Operation{
		OperationID: "list-audit", Method: http.MethodGet, Path: "/api/audit", Tags: []string{tagAccess},
		Summary: "Who changed what, the latest first", Errors: []int{http.StatusUnprocessableEntity},
		Description: "Every write of API, pages, dashboard and command line. Needs the role admin. Repeat with cursor set to next_cursor until there is none.",
	}, s.listAudit)
}

type listAuditInput struct {
	PageQuery
	Who    string `query:"who" doc:"only what this token or account did"`
	Target string `query:"target" doc:"only what was done to this player, token or task"`
}

type listAuditOutput struct {
	Body struct {
		Audit      []auditView `json:"audit"`
		NextCursor string      `json:"next_cursor,omitempty" doc:"cursor of the next page; left out on the last one"`
	}
}

func (s *service) listAudit(ctx context.Context, in *listAuditInput) (*listAuditOutput, error) {
	before, err := in.after()
	if err != nil {
		return nil, err
	}
	out := &listAuditOutput{}
	out.Body.Audit, out.Body.NextCursor, err = s.auditPageOf(ctx, store.AuditFilter{BeforeID: before, Limit: in.Limit, Who: in.Who, Target: in.Target})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// auditPageOf is a page of the log and the cursor of the one behind it.
func (s *service) auditPageOf(ctx context.Context, f store.AuditFilter) (page []auditView, next string, err error) {
	limit := f.Limit
	f.Limit++
	entries, err := s.Access.Log.Audit(ctx, f)
	if err != nil {
		return nil, "", err
	}
	if len(entries) > limit {
		entries = entries[:limit]
		next = strconv.FormatInt(entries[limit-1].ID, 10)
	}
	page = make([]auditView, 0, len(entries))
	for _, e := range entries {
		page = append(page, viewAudit(e))
	}
	return page, next, nil
}

// auditPage is the page of the audit log.
type auditPage struct {
	layout
	Rows []auditRow
	// Next and First are addresses of other pages. Empty: there is none.
	Next, First string
}

type auditRow struct {
	auditView
	When moment
}

// showAudit answers GET /audit.
func (p *pages) showAudit(w http.ResponseWriter, r *http.Request) {
	query := PageQuery{Cursor: r.URL.Query().Get("after")}
	before, err := query.after()
	if err != nil {
		p.fail(w, r, err)
		return
	}
	entries, next, err := p.auditPageOf(r.Context(), store.AuditFilter{BeforeID: before, Limit: rowsPerPage})
	if err != nil {
		p.fail(w, r, err)
		return
	}
	page := auditPage{layout: p.layout(r.Context(), "Audit log")}
	for _, e := range entries {
		e.Who = cmp.Or(e.Who, "nobody in particular")
		page.Rows = append(page.Rows, auditRow{auditView: e, When: ago(p.now(), e.At, "")})
	}
	if next != "" {
		page.Next = "/audit?after=" + next
	}
	if before > 0 {
		page.First = "/audit"
	}
	p.render(w, r, http.StatusOK, "audit.html", page)
}
