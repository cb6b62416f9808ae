// Package executions tells which tasks ran, run now and are to run: from the
// queues, which know what is not over yet, and from the database, which remembers
// the fetches that failed or that a person asked for. The API and the command line
// show them.
package executions
