package status

import (
	"errors"
	"fmt"
	"time"

	"github.com/hibiken/asynq"

	"github.com/osrsdiff/osrsdiff/player"
	"github.com/osrsdiff/osrsdiff/schedules"
	"github.com/osrsdiff/osrsdiff/tasks"
)

// The kinds of troubles that only one schedule has.
const (
	// Paused: a person paused the player.
	Paused Kind = "paused"
	// Archived: the player is history and never fetched.
	Archived Kind = "archived"
	// NotInRedis: the schedule is missing from Redis.
	NotInRedis Kind = "not_in_redis"
	// Missing: the hiscores do not list the player.
	Missing Kind = "missing"
	// Flagged: what the hiscores state is held aside.
	Flagged Kind = "flagged"
	// Behind: its tick has come, and others that are due go first.
	Behind Kind = "behind_others"
	// Outstanding: a fetch of the player waits in a queue or runs.
	Outstanding Kind = "outstanding"
)

// Case is one schedule that a person asks about.
type Case struct {
	// Player is the row it belongs to.
	Player player.Player
	// Entry is the schedule in Redis. Nil: it is not there.
	Entry *schedules.Entry
	// Ahead is how many schedules are due before it.
	Ahead int64
	// Fetches are the player's fetches in the queues.
	Fetches []*asynq.TaskInfo
}

// TaskInspector finds tasks; *asynq.Inspector does.
type TaskInspector interface {
	GetTaskInfo(queue, id string) (*asynq.TaskInfo, error)
}

// FetchesOf finds the fetches of a player that wait or run.
func FetchesOf(inspector TaskInspector, playerID int64) ([]*asynq.TaskInfo, error) {
	var list []*asynq.TaskInfo
	for _, queue := range []string{tasks.QueueInteractive, tasks.QueueFetch} {
		info, err := inspector.GetTaskInfo(queue, tasks.ScheduleID(playerID))
		switch {
		case err == nil:
			list = append(list, info)
		case errors.Is(err, asynq.ErrTaskNotFound), errors.Is(err, asynq.ErrQueueNotFound):
		default:
			return nil, fmt.Errorf("look for the fetch of player %d: %w", playerID, err)
		}
	}
	return list, nil
}

// Why says why a schedule does not run, or not as its interval says: what is the
// matter with it first, then what holds up everybody. Empty: nothing is the
// matter, it waits for its next tick.
func (s Status) Why(c Case) []Trouble {
	list := []Trouble{}
	say := func(applies bool, kind Kind, format string, args ...any) {
		if applies {
			list = append(list, Trouble{kind, fmt.Sprintf(format, args...)})
		}
	}
	p := c.Player
	say(p.Status == player.Archived, Archived, "it is the history of an account whose name another has: it is never fetched")
	say(p.Paused, Paused, "a person paused it: osrsdiff player resume %q lets it go on", p.Name)
	say(c.Entry == nil && p.Status != player.Archived, NotInRedis, "Redis does not hold it: the reconcile pass puts it back within 5 minutes, osrsdiff schedule rebuild at once")
	say(p.Status == player.Missing && !p.MissingSince.IsZero(), Missing,
		"the hiscores have not listed the player since %s: after seven days they are asked once a day only", at(p.MissingSince))
	say(p.Status == player.Flagged, Flagged, "values fell that cannot: what the hiscores state is held aside until a person decides (osrsdiff player flags)")
	for _, f := range c.Fetches {
		list = append(list, outstanding(f))
	}
	overdue := c.Entry != nil && !c.Entry.NextTick.IsZero() && !c.Entry.NextTick.After(s.At)
	say(overdue && c.Ahead > 0, Behind, "its tick came at %s, and %d that were due before it go first%s",
		at(timeOf(c.Entry)), c.Ahead, s.Demand.wait(c.Ahead))
	for _, general := range s.Troubles {
		if general.Kind != Backlog {
			list = append(list, general)
		}
	}
	return list
}

func timeOf(e *schedules.Entry) time.Time {
	if e == nil {
		return time.Time{}
	}
	return e.NextTick
}

// wait says how long so many requests take at the limit.
func (d Demand) wait(requests int64) string {
	if d.Limit <= 0 {
		return ""
	}
	return fmt.Sprintf(": about %s at %.2f requests/s", seconds(float64(requests)/d.Limit), d.Limit)
}

// outstanding says where a fetch is.
func outstanding(f *asynq.TaskInfo) Trouble {
	detail := fmt.Sprintf("a fetch of it waits in the queue %s", f.Queue)
	switch f.State {
	case asynq.TaskStateActive:
		detail = "a fetch of it is under way, or waits for the limit"
	case asynq.TaskStateRetry, asynq.TaskStateScheduled:
		detail = fmt.Sprintf("a fetch of it comes again at %s", at(f.NextProcessAt))
		if f.LastErr != "" {
			detail += ": " + f.LastErr
		}
	case asynq.TaskStateArchived:
		detail = fmt.Sprintf("a fetch of it was archived by hand in the queue %s: the reconcile pass deletes it within 5 minutes", f.Queue)
	}
	return Trouble{Outstanding, detail}
}

// at is a time for people.
func at(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05Z") }
