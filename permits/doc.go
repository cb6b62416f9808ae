// Package permits hands out the shared right to make one request to the
// hiscores. All processes that use one Redis share one rate limit, one pause and
// one circuit breaker, and at most one run of a player at a time holds the
// player's run marker. Losing Redis loses nothing that has to be kept.
//
// The handlers of package tasks take a permit before each request and report
// what came of it; package roster does so through them when it looks a name up
// for a person. Status pages show State.
package permits
