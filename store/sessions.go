package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/osrsdiff/osrsdiff/access"
)

type sessionRow struct {
	bun.BaseModel `bun:"table:sessions,alias:s"`
	Hash          string `bun:"hash,pk"`
	TokenHash     string `bun:"token_hash"`
	CreatedAt     int64  `bun:"created_at"`
	ExpiresAt     int64  `bun:"expires_at"`
}

// AddSession keeps who is signed in.
func (s *Store) AddSession(ctx context.Context, in access.Session) error {
	row := &sessionRow{Hash: in.Hash, TokenHash: in.TokenHash, CreatedAt: micros(in.CreatedAt), ExpiresAt: micros(in.ExpiresAt)}
	if _, err := s.write.NewInsert().Model(row).Exec(ctx); err != nil {
		return fmt.Errorf("keep a session: %w", err)
	}
	return nil
}

// SessionByHash returns the session of a hashed cookie, expired or not. An unknown
// one matches access.ErrUnknown.
func (s *Store) SessionByHash(ctx context.Context, hash string) (access.Session, error) {
	row := new(sessionRow)
	err := s.read.NewSelect().Model(row).Where("s.hash = ?", hash).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return access.Session{}, access.ErrUnknown
	}
	if err != nil {
		return access.Session{}, fmt.Errorf("look a session up: %w", err)
	}
	return access.Session{
		Hash: row.Hash, TokenHash: row.TokenHash, CreatedAt: fromMicros(row.CreatedAt), ExpiresAt: fromMicros(row.ExpiresAt),
	}, nil
}

// EndSession forgets a session. One that is not there is fine.
func (s *Store) EndSession(ctx context.Context, hash string) error {
	if _, err := s.write.NewDelete().Table("sessions").Where("hash = ?", hash).Exec(ctx); err != nil {
		return fmt.Errorf("end a session: %w", err)
	}
	return nil
}

// PruneSessions forgets sessions that expired before a time and says how many.
func (s *Store) PruneSessions(ctx context.Context, before time.Time) (int64, error) {
	res, err := s.write.NewDelete().Table("sessions").Where("expires_at < ?", micros(before)).Exec(ctx)
	if err != nil {
		return 0, fmt.Errorf("prune sessions: %w", err)
	}
	return res.RowsAffected()
}
