// Package groups is what a clan asks of a tracker: a roster of players that is
// kept in step with a list, and competitions between players over a stretch of
// time. It holds the words and the arithmetic: names and ranks, the reading of a
// roster, what a new roster changes, and who stands where. Package store keeps
// groups and reads the values; the API, the pages and the command line ask both.
//
// A player may be in many groups and competitions. A group never owns its
// players: who leaves one stays tracked.
package groups
