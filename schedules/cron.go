package schedules

import (
	"fmt"
	"strconv"

	"github.com/osrsdiff/osrsdiff/player"
)

const (
	minutesPerHour = 60
	minutesPerDay  = 24 * minutesPerHour
	minutesPerWeek = 7 * minutesPerDay
	// epochWeekday is the day of the week of 1 January 1970, a Thursday, as cron
	// counts: Sunday is 0.
	epochWeekday = 4
)

// CronSpec says the true ticks of a schedule on the minute grid as a five-field
// cron specification in UTC. Cron can say only intervals that divide an hour, a
// day or a week evenly: 20 of the 10,080; for the others it reports false.
func CronSpec(every player.Interval, phase int64) (string, bool) {
	n := int64(every)
	minute, hour, weekday := phase%minutesPerHour, phase/minutesPerHour%24, (phase/minutesPerDay+epochWeekday)%7
	switch {
	case n < minutesPerHour && minutesPerHour%n == 0:
		return fmt.Sprintf("%s * * * *", steps(minute, 59, n)), true
	case n < minutesPerDay && n%minutesPerHour == 0 && minutesPerDay%n == 0:
		return fmt.Sprintf("%d %s * * *", minute, steps(hour, 23, n/minutesPerHour)), true
	case n == minutesPerDay:
		return fmt.Sprintf("%d %d * * *", minute, hour), true
	case n == minutesPerWeek:
		return fmt.Sprintf("%d %d * * %d", minute, hour, weekday), true
	}
	return "", false
}

// steps is the cron field for every nth value from first to last.
func steps(first, last, n int64) string {
	switch {
	case n == 1:
		return "*"
	case first+n > last:
		return strconv.FormatInt(first, 10)
	case first == 0:
		return fmt.Sprintf("*/%d", n)
	}
	return fmt.Sprintf("%d-%d/%d", first, last, n)
}
