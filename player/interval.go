package player

import (
	"encoding"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"time"
)

// ErrInvalidInterval is matched by every error that ParseInterval and
// Interval.Validate return.
var ErrInvalidInterval = errors.New("invalid interval")

// Interval is how often a player is fetched, in whole minutes. Zero is no
// interval.
type Interval int

// The intervals a schedule may have, and the one a player gets when nobody
// chose.
const (
	MinInterval     Interval = 1
	MaxInterval     Interval = 7 * 24 * 60
	DefaultInterval Interval = 60
)

const (
	hour Interval = 60
	day  Interval = 24 * hour
)

var intervalPattern = regexp.MustCompile(`^([+-]?[0-9]+)([mhd]?)$`)

// ParseInterval reads "30m", "6h", "7d" or a plain number of minutes. The error
// matches ErrInvalidInterval and names the value and the rule; the interval is
// then zero.
func ParseInterval(s string) (Interval, error) {
	m := intervalPattern.FindStringSubmatch(s)
	if m == nil {
		return 0, fmt.Errorf("%w: interval %q: write whole minutes, hours or days such as 30m, 6h or 7d", ErrInvalidInterval, s)
	}
	unit := map[string]Interval{"": 1, "m": 1, "h": hour, "d": day}[m[2]]
	n, err := strconv.Atoi(m[1])
	if err != nil || n < int(MinInterval) || n > int(MaxInterval/unit) {
		return 0, fmt.Errorf("%w: interval %q: %s", ErrInvalidInterval, s, intervalRule)
	}
	return Interval(n) * unit, nil
}

const intervalRule = "must be between 1 minute and 10080 minutes (7d)"

// Validate reports whether i lies between MinInterval and MaxInterval.
func (i Interval) Validate() error {
	if i < MinInterval || i > MaxInterval {
		return fmt.Errorf("%w: interval of %d minutes: %s", ErrInvalidInterval, int(i), intervalRule)
	}
	return nil
}

// String is the shortest form that ParseInterval reads: "30m", "6h", "7d".
func (i Interval) String() string {
	switch {
	case i != 0 && i%day == 0:
		return strconv.Itoa(int(i/day)) + "d"
	case i != 0 && i%hour == 0:
		return strconv.Itoa(int(i/hour)) + "h"
	}
	return strconv.Itoa(int(i)) + "m"
}

// Duration is the interval as a time.Duration.
func (i Interval) Duration() time.Duration { return time.Duration(i) * time.Minute }

// MarshalText writes the form of String, so JSON and flags show "6h".
func (i Interval) MarshalText() ([]byte, error) { return []byte(i.String()), nil }

// UnmarshalText reads what ParseInterval reads.
func (i *Interval) UnmarshalText(text []byte) error {
	v, err := ParseInterval(string(text))
	if err == nil {
		*i = v
	}
	return err
}

var (
	_ encoding.TextMarshaler   = Interval(0)
	_ encoding.TextUnmarshaler = (*Interval)(nil)
)
