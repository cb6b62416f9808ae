package hiscores

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/osrsdiff/osrsdiff/player"
)

// What NewClient uses where Options say nothing.
const (
	// DefaultBaseURL is the official site.
	DefaultBaseURL = "https://services.runescape.com"
	// DefaultTimeout is enough for a slow answer; a usual one takes under a second.
	DefaultTimeout = 10 * time.Second
)

const (
	// keptConns is how many idle connections are kept: as many as a busy worker
	// fetches at once.
	keptConns = 256
	// keptFor is how long an idle connection is kept: less than servers do, so that
	// a request does not meet a connection that is just being closed.
	keptFor = 5 * time.Second
)

// projectURL is where the operators of the site can read what asks them.
const projectURL = "https://github.com/osrsdiff/osrsdiff"

// UserAgent says who asks: the program, its version (empty: left out) and how
// to reach the one who runs it (an address or a page; empty: only the project).
func UserAgent(version, contact string) string {
	name := "osrsdiff"
	if version != "" {
		name += "/" + version
	}
	about := "+" + projectURL
	if contact = strings.TrimSpace(printable(contact)); contact != "" {
		about += "; contact: " + contact
	}
	return name + " (" + about + ")"
}

// Options configure a Client. The zero Options are those of the official site.
type Options struct {
	// BaseURL is what comes before "/m=". Empty: DefaultBaseURL.
	BaseURL string
	// UserAgent is sent with every request. Empty: UserAgent("", "").
	UserAgent string
	// Timeout bounds a request from dialling to the last byte. Zero:
	// DefaultTimeout.
	Timeout time.Duration
	// HTTP makes the requests; its own Timeout and redirect policy are replaced.
	// Nil: a client that keeps connections for a short while, since opening one
	// costs the site and us more than the request itself.
	HTTP *http.Client
	// Now dates snapshots. Nil: time.Now.
	Now func() time.Time
}

// Client fetches players from the hiscores. It neither retries nor limits its
// rate: whoever calls it does. It may be used by many goroutines at once.
type Client struct {
	base      string
	userAgent string
	timeout   time.Duration
	http      *http.Client
	now       func() time.Time
}

// NewClient makes a Client.
func NewClient(o Options) *Client {
	c := &Client{base: strings.TrimRight(o.BaseURL, "/"), userAgent: o.UserAgent, timeout: o.Timeout, now: o.Now}
	if c.base == "" {
		c.base = DefaultBaseURL
	}
	if c.userAgent == "" {
		c.userAgent = UserAgent("", "")
	}
	if c.timeout <= 0 {
		c.timeout = DefaultTimeout
	}
	if c.now == nil {
		c.now = time.Now
	}
	c.http = ownClient(o.HTTP)
	return c
}

// ownClient copies given, so that its redirect policy can be replaced.
func ownClient(given *http.Client) *http.Client {
	var own http.Client
	if given != nil {
		own = *given
	} else if t, ok := http.DefaultTransport.(*http.Transport); ok {
		t = t.Clone()
		t.MaxIdleConnsPerHost = keptConns
		t.IdleConnTimeout = keptFor
		t.ReadBufferSize = 2 * usualBody // an answer with its headers in one read
		// A request is one request on HTTP/1.1 only (see unrepeatable).
		t.Protocols = new(http.Protocols)
		t.Protocols.SetHTTP1(true)
		own.Transport = t
	}
	own.Timeout = 0 // the context of each request carries it
	own.CheckRedirect = stayOnSite
	return &own
}

// stayOnSite follows few redirects and none to another host: those lead to
// pages that say nothing about the player. The redirect itself is then the
// answer.
func stayOnSite(req *http.Request, via []*http.Request) error {
	first := via[0].URL
	downgraded := first.Scheme == "https" && req.URL.Scheme != "https"
	if len(via) > 2 || req.URL.Host != first.Host || downgraded {
		return http.ErrUseLastResponse
	}
	req.Body = unrepeatable{}
	return nil
}

// Fetch asks a table for a player. The error matches one of the package's
// errors; if ctx ran out of time, its error as well. A ctx that was cancelled
// gives context.Canceled alone, since the site is not to blame for that.
func (c *Client) Fetch(ctx context.Context, name player.Name, table Table) (Snapshot, error) {
	s, err := c.fetch(ctx, name, table)
	if err != nil {
		return Snapshot{}, fmt.Errorf("fetch %q from %s: %w", name, table, err)
	}
	return s, nil
}

func (c *Client) fetch(ctx context.Context, name player.Name, table Table) (Snapshot, error) {
	if name.IsZero() {
		return Snapshot{}, fmt.Errorf("%w: it is empty", ErrInvalidName)
	}
	inTime, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(inTime, http.MethodGet, c.url(name, table), http.NoBody)
	if err != nil {
		return Snapshot{}, err
	}
	req.Body = unrepeatable{}
	req.Header.Set("User-Agent", c.userAgent)
	req.Header.Set("Accept", "application/json")
	resp, err := c.http.Do(req)
	if err != nil {
		return Snapshot{}, noAnswer(ctx, err)
	}
	defer func() { _ = resp.Body.Close() }() // everything wanted was read
	if resp.StatusCode != http.StatusOK {
		return Snapshot{}, statusError(resp, c.now())
	}
	into := bytes.NewBuffer(make([]byte, 0, usualBody))
	if _, err := into.ReadFrom(io.LimitReader(resp.Body, MaxBody+1)); err != nil {
		return Snapshot{}, noAnswer(ctx, err)
	}
	data := into.Bytes()
	if isBlockPage(data) {
		return Snapshot{}, fmt.Errorf("%w: the answer is a block page", ErrBlocked)
	}
	return Parse(data, c.now())
}

// unrepeatable is an empty body that says nothing of being empty. When a kept
// connection breaks, net/http by itself sends a request again unless it has a body
// that cannot be had once more, and a tick makes one request. Nothing is sent of it:
// net/http looks for the first byte and finds none.
type unrepeatable struct{}

// Read finds the end.
func (unrepeatable) Read([]byte) (int, error) { return 0, io.EOF }

// Close does nothing.
func (unrepeatable) Close() error { return nil }

// url spells a space as %20, the form proven on the site.
func (c *Client) url(name player.Name, table Table) string {
	return c.base + "/m=" + string(table) + "/index_lite.json?player=" + url.PathEscape(name.String())
}

// noAnswer is the error of a request that broke. Only a cancelled context of
// the caller is not the site's fault.
func noAnswer(ctx context.Context, err error) error {
	if errors.Is(ctx.Err(), context.Canceled) {
		return ctx.Err()
	}
	return fmt.Errorf("%w: %w", ErrUnavailable, err)
}

// isBlockPage reports whether a body that came with status 200 is a page that
// tells the asker to go away rather than one about the site's own trouble.
func isBlockPage(data []byte) bool {
	if isObject(data) {
		return false
	}
	page := bytes.ToLower(data[:min(len(data), 64<<10)])
	for _, sign := range []string{"temporarily blocked", "excessive use", "incapsula", "access denied", "captcha"} {
		if bytes.Contains(page, []byte(sign)) {
			return true
		}
	}
	return false
}
