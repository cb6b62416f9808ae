package access

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"time"
)

// SessionLength is how long a browser stays signed in.
const SessionLength = 14 * 24 * time.Hour

// usedEvery is how exactly the last use of a token is known. Writing it with
// each request would make every read a write.
const usedEvery = time.Minute

// Issuer makes and ends API tokens; *store.Store does. Unknown ones match
// ErrUnknown.
type Issuer interface {
	// AddToken keeps a token and the hash of its secret. A name in use matches
	// ErrTokenExists.
	AddToken(ctx context.Context, t Token, hash string) (Token, error)
	// RevokeToken ends a token in use and its sessions, and returns it.
	RevokeToken(ctx context.Context, name string) (Token, error)
}

// Tokens knows the API tokens; *store.Store does. Unknown ones match ErrUnknown.
type Tokens interface {
	// TokenByHash returns the token of a secret, usable or not.
	TokenByHash(ctx context.Context, hash string) (Token, error)
	// UseToken remembers when a token was used last.
	UseToken(ctx context.Context, id int64, at time.Time) error
}

// Sessions keeps who is signed in; *store.Store does. Unknown ones match
// ErrUnknown.
type Sessions interface {
	// AddSession keeps a session.
	AddSession(ctx context.Context, s Session) error
	// SessionByHash returns the session of a cookie, expired or not.
	SessionByHash(ctx context.Context, hash string) (Session, error)
	// EndSession forgets a session. One that is not there is fine.
	EndSession(ctx context.Context, hash string) error
}

// Session is a browser that is signed in. It proves what the token proves that it
// was made with, and nothing more once that is revoked or has expired.
type Session struct {
	// Hash is that of the cookie, TokenHash that of the token.
	Hash, TokenHash string
	// CreatedAt and ExpiresAt bound it.
	CreatedAt, ExpiresAt time.Time
}

// Gate tells who a caller is by what the caller sends.
type Gate struct {
	// Issuer, Tokens and Sessions keep what there is to know.
	Issuer   Issuer
	Tokens   Tokens
	Sessions Sessions
	// Fixed is a secret from the settings that proves an admin. Empty: there is
	// none.
	Fixed string
	// Now is the clock.
	Now func() time.Time
}

// FixedName is what the bearer of the secret from the settings is called.
const FixedName = "API_TOKEN"

// Issue makes a token and returns its secret, which nobody can ask for again.
func (g *Gate) Issue(ctx context.Context, t Token) (Token, string, error) {
	t.CreatedAt = g.Now()
	if err := t.Validate(); err != nil {
		return Token{}, "", err
	}
	secret := newSecret()
	kept, err := g.Issuer.AddToken(ctx, t, hash(secret))
	if err != nil {
		return Token{}, "", fmt.Errorf("make token %q: %w", t.Name, err)
	}
	Note(ctx, Change{Action: "token.add", Target: kept.Name, New: kept.Role.String()})
	return kept, secret, nil
}

// Revoke ends a token and the sessions of those who signed in with it, at once.
func (g *Gate) Revoke(ctx context.Context, name string) (Token, error) {
	revoked, err := g.Issuer.RevokeToken(ctx, name)
	if err != nil {
		return Token{}, err
	}
	Note(ctx, Change{Action: "token.revoke", Target: revoked.Name, Old: revoked.Role.String()})
	return revoked, nil
}

// Bearer returns the caller that a secret proves. One that proves nothing matches
// ErrUnknown.
func (g *Gate) Bearer(ctx context.Context, secret string) (Caller, error) {
	if secret == "" {
		return Caller{}, ErrUnknown
	}
	return g.bearer(ctx, hash(secret))
}

func (g *Gate) bearer(ctx context.Context, hashed string) (Caller, error) {
	if g.Fixed != "" && subtle.ConstantTimeCompare([]byte(hash(g.Fixed)), []byte(hashed)) == 1 {
		return Caller{Name: FixedName, Role: Admin}, nil
	}
	t, err := g.Tokens.TokenByHash(ctx, hashed)
	if err != nil {
		return Caller{}, err
	}
	now := g.Now()
	if !t.Usable(now) {
		return Caller{}, fmt.Errorf("%w: it is %s", ErrUnknown, t.Standing(now))
	}
	if now.Sub(t.LastUsedAt) >= usedEvery {
		if err := g.Tokens.UseToken(ctx, t.ID, now); err != nil {
			return Caller{}, err
		}
	}
	return Caller{Name: t.Name, Role: t.Role}, nil
}

// SignIn begins a session for whoever knows a secret and returns its cookie. A
// secret that proves nothing matches ErrUnknown.
func (g *Gate) SignIn(ctx context.Context, secret string) (cookie string, caller Caller, err error) {
	if caller, err = g.Bearer(ctx, secret); err != nil {
		return "", Caller{}, err
	}
	cookie = newSecret()
	now := g.Now()
	s := Session{Hash: hash(cookie), TokenHash: hash(secret), CreatedAt: now, ExpiresAt: now.Add(SessionLength)}
	if err := g.Sessions.AddSession(ctx, s); err != nil {
		return "", Caller{}, fmt.Errorf("sign in %s: %w", caller.Name, err)
	}
	Became(ctx, caller)
	Note(ctx, Change{Action: "session.begin", Target: caller.Name})
	return cookie, caller, nil
}

// Session returns the caller that a cookie proves. One that proves nothing, or no
// longer, matches ErrUnknown.
func (g *Gate) Session(ctx context.Context, cookie string) (Caller, error) {
	s, err := g.Sessions.SessionByHash(ctx, hash(cookie))
	if err != nil {
		return Caller{}, err
	}
	if !g.Now().Before(s.ExpiresAt) {
		return Caller{}, fmt.Errorf("%w: the session has expired", ErrUnknown)
	}
	return g.bearer(ctx, s.TokenHash)
}

// SignOut ends the session of a cookie.
func (g *Gate) SignOut(ctx context.Context, cookie string) error {
	if err := g.Sessions.EndSession(ctx, hash(cookie)); err != nil && !errors.Is(err, ErrUnknown) {
		return fmt.Errorf("sign out: %w", err)
	}
	Note(ctx, Change{Action: "session.end", Target: CallerOf(ctx).Name})
	return nil
}
