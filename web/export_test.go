package web

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/osrsdiff/osrsdiff/access"
)

// ClientOf is the address that a request came from.
var ClientOf = clientOf

// Rules lists the routes that have a rule.
func Rules() []string { return slices.Sorted(maps.Keys(rules)) }

// ServeSilently sends a request through the audit log to a handler that changes
// something and says nothing of it.
func ServeSilently(opts Options, method, path string) {
	s := &service{Options: opts, log: opts.Log, now: opts.Now}
	m := newRouter(map[string]access.Role{})
	m.rules[method+" "+path] = access.Anyone
	m.audited = s.audited
	m.HandleFunc(method+" "+path, func(http.ResponseWriter, *http.Request) {})
	concrete := strings.NewReplacer("{", "", "}", "").Replace(path)
	m.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(method, concrete, http.NoBody))
}

// Routes lists every route there is, in the order of registration.
func Routes(t *testing.T) []string {
	t.Helper()
	m, err := (&service{}).register(http.NotFoundHandler(), http.NotFoundHandler())
	if err != nil {
		t.Fatal(err)
	}
	return m.patterns
}

// UnroutedRules lists the rules of routes that do not exist.
func UnroutedRules(t *testing.T) []string {
	t.Helper()
	s := &service{door: &door{}}
	m, err := s.register(http.NotFoundHandler(), http.NotFoundHandler())
	if err != nil {
		t.Fatal(err)
	}
	var unrouted []string
	for route := range rules {
		method, path, _ := strings.Cut(route, " ")
		if !slices.Contains(m.patterns, route) && !slices.Contains(m.patterns, path) {
			unrouted = append(unrouted, method+" "+path)
		}
	}
	slices.Sort(unrouted)
	return unrouted
}
