package web

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/osrsdiff/osrsdiff/gains"
)

// windowForm is the stretch of time that a page is about, with the ways to
// another one. Its address uses the words of the API: period, calendar, zone, from
// and to.
type windowForm struct {
	gains.Window
	// Page is the address without its query, and Keep the rest of that.
	Page string
	Keep []keptValue
	// Chosen are the parts of the query that say which time, without the zone.
	Chosen []keptValue
	// Choices are the periods to choose from.
	Choices []windowChoice
	// Start and End are the two times in the zone as date inputs write them.
	Start, End string
	// Zone is the time zone's name, and Zones some to choose from.
	Zone  string
	Zones []string
	// Words say which time it is.
	Words string
	// Error is what is wrong with the address. Empty: nothing.
	Error string
	zone  *time.Location
}

// keptValue is a part of a query that a form sends along.
type keptValue struct{ Name, Value string }

type windowChoice struct {
	Name, URL string
	Current   bool
}

// inputTime is how date inputs of HTML write a time, which has no zone.
const inputTime = "2006-01-02T15:04"

// windowChoices are the stretches of time that pages offer.
var windowChoices = []struct {
	name     string
	period   gains.Period
	calendar bool
}{
	{"Last 24 hours", gains.Day, false},
	{"Last 7 days", gains.Week, false},
	{"Last 30 days", gains.Month, false},
	{"Last 365 days", gains.Year, false},
	{"Today", gains.Day, true},
	{"This week", gains.Week, true},
	{"This month", gains.Month, true},
	{"This year", gains.Year, true},
}

// someZones are offered; any other can be typed.
var someZones = []string{
	"UTC", "America/Los_Angeles", "America/Denver", "America/Chicago", "America/New_York", "America/Sao_Paulo", "Europe/London", "Europe/Lisbon",
	"Europe/Berlin", "Europe/Paris", "Europe/Madrid", "Europe/Stockholm", "Europe/Warsaw", "Europe/Helsinki", "Europe/Istanbul",
	"Africa/Johannesburg", "Asia/Dubai", "Asia/Kolkata", "Asia/Singapore", "Asia/Shanghai", "Asia/Tokyo", "Australia/Sydney", "Pacific/Auckland",
}

// readWindow reads the stretch of time of an address. Without any it is the
// fallback's. What cannot be read is said in Error, and the fallback holds.
func readWindow(page string, query url.Values, fallback gains.Period, now time.Time) windowForm {
	form := windowForm{Page: page, zone: time.UTC, Zones: someZones}
	form.keep(query)
	zone, err := gains.Zone(query.Get("zone"))
	if err == nil {
		form.zone = zone
	}
	form.Zone = form.zone.String()
	chosen := WindowQuery{Period: query.Get("period"), Calendar: query.Get("calendar") == "true"}
	custom := query.Get("from") != "" || query.Get("to") != ""
	if chosen.Period == "" || custom {
		chosen = WindowQuery{Period: string(fallback)}
	}
	if chosen.Calendar {
		chosen.Zone = form.Zone
	}
	if err == nil && custom {
		form.Window, err = form.between(query.Get("from"), query.Get("to"), now)
		chosen.Period = ""
	} else if err == nil {
		form.Window, err = chosen.window(now)
	}
	if err != nil {
		form.Error = err.Error()
		form.Window = fallback.Rolling(now)
	}
	form.offer(query, chosen)
	form.Start, form.End = form.From.In(form.zone).Format(inputTime), form.To.In(form.zone).Format(inputTime)
	form.Words = fmt.Sprintf("%s to %s, %s", exactly(form.From, form.zone), exactly(form.To, form.zone), form.Zone)
	return form
}

// between reads two times. Without a zone of their own they are the form's.
func (f *windowForm) between(from, to string, now time.Time) (gains.Window, error) {
	w := gains.Window{To: now}
	for _, end := range []struct {
		field, text string
		at          *time.Time
	}{{"from", from, &w.From}, {"to", to, &w.To}} {
		if end.text == "" {
			continue
		}
		at, err := f.moment(end.field, end.text, now)
		if err != nil {
			return w, err
		}
		*end.at = at
	}
	if from == "" {
		w.From = w.To.Add(-gains.Day.Length())
	}
	if w.To.After(now) {
		w.To = now
	}
	if !w.From.Before(w.To) {
		return w, fmt.Errorf("%w: the start, %s, must be before the end, %s", errInvalidTime, exactly(w.From, f.zone), exactly(w.To, f.zone))
	}
	return w, nil
}

func (f *windowForm) moment(field, text string, now time.Time) (time.Time, error) {
	for _, layout := range []string{inputTime, "2006-01-02T15:04:05", time.DateOnly} {
		if at, err := time.ParseInLocation(layout, strings.TrimSpace(text), f.zone); err == nil {
			return at, nil
		}
	}
	return parseMoment(field, text, now, now)
}

// windowKeys are the parts of a query that say which time.
var windowKeys = []string{"period", "calendar", "from", "to"}

// keep notes what forms send along.
func (f *windowForm) keep(query url.Values) {
	for _, key := range slices.Sorted(maps.Keys(query)) {
		value := keptValue{Name: key, Value: query.Get(key)}
		switch {
		case slices.Contains(windowKeys, key):
			f.Chosen = append(f.Chosen, value)
		case key != "zone" && key != "done" && key != "cursor":
			f.Keep = append(f.Keep, value)
		}
	}
}

// offer makes the links to other periods. They keep the rest of the address.
func (f *windowForm) offer(query url.Values, chosen WindowQuery) {
	for _, choice := range windowChoices {
		to := url.Values{"period": {string(choice.period)}}
		for _, kept := range f.Keep {
			to.Set(kept.Name, kept.Value)
		}
		if choice.calendar {
			to.Set("calendar", "true")
		}
		if query.Get("zone") != "" {
			to.Set("zone", f.Zone)
		}
		f.Choices = append(f.Choices, windowChoice{
			Name: choice.name, URL: f.Page + "?" + to.Encode(),
			Current: chosen.Period == string(choice.period) && chosen.Calendar == choice.calendar,
		})
	}
}
