// Package roster is every change a person makes to who is tracked: adding,
// changing, pausing, resuming and removing players, following an account to another
// name, deciding whose the values of a flagged player are, fetching one now, and
// running a task by its name. Packages web and cmd both go through it.
//
// A change is written to the database first. It is then applied to the schedules
// in Redis as a courtesy: the scheduler applies what the database has noted
// within seconds anyway, so a Redis that is away fails no change.
package roster
