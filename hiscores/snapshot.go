package hiscores

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"
)

// Overall is the name of the row that totals all skills. Every real body has it.
const Overall = "Overall"

// Number is a rank or a value as the feed states it: a whole number, or unknown
// (the feed's -1). Zero is a real zero. The zero Number is unknown.
type Number struct {
	n     int64
	known bool
}

// Known makes a Number that is known.
func Known(n int64) Number { return Number{n: n, known: true} }

// Get returns the number and whether it is known; an unknown one is 0, false.
func (v Number) Get() (int64, bool) { return v.n, v.known }

// IsKnown reports whether the number is known.
func (v Number) IsKnown() bool { return v.known }

// Equal reports whether both are unknown or both are the same known number.
func (v Number) Equal(other Number) bool { return v == other }

// String is the number in digits, or "unknown".
func (v Number) String() string {
	if !v.known {
		return "unknown"
	}
	return strconv.FormatInt(v.n, 10)
}

// MarshalJSON writes the number, or null when it is unknown.
func (v Number) MarshalJSON() ([]byte, error) {
	if !v.known {
		return []byte("null"), nil
	}
	return strconv.AppendInt(nil, v.n, 10), nil
}

// UnmarshalJSON reads a whole number or null.
func (v *Number) UnmarshalJSON(data []byte) error {
	var n *int64
	if err := json.Unmarshal(data, &n); err != nil {
		return fmt.Errorf("number %s: %w", data, err)
	}
	*v = Number{}
	if n != nil {
		*v = Known(*n)
	}
	return nil
}

// Kind says which list of the feed a row came from.
type Kind string

// The two lists of the feed. Activities are clues, minigames, points and bosses.
const (
	Skill    Kind = "skill"
	Activity Kind = "activity"
)

// Row is one line of the hiscores. Rank and Value are independent: an unranked
// row may have a real value and a ranked one a value of zero.
type Row struct {
	// Metric is the row's name as the feed spells it, such as "Runecraft".
	Metric string `json:"metric"`
	// Kind is the list the row came from.
	Kind Kind `json:"kind"`
	// Rank is the place on the table; unknown when unranked.
	Rank Number `json:"rank"`
	// Level is the skill's level (at most 99), the total level for Overall, and
	// unknown for activities.
	Level Number `json:"level"`
	// Value is the experience of a skill or the score of an activity.
	Value Number `json:"value"`
}

// Snapshot is everything the hiscores say of one player at one time, in the
// feed's order.
type Snapshot struct {
	// At is when the answer came, in UTC.
	At time.Time `json:"at"`
	// Rows holds no two rows of one name.
	Rows []Row `json:"rows"`
}

// Row returns the row of a metric. Names compare without regard to case.
func (s Snapshot) Row(metric string) (Row, bool) {
	key := MetricKey(metric)
	for _, r := range s.Rows {
		if MetricKey(r.Metric) == key {
			return r, true
		}
	}
	return Row{}, false
}
