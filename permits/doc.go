// Package permits hands out the shared right to make one request to the
// hiscores. All processes that use one Redis share one rate limit and one pause,
// and at most one run of a player at a time holds the player's run marker.
//
// The handlers of package tasks take a permit before each request; package
// roster does when it looks a name up for a person.
package permits
