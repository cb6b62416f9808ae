package store

import (
	"time"

	"github.com/osrsdiff/osrsdiff/gains"
)

// bucket is a day, week, month or year of the calendar in UTC, as a number that
// grows with time within each kind. What happened exactly at its end is in it and
// what happened exactly at its start is not, as with every window of gains.
type bucket int64

// The first number of each kind. Days and weeks count from 1970 on, months from
// the year 0, and years are themselves.
const (
	firstDay   bucket = 0
	firstWeek  bucket = 1_000_000
	firstMonth bucket = 2_000_000
	firstYear  bucket = 3_000_000
)

const dayMicros = int64(24 * time.Hour / time.Microsecond)

// dayOf is the day that something which happened at a time belongs to.
func dayOf(at int64) int64 { return floorDiv(at-1, dayMicros) }

func floorDiv(n, by int64) int64 {
	q := n / by
	if n%by < 0 {
		q--
	}
	return q
}

// weekOf is the week of a day; the first day of 1970 was a Thursday.
func weekOf(day int64) bucket { return firstWeek + bucket(floorDiv(day+3, 7)) }

func dateOf(day int64) time.Time { return time.Unix(day*24*60*60, 0).UTC() }

func dayOfDate(year int, month time.Month) int64 {
	return floorDiv(time.Date(year, month, 1, 0, 0, 0, 0, time.UTC).UnixMicro(), dayMicros)
}

func monthOf(date time.Time) bucket {
	return firstMonth + bucket(date.Year()*12) + bucket(date.Month()) - 1
}

func yearOf(date time.Time) bucket { return firstYear + bucket(date.Year()) }

// bucketsOf are the day, week, month and year that something which happened at a
// time belongs to.
func bucketsOf(at int64) [4]bucket {
	day := dayOf(at)
	date := dateOf(day)
	return [4]bucket{firstDay + bucket(day), weekOf(day), monthOf(date), yearOf(date)}
}

// edge is a part of one day that a window holds.
type edge struct {
	day      bucket
	from, to int64
}

// cover is a window put together from whole buckets and parts of days.
type cover struct {
	whole []bucket
	edges []edge
}

// period is a window in the terms of the database.
type period struct {
	from, to int64
	// open periods end now. Nothing is stored of later, so their last bucket may
	// be one that has not ended.
	open bool
}

// justNow is how long ago now may be: whoever asked took the time before.
const justNow = 2 * time.Second

func periodOf(w gains.Window, now time.Time) period {
	p := period{from: micros(w.From), to: endOf(w.To)}
	if p.to >= micros(now.Add(-justNow)) {
		// To the end of the day, so that its bucket is whole.
		p.to, p.open = (dayOf(micros(now))+1)*dayMicros, true
	}
	return p
}

// coverOf takes the largest buckets that fit, so that a year is one and a month
// is one. Periods that begin and end with a day of UTC have no edges.
func coverOf(p period) cover {
	var c cover
	day, end := -floorDiv(-p.from, dayMicros), floorDiv(p.to, dayMicros)
	if day > end { // within one day
		if p.from < p.to {
			c.edges = []edge{{day: firstDay + bucket(end), from: p.from, to: p.to}}
		}
		return c
	}
	if p.from < day*dayMicros {
		c.edges = append(c.edges, edge{day: firstDay + bucket(day-1), from: p.from, to: day * dayMicros})
	}
	if end*dayMicros < p.to {
		c.edges = append(c.edges, edge{day: firstDay + bucket(end), from: end * dayMicros, to: p.to})
	}
	for day < end {
		b, days := largest(day, end, p.open)
		c.whole, day = append(c.whole, b), day+days
	}
	return c
}

// largest is the largest bucket that begins with a day and ends by another, or
// with an open end any time after it.
func largest(day, end int64, open bool) (b bucket, days int64) {
	fits := func(next int64) bool { return next <= end || open }
	date := dateOf(day)
	nextYear := dayOfDate(date.Year()+1, time.January)
	nextMonth := dayOfDate(date.Year(), date.Month()+1)
	switch {
	case date.YearDay() == 1 && fits(nextYear):
		return yearOf(date), nextYear - day
	case date.Day() == 1 && fits(nextMonth):
		return monthOf(date), nextMonth - day
	}
	// A week must not run over the start of a month that fits as a whole.
	following := dateOf(nextMonth)
	followed := nextMonth < end && fits(dayOfDate(following.Year(), following.Month()+1))
	if date.Weekday() == time.Monday && fits(day+7) && (day+7 <= nextMonth || !followed) {
		return weekOf(day), 7
	}
	return firstDay + bucket(day), 1
}
