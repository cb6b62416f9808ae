package hiscores

import (
	"errors"
	"fmt"
	"math"
)

// ErrChecksum is matched by an error of Parse when the parts of a body add up to
// more than its total, which no real one does. It comes with ErrUnavailable.
var ErrChecksum = errors.New("parts are more than their total")

// checkSum finds a body that was damaged on its way: the experience of the
// skills is never more than Overall. It is less where skills are hidden, so
// Overall is never put together from parts.
func checkSum(rows []Row) error {
	total, sum := int64(math.MaxInt64), int64(0)
	for _, r := range rows {
		xp, known := r.Value.Get()
		switch {
		case r.Kind != Skill || !known:
		case MetricKey(r.Metric) == MetricKey(Overall):
			total = xp
		case xp > math.MaxInt64-sum:
			sum = math.MaxInt64
		default:
			sum += xp
		}
	}
	if sum > total {
		return fmt.Errorf("%w: the skills have %d experience together, %s says %d", ErrChecksum, sum, Overall, total)
	}
	return nil
}
