package web

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/osrsdiff/osrsdiff/access"
)

const (
	signInPath  = "/signin"
	signOutPath = "/signout"
)

// signInPage asks for a token.
type signInPage struct {
	layout
	// Next is where to go afterwards, a path of this site.
	Next  string
	Error string
	// Open means that nobody needs to sign in.
	Open bool
}

// cookieName is that of the session's cookie. Browsers take one with the prefix
// only over TLS, for this host and all of its paths.
func (d *door) cookieName() string {
	if d.tls() {
		return "__Host-osrsdiff"
	}
	return "osrsdiff"
}

// tls reports whether browsers reach the server over TLS.
func (d *door) tls() bool { return d.public != nil && d.public.Scheme == "https" }

// setCookie keeps a session in the browser; no seconds end it. Lax, not Strict:
// with that, who follows a link from another site would arrive signed out. Writes
// are safe from other sites anyway.
func (d *door) setCookie(w http.ResponseWriter, value string, seconds int) {
	http.SetCookie(w, &http.Cookie{ //nolint:gosec // Secure where the site is reached by TLS
		Name: d.cookieName(), Value: value, Path: "/", MaxAge: seconds,
		HttpOnly: true, Secure: d.tls(), SameSite: http.SameSiteLaxMode,
	})
}

// showSignIn answers GET /signin.
func (p *pages) showSignIn(w http.ResponseWriter, r *http.Request) {
	p.signIn(w, r, http.StatusOK, r.URL.Query().Get("next"), "")
}

func (p *pages) signIn(w http.ResponseWriter, r *http.Request, status int, next, wrong string) {
	open, err := p.door.open(r.Context())
	if err != nil {
		p.fail(w, r, err)
		return
	}
	page := signInPage{layout: p.layout(r.Context(), "Sign in"), Next: ownPath(next), Error: wrong, Open: open}
	p.render(w, r, status, "signin.html", page)
}

// submitSignIn answers the form of the sign-in page.
func (p *pages) submitSignIn(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		refuse(w, r, http.StatusBadRequest, "the form could not be read")
		return
	}
	ctx, client, next := r.Context(), throttled(r), r.PostForm.Get("next")
	if wait := p.door.Throttle.Try(ctx, client); wait > 0 {
		tooMany(w, r, wait, "these were too many tries to sign in")
		return
	}
	cookie, _, err := p.door.Gate.SignIn(ctx, strings.TrimSpace(r.PostForm.Get("token")))
	switch {
	case errors.Is(err, access.ErrUnknown):
		p.door.Throttle.Failed(ctx, client)
		p.log.WarnContext(ctx, "refused to sign in", "from", access.CallerOf(ctx).From)
		p.signIn(w, r, http.StatusUnauthorized, next, "This token is not one of this server's, or has expired, or was revoked.")
	case err != nil:
		p.fail(w, r, err)
	default:
		p.door.setCookie(w, cookie, int(access.SessionLength/time.Second))
		seeOther(w, r, ownPath(next))
	}
}

// submitSignOut answers POST /signout.
func (p *pages) submitSignOut(w http.ResponseWriter, r *http.Request) {
	if cookie, err := r.Cookie(p.door.cookieName()); err == nil {
		if err := p.door.Gate.SignOut(r.Context(), cookie.Value); err != nil {
			p.fail(w, r, err)
			return
		}
	}
	p.door.setCookie(w, "", -1)
	seeOther(w, r, signInPath)
}

// ownPath is a path of this site to go to, and the first page for anything else:
// nobody may send people elsewhere by way of our sign-in.
func ownPath(next string) string {
	u, err := url.Parse(next)
	if err != nil || u.IsAbs() || u.Host != "" || !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") || strings.ContainsAny(next, "\\\r\n\t") {
		return "/"
	}
	return u.RequestURI()
}

// challenge tells a caller who proved nothing how to.
func challenge(w http.ResponseWriter, r *http.Request) {
	here := signInPath + "?next=" + url.QueryEscape(r.URL.RequestURI())
	switch {
	case r.Header.Get("Hx-Request") == "true":
		w.Header().Set("Hx-Redirect", signInPath)
		refuse(w, r, http.StatusUnauthorized, "sign in at "+signInPath)
	case !isAPI(r.URL.Path) && isRead(r.Method) && strings.Contains(r.Header.Get("Accept"), "text/html"):
		http.Redirect(w, r, here, http.StatusSeeOther)
	default:
		w.Header().Set("WWW-Authenticate", `Bearer realm="OSRS Diff"`)
		refuse(w, r, http.StatusUnauthorized, "send the header Authorization: Bearer followed by a token, or sign in at "+signInPath)
	}
}
