// Package player says what a tracked Old School RuneScape player is: its name
// and the key that makes it unique, its game mode, how often it is fetched and
// how it stands with the hiscores. It knows no database, no Redis and no HTTP;
// every other package speaks in its terms.
package player
