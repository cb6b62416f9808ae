package web

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// errInvalidTime is matched by the errors of parseMoment and parsePeriod.
var errInvalidTime = errors.New("invalid time")

// longestAgo keeps durations within what time.Duration and the game's age allow.
const longestAgo = 100 * 365 * 24 * time.Hour

// parseMoment reads a point in time as callers write it: RFC 3339, or how long
// ago as a Go duration or days ("90m", "24h", "7d"). Empty means fallback.
func parseMoment(field, text string, now, fallback time.Time) (time.Time, error) {
	if text == "" {
		return fallback, nil
	}
	// A plus sign of a zone arrives as a space when it was not escaped.
	if at, err := time.Parse(time.RFC3339, strings.Replace(text, " ", "+", 1)); err == nil {
		return at.UTC(), nil
	}
	ago, err := parseAgo(text)
	if err != nil {
		return time.Time{}, invalid("query."+field, text, fmt.Errorf(
			"%w: %s %q: must be RFC 3339 such as 2026-01-31T12:00:00Z, or how long ago such as 24h or 7d", errInvalidTime, field, text))
	}
	return now.Add(-ago).UTC(), nil
}

func parseAgo(text string) (time.Duration, error) {
	if days, ok := strings.CutSuffix(text, "d"); ok {
		n, err := strconv.Atoi(days)
		if err != nil {
			return 0, fmt.Errorf("days %q: %w", days, err)
		}
		if n < 0 || n > int(longestAgo/(24*time.Hour)) {
			return 0, fmt.Errorf("days %q: out of range", days)
		}
		return time.Duration(n) * 24 * time.Hour, nil
	}
	ago, err := time.ParseDuration(text)
	if err != nil {
		return 0, fmt.Errorf("duration %q: %w", text, err)
	}
	if ago < 0 || ago > longestAgo {
		return 0, fmt.Errorf("duration %q: out of range", text)
	}
	return ago, nil
}

// period is a stretch of time; From is before To.
type period struct{ From, To time.Time }

// parsePeriod reads from and to. Left out they mean the last 24 hours.
func parsePeriod(from, to string, now time.Time) (period, error) {
	end, err := parseMoment("to", to, now, now)
	if err != nil {
		return period{}, err
	}
	start, err := parseMoment("from", from, now, end.Add(-24*time.Hour))
	if err != nil {
		return period{}, err
	}
	if !start.Before(end) {
		return period{}, invalid("query.from", from, fmt.Errorf("%w: from %s: must be before to, which is %s",
			errInvalidTime, start.Format(time.RFC3339), end.Format(time.RFC3339)))
	}
	return period{From: start.UTC(), To: end.UTC()}, nil
}
