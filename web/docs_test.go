package web_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
)

// apiDocument is the description of the API for people who browse the sources.
const apiDocument = "../docs/api.md"

// operation is one as the description lists it.
type operation struct{ method, path, summary string }

func (o operation) String() string { return o.method + " " + o.path }

func (o operation) row() string {
	return fmt.Sprintf("| %s | `%s` | %s |\n", o.method, o.path, o.summary)
}

// operations are those of the description, by path.
func (b *bench) operations() []operation {
	b.t.Helper()
	var api struct {
		Paths map[string]map[string]struct{ Summary string }
	}
	b.call(http.MethodGet, "/openapi.json", "").want(http.StatusOK, &api)
	var ops []operation
	for path, methods := range api.Paths {
		for method, op := range methods {
			ops = append(ops, operation{strings.ToUpper(method), path, op.Summary})
		}
	}
	slices.SortFunc(ops, func(a, b operation) int { return cmp.Or(cmp.Compare(a.path, b.path), cmp.Compare(a.method, b.method)) })
	return ops
}

// TestAPIDocument compares the table of operations with the description. With
// -update it writes the table.
func TestAPIDocument(t *testing.T) {
	text, err := os.ReadFile(apiDocument)
	if err != nil {
		t.Fatal(err)
	}
	const head = "| method | path | what it does |\n|---|---|---|\n"
	before, after, found := strings.Cut(string(text), head)
	if !found {
		t.Fatalf("%s has no table of operations", apiDocument)
	}
	got, rest, _ := strings.Cut(after, "\n\n")
	var want strings.Builder
	for _, op := range newBench(t, nil).operations() {
		want.WriteString(op.row())
	}
	if *update {
		if err := os.WriteFile(apiDocument, []byte(before+head+want.String()+"\n"+rest), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := gocmp.Diff(want.String(), strings.TrimPrefix(got+"\n", "\n")); diff != "" {
		t.Errorf("%s differs (-description +document); write it with: go test ./web -run APIDocument -update\n%s", apiDocument, diff)
	}
}

// TestAPIDocumentNamesWhatExists checks the tables that map the command line and
// the original to operations: each of ours that they name must exist, and each
// that exists is named in one of them or in the table of operations.
func TestAPIDocumentNamesWhatExists(t *testing.T) {
	text, err := os.ReadFile(apiDocument)
	if err != nil {
		t.Fatal(err)
	}
	exists := map[string]bool{}
	for _, op := range newBench(t, nil).operations() {
		exists[op.String()] = true
	}
	named := regexp.MustCompile("`((?:GET|POST|PUT|PATCH|DELETE) /[^` ?]*)`")
	checked := 0
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(strings.ReplaceAll(line, `\|`, "/"), "|")
		if len(cells) != 4 { // no row of two cells
			continue
		}
		for _, match := range named.FindAllStringSubmatch(cells[2], -1) {
			checked++
			if !exists[match[1]] {
				t.Errorf("%s names %s, which does not exist: %s", apiDocument, match[1], strings.TrimSpace(line))
			}
		}
	}
	if checked < 50 {
		t.Errorf("only %d operations were found in the tables of %s", checked, apiDocument)
	}
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
	for path, methods := range api.Paths {
		for method, op := range methods {
			for status, r := range op.Responses {
				if content, ok := r.Content["application/problem+json"]; ok && !strings.Contains(string(content), "schemas/Problem") {
					t.Errorf("%s %s says of %s: %s", method, path, status, content)
				}
			}
		}
	}
	for _, tt := range []struct{ path, method, statuses string }{
		{"/api/players", "post", "201 202 400 401 403 404 409 413 415 422 500 503"},
		{"/api/players/{name}/fetch", "post", "200 202 401 403 404 409 422 500 503"},
		{"/readyz", "get", "200 422 500 503"},
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

// elsewhere finds what makes a browser ask another host.
var elsewhere = regexp.MustCompile(`(src|href|action)="(https?:)?//[^"]*"`)

func TestDocsPage(t *testing.T) {
	b := newBench(t, nil)
	page := b.call(http.MethodGet, "/docs", "").want(http.StatusOK, nil)
	for _, op := range b.operations() {
		page.says(`<span class="method">` + op.method + `</span> <code>` + op.path + `</code>`)
	}
	page.says("how often to fetch", "next_cursor of the page before", "<code>409</code>", `href="/openapi.json"`)
	if found := elsewhere.FindString(page.body); found != "" {
		t.Errorf("the page points to another host: %s", found)
	}
}
