package gains

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// ErrInvalidPeriod is matched by every error of ParsePeriod.
var ErrInvalidPeriod = errors.New("invalid period")

// Period is a stretch of time that people compare by.
type Period string

// The periods. A week begins on Monday.
const (
	Day   Period = "day"
	Week  Period = "week"
	Month Period = "month"
	Year  Period = "year"
)

// Periods returns all periods, the shortest first.
func Periods() []Period { return []Period{Day, Week, Month, Year} }

// ParsePeriod reads the name of a period in any case.
func ParsePeriod(name string) (Period, error) {
	for _, p := range Periods() {
		if strings.EqualFold(name, string(p)) {
			return p, nil
		}
	}
	return "", fmt.Errorf("%w %q: must be day, week, month or year", ErrInvalidPeriod, name)
}

const day = 24 * time.Hour

// Length is how long a rolling period is, and the longest a record of that
// period may take: 24 hours, 7, 30 and 365 times that. It is zero for what is no
// period.
func (p Period) Length() time.Duration {
	switch p {
	case Day:
		return day
	case Week:
		return 7 * day
	case Month:
		return 30 * day
	case Year:
		return 365 * day
	}
	return 0
}

// Window is what happened after From, up to and including To. A value that
// became known exactly at From is the baseline, not a gain.
type Window struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
}

// Rolling is the window of the period's length that ends at a time.
func (p Period) Rolling(end time.Time) Window {
	return Window{From: end.Add(-p.Length()), To: end}
}

// Calendar is the whole period of the calendar of a zone that holds a time: the
// day, the week from Monday on, the month or the year. It ends where the next
// one begins, which may lie in the future. Days are as long as the zone makes
// them: 23 or 25 hours when its clocks change.
func (p Period) Calendar(at time.Time, zone *time.Location) Window {
	year, month, date := at.In(zone).Date()
	var days, months int
	switch p {
	case Day:
		days = 1
	case Week:
		date -= (int(at.In(zone).Weekday()) + 6) % 7
		days = 7
	case Month:
		date, months = 1, 1
	case Year:
		month, date, months = time.January, 1, 12
	}
	return Window{
		From: startOfDay(year, month, date, zone),
		To:   startOfDay(year, month+time.Month(months), date+days, zone),
	}
}

// startOfDay is the first moment of a date in a zone, which is not midnight
// where the clocks skip it. A date that a zone skipped begins with the next one.
func startOfDay(year int, month time.Month, date int, zone *time.Location) time.Time {
	t := time.Date(year, month, date, 0, 0, 0, 0, zone)
	begins, ends := t.ZoneBounds()
	wanted := time.Date(year, month, date, 0, 0, 0, 0, time.UTC)
	switch onClock := wallClock(t); {
	case onClock.Before(wanted): // within what was before the gap
		return ends
	case onClock.After(wanted): // within what came after the gap
		return begins
	}
	if begins.IsZero() {
		return t
	}
	// Clocks that were put back to midnight or before showed it twice.
	_, offset := t.Zone()
	_, offsetBefore := begins.Add(-time.Nanosecond).Zone()
	first := t.Add(time.Duration(offset-offsetBefore) * time.Second)
	if first.Before(begins) && wallClock(first).Equal(wanted) {
		return first
	}
	return t
}

// wallClock is what clocks showed at a time, as if it were UTC.
func wallClock(t time.Time) time.Time {
	_, offset := t.Zone()
	return t.UTC().Add(time.Duration(offset) * time.Second)
}
