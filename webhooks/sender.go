package webhooks

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

const (
	// sendTimeout bounds one request: less than a stopping worker waits.
	sendTimeout = 10 * time.Second
	// longestAnswer is how much of an answer is read, so that the connection can be
	// used again.
	longestAnswer = 64 << 10
	// shortestWait and longestWait bound what a receiver may ask for.
	shortestWait = time.Second
	longestWait  = time.Hour
)

// ErrGone means that nobody listens there any more: 404, which is what Discord
// says of a deleted webhook, and 410.
var ErrGone = errors.New("gone")

// LimitedError means that the receiver asked to wait (429).
type LimitedError struct {
	// RetryAfter is for how long, between a second and an hour.
	RetryAfter time.Duration
}

// Error says for how long.
func (e *LimitedError) Error() string {
	return fmt.Sprintf("asked to wait %s", e.RetryAfter.Round(time.Second))
}

// SenderOptions configures a Sender.
type SenderOptions struct {
	// AllowPrivate lets webhooks be on this host or in its own networks.
	AllowPrivate bool
	// UserAgent says who sends.
	UserAgent string
	// Now is the clock that a Retry-After with a date is compared with. Nil:
	// time.Now.
	Now func() time.Time
}

// Sender posts deliveries. It follows no redirects and uses no proxy, since
// either would lead round the check of addresses. It is safe for concurrent use.
type Sender struct {
	client *http.Client
	opts   SenderOptions
}

// NewSender makes a Sender.
func NewSender(o SenderOptions) *Sender {
	if o.Now == nil {
		o.Now = time.Now
	}
	dialer := &net.Dialer{Timeout: sendTimeout}
	if !o.AllowPrivate {
		dialer.Control = onlyPublic
	}
	return &Sender{opts: o, client: &http.Client{
		Timeout: sendTimeout,
		Transport: &http.Transport{
			DialContext: dialer.DialContext, ForceAttemptHTTP2: true, TLSHandshakeTimeout: sendTimeout,
			MaxIdleConns: 10, IdleConnTimeout: time.Minute, MaxResponseHeaderBytes: longestAnswer,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// Send posts a delivery and returns the status of the answer, zero when there was
// none. The error matches ErrGone, ErrPrivate or is a *LimitedError where one of
// them is why; it never shows the address.
func (s *Sender) Send(ctx context.Context, d Delivery) (answer int, err error) {
	body, err := Encode(d)
	if err != nil {
		return 0, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, d.Hook.URL.Reveal(), bytes.NewReader(body))
	if err != nil {
		return 0, fmt.Errorf("post to %s: %w", d.Hook.URL, inner(err))
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", s.opts.UserAgent)
	if d.Hook.Secret != "" {
		req.Header.Set(SignatureHeader, Sign(body, d.Hook.Secret))
	}
	res, err := s.client.Do(req)
	if err != nil {
		return 0, fmt.Errorf("post to %s: %w", d.Hook.URL, inner(err))
	}
	defer func() { _ = res.Body.Close() }()
	_, _ = io.CopyN(io.Discard, res.Body, longestAnswer) // What it says is not ours to show.
	if err := s.judge(res); err != nil {
		return res.StatusCode, fmt.Errorf("post to %s: %w", d.Hook.URL, err)
	}
	return res.StatusCode, nil
}

// inner is an error of net/http without the address, which it begins with.
func inner(err error) error {
	if whole, ok := errors.AsType[*url.Error](err); ok {
		return whole.Err
	}
	return err
}

func (s *Sender) judge(res *http.Response) error {
	switch code := res.StatusCode; {
	case code >= 200 && code < 300:
		return nil
	case code == http.StatusTooManyRequests:
		return &LimitedError{RetryAfter: s.retryAfter(res.Header.Get("Retry-After"))}
	case code == http.StatusNotFound, code == http.StatusGone:
		return fmt.Errorf("answered %d: %w", code, ErrGone)
	case code >= 300 && code < 400:
		return fmt.Errorf("answered %d: redirects are not followed", code)
	default:
		return fmt.Errorf("answered %d %s", code, http.StatusText(code))
	}
}

// retryAfter reads seconds, which Discord gives with a fraction, or a date. What it
// cannot read is the shortest wait.
func (s *Sender) retryAfter(said string) time.Duration {
	wait := shortestWait
	if seconds, err := strconv.ParseFloat(said, 64); err == nil && seconds > 0 {
		wait = time.Duration(min(seconds, longestWait.Seconds()) * float64(time.Second))
	} else if at, err := http.ParseTime(said); err == nil {
		wait = at.Sub(s.opts.Now())
	}
	return min(max(wait, shortestWait), longestWait)
}
