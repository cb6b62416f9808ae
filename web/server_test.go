package web_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/osrsdiff/osrsdiff/store"
	"github.com/osrsdiff/osrsdiff/web"
)

func TestPortInUse(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	b := newBench(t, func(o *web.Options) { o.Listen = l.Addr().String() })
	err = b.web.Run(t.Context())
	if err == nil || !strings.Contains(err.Error(), l.Addr().String()) || !strings.Contains(err.Error(), "another program") {
		t.Errorf("error is %v", err)
	}
}

func TestNewNeedsRedis(t *testing.T) {
	if _, err := web.New(t.Context(), web.Options{Listen: "127.0.0.1:0"}); err == nil || !strings.Contains(err.Error(), "Redis") {
		t.Errorf("error is %v", err)
	}
}

// slowTotals answers LastRuns when told to.
type slowTotals struct {
	web.Totals
	asked, release chan struct{}
}

func (s slowTotals) LastRuns(ctx context.Context) (map[string]store.StaticRun, error) {
	close(s.asked)
	select {
	case <-s.release:
		return nil, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// TestRunUntilDone ends a server while a request is under way: the request is
// answered, no new ones are, and Run returns without an error.
func TestRunUntilDone(t *testing.T) {
	slow := slowTotals{asked: make(chan struct{}), release: make(chan struct{})}
	b := newBench(t, func(o *web.Options) {
		slow.Totals = o.Totals
		o.Totals = slow
	})
	addr, err := b.web.Listen(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	b.base = "http://" + addr.String()
	ctx, cancel := context.WithCancel(t.Context())
	ran, answered := make(chan error, 1), make(chan int, 1)
	go func() { ran <- b.web.Run(ctx) }()
	go func() {
		res, err := http.Get(b.base + "/api/system/scheduled-tasks")
		if err != nil {
			answered <- 0
			return
		}
		_ = res.Body.Close()
		answered <- res.StatusCode
	}()
	await(t, slow.asked, "the request to arrive")
	cancel()
	select {
	case err := <-ran:
		t.Fatalf("Run returned before the request was answered: %v", err)
	default:
	}
	close(slow.release)
	if status := await(t, answered, "the answer"); status != http.StatusOK {
		t.Errorf("the request under way got %d", status)
	}
	if err := await(t, ran, "Run to return"); err != nil {
		t.Errorf("Run: %v", err)
	}
	if conn, err := net.DialTimeout("tcp", addr.String(), time.Second); err == nil {
		_ = conn.Close()
		t.Error("the port still answers")
	}
}

func await[T any](t *testing.T, c <-chan T, what string) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(20 * time.Second):
		t.Fatalf("still waiting for %s", what)
		panic("unreachable")
	}
}

func TestUnknownPaths(t *testing.T) {
	b := newBench(t, nil)
	for _, tt := range []struct {
		method, path string
		status       int
		says         string
	}{
		{http.MethodGet, "/api/nothing", http.StatusNotFound, "/docs"},
		{http.MethodGet, "/nothing", http.StatusNotFound, "/docs"},
		{http.MethodGet, "/static/nothing.css", http.StatusNotFound, "nothing.css"},
		{http.MethodPut, "/api/players/zezima", http.StatusMethodNotAllowed, "PATCH"},
		{http.MethodPost, "/docs", http.StatusMethodNotAllowed, "GET"},
	} {
		t.Run(tt.method+tt.path, func(t *testing.T) {
			b := b.in(t)
			if p := b.call(tt.method, tt.path, "").fails(tt.status); !strings.Contains(p.Detail, tt.says) {
				t.Errorf("detail is %q", p.Detail)
			}
		})
	}
	t.Run("to a browser", func(t *testing.T) {
		b.in(t).call(http.MethodGet, "/nothing", "", "Accept", "text/html,*/*").want(http.StatusNotFound, nil).says("<h1>Not Found</h1>")
	})
}

func TestStaticFilesAreKept(t *testing.T) {
	b := newBench(t, nil)
	first := b.call(http.MethodGet, "/static/htmx.min.js", "").want(http.StatusOK, nil)
	if ct := first.header.Get("Content-Type"); !strings.HasPrefix(ct, "text/javascript") {
		t.Errorf("content type is %q", ct)
	}
	b.call(http.MethodGet, "/static/htmx.min.js", "", "If-None-Match", first.header.Get("Etag")).want(http.StatusNotModified, nil)
	b.call(http.MethodGet, "/favicon.ico", "").want(http.StatusOK, nil).says("<svg")
}

// TestLog looks for one debug line a request, and for the errors that callers are
// not told.
func TestLog(t *testing.T) {
	var lines bytes.Buffer
	b := newBench(t, func(o *web.Options) {
		o.Log = slog.New(slog.NewJSONHandler(&lines, &slog.HandlerOptions{Level: slog.LevelDebug}))
	})
	b.call(http.MethodGet, "/api/players/nobody?cursor=secret", "").want(http.StatusUnprocessableEntity, nil)
	if err := b.store.Close(); err != nil {
		t.Fatal(err)
	}
	b.call(http.MethodGet, "/api/players/nobody", "").want(http.StatusInternalServerError, nil)
	var got []string
	for line := range strings.Lines(lines.String()) {
		var entry struct {
			Level     string `json:"level"`
			Msg       string `json:"msg"`
			Path      string `json:"path"`
			Operation string `json:"operation"`
			Status    int    `json:"status"`
		}
		if err := json.Unmarshal([]byte(line), &entry); err != nil {
			t.Fatal(err)
		}
		got = append(got, fmt.Sprint(entry.Level, " ", entry.Status, " ", entry.Path+entry.Operation))
	}
	want := []string{"DEBUG 422 /api/players/nobody", "ERROR 500 identify", "DEBUG 500 /api/players/nobody"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("log (-want +got):\n%s", diff)
	}
	if strings.Contains(lines.String(), "secret") {
		t.Error("the log holds a query")
	}
}
