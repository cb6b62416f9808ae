// Package store keeps the truth in a database: who is tracked and on which
// schedule, what the hiscores said of each player over time, and the few things
// that must survive the loss of Redis.
//
// One code path serves SQLite (pure Go, write-ahead log, one writer at a time)
// and PostgreSQL. Open picks the engine by the URL and brings the schema up to
// date. Every outcome of a fetch is one transaction with the player's
// covered_until, the fence that makes a tick count once, and recording the same
// outcome twice stores nothing new.
//
// Values are kept as they change: one row per (player, metric, time) at which a
// value became different, and each player's latest snapshot in full beside the
// player. A snapshot at any time, gains between two times and a chart are read
// from these. Times are whole microseconds in UTC; what is finer is cut off, and
// the zero time means "never".
package store
