package gains

import "time"

// Choice is a period as a person asks for it. The command line, the API and the
// pages all make their windows of one.
type Choice struct {
	// Period is how long.
	Period Period
	// Calendar chooses the period of the calendar that holds At, as far as it has
	// come. Otherwise the window is the period's length and ends at At.
	Calendar bool
	// Zone is whose calendar. Nil: UTC.
	Zone *time.Location
	// At is the end of a rolling window, or any time within one of the calendar.
	At time.Time
}

// Window is the stretch of time that is meant. It never reaches beyond now.
func (c Choice) Window(now time.Time) Window {
	w := c.Period.Rolling(c.At)
	if c.Calendar {
		zone := c.Zone
		if zone == nil {
			zone = time.UTC
		}
		w = c.Period.Calendar(c.At, zone)
	}
	if w.To.After(now) {
		w.To = now
	}
	return w
}
