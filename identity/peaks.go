package identity

import (
	"maps"
	"slices"

	"github.com/osrsdiff/osrsdiff/hiscores"
)

// Peaks are the highest values that a player's rows ever had, by
// hiscores.MetricKey, of those rows only whose value is lower now or unknown: of
// most players none. A gain is growth of the highest value, so it is never
// negative, and what is earned again after a rollback counts once. Rows that may
// fall have no peak.
type Peaks map[string]int64

// Next returns the peaks after an answer that came when those before it were p
// and the answer before it was before. Neither p nor the answers are changed.
func (p Peaks) Next(before, after hiscores.Snapshot) Peaks {
	if len(p) == 0 && !sank(before.Rows, after.Rows) {
		return Peaks{} // as almost always
	}
	next := make(Peaks, len(p)+len(before.Rows))
	maps.Copy(next, p)
	for _, r := range before.Rows {
		key := hiscores.MetricKey(r.Metric)
		if was, known := r.Value.Get(); known && !hiscores.MayFall(key) && !next.above(key, was) {
			next[key] = was
		}
	}
	for _, r := range after.Rows {
		key := hiscores.MetricKey(r.Metric)
		if is, known := r.Value.Get(); known && !next.above(key, is) {
			delete(next, key)
		}
	}
	return next
}

// sank reports whether a row may have lost its value or a part of it: false only if
// the same rows have at least the values they had.
func sank(before, after []hiscores.Row) bool {
	return !slices.EqualFunc(before, after, func(a, b hiscores.Row) bool {
		was, wasKnown := a.Value.Get()
		is, isKnown := b.Value.Get()
		return a.Metric == b.Metric && (!wasKnown || isKnown && is >= was)
	})
}

// Count returns a snapshot with the values that gains are counted by: a known
// value below its peak is the peak, with the level that goes with it. Unknown
// values stay unknown.
func (p Peaks) Count(s hiscores.Snapshot) hiscores.Snapshot {
	if len(p) == 0 {
		return s
	}
	s.Rows = slices.Clone(s.Rows)
	for i, r := range s.Rows {
		key := hiscores.MetricKey(r.Metric)
		if is, known := r.Value.Get(); known && p.above(key, is) {
			s.Rows[i] = Raised(r, p[key])
		}
	}
	return s
}

// above reports whether a row has a peak above a value.
func (p Peaks) above(key string, value int64) bool {
	highest, ok := p[key]
	return ok && highest > value
}

// Raised is a row at a higher value than the hiscores state. The total level
// stays as stated, since it is no function of the total experience.
func Raised(r hiscores.Row, value int64) hiscores.Row {
	r.Value = hiscores.Known(value)
	if r.Kind == hiscores.Skill && hiscores.MetricKey(r.Metric) != hiscores.MetricKey(hiscores.Overall) {
		r.Level = hiscores.Known(hiscores.Level(value))
	}
	return r
}

// lost is how far a row that differs is below the highest value it ever had.
func (p Peaks) lost(c hiscores.Change) int64 {
	before, _ := c.Before.Get()
	after, _ := c.After.Get()
	return max(before, p[hiscores.MetricKey(c.Metric)]) - after
}

// Gains compares two snapshots by which gains are counted. It is hiscores.Diff
// but for rows that cannot fall by play: where a person accepted that one fell,
// the fall is shown and is no negative gain.
func Gains(before, after hiscores.Snapshot) []hiscores.Change {
	changes := hiscores.Diff(before, after)
	for i, c := range changes {
		if c.What == hiscores.Fell && !hiscores.MayFall(c.Metric) {
			changes[i].Gain = 0
		}
	}
	return changes
}
