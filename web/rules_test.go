package web_test

import (
	"net/http"
	"testing"

	"github.com/osrsdiff/osrsdiff/web"
)

// TestEveryRouteHasARole is what a new route without a rule fails; the server
// would not start either.
func TestEveryRouteHasARole(t *testing.T) {
	newBench(t, nil) // fails on a route without a rule
	for _, route := range web.UnroutedRules(t) {
		t.Errorf("the rule of %q is of no route", route)
	}
}

func TestRulesAreEnforced(t *testing.T) {
	b := newBench(t, func(o *web.Options) { o.APIToken, o.Listen = "s3cret", "0.0.0.0:0" })
	for _, tt := range []struct{ method, path string }{
		{http.MethodGet, "/api/players"}, {http.MethodPost, "/api/players/zezima/pause"}, {http.MethodDelete, "/api/players/zezima"},
		{http.MethodPost, "/monitoring/api/queues/fetch:pause"}, {http.MethodDelete, "/monitoring/api/queues/fetch"}, {http.MethodHead, "/"},
	} {
		t.Run(tt.method+tt.path, func(t *testing.T) { b.in(t).call(tt.method, tt.path, "").want(http.StatusUnauthorized, nil) })
	}
}
