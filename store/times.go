package store

import "time"

// micros is how times are stored: microseconds since the Unix epoch, which both
// engines compare alike and which is as fine as the clock of Redis. Zero stands
// for the zero time.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// fromMicros is the inverse of micros, in UTC.
func fromMicros(n int64) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.UnixMicro(n).UTC()
}
