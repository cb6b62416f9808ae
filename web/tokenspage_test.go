package web_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/osrsdiff/osrsdiff/access"
)

// TestTokensPage makes a token, shows it once, and revokes it.
func TestTokensPage(t *testing.T) {
	b := newBench(t, nil)
	b.call(http.MethodGet, "/tokens", "").want(http.StatusOK, nil).says("make the first an admin")
	made := b.send("/tokens", "name", "me", "role", "admin").want(http.StatusCreated, nil).says("osrsdiff_", "nothing shows it again")
	_, secret, _ := strings.Cut(made.body, `<code id="secret">`)
	secret, _, _ = strings.Cut(secret, "<")
	as := []string{"Authorization", "Bearer " + secret}
	b.call(http.MethodGet, "/tokens", "").want(http.StatusUnauthorized, nil)
	b.call(http.MethodGet, "/tokens", "", as...).want(http.StatusOK, nil).says("usable", "until", "it is revoked").lacks(secret)
	form := func(path, body string) answer {
		return b.call(http.MethodPost, path, body, append(as, "Content-Type", "application/x-www-form-urlencoded")...)
	}
	form("/tokens", "name=me&role=viewer").want(http.StatusConflict, nil).says(`role="alert"`, `value="viewer" selected`)
	form("/tokens", "name=bot&role=root").want(http.StatusUnprocessableEntity, nil).says(`value="bot"`)
	form("/tokens", "name=bot&role=operator&expires=soon").want(http.StatusUnprocessableEntity, nil).says(`value="soon"`)
	form("/tokens", "name=bot&role=operator&expires=2h").want(http.StatusCreated, nil)
	b.clock.set(start.Add(3 * time.Hour))
	b.call(http.MethodGet, "/tokens", "", as...).want(http.StatusOK, nil).says("expired", "1 h ago")
	form("/tokens/revoke", "name=nobody").want(http.StatusNotFound, nil)
	operator := b.token("helper", access.Operator)
	b.call(http.MethodGet, "/tokens", "", "Authorization", operator).want(http.StatusForbidden, nil)
	form("/tokens/revoke", "name=helper").want(http.StatusSeeOther, nil)
	b.call(http.MethodGet, "/players", "", "Authorization", operator).want(http.StatusUnauthorized, nil)
	form("/tokens/revoke", "name=me").want(http.StatusSeeOther, nil)
	b.call(http.MethodGet, "/tokens", "", as...).want(http.StatusUnauthorized, nil)
}
