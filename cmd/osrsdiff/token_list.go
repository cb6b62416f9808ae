package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/osrsdiff/osrsdiff/access"
)

// tokenView is a token as programs get it. Times that never were are left out.
type tokenView struct {
	Name      string    `json:"name"`
	Role      string    `json:"role"`
	State     string    `json:"state"`
	CreatedAt time.Time `json:"created_at"`
	ExpiresAt time.Time `json:"expires_at,omitzero"`
	LastUsed  time.Time `json:"last_used_at,omitzero"`
	RevokedAt time.Time `json:"revoked_at,omitzero"`
}

func viewToken(t access.Token, now time.Time) tokenView {
	return tokenView{
		Name: t.Name, Role: t.Role.String(), State: t.Standing(now), CreatedAt: t.CreatedAt,
		ExpiresAt: t.ExpiresAt, LastUsed: t.LastUsedAt, RevokedAt: t.RevokedAt,
	}
}

func (a *app) tokenListCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "ls", Aliases: []string{"list"}, Short: "List tokens", Args: cobra.NoArgs,
		Example: `  osrsdiff token ls --json | jq -r 'select(.state == "usable") | .name'`,
	}
	return a.listing(cmd, func(ctx context.Context, s *session, asJSON bool) error {
		tokens, err := s.store.Tokens(ctx)
		if err != nil {
			return err
		}
		return a.printTokens(tokens, time.Now(), asJSON)
	})
}

func (a *app) printTokens(tokens []access.Token, now time.Time, asJSON bool) error {
	if asJSON {
		views := make([]tokenView, 0, len(tokens))
		for _, t := range tokens {
			views = append(views, viewToken(t, now))
		}
		return printJSON(a.stdout, views...)
	}
	if len(tokens) == 0 {
		_, err := fmt.Fprintln(a.stderr, "no tokens; make one with: osrsdiff token add NAME --role admin")
		return err
	}
	t := newTable(a.stdout, "NAME", "ROLE", "STATE", "CREATED", "EXPIRES", "LAST USED")
	for _, token := range tokens {
		t.row(token.Name, token.Role.String(), token.Standing(now), stamp(token.CreatedAt), stamp(token.ExpiresAt), ago(token.LastUsedAt, now))
	}
	return t.flush()
}

func (a *app) tokenRevokeCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "revoke NAME", Short: "Revoke a token",
		Long: `Revokes a token, and signs out who signed in with it, at once. Its name is free
for another.`,
		Example: `  osrsdiff token revoke clan-bot`,
		Args:    cobra.ExactArgs(1),
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		s, err := a.session(cmd, need{database: true})
		if err != nil {
			return err
		}
		defer s.close()
		revoked, err := s.parts().gate().Revoke(cmd.Context(), args[0])
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(a.stdout, "revoked %s (%s)\n", revoked.Name, revoked.Role)
		return err
	}
	return cmd
}
