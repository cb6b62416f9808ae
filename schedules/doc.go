// Package schedules knows what is due and when. Every tracked player has a
// schedule; the database is the truth about it, and this package keeps its
// image in Redis (the Book), fires it through asynq's PeriodicTaskManager and
// repairs the image when it drifts.
//
//	store ── outbox ──► Book (definitions, due index) ──► player:due ──► player:fetch
//	                      ▲                                  ▲
//	                  reconcile                 PeriodicTaskManager of the lease holder
//
// The due index is a sorted set whose scores are next ticks. One permanent
// entry, player:due, claims whatever is due: it looks at the oldest due
// schedules, enqueues a fetch for each and only then moves each to its next
// tick, so that a crash between any two steps repeats work that the task's id
// and the fence in the database turn into nothing. Further entries, one a player
// or one an interval, only wake that claim earlier and show the schedules in
// asynq's own tools.
//
// Any number of processes run a Scheduler. One of them holds a lease and runs a
// PeriodicTaskManager for that term.
package schedules
