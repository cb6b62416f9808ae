package hiscores

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// MaxRetryAfter is the longest wait that is believed; a longer one is cut to
// it, so that a slip of the site cannot stop tracking for years.
const MaxRetryAfter = 24 * time.Hour

// statusError is the error of a response whose status is not 200.
func statusError(resp *http.Response, now time.Time) error {
	switch resp.StatusCode {
	case http.StatusNotFound:
		return ErrNotFound
	case http.StatusBadRequest:
		return ErrInvalidName
	case http.StatusForbidden, http.StatusMethodNotAllowed:
		return fmt.Errorf("%w: HTTP %s", ErrBlocked, resp.Status)
	case http.StatusTooManyRequests:
		return &RateLimitError{RetryAfter: retryAfter(resp.Header, now)}
	}
	if location := resp.Header.Get("Location"); location != "" {
		return fmt.Errorf("%w: HTTP %s to %q", ErrUnavailable, resp.Status, location)
	}
	if wait := retryAfter(resp.Header, now); wait > 0 {
		return fmt.Errorf("%w: HTTP %s: %w", ErrUnavailable, resp.Status, &RateLimitError{RetryAfter: wait})
	}
	return fmt.Errorf("%w: HTTP %s", ErrUnavailable, resp.Status)
}

// retryAfter reads both forms of Retry-After: whole seconds and a date, which
// is compared with the site's own Date where it sent one, since clocks differ.
// Zero: nothing readable was said, or the date has passed.
func retryAfter(h http.Header, now time.Time) time.Duration {
	value := strings.TrimSpace(h.Get("Retry-After"))
	if seconds, err := strconv.ParseUint(value, 10, 64); err == nil {
		return time.Duration(min(seconds, uint64(MaxRetryAfter/time.Second))) * time.Second
	}
	until, err := http.ParseTime(value)
	if err != nil {
		return 0
	}
	if sent, err := http.ParseTime(h.Get("Date")); err == nil {
		now = sent
	}
	return min(max(until.Sub(now), 0), MaxRetryAfter)
}
