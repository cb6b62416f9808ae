package access_test

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/osrsdiff/osrsdiff/access"
	"github.com/osrsdiff/osrsdiff/store"
)

var morning = time.Date(2026, 10, 9, 8, 0, 0, 0, time.UTC)

// openGate is a gate on a database of its own, and the clock it goes by.
func openGate(t *testing.T) (gate *access.Gate, db *store.Store, now *time.Time) {
	t.Helper()
	db, err := store.Open(t.Context(), "sqlite://"+filepath.Join(t.TempDir(), "access.db"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	now = new(time.Time)
	*now = morning
	return &access.Gate{Issuer: db, Tokens: db, Sessions: db, Fixed: "from the settings", Now: func() time.Time { return *now }}, db, now
}

func TestTokenLife(t *testing.T) {
	gate, db, now := openGate(t)
	ctx := t.Context()
	made, secret, err := gate.Issue(ctx, access.Token{Name: "bot", Role: access.Operator, ExpiresAt: morning.Add(24 * time.Hour)})
	if err != nil || len(secret) < 43 || !strings.HasPrefix(secret, "osrsdiff_") {
		t.Fatalf("issued %+v, %d characters, %v", made, len(secret), err)
	}
	if _, other, err := gate.Issue(ctx, access.Token{Name: "other", Role: access.Viewer}); err != nil || other == secret {
		t.Fatalf("two tokens have one secret (%v)", err)
	}
	for _, tt := range []struct {
		secret string
		want   access.Caller
		err    error
	}{
		{secret, access.Caller{Name: "bot", Role: access.Operator}, nil},
		{"from the settings", access.Caller{Name: "API_TOKEN", Role: access.Admin}, nil},
		{"", access.Caller{}, access.ErrUnknown},
		{secret[1:], access.Caller{}, access.ErrUnknown},
		{secret + "x", access.Caller{}, access.ErrUnknown},
	} {
		if got, err := gate.Bearer(ctx, tt.secret); got != tt.want || !errors.Is(err, tt.err) {
			t.Errorf("%d characters prove %+v, %v; want %+v, %v", len(tt.secret), got, err, tt.want, tt.err)
		}
	}
	lastUse := func() time.Time {
		tokens, err := db.Tokens(ctx)
		if err != nil || len(tokens) != 2 {
			t.Fatal(tokens, err)
		}
		return tokens[1].LastUsedAt
	}
	for _, step := range []struct{ after, last time.Duration }{{59 * time.Second, 0}, {time.Minute, time.Minute}} {
		*now = morning.Add(step.after)
		if _, err := gate.Bearer(ctx, secret); err != nil || !lastUse().Equal(morning.Add(step.last)) {
			t.Errorf("used after %s, it says %s (%v)", step.after, lastUse(), err)
		}
	}
	*now = morning.Add(24 * time.Hour)
	if _, err := gate.Bearer(ctx, secret); !errors.Is(err, access.ErrUnknown) || !strings.Contains(err.Error(), "expired") {
		t.Errorf("expired: %v", err)
	}
	if _, err := db.RevokeToken(ctx, "bot"); err != nil {
		t.Fatal(err)
	}
	if _, err := gate.Bearer(ctx, secret); !errors.Is(err, access.ErrUnknown) || !strings.Contains(err.Error(), "revoked") {
		t.Errorf("revoked: %v", err)
	}
}

func TestTokensThatCannotBe(t *testing.T) {
	gate, _, _ := openGate(t)
	for _, tt := range []struct {
		token access.Token
		err   error
	}{
		{access.Token{Role: access.Admin}, access.ErrInvalidToken},
		{access.Token{Name: " bot", Role: access.Admin}, access.ErrInvalidToken},
		{access.Token{Name: "b\not", Role: access.Admin}, access.ErrInvalidToken},
		{access.Token{Name: strings.Repeat("b", 65), Role: access.Admin}, access.ErrInvalidToken},
		{access.Token{Name: "bot"}, access.ErrInvalidRole},
		{access.Token{Name: "bot", Role: access.Admin, ExpiresAt: morning}, access.ErrInvalidToken},
	} {
		if _, _, err := gate.Issue(t.Context(), tt.token); !errors.Is(err, tt.err) {
			t.Errorf("%+v: %v", tt.token, err)
		}
	}
}

// TestSessionLife follows sessions to each of their ends.
func TestSessionLife(t *testing.T) {
	for _, tt := range []struct {
		name string
		end  func(t *testing.T, gate *access.Gate, db *store.Store, now *time.Time, cookie string)
	}{
		{"signed out", func(t *testing.T, gate *access.Gate, _ *store.Store, _ *time.Time, cookie string) {
			if err := errors.Join(gate.SignOut(t.Context(), cookie), gate.SignOut(t.Context(), cookie)); err != nil {
				t.Error(err)
			}
		}},
		{"expired", func(_ *testing.T, _ *access.Gate, _ *store.Store, now *time.Time, _ string) {
			*now = morning.Add(access.SessionLength)
		}},
		{"its token revoked", func(t *testing.T, _ *access.Gate, db *store.Store, _ *time.Time, _ string) {
			if _, err := db.RevokeToken(t.Context(), "me"); err != nil {
				t.Error(err)
			}
		}},
		{"its token expired", func(_ *testing.T, _ *access.Gate, _ *store.Store, now *time.Time, _ string) {
			*now = morning.Add(24 * time.Hour)
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			gate, db, now := openGate(t)
			token := access.Token{Name: "me", Role: access.Viewer}
			if tt.name == "its token expired" {
				token.ExpiresAt = morning.Add(24 * time.Hour)
			}
			_, secret, err := gate.Issue(t.Context(), token)
			if err != nil {
				t.Fatal(err)
			}
			cookie, caller, err := gate.SignIn(t.Context(), secret)
			if err != nil || caller.Name != "me" || cookie == secret {
				t.Fatalf("signed in as %+v, %v", caller, err)
			}
			*now = morning.Add(23 * time.Hour)
			if got, err := gate.Session(t.Context(), cookie); got != caller || err != nil {
				t.Errorf("the session proves %+v, %v", got, err)
			}
			if _, err := gate.Bearer(t.Context(), cookie); !errors.Is(err, access.ErrUnknown) {
				t.Errorf("a cookie is a token: %v", err)
			}
			tt.end(t, gate, db, now, cookie)
			if got, err := gate.Session(t.Context(), cookie); !errors.Is(err, access.ErrUnknown) {
				t.Errorf("it still proves %+v, %v", got, err)
			}
		})
	}
}

// TestSessionOfTheSettings ends with the secret it was made with.
func TestSessionOfTheSettings(t *testing.T) {
	gate, _, _ := openGate(t)
	cookie, _, err := gate.SignIn(t.Context(), gate.Fixed)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := gate.Session(t.Context(), cookie); err != nil || got.Role != access.Admin {
		t.Errorf("proves %+v, %v", got, err)
	}
	gate.Fixed = "another"
	if _, err := gate.Session(t.Context(), cookie); !errors.Is(err, access.ErrUnknown) {
		t.Errorf("outlives the secret: %v", err)
	}
}
