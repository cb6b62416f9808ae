// Package status reads how the whole installation stands, from Redis in one go:
// who leads, what is due, how late ticks are, what the schedules ask for against
// what the hiscores allow, the queues, the processes. The command line prints it,
// the API answers with it, and the metrics are made of it, so that all three say
// the same.
package status
