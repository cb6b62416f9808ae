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

// The store keeps tokens and sessions for the gate.
var (
	_ access.Tokens   = (*Store)(nil)
	_ access.Sessions = (*Store)(nil)
)

type tokenRow struct {
	bun.BaseModel `bun:"table:tokens,alias:t"`
	ID            int64  `bun:"id,pk,autoincrement"`
	Name          string `bun:"name"`
	Role          string `bun:"role"`
	Hash          string `bun:"hash"`
	CreatedAt     int64  `bun:"created_at"`
	ExpiresAt     int64  `bun:"expires_at"`
	LastUsedAt    int64  `bun:"last_used_at"`
	RevokedAt     int64  `bun:"revoked_at"`
}

func (r *tokenRow) token() (access.Token, error) {
	role, err := access.ParseRole(r.Role)
	if err != nil {
		return access.Token{}, fmt.Errorf("token %d: %w", r.ID, err)
	}
	return access.Token{
		ID: r.ID, Name: r.Name, Role: role,
		CreatedAt: fromMicros(r.CreatedAt), ExpiresAt: fromMicros(r.ExpiresAt),
		LastUsedAt: fromMicros(r.LastUsedAt), RevokedAt: fromMicros(r.RevokedAt),
	}, nil
}

// AddToken keeps a token and the hash of its secret. A name that another token
// has which was not revoked matches access.ErrTokenExists.
func (s *Store) AddToken(ctx context.Context, t access.Token, hash string) (access.Token, error) {
	row := &tokenRow{
		Name: t.Name, Role: t.Role.String(), Hash: hash, CreatedAt: micros(t.CreatedAt), ExpiresAt: micros(t.ExpiresAt),
	}
	_, err := s.write.NewInsert().Model(row).Returning("id").Exec(ctx)
	if isUnique(err) {
		return access.Token{}, fmt.Errorf("add token %q: %w; revoke that one first, or choose another name", t.Name, access.ErrTokenExists)
	}
	if err != nil {
		return access.Token{}, fmt.Errorf("add token %q: %w", t.Name, err)
	}
	return row.token()
}

// TokenByHash returns the token of a hashed secret, whether it is usable or not.
// An unknown one matches access.ErrUnknown.
func (s *Store) TokenByHash(ctx context.Context, hash string) (access.Token, error) {
	row := new(tokenRow)
	err := s.read.NewSelect().Model(row).Where("t.hash = ?", hash).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return access.Token{}, access.ErrUnknown
	}
	if err != nil {
		return access.Token{}, fmt.Errorf("look a token up: %w", err)
	}
	return row.token()
}

// UseToken remembers that a token was used at a time.
func (s *Store) UseToken(ctx context.Context, id int64, at time.Time) error {
	_, err := s.write.NewUpdate().Table("tokens").Set("last_used_at = ?", micros(at)).
		Where("id = ? AND last_used_at < ?", id, micros(at)).Exec(ctx)
	if err != nil {
		return fmt.Errorf("note the use of token %d: %w", id, err)
	}
	return nil
}

// Tokens lists all tokens, those revoked included, the newest first.
func (s *Store) Tokens(ctx context.Context) ([]access.Token, error) {
	var rows []tokenRow
	if err := s.read.NewSelect().Model(&rows).OrderExpr("t.id DESC").Scan(ctx); err != nil {
		return nil, fmt.Errorf("list tokens: %w", err)
	}
	tokens := make([]access.Token, 0, len(rows))
	for i := range rows {
		t, err := rows[i].token()
		if err != nil {
			return nil, fmt.Errorf("list tokens: %w", err)
		}
		tokens = append(tokens, t)
	}
	return tokens, nil
}

// AnyToken reports whether a token was ever made. Revoked and expired ones count:
// with the last of them a server is closed, not open.
func (s *Store) AnyToken(ctx context.Context) (bool, error) {
	found, err := s.read.NewSelect().Table("tokens").Exists(ctx)
	if err != nil {
		return false, fmt.Errorf("look for tokens: %w", err)
	}
	return found, nil
}

// RevokeToken ends a token and its sessions at once and returns it. A name that
// no token has, or only revoked ones, matches ErrNotFound.
func (s *Store) RevokeToken(ctx context.Context, name string) (access.Token, error) {
	var revoked access.Token
	err := s.inTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		row := new(tokenRow)
		err := s.forUpdate(tx.NewSelect().Model(row).Where("t.name = ? AND t.revoked_at = 0", name)).Scan(ctx)
		if errors.Is(err, sql.ErrNoRows) {
			return ErrNotFound
		}
		if err != nil {
			return err
		}
		row.RevokedAt = micros(s.now())
		if _, err := tx.NewUpdate().Model(row).WherePK().Column("revoked_at").Exec(ctx); err != nil {
			return err
		}
		if _, err := tx.NewDelete().Table("sessions").Where("token_hash = ?", row.Hash).Exec(ctx); err != nil {
			return err
		}
		revoked, err = row.token()
		return err
	})
	if err != nil {
		return access.Token{}, fmt.Errorf("revoke token %q: %w", name, err)
	}
	return revoked, nil
}
