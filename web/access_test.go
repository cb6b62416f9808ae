package web_test

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/osrsdiff/osrsdiff/access"
	"github.com/osrsdiff/osrsdiff/web"
)

func TestCheckListen(t *testing.T) {
	for _, tt := range []struct {
		addr    string
		token   bool
		exposed bool
		wrong   bool
	}{
		{addr: "127.0.0.1:8080"}, {addr: "localhost:0"}, {addr: "[::1]:8080"}, {addr: "127.9.9.9:80"},
		{addr: ":8080", exposed: true}, {addr: "0.0.0.0:8080", exposed: true}, {addr: "[::]:8080", exposed: true},
		{addr: "192.168.1.7:8080", exposed: true}, {addr: "example.org:8080", exposed: true}, {addr: "localhost.example.org:1", exposed: true},
		{addr: ":8080", token: true}, {addr: "0.0.0.0:8080", token: true},
		{addr: "8080", wrong: true}, {addr: "", wrong: true}, {addr: "127.0.0.1:", wrong: true}, {addr: "::1:8080", wrong: true},
	} {
		t.Run(fmt.Sprint(tt.addr, " ", tt.token), func(t *testing.T) {
			err := web.CheckListen(tt.addr, tt.token)
			if errors.Is(err, web.ErrExposed) != tt.exposed || (err != nil) != (tt.exposed || tt.wrong) {
				t.Fatalf("error is %v", err)
			}
			for _, way := range []string{"API_TOKEN", "127.0.0.1", "osrsdiff token add"} {
				if tt.exposed && !strings.Contains(err.Error(), way) {
					t.Errorf("error does not say %q: %v", way, err)
				}
			}
			gate := &access.Gate{}
			if tt.token {
				gate.Fixed = "s3cret"
			}
			_, newErr := web.New(t.Context(), web.Options{Listen: tt.addr, Access: web.Access{Gate: gate}})
			if err != nil && (newErr == nil || newErr.Error() != err.Error()) {
				t.Errorf("New says %v, want %v", newErr, err)
			}
		})
	}
}

// TestListenWithTokensOfTheDatabase starts only while one of them works.
func TestListenWithTokensOfTheDatabase(t *testing.T) {
	b := newBench(t, nil)
	listens := func() error {
		opts := b.options
		opts.Listen = "0.0.0.0:0"
		server, err := web.New(t.Context(), opts)
		if err == nil {
			err = server.Close()
		}
		return err
	}
	if err := listens(); !errors.Is(err, web.ErrExposed) {
		t.Errorf("without a token: %v", err)
	}
	b.token("bot", access.Viewer)
	if err := listens(); err != nil {
		t.Errorf("with one: %v", err)
	}
	if _, err := b.store.RevokeToken(t.Context(), "bot"); err != nil {
		t.Fatal(err)
	}
	if err := listens(); !errors.Is(err, web.ErrExposed) {
		t.Errorf("with one that is revoked: %v", err)
	}
}

func basic(password string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte("anyone:"+password))
}

func TestToken(t *testing.T) {
	b := newBench(t, func(o *web.Options) { o.Access.Gate.Fixed, o.Listen = "s3cret", "0.0.0.0:0" })
	for _, tt := range []struct {
		name, path, authorization string
		status                    int
	}{
		{"API with the token", "/api/players", "Bearer s3cret", http.StatusOK},
		{"API, scheme in lower case", "/api/players", "bearer s3cret", http.StatusOK},
		{"API without", "/api/players", "", http.StatusUnauthorized},
		{"API with a wrong one", "/api/players", "Bearer s3cre", http.StatusUnauthorized},
		{"API with an empty one", "/api/players", "Bearer ", http.StatusUnauthorized},
		{"API with a browser's login", "/api/players", basic("s3cret"), http.StatusUnauthorized},
		{"page with a browser's login", "/", basic("s3cret"), http.StatusUnauthorized},
		{"page with the token", "/", "Bearer s3cret", http.StatusOK},
		{"page without", "/", "", http.StatusUnauthorized},
		{"dashboard with the token", "/monitoring/", "Bearer s3cret", http.StatusOK},
		{"dashboard without", "/monitoring/", "", http.StatusUnauthorized},
		{"dashboard's API without", "/monitoring/api/queues", "", http.StatusUnauthorized},
		{"description without", "/openapi.json", "", http.StatusUnauthorized},
		{"documentation without", "/docs", "", http.StatusUnauthorized},
		{"static file without", "/static/app.css", "", http.StatusOK},
		{"nothing there, without", "/nothing", "", http.StatusUnauthorized},
		{"health without", "/healthz", "", http.StatusOK},
		{"readiness without", "/readyz", "", http.StatusServiceUnavailable},
	} {
		t.Run(tt.name, func(t *testing.T) {
			res := b.in(t).call(http.MethodGet, tt.path, "", "Authorization", tt.authorization).want(tt.status, nil)
			if challenge := res.header.Get("WWW-Authenticate"); tt.status == http.StatusUnauthorized && !strings.HasPrefix(challenge, "Bearer") {
				t.Errorf("challenge is %q", challenge)
			}
		})
	}
	t.Run("details of readiness", func(t *testing.T) {
		b := b.in(t)
		if got := b.ready(http.StatusServiceUnavailable); got.detail("database") != "" || got.failed() != "scheduler worker" {
			t.Errorf("without the token: %+v", got)
		}
		b.call(http.MethodGet, "/readyz", "", "Authorization", "Bearer s3cret").says("answers")
	})
	t.Run("another host name", func(t *testing.T) {
		b.in(t).call(http.MethodGet, "/api/players", "", "Host", "osrs.example.org", "Authorization", "Bearer s3cret").want(http.StatusOK, nil)
	})
}

// TestOtherHostNames asks under names that a hostile page could give 127.0.0.1.
func TestOtherHostNames(t *testing.T) {
	b := newBench(t, nil)
	for _, tt := range []struct {
		host   string
		status int
	}{
		{"localhost:8080", http.StatusOK}, {"LOCALHOST", http.StatusOK}, {"127.0.0.1", http.StatusOK}, {"[::1]:8080", http.StatusOK}, {"[::1]", http.StatusOK},
		{"evil.example", http.StatusMisdirectedRequest}, {"localhost.evil.example:8080", http.StatusMisdirectedRequest},
		{"127.0.0.1.evil.example", http.StatusMisdirectedRequest}, {"192.168.1.7", http.StatusMisdirectedRequest},
	} {
		for _, path := range []string{"/api/players", "/", "/monitoring/api/queues"} {
			t.Run(tt.host+path, func(t *testing.T) {
				b.in(t).call(http.MethodGet, path, "", "Host", tt.host).want(tt.status, nil)
			})
		}
	}
}

func TestCrossOriginWrites(t *testing.T) {
	b := newBench(t, nil)
	b.add("Zezima", nil)
	writes := []string{
		"POST /api/players/zezima/pause", "DELETE /api/players/zezima", "POST /api/system/trigger-task/store:prune",
		"POST /players/zezima/pause", "POST /players", "POST /monitoring/api/queues/fetch:pause", "DELETE /monitoring/api/queues/fetch",
	}
	for _, write := range writes {
		method, path, _ := strings.Cut(write, " ")
		for name, header := range map[string][]string{
			"fetch metadata": {"Sec-Fetch-Site", "cross-site"},
			"same site":      {"Sec-Fetch-Site", "same-site"},
			"origin":         {"Origin", "https://evil.example"},
			"opaque origin":  {"Origin", "null"},
			"plain text":     {"Origin", "https://evil.example", "Content-Type", "text/plain"},
		} {
			t.Run(write+" "+name, func(t *testing.T) {
				b.in(t).call(method, path, "", header...).want(http.StatusForbidden, nil)
			})
		}
	}
	var p playerAnswer
	b.call(http.MethodGet, "/api/players/zezima", "").want(http.StatusOK, &p)
	if p.Paused {
		t.Error("a cross-origin request paused the player")
	}
	t.Run("own page", func(t *testing.T) {
		b := b.in(t)
		b.call(http.MethodPost, "/api/players/zezima/pause", "", "Sec-Fetch-Site", "same-origin", "Origin", b.base).want(http.StatusOK, nil)
	})
	t.Run("reading from elsewhere", func(t *testing.T) {
		b.in(t).call(http.MethodGet, "/api/players", "", "Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example").want(http.StatusOK, nil)
	})
}

func TestSecurityHeaders(t *testing.T) {
	b := newBench(t, nil)
	for _, path := range []string{"/", "/docs", "/api/players", "/static/app.css", "/nothing", "/monitoring/", "/monitoring/api/queues", "/healthz"} {
		t.Run(path, func(t *testing.T) {
			h := b.in(t).call(http.MethodGet, path, "").header
			policy := h.Get("Content-Security-Policy")
			for _, rule := range []string{"default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "script-src 'self'"} {
				if !strings.Contains(policy, rule) {
					t.Errorf("policy lacks %s: %s", rule, policy)
				}
			}
			script, _, _ := strings.Cut(policy[strings.Index(policy, "script-src"):], ";")
			if strings.Contains(script, "unsafe") || strings.Contains(policy, "http") {
				t.Errorf("policy lets in what it should not: %s", policy)
			}
			if !strings.HasPrefix(path, "/monitoring") && strings.Contains(policy, "unsafe") {
				t.Errorf("policy of our own pages is relaxed: %s", policy)
			}
			if h.Get("X-Content-Type-Options") != "nosniff" || h.Get("X-Frame-Options") != "DENY" || h.Get("Referrer-Policy") != "same-origin" {
				t.Errorf("headers are %v", h)
			}
		})
	}
}
