// Package export writes players, a player's history and gains as CSV or JSON
// Lines, row by row as they are read, so that memory does not grow with their
// number. The API and the command line share it.
package export
