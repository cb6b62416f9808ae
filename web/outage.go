package web

import (
	"context"
	"database/sql/driver"
	"errors"
	"net"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/redis/go-redis/v9"
)

// What to do about a server that does not answer. What was asked for is safe to
// repeat.
const (
	databaseAway = "the database does not answer; check DATABASE_URL and that its server runs, then try again"
	redisAway    = "Redis does not answer, so nothing can be queued; check REDIS_URL and that it runs, then try again"
	eitherAway   = "the database or Redis does not answer; /readyz says which; then try again"
)

// outage says which server is away when that is what an error means, and what to
// do; it is empty for any other error.
func outage(err error) string {
	var connect *pgconn.ConnectError
	var network net.Error
	switch {
	case errors.As(err, &connect), errors.Is(err, driver.ErrBadConn):
		return databaseAway
	case errors.Is(err, redis.ErrPoolTimeout), errors.Is(err, redis.ErrClosed), queueError(err):
		return redisAway
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &network):
		return eitherAway
	}
	return ""
}

// queueError recognises what asynq says of Redis. Its errors are not exported and
// most of them drop their cause, so their text is all there is.
func queueError(err error) bool {
	text := err.Error()
	return strings.Contains(text, "redis command error:") || strings.Contains(text, "redis eval error:")
}
