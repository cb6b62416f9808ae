// Package tasks is the queue: which tasks exist, what they carry and which
// options they run under, the handlers of the fetch, the mode check and the
// pruning, the retry policy, and the worker that runs them on asynq.
//
// Package schedules puts fetches into the queue when they are due, package
// roster when a person asks. The handlers here take a permit of package permits
// before each request, read package hiscores and record the outcome in package
// store, all three through small interfaces declared here.
package tasks
