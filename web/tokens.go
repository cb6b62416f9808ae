package web

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/osrsdiff/osrsdiff/access"
)

// tokenAnswer is a token without its secret.
type tokenAnswer struct {
	Name      string     `json:"name"`
	Role      string     `json:"role" enum:"viewer,operator,admin"`
	State     string     `json:"state" enum:"usable,expired,revoked"`
	CreatedAt time.Time  `json:"created_at"`
	ExpiresAt *time.Time `json:"expires_at,omitempty" doc:"left out of one that works until it is revoked"`
	LastUsed  *time.Time `json:"last_used_at,omitempty" doc:"to the minute"`
	RevokedAt *time.Time `json:"revoked_at,omitempty"`
}

func answerToken(t access.Token, now time.Time) tokenAnswer {
	return tokenAnswer{
		Name: t.Name, Role: t.Role.String(), State: t.Standing(now), CreatedAt: t.CreatedAt.UTC(),
		ExpiresAt: happened(t.ExpiresAt), LastUsed: happened(t.LastUsedAt), RevokedAt: happened(t.RevokedAt),
	}
}

func (s *service) registerTokens(a huma.API) {
	handle(s, a, huma.Operation{
		OperationID: "list-tokens", Method: http.MethodGet, Path: "/api/tokens", Tags: []string{tagAccess},
		Summary: "List tokens", Description: "All of them, those revoked included, the newest first. Needs the role admin.",
	}, s.listTokens)
	handle(s, a, huma.Operation{
		OperationID: "add-token", Method: http.MethodPost, Path: "/api/tokens", Tags: []string{tagAccess}, DefaultStatus: http.StatusCreated,
		Summary: "Make a token", Errors: []int{http.StatusConflict},
		Description: "The answer holds its secret, this once: only a hash of it is kept. Needs the role admin. 409 when a token of this name is in use.",
	}, s.addToken)
	handle(s, a, huma.Operation{
		OperationID: "revoke-token", Method: http.MethodDelete, Path: "/api/tokens/{name}", Tags: []string{tagAccess}, DefaultStatus: http.StatusNoContent,
		Summary: "Revoke a token", Errors: []int{http.StatusNotFound},
		Description: "Takes effect at once, also for who is signed in with it. Needs the role admin.",
	}, s.revokeToken)
}

type listTokensOutput struct {
	Body struct {
		Tokens []tokenAnswer `json:"tokens"`
	}
}

func (s *service) listTokens(ctx context.Context, _ *struct{}) (*listTokensOutput, error) {
	tokens, err := s.Access.Tokens.Tokens(ctx)
	if err != nil {
		return nil, err
	}
	out := &listTokensOutput{}
	out.Body.Tokens = make([]tokenAnswer, 0, len(tokens))
	for _, t := range tokens {
		out.Body.Tokens = append(out.Body.Tokens, answerToken(t, s.now()))
	}
	return out, nil
}

type addTokenInput struct {
	Body struct {
		Name    string `json:"name" minLength:"1" maxLength:"64" example:"clan-bot"`
		Role    string `json:"role" enum:"viewer,operator,admin"`
		Expires string `json:"expires,omitempty" maxLength:"32" doc:"how long it works, such as 90d or 12h; until it is revoked when left out" example:"90d"`
	}
}

type addTokenOutput struct {
	Body struct {
		Token  tokenAnswer `json:"token"`
		Secret string      `json:"secret" doc:"send it as Authorization: Bearer; it cannot be asked for again"`
	}
}

func (s *service) addToken(ctx context.Context, in *addTokenInput) (*addTokenOutput, error) {
	t := access.Token{Name: in.Body.Name}
	var err error
	if t.Role, err = access.ParseRole(in.Body.Role); err != nil {
		return nil, invalid("body.role", in.Body.Role, err)
	}
	if t.ExpiresAt, err = access.ParseExpiry(in.Body.Expires, s.now()); err != nil {
		return nil, invalid("body.expires", in.Body.Expires, err)
	}
	made, secret, err := s.Access.Gate.Issue(ctx, t)
	if err != nil {
		return nil, invalid("body.name", in.Body.Name, err)
	}
	out := &addTokenOutput{}
	out.Body.Token, out.Body.Secret = answerToken(made, s.now()), secret
	return out, nil
}

type tokenPath struct {
	Name string `path:"name" maxLength:"64" example:"clan-bot"`
}

func (s *service) revokeToken(ctx context.Context, in *tokenPath) (*struct{}, error) {
	if _, err := s.Access.Gate.Revoke(ctx, in.Name); err != nil {
		return nil, err
	}
	return nil, nil
}
