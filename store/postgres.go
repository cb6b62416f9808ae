package store

import (
	"context"
	"fmt"
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

// connectPostgres opens the one pool that reads and writes share. Queries go
// out by the simple protocol: bun puts the arguments into the text, so prepared
// statements would never be used twice.
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
	pool := stdlib.OpenDB(*cfg)
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
		return fmt.Errorf("%w (closing: %v)", err, pool.Close())
	}
	return nil
}
