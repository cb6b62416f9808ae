package hiscorestest

import (
	"context"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/osrsdiff/osrsdiff/hiscores"
)

// FaultKind is a way in which the site fails.
type FaultKind string

// The faults of the real site.
const (
	// NotFound answers 404, as for a name no table lists.
	NotFound FaultKind = "not_found"
	// InvalidName answers 400.
	InvalidName FaultKind = "invalid_name"
	// RateLimited answers 429, with Retry-After where the Fault has one.
	RateLimited FaultKind = "rate_limited"
	// Forbidden answers 403 with a block page.
	Forbidden FaultKind = "forbidden"
	// MethodNotAllowed answers 405, as block pages were seen to.
	MethodNotAllowed FaultKind = "method_not_allowed"
	// Unavailable503 answers 503, with Retry-After where the Fault has one.
	Unavailable503 FaultKind = "unavailable_503"
	// ServerError500 answers 500.
	ServerError500 FaultKind = "server_error_500"
	// HTMLBlocked200 answers 200 with the page that blocks an address.
	HTMLBlocked200 FaultKind = "html_blocked_200"
	// HTMLUnavailable200 answers 200 with the page about the site's own trouble.
	HTMLUnavailable200 FaultKind = "html_unavailable_200"
	// EmptyObject answers 200 with {}.
	EmptyObject FaultKind = "empty_object"
	// EmptyBody answers 200 with nothing.
	EmptyBody FaultKind = "empty_body"
	// Garbage answers 200 with half a body and noise.
	Garbage FaultKind = "garbage"
	// EndlessBody answers 200 with a body that goes on until the client hangs up
	// (or 64 MiB were sent).
	EndlessBody FaultKind = "endless_body"
	// RedirectElsewhere answers 302 to a page of another host, which does not
	// exist.
	RedirectElsewhere FaultKind = "redirect_elsewhere"
	// RedirectToPage answers 302 to HTMLUnavailable200's page on this site.
	RedirectToPage FaultKind = "redirect_to_page"
	// Hang says nothing until the fault is cleared, then answers as usual.
	Hang FaultKind = "hang"
	// Slow answers as usual after the Fault's Delay.
	Slow FaultKind = "slow"
	// ConnectionReset breaks the connection without an answer.
	ConnectionReset FaultKind = "connection_reset"
)

// FaultKinds lists every kind there is.
func FaultKinds() []FaultKind {
	return []FaultKind{
		NotFound, InvalidName, RateLimited, Forbidden, MethodNotAllowed, Unavailable503, ServerError500,
		HTMLBlocked200, HTMLUnavailable200, EmptyObject, EmptyBody, Garbage, EndlessBody,
		RedirectElsewhere, RedirectToPage, Hang, Slow, ConnectionReset,
	}
}

// Fault is what goes wrong with requests.
type Fault struct {
	// Kind is the way.
	Kind FaultKind
	// Table limits the fault to one table. Empty: all.
	Table hiscores.Table
	// Times is the number of requests that meet the fault. Zero: all until it is
	// cleared.
	Times int
	// RetryAfter goes with RateLimited and Unavailable503, rounded up to whole
	// seconds. Zero: the header is left out.
	RetryAfter time.Duration
	// AsDate makes Retry-After a date instead of seconds.
	AsDate bool
	// Delay is how long Slow takes.
	Delay time.Duration
}

const (
	blockedPage = `<!DOCTYPE html><html><head><title>Hiscores</title></head><body><p>Due to excessive use of the ` +
		`Hiscore system, your IP has been temporarily blocked.</p></body></html>`
	unavailablePage = `<!DOCTYPE html><html><head><title>Sorry</title></head><body><p>The hiscores are ` +
		`currently unavailable. Please try again later.</p></body></html>`
	noisyBody       = "{\"name\":\"x\",\"skills\":[{\"id\":0,\"name\":\"Overall\",\"rank\":1,\x00\xff\x1b[31m<b>"
	unavailablePath = "/unavailable"
	endlessBytes    = 64 << 20
)

// writeFault answers with a fault that needs no player. It reports false for
// Hang and Slow, which end in the usual answer.
func writeFault(w http.ResponseWriter, r *http.Request, f Fault, now time.Time) bool {
	switch f.Kind {
	case Hang, Slow:
		return false
	case ConnectionReset:
		resetConnection(w)
	case EndlessBody:
		writeEndless(r.Context(), w)
	case RedirectElsewhere:
		http.Redirect(w, r, "http://elsewhere.invalid"+unavailablePath, http.StatusFound)
	case RedirectToPage:
		http.Redirect(w, r, unavailablePath, http.StatusFound)
	case HTMLBlocked200:
		writePage(w, http.StatusOK, blockedPage)
	case HTMLUnavailable200:
		writePage(w, http.StatusOK, unavailablePage)
	case EmptyObject:
		writeJSON(w, []byte("{}"))
	case EmptyBody:
		writeJSON(w, nil)
	case Garbage:
		writeJSON(w, []byte(noisyBody))
	default:
		writeStatus(w, f, now)
	}
	return true
}

// writeStatus answers with the faults that are an HTTP status.
func writeStatus(w http.ResponseWriter, f Fault, now time.Time) {
	status := map[FaultKind]int{
		NotFound: http.StatusNotFound, InvalidName: http.StatusBadRequest, RateLimited: http.StatusTooManyRequests,
		Forbidden: http.StatusForbidden, MethodNotAllowed: http.StatusMethodNotAllowed,
		Unavailable503: http.StatusServiceUnavailable, ServerError500: http.StatusInternalServerError,
	}[f.Kind]
	if status == 0 {
		status = http.StatusNotImplemented // a kind nobody defined
	}
	if f.RetryAfter > 0 {
		wait := (f.RetryAfter + time.Second - 1).Truncate(time.Second)
		value := strconv.Itoa(int(wait / time.Second))
		if f.AsDate {
			w.Header().Set("Date", now.UTC().Format(http.TimeFormat))
			value = now.Add(wait).UTC().Format(http.TimeFormat)
		}
		w.Header().Set("Retry-After", value)
	}
	page := unavailablePage
	if f.Kind == Forbidden || f.Kind == MethodNotAllowed {
		page = blockedPage
	}
	writePage(w, status, page)
}

func writePage(w http.ResponseWriter, status int, page string) {
	w.Header().Set("Content-Type", "text/html; charset=UTF-8")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(page)) // a client that hung up misses it
}

func writeJSON(w http.ResponseWriter, data []byte) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-cache")
	_, _ = w.Write(data) // a client that hung up misses it
}

func writeEndless(ctx context.Context, w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json")
	chunk := []byte(strings.Repeat(`{"id":0,"name":"Overall","rank":1,"level":1,"xp":1},`, 200))
	_, err := w.Write([]byte(`{"name":"endless","skills":[`))
	for sent := 0; err == nil && ctx.Err() == nil && sent < endlessBytes; sent += len(chunk) {
		_, err = w.Write(chunk)
	}
}

// resetConnection closes the connection so that the client sees a reset.
func resetConnection(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler) // the way net/http knows to drop a connection
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // without it the close is an orderly one
	}
	_ = conn.Close()
}
