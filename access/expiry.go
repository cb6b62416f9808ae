package access

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// mostExpiry is the longest a token that expires may work: ten years.
const mostExpiry = 10 * 365 * 24 * time.Hour

// ParseExpiry reads how long a token shall work from now on, in days or with
// another unit ("90d", "12h"), and returns when it ends. Nothing is never, the
// zero time. What cannot be read matches ErrInvalidToken.
func ParseExpiry(text string, now time.Time) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	var length time.Duration
	var err error
	if days, ok := strings.CutSuffix(text, "d"); ok {
		var n uint64
		n, err = strconv.ParseUint(days, 10, 16)
		length = time.Duration(n) * 24 * time.Hour
	} else {
		length, err = time.ParseDuration(text)
	}
	if err != nil || length <= 0 || length > mostExpiry {
		return time.Time{}, fmt.Errorf("%w: expires %q: must be a time such as 90d or 12h, at most ten years", ErrInvalidToken, text)
	}
	return now.Add(length), nil
}
