package web

import (
	"net/http"
	"slices"
	"strings"
	"testing"
)

// ClientOf is the address that a request came from.
var ClientOf = clientOf

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
