package web_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// operations are what the API offers, as its description must list them.
var operations = []string{
	"DELETE /api/players/{name}",
	"GET /api/activity",
	"GET /api/flags",
	"GET /api/leaderboards/{metric}",
	"GET /api/leaderboards/{metric}/gains",
	"GET /api/players",
	"GET /api/players/{name}",
	"GET /api/players/{name}/gains",
	"GET /api/players/{name}/identity",
	"GET /api/players/{name}/milestones",
	"GET /api/players/{name}/mode-changes",
	"GET /api/players/{name}/records",
	"GET /api/players/{name}/series/{metric}",
	"GET /api/players/{name}/snapshot",
	"GET /api/system/scheduled-tasks",
	"GET /api/system/status",
	"GET /healthz",
	"GET /readyz",
	"PATCH /api/players/{name}",
	"POST /api/players",
	"POST /api/players/{name}/accept",
	"POST /api/players/{name}/fetch",
	"POST /api/players/{name}/pause",
	"POST /api/players/{name}/rename",
	"POST /api/players/{name}/resume",
	"POST /api/players/{name}/split",
	"POST /api/system/trigger-task/{name}",
}

func TestOpenAPI(t *testing.T) {
	b := newBench(t, nil)
	var api struct {
		OpenAPI string `json:"openapi"`
		Paths   map[string]map[string]struct {
			Responses map[string]struct {
				Content map[string]json.RawMessage `json:"content"`
			} `json:"responses"`
		} `json:"paths"`
	}
	b.call(http.MethodGet, "/openapi.json", "").want(http.StatusOK, &api)
	var got []string
	for path, methods := range api.Paths {
		for method, op := range methods {
			got = append(got, strings.ToUpper(method)+" "+path)
			for status, r := range op.Responses {
				if content, ok := r.Content["application/problem+json"]; ok && !strings.Contains(string(content), "schemas/Problem") {
					t.Errorf("%s %s says of %s: %s", method, path, status, content)
				}
			}
		}
	}
	slices.Sort(got)
	if diff := cmp.Diff(operations, got); diff != "" {
		t.Errorf("operations (-want +got):\n%s", diff)
	}
	for _, tt := range []struct{ path, method, statuses string }{
		{"/api/players", "post", "201 202 404 409 422 500 503"},
		{"/api/players/{name}/fetch", "post", "200 202 404 422 500 503"},
		{"/readyz", "get", "200 503 default"},
	} {
		var statuses []string
		for status := range api.Paths[tt.path][tt.method].Responses {
			statuses = append(statuses, status)
		}
		slices.Sort(statuses)
		if s := strings.Join(statuses, " "); s != tt.statuses {
			t.Errorf("%s %s answers %s, want %s", tt.method, tt.path, s, tt.statuses)
		}
	}
}

func TestDocsPage(t *testing.T) {
	b := newBench(t, nil)
	page := b.call(http.MethodGet, "/docs", "").want(http.StatusOK, nil)
	for _, op := range operations {
		method, path, _ := strings.Cut(op, " ")
		page.says(`<span class="method">` + method + `</span> <code>` + path + `</code>`)
	}
	page.says("how often to fetch", "next_cursor of the page before", "<code>409</code>", `href="/openapi.json"`)
	if strings.Contains(page.body, "//unpkg") || strings.Contains(page.body, "https://") {
		t.Error("the page points to another host")
	}
}
