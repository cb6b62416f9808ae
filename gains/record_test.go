package gains_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/osrsdiff/osrsdiff/gains"
	"github.com/osrsdiff/osrsdiff/hiscores"
)

var noon = time.Date(2026, 10, 9, 12, 0, 0, 0, time.UTC)

// unknown stands for a value that the hiscores do not state.
const unknown = -1

// points are values, each a number of hours after noon.
func points(hoursAndValues ...int64) []gains.Point {
	var all []gains.Point
	for i := 0; i+1 < len(hoursAndValues); i += 2 {
		p := gains.Point{At: hour(hoursAndValues[i])}
		if v := hoursAndValues[i+1]; v != unknown {
			p.Value = hiscores.Known(v)
		}
		all = append(all, p)
	}
	return all
}

func hour(n int64) time.Time { return noon.Add(time.Duration(n) * time.Hour) }

func TestBest(t *testing.T) {
	tests := map[string]struct {
		points   []gains.Point
		mayFall  bool
		since    int64
		gain     int64
		from, to int64
	}{
		"nothing":                         {points: nil},
		"first seen is no gain":           {points: points(0, 500)},
		"one rise":                        {points: points(0, 10, 5, 30), gain: 20, from: 0, to: 5},
		"over midnight":                   {points: points(0, 10, 10, 20, 14, 50), gain: 40, from: 0, to: 14},
		"exactly a day":                   {points: points(0, 10, 24, 30), gain: 20, from: 0, to: 24},
		"baseline holds at the start":     {points: points(0, 10, 30, 30), gain: 20, from: 6, to: 30},
		"an hour too long":                {points: points(0, 10, 1, 20, 25, 50), gain: 30, from: 1, to: 25},
		"the earliest of equal ones":      {points: points(0, 10, 1, 20, 100, 30), gain: 10, from: 0, to: 1},
		"zero is no start":                {points: points(0, 0, 5, 489, 6, 490), gain: 1, from: 5, to: 6},
		"unknown cuts":                    {points: points(0, 10, 1, unknown, 2, 500, 3, 505), gain: 5, from: 2, to: 3},
		"an accepted fall":                {points: points(0, 10, 1, 100, 2, 40, 3, 60), gain: 90, from: 0, to: 1},
		"regained after an accepted fall": {points: points(0, 100, 1, 40, 2, 103), gain: 63, from: 1, to: 2},
		"never across an accepted fall":   {points: points(0, 10, 1, 90, 2, 80, 3, 95), gain: 80, from: 0, to: 1},
		"a rating from its low":           {points: points(0, 100, 1, 40, 2, 103), mayFall: true, gain: 63, from: 1, to: 2},
		"a low before a higher value":     {points: points(0, 5, 10, 10, 20, 8, 40, 20), mayFall: true, gain: 12, from: 20, to: 40},
		"a rating that only falls":        {points: points(0, 100, 1, 40), mayFall: true},
		"a season's end":                  {points: points(0, 100, 1, 0, 2, 90), mayFall: true},
		"not before since":                {points: points(0, 10, 5, 30, 6, 35), since: 5, gain: 5, from: 5, to: 6},
		"what holds at since":             {points: points(0, 10, 8, 35), since: 5, gain: 25, from: 5, to: 8},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			o := gains.BestOptions{Length: gains.Day.Length(), MayFall: test.mayFall}
			if test.since != 0 {
				o.Since = hour(test.since)
			}
			got, ok := gains.Best(test.points, o)
			if ok != (test.gain > 0) || got.Gain != test.gain {
				t.Fatalf("%+v, %v; want a gain of %d", got, ok, test.gain)
			}
			if ok && (!got.From.Equal(hour(test.from)) || !got.To.Equal(hour(test.to))) {
				t.Errorf("from %v to %v, want hour %d to %d", got.From, got.To, test.from, test.to)
			}
		})
	}
}

// naive tries every pair of times, hour by hour.
func naive(ps []gains.Point, o gains.BestOptions, hours int64) (best int64, first time.Time) {
	type held struct {
		value int64
		ok    bool
	}
	var at []held
	next, now := 0, held{}
	stretch, stretches := 0, []int{}
	for h := range hours + 1 {
		if next < len(ps) && !ps[next].At.After(hour(h)) {
			v, ok := ps[next].Value.Get()
			ok = ok && v > 0
			if !ok || now.ok && v < now.value && !o.MayFall {
				stretch++
			}
			now = held{v, ok}
			next++
		}
		at, stretches = append(at, now), append(stretches, stretch)
	}
	for end := range at {
		for begin := range end {
			if hour(int64(begin)).Before(o.Since) || hour(int64(end)).Sub(hour(int64(begin))) > o.Length ||
				!at[begin].ok || !at[end].ok || stretches[begin] != stretches[end] {
				continue
			}
			if gain := at[end].value - at[begin].value; gain > best {
				best, first = gain, hour(int64(end))
			}
		}
	}
	return best, first
}

func TestBestAgreesWithTryingAll(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		const hours = 40
		var ps []gains.Point
		for h := range int64(hours) {
			if rapid.IntRange(0, 2).Draw(rt, "changes") == 0 {
				ps = append(ps, points(h, rapid.Int64Range(unknown, 9).Draw(rt, "value"))...)
			}
		}
		o := gains.BestOptions{
			Length:  time.Duration(rapid.IntRange(1, 20).Draw(rt, "length")) * time.Hour,
			MayFall: rapid.Bool().Draw(rt, "may fall"),
		}
		if rapid.Bool().Draw(rt, "has since") {
			o.Since = hour(rapid.Int64Range(0, hours).Draw(rt, "since"))
		}
		want, end := naive(ps, o, hours)
		got, ok := gains.Best(ps, o)
		if got.Gain != want || ok != (want > 0) {
			rt.Fatalf("%+v, %v; trying all finds %d", got, ok, want)
		}
		if !ok {
			return
		}
		if !got.To.Equal(end) || got.From.Before(o.Since) || got.To.Sub(got.From) > o.Length {
			rt.Fatalf("%+v; the first such end is %v", got, end)
		}
	})
}
