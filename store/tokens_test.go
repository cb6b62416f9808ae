package store_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/osrsdiff/osrsdiff/access"
	"github.com/osrsdiff/osrsdiff/store"
)

func TestTokens(t *testing.T) {
	onEach(t, func(t *testing.T, b bench) {
		ctx := t.Context()
		if found, err := b.AnyToken(ctx); err != nil || found {
			t.Fatalf("a new database has tokens: %t, %v", found, err)
		}
		made, err := b.AddToken(ctx, access.Token{Name: "bot", Role: access.Operator, CreatedAt: morning, ExpiresAt: morning.Add(time.Hour)}, "hash 1")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := b.AddToken(ctx, access.Token{Name: "bot", Role: access.Admin, CreatedAt: morning}, "hash 2"); !errors.Is(err, access.ErrTokenExists) {
			t.Errorf("a second one of the name: %v", err)
		}
		for _, used := range []time.Duration{5 * time.Minute, time.Minute} {
			if err := b.UseToken(ctx, made.ID, morning.Add(used)); err != nil {
				t.Fatal(err)
			}
		}
		got, err := b.TokenByHash(ctx, "hash 1")
		want := access.Token{ID: made.ID, Name: "bot", Role: access.Operator, CreatedAt: morning, ExpiresAt: morning.Add(time.Hour), LastUsedAt: morning.Add(5 * time.Minute)}
		if err != nil || got != want {
			t.Errorf("token is %+v, %v; want %+v", got, err, want)
		}
		if _, err := b.TokenByHash(ctx, "hash 2"); !errors.Is(err, access.ErrUnknown) {
			t.Errorf("unknown: %v", err)
		}
		revoked, err := b.RevokeToken(ctx, "bot")
		if err != nil || !revoked.RevokedAt.Equal(morning) {
			t.Errorf("revoked %+v, %v", revoked, err)
		}
		if _, err := b.RevokeToken(ctx, "bot"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("revoked twice: %v", err)
		}
		if _, err := b.AddToken(ctx, access.Token{Name: "bot", Role: access.Viewer, CreatedAt: morning}, "hash 3"); err != nil {
			t.Errorf("the name of a revoked token: %v", err)
		}
		all, err := b.Tokens(ctx)
		if err != nil || len(all) != 2 || all[0].Role != access.Viewer || all[1] != revoked {
			t.Errorf("tokens are %+v, %v", all, err)
		}
		if found, err := b.AnyToken(ctx); err != nil || !found {
			t.Errorf("no tokens: %v", err)
		}
	})
}

func TestSessions(t *testing.T) {
	onEach(t, func(t *testing.T, b bench) {
		ctx := t.Context()
		if _, err := b.AddToken(ctx, access.Token{Name: "bot", Role: access.Operator, CreatedAt: morning}, "token"); err != nil {
			t.Fatal(err)
		}
		sessions := []access.Session{
			{Hash: "a", TokenHash: "token", CreatedAt: morning, ExpiresAt: morning.Add(time.Hour)},
			{Hash: "b", TokenHash: "other", CreatedAt: morning, ExpiresAt: morning.Add(time.Minute)},
			{Hash: "c", TokenHash: "other", CreatedAt: morning, ExpiresAt: morning.Add(time.Hour)},
		}
		for _, s := range sessions {
			if err := b.AddSession(ctx, s); err != nil {
				t.Fatal(err)
			}
		}
		got, err := b.SessionByHash(ctx, "a")
		if diff := cmp.Diff(sessions[0], got); diff != "" || err != nil {
			t.Errorf("session, %v (-want +got):\n%s", err, diff)
		}
		if n, err := b.PruneSessions(ctx, morning.Add(30*time.Minute)); err != nil || n != 1 {
			t.Errorf("pruned %d, %v", n, err)
		}
		if _, err := b.RevokeToken(ctx, "bot"); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if err := b.EndSession(ctx, "c"); err != nil {
				t.Error(err)
			}
		}
		for _, s := range sessions {
			if _, err := b.SessionByHash(ctx, s.Hash); !errors.Is(err, access.ErrUnknown) {
				t.Errorf("session %s: %v", s.Hash, err)
			}
		}
	})
}
