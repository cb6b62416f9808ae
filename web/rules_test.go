package web_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/osrsdiff/osrsdiff/access"
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

// TestRoles sends each kind of request as each kind of caller.
func TestRoles(t *testing.T) {
	b := newBench(t, nil)
	b.add("Zezima", nil)
	callers := []struct {
		role          access.Role
		authorization string
	}{
		{access.Anyone, ""}, {access.Viewer, b.token("viewer", access.Viewer)},
		{access.Operator, b.token("operator", access.Operator)}, {access.Admin, b.token("admin", access.Admin)},
	}
	for _, tt := range []struct {
		method, path string
		need         access.Role
		ok           int
	}{
		{http.MethodGet, "/healthz", access.Anyone, http.StatusOK},
		{http.MethodGet, "/signin", access.Anyone, http.StatusOK},
		{http.MethodGet, "/", access.Viewer, http.StatusOK},
		{http.MethodHead, "/", access.Viewer, http.StatusOK},
		{http.MethodGet, "/api/players", access.Viewer, http.StatusOK},
		{http.MethodGet, "/metrics", access.Viewer, http.StatusOK},
		{http.MethodGet, "/monitoring/api/queues", access.Viewer, http.StatusOK},
		{http.MethodGet, "/nothing", access.Viewer, http.StatusNotFound},
		{http.MethodPost, "/api/players/zezima/pause", access.Operator, http.StatusOK},
		{http.MethodPost, "/players/zezima/resume", access.Operator, http.StatusSeeOther},
		{http.MethodPost, "/monitoring/api/queues/fetch:pause", access.Admin, http.StatusNoContent},
		{http.MethodDelete, "/monitoring/api/queues/fetch", access.Admin, http.StatusNotFound},
		{http.MethodDelete, "/api/players/zezima", access.Admin, http.StatusNoContent},
	} {
		for _, c := range callers {
			t.Run(fmt.Sprint(tt.method, tt.path, " by ", c.role), func(t *testing.T) {
				want := tt.ok
				switch {
				case c.role == access.Anyone && tt.need > access.Anyone:
					want = http.StatusUnauthorized
				case c.role < tt.need:
					want = http.StatusForbidden
				}
				res := b.in(t).call(tt.method, tt.path, "", "Authorization", c.authorization).want(want, nil)
				if want == http.StatusForbidden {
					res.says(c.role.String(), tt.need.String())
				}
			})
		}
	}
}

// TestPublicRead lets strangers read what is about players, and nothing else.
func TestPublicRead(t *testing.T) {
	b := newBench(t, func(o *web.Options) { o.Access.PublicRead = true })
	b.add("Zezima", nil)
	operator := b.token("operator", access.Operator)
	for _, tt := range []struct {
		method, path, authorization string
		status                      int
	}{
		{http.MethodGet, "/", "", http.StatusOK},
		{http.MethodGet, "/api/players", "", http.StatusOK},
		{http.MethodGet, "/api/players", "Bearer wrong", http.StatusUnauthorized},
		{http.MethodGet, "/metrics", "", http.StatusUnauthorized},
		{http.MethodGet, "/monitoring/", "", http.StatusUnauthorized},
		{http.MethodGet, "/monitoring/api/redis_info", "", http.StatusUnauthorized},
		{http.MethodPost, "/api/players/zezima/pause", "", http.StatusUnauthorized},
		{http.MethodPost, "/api/players/zezima/pause", operator, http.StatusOK},
	} {
		t.Run(tt.method+tt.path+tt.authorization, func(t *testing.T) {
			b.in(t).call(tt.method, tt.path, "", "Authorization", tt.authorization).want(tt.status, nil)
		})
	}
	page := b.call(http.MethodGet, "/players/zezima", "", "Accept", "text/html").want(http.StatusOK, nil)
	page.says(`href="/signin"`).lacks("<form method=\"post\"")
	if got := b.ready(http.StatusServiceUnavailable); got.detail("database") != "" {
		t.Errorf("strangers are told of the insides: %+v", got)
	}
}

// TestOpenEndsWithTheFirstToken follows a server that needed none.
func TestOpenEndsWithTheFirstToken(t *testing.T) {
	b := newBench(t, nil)
	b.call(http.MethodGet, "/api/players", "").want(http.StatusOK, nil)
	b.call(http.MethodGet, "/api/players", "", "X-Forwarded-For", "192.0.2.7").want(http.StatusForbidden, nil).says("token add")
	authorization := b.token("me", access.Admin)
	b.call(http.MethodGet, "/api/players", "").want(http.StatusUnauthorized, nil)
	b.call(http.MethodGet, "/api/players", "", "Authorization", authorization).want(http.StatusOK, nil)
	if _, err := b.store.RevokeToken(t.Context(), "me"); err != nil {
		t.Fatal(err)
	}
	for _, a := range []string{"", authorization} {
		b.call(http.MethodGet, "/api/players", "", "Authorization", a).want(http.StatusUnauthorized, nil)
	}
}
