package schedules

import (
	"strconv"
	"time"

	"github.com/osrsdiff/osrsdiff/tasks"
)

// DefaultPrefix is the prefix of definitions where none is configured, the
// original's.
const DefaultPrefix = "osrsdiff:schedules"

// keys names everything the Book keeps in Redis. Definitions are spread over a
// cluster; the index keys carry the prefix as a hash tag, so that one script may
// use them together and so that KEYS <prefix>:* lists definitions only.
type keys struct{ prefix string }

func (k keys) definition(id string) string { return k.prefix + ":" + id }

func (k keys) definitionOf(playerID int64) string { return k.definition(tasks.ScheduleID(playerID)) }

func (k keys) tagged(name string) string { return "{" + k.prefix + "}:" + name }

// due is the sorted set of next ticks: member player id, score Unix seconds.
func (k keys) due() string { return k.tagged("due") }

// index is the hash of standings: field player id, value
// every:revision:state:name.
func (k keys) index() string { return k.tagged("index") }

// intervals is the hash of intervals in use: field minutes, value schedules.
func (k keys) intervals() string { return k.tagged("intervals") }

// version is a random word that changes after every change of the index.
func (k keys) version() string { return k.tagged("version") }

// ready holds the id of the database that the image was filled from.
func (k keys) ready() string { return k.tagged("ready") }

// lease is held by the scheduler that runs the PeriodicTaskManager.
func (k keys) lease() string { return k.tagged("lease") }

// sweep is held while due schedules are claimed.
func (k keys) sweep() string { return k.tagged("sweep") }

// counters is the hash of what happened to ticks: enqueued, coalesced.
func (k keys) counters() string { return k.tagged("counters") }

// lag is the hash of the lags of ticks: field a bucket, value ticks.
func (k keys) lag() string { return k.tagged("lag") }

// lagOf is the same of the minutes around a time, which expires.
func (k keys) lagOf(at time.Time) string {
	return k.tagged("lag:" + strconv.FormatInt(at.Unix()/int64(lagWindow/time.Second), 10))
}
