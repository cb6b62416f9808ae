package web

import (
	"cmp"
	"net/http"
	"time"

	"github.com/osrsdiff/osrsdiff/access"
)

// tokensPath is where the pages show who may do what.
const tokensPath = "/tokens"

// tokensPage lists the tokens and makes some.
type tokensPage struct {
	layout
	Rows []tokenRow
	Form tokenForm
	// Made and Secret are a token that the form before made: this page is the only
	// one that ever shows the secret. Empty: none.
	Made, Secret string
	// Done says what else the form before did. Empty: nothing.
	Done string
}

// tokenRow is a token as the page shows it.
type tokenRow struct {
	tokenAnswer
	Created, Expires, Used moment
}

// tokenForm is what was typed into the form, to be mended.
type tokenForm struct {
	Name, Expires, Error string
	Roles                []option
}

// registerTokenPages puts the pages of tokens on mux.
func (p *pages) registerTokenPages(mux *router) {
	mux.HandleFunc("GET "+tokensPath, p.showTokens)
	mux.HandleFunc("POST "+tokensPath, p.submitToken)
	mux.HandleFunc("POST "+tokensPath+"/revoke", p.submitRevocation)
}

// showTokens answers GET /tokens.
func (p *pages) showTokens(w http.ResponseWriter, r *http.Request) {
	page := tokensPage{}
	if r.URL.Query().Get("done") == "revoked" {
		page.Done = "It is revoked; who was signed in with it is not any more."
	}
	p.renderTokens(w, r, http.StatusOK, page)
}

func (p *pages) renderTokens(w http.ResponseWriter, r *http.Request, status int, page tokensPage) {
	tokens, err := p.Access.Tokens.Tokens(r.Context())
	if err != nil {
		p.fail(w, r, err)
		return
	}
	page.layout = p.layout(r.Context(), "Tokens")
	page.Form.Roles = roleOptions(r.PostFormValue("role"))
	for _, t := range tokens {
		page.Rows = append(page.Rows, p.tokenRow(t))
	}
	p.render(w, r, status, "tokens.html", page)
}

func (p *pages) tokenRow(t access.Token) tokenRow {
	return tokenRow{
		tokenAnswer: answerToken(t, p.now()), Created: ago(p.now(), t.CreatedAt, ""),
		Expires: expiry(p.now(), t.ExpiresAt), Used: ago(p.now(), t.LastUsedAt, "never"),
	}
}

// expiry shows until when something works.
func expiry(now, at time.Time) moment {
	if at.IsZero() || now.Before(at) {
		return ahead(now, at, "it is revoked")
	}
	return ago(now, at, "")
}

// roleOptions offers the roles with what each may do. The least is the default.
func roleOptions(chosen string) []option {
	chosen = cmp.Or(chosen, access.Viewer.String())
	var all []option
	for _, o := range []option{
		{Value: access.Viewer.String(), Name: "viewer: reads"},
		{Value: access.Operator.String(), Name: "operator: adds, pauses, fetches, renames"},
		{Value: access.Admin.String(), Name: "admin: everything"},
	} {
		o.Selected = o.Value == chosen
		all = append(all, o)
	}
	return all
}

// submitToken answers the form that makes a token. The answer is the page itself
// and no redirect, since the secret is to be shown this once.
func (p *pages) submitToken(w http.ResponseWriter, r *http.Request) {
	in := &addTokenInput{}
	in.Body.Name, in.Body.Role, in.Body.Expires = r.PostFormValue("name"), r.PostFormValue("role"), r.PostFormValue("expires")
	made, err := p.addToken(r.Context(), in)
	if err != nil {
		problem := p.problem(r.Context(), r.Pattern, err)
		p.renderTokens(w, r, problem.Status, tokensPage{Form: tokenForm{Name: in.Body.Name, Expires: in.Body.Expires, Error: problem.Detail}})
		return
	}
	p.renderTokens(w, r, http.StatusCreated, tokensPage{Made: made.Body.Token.Name, Secret: made.Body.Secret})
}

// submitRevocation answers the buttons that revoke a token.
func (p *pages) submitRevocation(w http.ResponseWriter, r *http.Request) {
	if _, err := p.Access.Gate.Revoke(r.Context(), r.PostFormValue("name")); err != nil {
		p.fail(w, r, err)
		return
	}
	seeOther(w, r, tokensPath+"?done=revoked")
}
