package web

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/redis/go-redis/v9"

	"github.com/osrsdiff/osrsdiff/hiscores"
	"github.com/osrsdiff/osrsdiff/player"
	"github.com/osrsdiff/osrsdiff/roster"
	"github.com/osrsdiff/osrsdiff/schedules"
	"github.com/osrsdiff/osrsdiff/store"
)

// TestProblems walks the one table from errors to statuses, each error wrapped
// as callers wrap it.
func TestProblems(t *testing.T) {
	for _, tt := range []struct {
		name     string
		err      error
		status   int
		internal bool
		says     string
	}{
		{"name", player.ErrInvalidName, http.StatusUnprocessableEntity, false, "invalid player name"},
		{"interval", player.ErrInvalidInterval, http.StatusUnprocessableEntity, false, "invalid interval"},
		{"mode", player.ErrInvalidMode, http.StatusUnprocessableEntity, false, "invalid game mode"},
		{"time", errInvalidTime, http.StatusUnprocessableEntity, false, "invalid time"},
		{"name the hiscores refuse", hiscores.ErrInvalidName, http.StatusUnprocessableEntity, false, ""},
		{"not on the hiscores", hiscores.ErrNotFound, http.StatusNotFound, false, "do not list"},
		{"not tracked", store.ErrNotFound, http.StatusNotFound, false, "not found"},
		{"no schedule", schedules.ErrNotFound, http.StatusNotFound, false, "no such schedule"},
		{"no task", &roster.UnknownTaskError{Name: "x", Known: []string{"a", "b"}}, http.StatusNotFound, false, "a, b"},
		{"tracked", &store.ExistsError{Existing: player.Player{ID: 3}}, http.StatusConflict, false, "player 3"},
		{"rate limited", &hiscores.RateLimitError{}, http.StatusServiceUnavailable, false, "try again later"},
		{"blocked", hiscores.ErrBlocked, http.StatusServiceUnavailable, false, "try again later"},
		{"hiscores away", hiscores.ErrUnavailable, http.StatusServiceUnavailable, false, "try again later"},
		{"no queue", roster.ErrNoQueue, http.StatusServiceUnavailable, false, "REDIS_URL"},
		{"Redis pool", redis.ErrPoolTimeout, http.StatusServiceUnavailable, true, "REDIS_URL"},
		{"asynq's Redis", errors.New("UNKNOWN: redis eval error: dial tcp: refused"), http.StatusServiceUnavailable, true, "REDIS_URL"},
		{"database", &pgconn.ConnectError{}, http.StatusServiceUnavailable, true, "DATABASE_URL"},
		{"connection", driver.ErrBadConn, http.StatusServiceUnavailable, true, "DATABASE_URL"},
		{"network", &net.OpError{Op: "dial", Err: errors.New("refused")}, http.StatusServiceUnavailable, true, "/readyz"},
		{"too slow", context.DeadlineExceeded, http.StatusServiceUnavailable, true, "/readyz"},
		{"anything else", errors.New("secret inside"), http.StatusInternalServerError, true, "log"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p, internal := problemOf(fmt.Errorf("do it: %w", tt.err))
			if p.Status != tt.status || internal != tt.internal || !strings.Contains(p.Detail, tt.says) {
				t.Errorf("problem is %d %q (internal: %v), want %d with %q (%v)", p.Status, p.Detail, internal, tt.status, tt.says, tt.internal)
			}
			if internal && (strings.Contains(p.Detail, "secret") || strings.Contains(p.Detail, "refused")) {
				t.Errorf("detail tells of the inside: %q", p.Detail)
			}
			if p.Title != http.StatusText(tt.status) {
				t.Errorf("title is %q", p.Title)
			}
		})
	}
}
