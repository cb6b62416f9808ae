package gains_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/osrsdiff/osrsdiff/gains"
)

func at(tb testing.TB, text string) time.Time {
	tb.Helper()
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		tb.Fatal(err)
	}
	return t
}

func zone(tb testing.TB, name string) *time.Location {
	tb.Helper()
	z, err := gains.Zone(name)
	if err != nil {
		tb.Fatal(err)
	}
	return z
}

func TestCalendar(t *testing.T) {
	tests := map[string]struct {
		period   gains.Period
		zone, at string
		from, to string
	}{
		"day in UTC":                     {gains.Day, "UTC", "2026-10-09T23:59:59Z", "2026-10-09T00:00:00Z", "2026-10-10T00:00:00Z"},
		"midnight begins the day":        {gains.Day, "UTC", "2026-10-09T00:00:00Z", "2026-10-09T00:00:00Z", "2026-10-10T00:00:00Z"},
		"day in Berlin":                  {gains.Day, "Europe/Berlin", "2026-10-09T22:30:00Z", "2026-10-09T22:00:00Z", "2026-10-10T22:00:00Z"},
		"short day: clocks go forward":   {gains.Day, "Europe/Berlin", "2026-03-29T12:00:00Z", "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z"},
		"long day: clocks go back":       {gains.Day, "Europe/Berlin", "2026-10-25T12:00:00Z", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"},
		"midnight is skipped":            {gains.Day, "America/Sao_Paulo", "2018-11-04T12:00:00Z", "2018-11-04T03:00:00Z", "2018-11-05T02:00:00Z"},
		"the day before that":            {gains.Day, "America/Sao_Paulo", "2018-11-03T12:00:00Z", "2018-11-03T03:00:00Z", "2018-11-04T03:00:00Z"},
		"midnight comes twice":           {gains.Day, "America/Havana", "2026-11-01T12:00:00Z", "2026-11-01T04:00:00Z", "2026-11-02T05:00:00Z"},
		"between the two midnights":      {gains.Day, "America/Havana", "2026-11-01T04:30:00Z", "2026-11-01T04:00:00Z", "2026-11-02T05:00:00Z"},
		"put back to 23:00":              {gains.Day, "America/Sao_Paulo", "2018-02-18T12:00:00Z", "2018-02-18T03:00:00Z", "2018-02-19T03:00:00Z"},
		"the long day that ends so":      {gains.Day, "America/Sao_Paulo", "2018-02-18T02:30:00Z", "2018-02-17T02:00:00Z", "2018-02-18T03:00:00Z"},
		"before a day that never was":    {gains.Day, "Pacific/Apia", "2011-12-30T09:59:00Z", "2011-12-29T10:00:00Z", "2011-12-30T10:00:00Z"},
		"a half hour's zone":             {gains.Day, "Asia/Kolkata", "2026-10-09T18:30:00Z", "2026-10-09T18:30:00Z", "2026-10-10T18:30:00Z"},
		"week from Monday":               {gains.Week, "UTC", "2026-10-09T08:00:00Z", "2026-10-05T00:00:00Z", "2026-10-12T00:00:00Z"},
		"Sunday ends the week":           {gains.Week, "UTC", "2026-10-11T23:00:00Z", "2026-10-05T00:00:00Z", "2026-10-12T00:00:00Z"},
		"Monday begins it":               {gains.Week, "UTC", "2026-10-12T00:00:00Z", "2026-10-12T00:00:00Z", "2026-10-19T00:00:00Z"},
		"week over a year's end":         {gains.Week, "UTC", "2027-01-01T00:00:00Z", "2026-12-28T00:00:00Z", "2027-01-04T00:00:00Z"},
		"week with a clock change":       {gains.Week, "America/New_York", "2026-03-07T12:00:00Z", "2026-03-02T05:00:00Z", "2026-03-09T04:00:00Z"},
		"month":                          {gains.Month, "UTC", "2026-12-31T23:59:59Z", "2026-12-01T00:00:00Z", "2027-01-01T00:00:00Z"},
		"month in another zone":          {gains.Month, "Pacific/Auckland", "2026-09-30T12:00:00Z", "2026-09-30T11:00:00Z", "2026-10-31T11:00:00Z"},
		"February of a leap year":        {gains.Month, "UTC", "2028-02-29T12:00:00Z", "2028-02-01T00:00:00Z", "2028-03-01T00:00:00Z"},
		"year":                           {gains.Year, "UTC", "2026-10-09T08:00:00Z", "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z"},
		"year west of Greenwich":         {gains.Year, "America/Los_Angeles", "2027-01-01T07:59:59Z", "2026-01-01T08:00:00Z", "2027-01-01T08:00:00Z"},
		"a year whose clocks changed it": {gains.Year, "Asia/Pyongyang", "2015-06-01T00:00:00Z", "2014-12-31T15:00:00Z", "2015-12-31T15:30:00Z"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got := test.period.Calendar(at(t, test.at), zone(t, test.zone))
			if !got.From.Equal(at(t, test.from)) || !got.To.Equal(at(t, test.to)) {
				t.Errorf("from %s to %s, want %s to %s", got.From.UTC().Format(time.RFC3339), got.To.UTC().Format(time.RFC3339), test.from, test.to)
			}
		})
	}
}

// TestCalendarTilesTime walks through zones with odd clocks: periods follow each
// other without gap or overlap, and each holds the time it was asked for.
func TestCalendarTilesTime(t *testing.T) {
	zones := []string{
		"UTC", "Europe/Berlin", "America/Sao_Paulo", "America/Havana", "Pacific/Apia", "Australia/Lord_Howe",
		"Asia/Beirut", "Africa/Cairo", "Asia/Gaza", "America/Scoresbysund", "Antarctica/Troll",
	}
	rapid.Check(t, func(rt *rapid.T) {
		z := zone(t, rapid.SampledFrom(zones).Draw(rt, "zone"))
		period := rapid.SampledFrom(gains.Periods()).Draw(rt, "period")
		when := time.Unix(rapid.Int64Range(0, 2_500_000_000).Draw(rt, "time"), 0)
		w := period.Calendar(when, z)
		if when.Before(w.From) || !when.Before(w.To) {
			rt.Fatalf("%s of %s is %s to %s", period, when.In(z), w.From.In(z), w.To.In(z))
		}
		next := period.Calendar(w.To, z)
		last := period.Calendar(w.To.Add(-time.Nanosecond), z)
		if !next.From.Equal(w.To) || !last.From.Equal(w.From) || !last.To.Equal(w.To) {
			rt.Fatalf("%v is followed by %v and holds %v", w, next, last)
		}
		if date := w.From.In(z).Format(time.DateOnly); period == gains.Day && date != when.In(z).Format(time.DateOnly) {
			rt.Fatalf("the day of %s begins on %s", when.In(z), date)
		}
	})
}

func TestRolling(t *testing.T) {
	end := at(t, "2026-03-29T12:00:00+02:00")
	for period, hours := range map[gains.Period]int{gains.Day: 24, gains.Week: 168, gains.Month: 720, gains.Year: 8760} {
		w := period.Rolling(end)
		if !w.To.Equal(end) || w.To.Sub(w.From) != time.Duration(hours)*time.Hour {
			t.Errorf("%s is %v", period, w)
		}
	}
}

func TestParsePeriod(t *testing.T) {
	for text, want := range map[string]gains.Period{"day": gains.Day, "WEEK": gains.Week, "Month": gains.Month, "year": gains.Year} {
		if got, err := gains.ParsePeriod(text); got != want || err != nil {
			t.Errorf("%q is %q, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "days", "fortnight", "7d"} {
		if _, err := gains.ParsePeriod(text); !errors.Is(err, gains.ErrInvalidPeriod) || !strings.Contains(err.Error(), "day, week, month or year") {
			t.Errorf("%q: %v", text, err)
		}
	}
	if gains.Period("fortnight").Length() != 0 {
		t.Error("what is no period has a length")
	}
}

func TestZone(t *testing.T) {
	for _, name := range []string{"", "UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires"} {
		if z, err := gains.Zone(name); err != nil || z == nil {
			t.Errorf("%q: %v", name, err)
		}
	}
	for _, name := range []string{"Local", "local", "Mars/Olympus", "../etc/passwd", "UTC+2"} {
		if _, err := gains.Zone(name); !errors.Is(err, gains.ErrInvalidZone) || !strings.Contains(err.Error(), name) {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func TestChoice(t *testing.T) {
	now := at(t, "2026-10-09T08:00:00Z")
	tests := map[string]struct {
		choice   gains.Choice
		from, to string
	}{
		"rolling":              {gains.Choice{Period: gains.Day, At: now}, "2026-10-08T08:00:00Z", "2026-10-09T08:00:00Z"},
		"rolling in the past":  {gains.Choice{Period: gains.Week, At: now.AddDate(0, -1, 0)}, "2026-09-02T08:00:00Z", "2026-09-09T08:00:00Z"},
		"calendar so far":      {gains.Choice{Period: gains.Month, Calendar: true, At: now}, "2026-10-01T00:00:00Z", "2026-10-09T08:00:00Z"},
		"calendar in the past": {gains.Choice{Period: gains.Month, Calendar: true, At: now.AddDate(0, -1, 0)}, "2026-09-01T00:00:00Z", "2026-10-01T00:00:00Z"},
		"calendar of a zone":   {gains.Choice{Period: gains.Day, Calendar: true, Zone: zone(t, "Asia/Tokyo"), At: now}, "2026-10-08T15:00:00Z", "2026-10-09T08:00:00Z"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			w := test.choice.Window(now)
			if !w.From.Equal(at(t, test.from)) || !w.To.Equal(at(t, test.to)) {
				t.Errorf("from %v to %v, want %s to %s", w.From, w.To, test.from, test.to)
			}
		})
	}
}
