package main

import (
	"strconv"
	"strings"
	"time"
)

// longestAgo keeps a time within what the game and its hiscores have seen.
const longestAgo = 100 * 365 * 24 * time.Hour

// parseMoment reads a time as people type it: how long before now (90m, 24h,
// 7d), a day (2026-01-31) or RFC 3339. flag is named by the error.
func parseMoment(flag, text string, now time.Time) (time.Time, error) {
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if at, err := time.Parse(layout, text); err == nil {
			return at.UTC(), nil
		}
	}
	ago, ok := parseAgo(text)
	if !ok || ago < 0 || ago > longestAgo {
		return time.Time{}, usage("--%s %q: must be how long ago, such as 24h or 7d, a day such as 2026-01-31, or a time such as 2026-01-31T12:00:00Z", flag, text)
	}
	return now.Add(-ago).UTC(), nil
}

func parseAgo(text string) (time.Duration, bool) {
	if days, found := strings.CutSuffix(text, "d"); found {
		n, err := strconv.ParseUint(days, 10, 16)
		return time.Duration(n) * 24 * time.Hour, err == nil
	}
	d, err := time.ParseDuration(text)
	return d, err == nil
}
