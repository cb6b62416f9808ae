package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"time"
)

// The names in table meta that the store itself uses.
const (
	metaDatabaseID = "database_id"
	metaSitePause  = "site_paused_until"
)

// Meta returns the value that SetMeta stored under a name, and "" when none is.
func (s *Store) Meta(ctx context.Context, name string) (string, error) {
	var value string
	err := s.read.NewSelect().Table("meta").Column("value").Where("name = ?", name).Scan(ctx, &value)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return "", fmt.Errorf("read meta %q: %w", name, err)
	}
	return value, nil
}

// SetMeta stores a value under a name, in place of the one before.
func (s *Store) SetMeta(ctx context.Context, name, value string) error {
	_, err := s.write.ExecContext(ctx, `INSERT INTO meta (name, value) VALUES (?, ?)
		ON CONFLICT (name) DO UPDATE SET value = excluded.value`, name, value)
	if err != nil {
		return fmt.Errorf("write meta %q: %w", name, err)
	}
	return nil
}

// SitePause returns until when the hiscores asked everyone to stay away. It is
// here so that a new Redis can be told. The zero time means they never did.
func (s *Store) SitePause(ctx context.Context) (time.Time, error) {
	value, err := s.Meta(ctx, metaSitePause)
	if err != nil || value == "" {
		return time.Time{}, err
	}
	until, err := strconv.ParseInt(value, 10, 64)
	if err != nil {
		return time.Time{}, fmt.Errorf("read the pause of the site: %w", err)
	}
	return fromMicros(until), nil
}

// SetSitePause remembers a pause of the whole site. It never shortens one.
func (s *Store) SetSitePause(ctx context.Context, until time.Time) error {
	_, err := s.write.ExecContext(ctx, `INSERT INTO meta (name, value) VALUES (?, ?)
		ON CONFLICT (name) DO UPDATE SET value = excluded.value
		WHERE CAST(meta.value AS BIGINT) < CAST(excluded.value AS BIGINT)`,
		metaSitePause, strconv.FormatInt(micros(until), 10))
	if err != nil {
		return fmt.Errorf("write the pause of the site until %v: %w", until, err)
	}
	return nil
}
