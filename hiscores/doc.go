// Package hiscores reads the official Old School RuneScape hiscores: it fetches
// a player's row list, parses it into a Snapshot and says what differs between
// two snapshots. Rows are keyed by the name the feed gives them, so a game
// update that adds rows needs no release.
package hiscores
