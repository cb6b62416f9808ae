package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/pgdialect"
)

const (
	postgresConns    = 10
	postgresIdleTime = 5 * time.Minute
)

// connectPostgres opens the one pool that reads and writes share. bun's queries go
// out by the simple protocol: it puts the arguments into the text, so prepared
// statements would never be used twice. Those that are prepared (see prepared) find
// rows by their keys, and are planned once instead of each time.
func (s *Store) connectPostgres(ctx context.Context, to target, maxConns int) error {
	cfg, err := pgx.ParseConfig(to.dsn)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrInvalidURL, err)
	}
	cfg.DefaultQueryExecMode = pgx.QueryExecModeSimpleProtocol
	if cfg.ConnectTimeout == 0 || cfg.ConnectTimeout > openTimeout {
		cfg.ConnectTimeout = openTimeout
	}
	if _, named := cfg.RuntimeParams["application_name"]; !named {
		cfg.RuntimeParams["application_name"] = "osrsdiff"
	}
	pool := stdlib.OpenDB(*cfg, stdlib.OptionAfterConnect(func(ctx context.Context, conn *pgx.Conn) error {
		// Not one of the parameters of the connection: PgBouncer refuses those it does not know.
		_, err := conn.Exec(ctx, "SET plan_cache_mode = force_generic_plan")
		return err
	}))
	if maxConns <= 0 {
		maxConns = postgresConns
	}
	pool.SetMaxOpenConns(maxConns)
	pool.SetMaxIdleConns(maxConns)
	pool.SetConnMaxIdleTime(postgresIdleTime)
	s.read = bun.NewDB(pool, pgdialect.New())
	s.write = s.read
	ctx, cancel := context.WithTimeout(ctx, openTimeout)
	defer cancel()
	if err := s.read.PingContext(ctx); err != nil {
		return errors.Join(oneLineError{err}, pool.Close())
	}
	return nil
}

// oneLineError is an error of the driver, which tells every try on a line of its own,
// as one line that says nothing twice.
type oneLineError struct{ error }

// Error joins the lines.
func (e oneLineError) Error() string {
	var text string
	for line := range strings.Lines(e.error.Error()) {
		line = strings.TrimSpace(line)
		switch {
		case strings.Contains(text, line):
		case text == "" || strings.HasSuffix(text, ":"):
			text = strings.TrimSpace(text + " " + line)
		default:
			text += "; " + line
		}
	}
	return text
}

// Unwrap keeps the driver's error for errors.Is and errors.As.
func (e oneLineError) Unwrap() error { return e.error }
