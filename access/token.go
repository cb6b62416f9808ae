package access

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

var (
	// ErrUnknown means that what a caller sent proves nothing: nobody made such a
	// token or session, or it has expired, or it was revoked.
	ErrUnknown = errors.New("unknown token")
	// ErrTokenExists means that a token of this name is in use already.
	ErrTokenExists = errors.New("a token of this name is in use")
	// ErrInvalidToken means that a token cannot be made as it was asked for.
	ErrInvalidToken = errors.New("invalid token")
)

// maxTokenName is the most characters the name of a token has.
const maxTokenName = 64

// Token is an API token as everyone may see it: its secret is shown once, when it
// is made, and only a hash of it is kept.
type Token struct {
	// ID is never reused.
	ID int64
	// Name tells tokens in use apart.
	Name string
	// Role is what its bearer may do.
	Role Role
	// CreatedAt is when it was made.
	CreatedAt time.Time
	// ExpiresAt is when it stops to work. Zero: never.
	ExpiresAt time.Time
	// LastUsedAt is when it was used last, to the minute. Zero: never.
	LastUsedAt time.Time
	// RevokedAt is when it was revoked. Zero: it was not.
	RevokedAt time.Time
}

// Usable reports whether the token works at a time.
func (t Token) Usable(now time.Time) bool {
	return t.RevokedAt.IsZero() && (t.ExpiresAt.IsZero() || now.Before(t.ExpiresAt))
}

// Standing is a word for how the token stands: usable, expired or revoked.
func (t Token) Standing(now time.Time) string {
	switch {
	case !t.RevokedAt.IsZero():
		return "revoked"
	case !t.Usable(now):
		return "expired"
	}
	return "usable"
}

// Validate checks the name and the role of a token to be made. Its error matches
// ErrInvalidToken or ErrInvalidRole.
func (t Token) Validate() error {
	trimmed := strings.TrimSpace(t.Name)
	printable := strings.IndexFunc(t.Name, func(r rune) bool { return r < ' ' || r == utf8.RuneError || r == 0x7f }) < 0
	if trimmed == "" || trimmed != t.Name || utf8.RuneCountInString(t.Name) > maxTokenName || !printable {
		return fmt.Errorf("%w: name %q: must be 1 to %d printable characters without space around them", ErrInvalidToken, t.Name, maxTokenName)
	}
	if t.Role < Viewer || t.Role > Admin {
		return fmt.Errorf("%w: must be viewer, operator or admin", ErrInvalidRole)
	}
	if !t.ExpiresAt.IsZero() && !t.ExpiresAt.After(t.CreatedAt) {
		return fmt.Errorf("%w: it would have expired already", ErrInvalidToken)
	}
	return nil
}

// secretPrefix lets people and scanners of leaked secrets tell what it is.
const secretPrefix = "osrsdiff_"

// newSecret is a secret of 256 random bits.
func newSecret() string {
	var bits [32]byte
	_, _ = rand.Read(bits[:]) // never fails
	return secretPrefix + base64.RawURLEncoding.EncodeToString(bits[:])
}

// hash is what is stored of a secret. It needs no salt and no slowness, since the
// secrets are random and too long to guess.
func hash(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}
