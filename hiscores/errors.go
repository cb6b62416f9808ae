package hiscores

import (
	"errors"
	"fmt"
	"time"
)

// What a fetch can end in besides a snapshot. Match them with errors.Is. Only
// ErrNotFound and ErrInvalidName are answers about the player; all others say
// nothing about it and mean "try later".
var (
	// ErrNotFound means the table does not list the name: unknown, renamed,
	// banned, not of that mode, or below what the table holds. An outage can
	// answer so too.
	ErrNotFound = errors.New("not on the hiscores")
	// ErrInvalidName means the site refuses the name itself.
	ErrInvalidName = errors.New("name refused by the hiscores")
	// ErrRateLimited means the site asks for fewer requests; see RateLimitError.
	ErrRateLimited = errors.New("rate limited by the hiscores")
	// ErrBlocked means the site answers with a block page.
	ErrBlocked = errors.New("blocked by the hiscores")
	// ErrUnavailable means no usable answer came: an error status, a body that is
	// no player, a redirect elsewhere, a broken connection or a timeout.
	ErrUnavailable = errors.New("hiscores unavailable")
)

// RateLimitError is the site asking for a pause: status 429, or a 503 that
// names a time, which then matches ErrUnavailable too. It matches
// ErrRateLimited; get at it with errors.As.
type RateLimitError struct {
	// RetryAfter is how long the site asks to wait, at most MaxRetryAfter.
	// Zero: it did not say.
	RetryAfter time.Duration
}

// Error says how long the site asks to wait.
func (e *RateLimitError) Error() string {
	if e.RetryAfter == 0 {
		return ErrRateLimited.Error()
	}
	return fmt.Sprintf("%s: retry after %s", ErrRateLimited, e.RetryAfter)
}

// Is makes the error match ErrRateLimited.
func (e *RateLimitError) Is(target error) bool { return target == ErrRateLimited }
