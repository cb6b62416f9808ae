package web_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/osrsdiff/osrsdiff/access"
	"github.com/osrsdiff/osrsdiff/store"
	"github.com/osrsdiff/osrsdiff/web"
)

// TestAudit changes things as people do and reads who did.
func TestAudit(t *testing.T) {
	b := newBench(t, func(o *web.Options) { o.Access.TrustedProxies = prefixes(t, "127.0.0.0/8") })
	b.add("Zezima", nil)
	operator, admin := b.token("bot", access.Operator), b.token("me", access.Admin)
	do := func(method, path, authorization string) {
		b.call(method, path, "", "Authorization", authorization, "X-Forwarded-For", "192.0.2.7")
	}
	do(http.MethodPost, "/api/players/zezima/pause", operator)
	do(http.MethodGet, "/api/players/zezima", operator)
	do(http.MethodDelete, "/api/players/zezima", operator) // refused
	do(http.MethodPost, "/api/players/nobody/pause", operator)
	do(http.MethodPost, "/players/zezima/resume", operator)
	do(http.MethodPost, "/monitoring/api/queues/fetch:pause", admin)
	do(http.MethodPost, "/api/schedules/rebuild", admin)
	dryRuns(b, admin)
	do(http.MethodDelete, "/api/tokens/bot", admin)
	b.signIn(strings.TrimPrefix(admin, "Bearer "), "/").want(http.StatusSeeOther, nil)
	var got struct {
		Audit []struct{ Who, Role, From, Action, Target, Old, New string }
		Next  string `json:"next_cursor"`
	}
	b.call(http.MethodGet, "/api/audit?limit=7", "", "Authorization", admin).want(http.StatusOK, &got)
	var lines []string
	for _, e := range got.Audit {
		lines = append(lines, strings.Join([]string{e.Who, e.Role, e.From, e.Action, e.Target, e.Old, e.New}, "|"))
	}
	want := []string{
		"me|admin|127.0.0.1|session.begin|me||",
		"me|admin|192.0.2.7|token.revoke|bot|operator|",
		"me|admin|192.0.2.7|schedule.rebuild|||1 schedules",
		"me|admin|192.0.2.7|POST /monitoring/|/monitoring/api/queues/fetch:pause||",
		"bot|operator|192.0.2.7|player.change|Zezima|paused true|paused false",
		"bot|operator|192.0.2.7|player.change|Zezima|paused false|paused true",
	}
	if strings.Join(lines, "\n") != strings.Join(want, "\n") {
		t.Errorf("the log is\n%s\nwant\n%s", strings.Join(lines, "\n"), strings.Join(want, "\n"))
	}
	b.call(http.MethodGet, "/audit", "", "Authorization", admin).want(http.StatusOK, nil).says("player.change", "192.0.2.7", "me (admin)")
	b.call(http.MethodGet, "/api/audit?limit=2", "", "Authorization", admin).want(http.StatusOK, &got)
	if got.Next == "" || len(got.Audit) != 2 {
		t.Errorf("the first page of two is %+v", got)
	}
}

// dryRuns sends everything that has a dry run as one. None of it is a write.
func dryRuns(b *bench, authorization string) {
	b.t.Helper()
	for path, body := range map[string]string{
		"/api/players/bulk":      `{"action": "pause", "names": ["zezima"], "dry_run": true}`,
		"/api/optouts":           `{"name": "zezima", "dry_run": true}`,
		"/api/schedules/rebuild": `{"dry_run": true}`,
	} {
		b.call(http.MethodPost, path, body, "Authorization", authorization).want(http.StatusOK, nil)
	}
}

// TestNoWriteIsForgotten serves each route that may change something by something
// that notes nothing: the log has it all the same.
func TestNoWriteIsForgotten(t *testing.T) {
	b := newBench(t, nil)
	writes := 0
	for _, route := range web.Rules() {
		method, path, _ := strings.Cut(route, " ")
		if method == http.MethodGet {
			continue
		}
		writes++
		web.ServeSilently(b.options, method, path)
	}
	entries, err := b.store.Audit(t.Context(), store.AuditFilter{Limit: 1000})
	if err != nil || writes == 0 || len(entries) != writes {
		t.Errorf("%d of %d writes are in the log, %v", len(entries), writes, err)
	}
}

func TestTokensOfTheAPI(t *testing.T) {
	b := newBench(t, nil)
	var made struct {
		Token  struct{ Name, Role, State string }
		Secret string
	}
	b.call(http.MethodPost, "/api/tokens", `{"name":"me","role":"admin","expires":"90d"}`).want(http.StatusCreated, &made)
	authorization := "Bearer " + made.Secret
	b.call(http.MethodPost, "/api/tokens", `{"name":"me","role":"viewer"}`, "Authorization", authorization).fails(http.StatusConflict)
	for _, body := range []string{`{"name":"x","role":"root"}`, `{"name":" x","role":"viewer"}`, `{"name":"x","role":"viewer","expires":"soon"}`, `{"role":"viewer"}`} {
		b.call(http.MethodPost, "/api/tokens", body, "Authorization", authorization).fails(http.StatusUnprocessableEntity)
	}
	list := b.call(http.MethodGet, "/api/tokens", "", "Authorization", authorization).want(http.StatusOK, nil)
	list.says(`"name":"me"`, `"expires_at"`, `"last_used_at"`).lacks(made.Secret)
	b.call(http.MethodDelete, "/api/tokens/nobody", "", "Authorization", authorization).fails(http.StatusNotFound)
	b.call(http.MethodDelete, "/api/tokens/me", "", "Authorization", authorization).want(http.StatusNoContent, nil)
	b.call(http.MethodGet, "/api/tokens", "", "Authorization", authorization).fails(http.StatusUnauthorized)
}
