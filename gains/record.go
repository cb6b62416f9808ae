package gains

import (
	"time"

	"github.com/osrsdiff/osrsdiff/hiscores"
)

// Point is a value of one metric that holds from a time until the next point.
type Point struct {
	// At is when the value was first seen.
	At time.Time
	// Value is the experience or score; unknown while the hiscores state none.
	Value hiscores.Number
}

// Record is the most that one metric grew within a period.
type Record struct {
	// Metric is the row's name.
	Metric string `json:"metric"`
	// Kind is the list of the feed the row is in.
	Kind hiscores.Kind `json:"kind"`
	// Period is the length of time that the growth had to fit in.
	Period Period `json:"period"`
	// Gain is how much the value grew, always more than zero.
	Gain int64 `json:"gain"`
	// Window is when: at most Period.Length long, it ends with the change that
	// made the record.
	Window
}

// RecordPeriods returns the periods that records are kept for.
func RecordPeriods() []Period { return []Period{Day, Week, Month} }

// BestOptions say how Best looks at the points of a metric.
type BestOptions struct {
	// Length is the longest that the growth may take.
	Length time.Duration
	// MayFall is whether the value can shrink by the rules of the game. If not, a
	// fall is one that a person accepted, and the value starts anew from there.
	MayFall bool
	// Since leaves out windows that begin before it. Zero: none.
	Since time.Time
}

// Best finds the largest growth of a metric within a length of time, over every
// window there is and not only those of the calendar: the most that the value at
// one time exceeds the value that held at another, at most Length earlier. Of
// equal ones the earliest counts. Values before the metric was first seen, or
// first above zero, are never a start, and neither are those before it was
// unknown in between. The points are the values that gains are counted by (see
// package identity), in order of time. Without any growth it reports false.
func Best(points []Point, o BestOptions) (Record, bool) {
	var best Record
	for _, stretch := range stretches(points, o) {
		lowest := window{length: o.Length}
		for _, p := range stretch {
			low, since := lowest.add(p)
			if gain := p.value - low; gain > best.Gain {
				best.Gain, best.Window = gain, Window{From: since, To: p.at}
			}
		}
	}
	return best, best.Gain > 0
}

// step is a known value that holds from a time until another.
type step struct {
	at, until time.Time
	value     int64
}

// stretches cuts the points where the value was unknown or zero, and so no start
// of anything, where it fell and cannot, and at the time windows may begin.
func stretches(points []Point, o BestOptions) [][]step {
	var all [][]step
	var current []step
	for _, p := range points {
		value, known := p.Value.Get()
		last := len(current) - 1
		if !known || value <= 0 || last >= 0 && value < current[last].value && !o.MayFall {
			all, current = append(all, current), nil
		}
		if !known || value <= 0 {
			continue
		}
		at := p.At
		if !at.After(o.Since) {
			// Only what holds at Since can be a start.
			at, current = o.Since, nil
		}
		current = append(current, step{at: at, value: value})
	}
	return append(all, current)
}

// window is the values that held during the last length of time, so far as one of
// them may still be the lowest: in order of time, each higher than the one before.
type window struct {
	length time.Duration
	steps  []step
}

// add moves the end of the window to a step, which is later than the one before.
// It returns the lowest value that held within it, and since when, but not before
// the window.
func (w *window) add(s step) (lowest int64, since time.Time) {
	begin := s.at.Add(-w.length)
	if n := len(w.steps); n > 0 {
		w.steps[n-1].until = s.at
	}
	for len(w.steps) > 0 && !w.steps[0].until.After(begin) {
		w.steps = w.steps[1:]
	}
	first := s
	if len(w.steps) > 0 {
		first = w.steps[0]
	}
	if first.at.Before(begin) {
		first.at = begin
	}
	for len(w.steps) > 0 && w.steps[len(w.steps)-1].value >= s.value {
		w.steps = w.steps[:len(w.steps)-1]
	}
	w.steps = append(w.steps, s)
	return first.value, first.at
}
