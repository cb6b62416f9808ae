package main

import (
	"strings"
	"time"

	"github.com/osrsdiff/osrsdiff/gains"
)

// clock is what a time that a person types is relative to.
type clock struct {
	now  time.Time
	zone *time.Location
}

// minutes is a time of day without a zone.
const minutes = "2006-01-02 15:04"

// parseWindow reads two times: "now", a day or a minute of the zone, RFC 3339, how
// long ago (7d), or how far ahead (+7d): of now, and of the first time for the
// second.
func parseWindow(from, to string, c clock) (gains.Window, error) {
	start, err := c.moment("from", from)
	if err != nil {
		return gains.Window{}, err
	}
	end, err := c.moment("to", to)
	if strings.HasPrefix(to, "+") {
		end, err = clock{now: start, zone: c.zone}.moment("to", to)
	}
	if err != nil {
		return gains.Window{}, err
	}
	if !start.Before(end) {
		return gains.Window{}, usage("--from %q: must be before --to, which is %s", from, stamp(end))
	}
	return gains.Window{From: start.UTC(), To: end.UTC()}, nil
}

func (c clock) moment(flag, text string) (time.Time, error) {
	if text == "now" {
		return c.now, nil
	}
	for _, layout := range []string{time.DateOnly, minutes} {
		if at, err := time.ParseInLocation(layout, text, c.zone); err == nil {
			return at, nil
		}
	}
	if ahead, found := strings.CutPrefix(text, "+"); found {
		d, ok := parseAgo(ahead)
		if !ok || d < 0 || d > longestAgo {
			return time.Time{}, usage("--%s %q: must be how far ahead, such as +12h or +7d", flag, text)
		}
		return c.now.Add(d), nil
	}
	return parseMoment(flag, text, c.now)
}
