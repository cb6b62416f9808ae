package schedules

import (
	"fmt"
	"slices"

	"github.com/hibiken/asynq"

	"github.com/osrsdiff/osrsdiff/player"
	"github.com/osrsdiff/osrsdiff/tasks"
)

// maxEntries is the most entries that are registered at once: asynqmon's
// Schedulers page has no paging, and the heartbeat rewrites every entry.
const maxEntries = 600

// everyMinute is the spec of entries that wake the claim for one interval. It
// lies on the minute grid, so that a new term continues where the last one ended;
// "@every 1m" would start anew.
const everyMinute = "* * * * *"

// lineup is what the choice of entries depends on.
type lineup struct {
	// schedules are the active schedules, only given while each may get an entry
	// of its own.
	schedules []Schedule
	// intervals in use, shortest first.
	intervals []player.Interval
}

// entries returns the configs for a lineup: the fixed ones first, then one a
// schedule that cron can say, then one an interval for the rest, never more than
// maxEntries in all. What finds no room is left to the sweep.
func entries(fixed []*asynq.PeriodicTaskConfig, l lineup) []*asynq.PeriodicTaskConfig {
	list := slices.Clone(fixed)
	wake := l.intervals
	if len(l.schedules) > 0 {
		wake = nil
		for _, s := range l.schedules {
			spec, ok := CronSpec(s.Every, s.Phase)
			if !ok {
				wake = append(wake, s.Every)
				continue
			}
			list = append(list, dueEntry(spec, tasks.Due{Schedule: s.ID, Player: s.Player, Every: s.Every.String()}))
		}
		slices.Sort(wake)
		wake = slices.Compact(wake)
	}
	for _, every := range wake {
		if len(list) >= maxEntries {
			break
		}
		list = append(list, dueEntry(everyMinute, tasks.Due{Every: every.String()}))
	}
	return list[:min(len(list), maxEntries)]
}

// dueEntry is an entry that wakes the claim.
func dueEntry(spec string, d tasks.Due) *asynq.PeriodicTaskConfig {
	task, opts := tasks.NewDue(d)
	return &asynq.PeriodicTaskConfig{Cronspec: spec, Task: task, Opts: opts}
}

// fixedEntries are the entries that do not depend on players: the static cron
// tasks and the sweep. The statics have been validated.
func fixedEntries(statics []tasks.Static, sweep string) []*asynq.PeriodicTaskConfig {
	list := make([]*asynq.PeriodicTaskConfig, 0, len(statics)+1)
	for _, s := range statics {
		list = append(list, &asynq.PeriodicTaskConfig{
			Cronspec: s.Spec(),
			Task:     s.Task(),
			Opts:     s.Options(),
		})
	}
	return append(list, dueEntry(fmt.Sprintf("@every %s", sweep), tasks.Due{}))
}
