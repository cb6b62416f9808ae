package web

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strings"

	"github.com/osrsdiff/osrsdiff/access"
)

// ErrExposed is matched by the error of CheckListen for an address that other
// machines can reach while there is no token.
var ErrExposed = errors.New("refused to listen without a token")

// maxBody is the most bytes a request may send.
const maxBody = 1 << 20

// CheckListen reports whether it is safe to listen on addr ("host:port"):
// without a token only loopback addresses are. The error of an exposed address
// matches ErrExposed and says the two ways out; any other error means that addr
// is no address. It is called before anything is started.
func CheckListen(addr, token string) error {
	host, port, err := net.SplitHostPort(addr)
	if err != nil || port == "" {
		return fmt.Errorf("listen address %q: must be host:port such as 127.0.0.1:8080", addr)
	}
	if token == "" && !loopback(host) {
		return fmt.Errorf("%w: other machines can reach %q; set API_TOKEN, or listen on 127.0.0.1:%s", ErrExposed, addr, port)
	}
	return nil
}

// loopback reports whether host (a name or an IP address) means this machine
// only. No host means every interface.
func loopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}

// door decides whom to let in.
type door struct {
	// token is what a caller must know; empty lets everyone in.
	token string
	// localOnly refuses requests whose Host names something else than this
	// machine: a page elsewhere whose name was made to resolve to 127.0.0.1.
	localOnly bool
}

func newDoor(addr, token string) door {
	host, _, _ := net.SplitHostPort(addr)
	return door{token: token, localOnly: token == "" && loopback(host)}
}

// guard lets a request through to next when its host, its origin, its size and
// its token allow it.
func (d door) guard(next http.Handler) http.Handler {
	origin := http.NewCrossOriginProtection()
	origin.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		refuse(w, r, http.StatusForbidden, "a page of another site sent this request; only this site's own pages and programs may change things")
	}))
	return d.checkHost(origin.Handler(d.identify(http.MaxBytesHandler(next, maxBody))))
}

func (d door) checkHost(next http.Handler) http.Handler {
	if !d.localOnly {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !loopback(hostOnly(r.Host)) {
			refuse(w, r, http.StatusMisdirectedRequest,
				fmt.Sprintf("host %q: without API_TOKEN only localhost, 127.0.0.1 and [::1] are answered", r.Host))
			return
		}
		next.ServeHTTP(w, r)
	})
}

// hostOnly takes the port and the brackets of an IPv6 address off a Host header.
func hostOnly(hostport string) string {
	if host, _, err := net.SplitHostPort(hostport); err == nil {
		return host
	}
	return strings.TrimSuffix(strings.TrimPrefix(hostport, "["), "]")
}

// identify tells the rest of the way who sent a request.
func (d door) identify(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if d.knows(r) {
			caller := access.Caller{Name: "API_TOKEN", Role: access.Admin}
			if d.token == "" {
				caller.Name = "this machine"
			}
			r = r.WithContext(access.WithCaller(r.Context(), caller))
		}
		next.ServeHTTP(w, r)
	})
}

// challenge tells a caller who proved nothing how to.
func challenge(w http.ResponseWriter, r *http.Request) {
	if isAPI(r.URL.Path) {
		w.Header().Set("WWW-Authenticate", `Bearer realm="OSRS Diff"`)
		refuse(w, r, http.StatusUnauthorized, "send the header Authorization: Bearer followed by the value of API_TOKEN")
		return
	}
	w.Header().Set("WWW-Authenticate", `Basic realm="OSRS Diff", charset="UTF-8"`)
	refuse(w, r, http.StatusUnauthorized, "log in with any user name; the password is the value of API_TOKEN")
}

func isAPI(path string) bool { return strings.HasPrefix(path, "/api/") }

// knows reports whether the request proves to know the token. Basic
// authentication, which a browser repeats by itself, does not open the API.
func (d door) knows(r *http.Request) bool {
	if d.token == "" {
		return true
	}
	if scheme, given, ok := strings.Cut(r.Header.Get("Authorization"), " "); ok && strings.EqualFold(scheme, "Bearer") {
		return d.same(strings.TrimSpace(given))
	}
	_, password, ok := r.BasicAuth()
	return ok && d.same(password) && !isAPI(r.URL.Path)
}

// same compares in a time that tells neither how much was right nor how long
// the token is.
func (d door) same(given string) bool {
	want, got := sha256.Sum256([]byte(d.token)), sha256.Sum256([]byte(given))
	return subtle.ConstantTimeCompare(want[:], got[:]) == 1
}
