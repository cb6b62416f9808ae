package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/osrsdiff/osrsdiff/access"
)

const (
	// maxBody is the most bytes a request may send.
	maxBody = 1 << 20
	// rateBurst is how many seconds' worth of requests a client may send at once.
	rateBurst = 5
)

// TokenList is what there is to know and to do about tokens. The store is one.
type TokenList interface {
	// Tokens lists all of them, the newest first.
	Tokens(ctx context.Context) ([]access.Token, error)
	// AnyToken reports whether one was ever made.
	AnyToken(ctx context.Context) (bool, error)
}

// Throttle slows down who tries one secret after another. *access.Throttle is one.
type Throttle interface {
	// Try counts a try and says how long to wait before the next. Zero: go ahead.
	Try(ctx context.Context, client string) time.Duration
	// Failed counts that a try was in vain.
	Failed(ctx context.Context, client string)
}

// Access is whom the server lets in. Gate, Tokens, Throttle and Log are required.
type Access struct {
	// Gate tells who a caller is.
	Gate *access.Gate
	// Tokens lists tokens. While there never was one, and the gate knows no fixed
	// secret, whoever reaches a loopback address may do everything.
	Tokens TokenList
	// Throttle slows down guessing.
	Throttle Throttle
	// Log keeps what callers change.
	Log AuditLog
	// PublicRead lets callers who prove nothing read.
	PublicRead bool
	// PublicURL is where browsers reach the server, such as
	// "https://osrs.example.org". Other host names are refused then. Empty: it is
	// not known, and every name will do once there is a token.
	PublicURL string
	// TrustedProxies are the networks of proxies whose X-Forwarded-For counts.
	TrustedProxies []netip.Prefix
	// Rate is how many requests a second one client may send, apart from those on
	// this machine. Zero: as many as it likes.
	Rate float64
}

// door decides whom to let in, and as whom.
type door struct {
	Access
	log *slog.Logger
	// local means that the server listens on a loopback address.
	local   bool
	public  *url.URL // nil: not known
	clients *access.Clients
}

func newDoor(opts Options, log *slog.Logger, now func() time.Time) (*door, error) {
	d := &door{Access: opts.Access, log: log, local: loopback(hostOnly(opts.Listen))}
	if d.PublicURL != "" {
		public, err := url.Parse(d.PublicURL)
		if err != nil || public.Host == "" {
			return nil, fmt.Errorf("public URL %q: must be such as https://osrs.example.org", d.PublicURL)
		}
		d.public = public
	}
	if d.Rate > 0 {
		d.clients = access.NewClients(d.Rate, max(1, int(math.Ceil(d.Rate*rateBurst))), now)
	}
	return d, nil
}

// guard lets a request through to next, with its caller, when its host, its
// client, its origin and its size allow it. Which caller may do what is for the
// router to say.
func (d *door) guard(next http.Handler) (http.Handler, error) {
	origin := http.NewCrossOriginProtection()
	if d.public != nil {
		if err := origin.AddTrustedOrigin(d.public.Scheme + "://" + d.public.Host); err != nil {
			return nil, fmt.Errorf("public URL %q: %w", d.PublicURL, err)
		}
	}
	origin.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		refuse(w, r, http.StatusForbidden, "a page of another site sent this request; only this site's own pages and programs may change things")
	}))
	return d.limit(d.checkHost(origin.Handler(d.identify(http.MaxBytesHandler(next, maxBody))))), nil
}

// limit notes where a request came from and slows down clients that send too many.
func (d *door) limit(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		client := clientOf(r, d.TrustedProxies)
		if d.clients != nil && !client.IsLoopback() {
			if wait := d.clients.Take(clientKey(client), 1); wait > 0 {
				tooMany(w, r, wait, "these are more requests than one client may send")
				return
			}
		}
		next.ServeHTTP(w, r.WithContext(access.WithCaller(r.Context(), access.Caller{From: client.String()})))
	})
}

// tooMany tells a client to wait.
func tooMany(w http.ResponseWriter, r *http.Request, wait time.Duration, why string) {
	seconds := int(math.Ceil(wait.Seconds()))
	w.Header().Set("Retry-After", fmt.Sprint(seconds))
	refuse(w, r, http.StatusTooManyRequests, fmt.Sprintf("%s; try again in %d seconds", why, seconds))
}

// checkHost refuses names that are not this server's, if it knows its own. What
// machines ask for by the address of this one is told to all.
func (d *door) checkHost(next http.Handler) http.Handler {
	if d.public == nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := hostOnly(r.Host)
		machines := r.URL.Path == "/healthz" || r.URL.Path == "/readyz" || r.URL.Path == metricsPath
		if !machines && !strings.EqualFold(host, d.public.Hostname()) && !loopback(host) {
			refuse(w, r, http.StatusMisdirectedRequest, fmt.Sprintf("host %q: this is %s", r.Host, d.PublicURL))
			return
		}
		next.ServeHTTP(w, r)
	})
}

// identify tells the rest of the way who sent a request.
func (d *door) identify(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		caller, ok := d.caller(w, r)
		if !ok {
			return // it was answered
		}
		caller.From = access.CallerOf(r.Context()).From
		next.ServeHTTP(w, r.WithContext(access.WithCaller(r.Context(), caller)))
	})
}

// caller is who sent a request, by its token, its session, or because this
// machine is open. Not ok: the request was refused.
func (d *door) caller(w http.ResponseWriter, r *http.Request) (caller access.Caller, ok bool) {
	if scheme, secret, found := strings.Cut(r.Header.Get("Authorization"), " "); found && strings.EqualFold(scheme, "Bearer") {
		return d.bearer(w, r, strings.TrimSpace(secret))
	}
	if cookie, err := r.Cookie(d.cookieName()); err == nil {
		caller, err := d.Gate.Session(r.Context(), cookie.Value)
		switch {
		case err == nil:
			return caller, true
		case !errors.Is(err, access.ErrUnknown):
			return caller, d.broken(w, r, err)
		}
		d.setCookie(w, "", -1)
	}
	return d.stranger(w, r)
}

// bearer is who bears a token. One that proves nothing lets nobody in, not even
// where everyone may read: who sends one wants to know that it does not work.
func (d *door) bearer(w http.ResponseWriter, r *http.Request, secret string) (caller access.Caller, ok bool) {
	caller, err := d.Gate.Bearer(r.Context(), secret)
	switch {
	case err == nil:
		return caller, true
	case !errors.Is(err, access.ErrUnknown):
		return caller, d.broken(w, r, err)
	}
	client := throttled(r)
	if wait := d.Throttle.Try(r.Context(), client); wait > 0 {
		tooMany(w, r, wait, "these were too many wrong tokens")
		return caller, false
	}
	d.Throttle.Failed(r.Context(), client)
	w.Header().Set("WWW-Authenticate", `Bearer realm="OSRS Diff", error="invalid_token"`)
	refuse(w, r, http.StatusUnauthorized, "the token is not one of this server's, or has expired, or was revoked")
	return caller, false
}

// stranger is what a caller may do who proves nothing.
func (d *door) stranger(w http.ResponseWriter, r *http.Request) (caller access.Caller, ok bool) {
	open, err := d.open(r.Context())
	switch {
	case err != nil:
		return caller, d.broken(w, r, err)
	case !open && d.PublicRead:
		caller.Role = access.Viewer
	case !open:
	case !loopback(hostOnly(r.Host)):
		refuse(w, r, http.StatusMisdirectedRequest,
			fmt.Sprintf("host %q: without a token only localhost, 127.0.0.1 and [::1] are answered", r.Host))
		return caller, false
	case r.Header.Get(forwardedFor) != "" || r.Header.Get("Forwarded") != "":
		refuse(w, r, http.StatusForbidden,
			"a proxy sent this request here, and without a token everyone would be let in: make one with `osrsdiff token add NAME --role admin`")
		return caller, false
	default:
		caller = access.Caller{Name: "this machine", Role: access.Admin}
	}
	return caller, true
}

// open reports whether the server listens to this machine only and nobody asked
// for tokens.
func (d *door) open(ctx context.Context) (bool, error) {
	if !d.local || d.Gate.Fixed != "" || d.public != nil {
		return false, nil
	}
	made, err := d.Tokens.AnyToken(ctx)
	return !made, err
}

// broken says that callers cannot be told apart now.
func (d *door) broken(w http.ResponseWriter, r *http.Request, err error) (ok bool) {
	if strings.HasPrefix(r.URL.Path, "/healthz") || strings.HasPrefix(r.URL.Path, "/readyz") {
		return true // whoever asks, the answer says what is the matter
	}
	p, _ := problemOf(err)
	if r.Context().Err() == nil {
		d.log.ErrorContext(r.Context(), "could not tell who a caller is", "operation", "identify", "status", p.Status, "error", err)
	}
	refuse(w, r, p.Status, p.Detail)
	return false
}

// throttled is what the tries of a client are counted by.
func throttled(r *http.Request) string {
	addr, err := netip.ParseAddr(access.CallerOf(r.Context()).From)
	if err != nil {
		return "unknown"
	}
	return clientKey(addr)
}

func isAPI(path string) bool { return strings.HasPrefix(path, "/api/") }
