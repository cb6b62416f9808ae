// Package embedded runs a Redis inside the process, so that `up` needs nothing
// installed. It is miniredis with a clock: without one its keys never expire.
//
// The data lives in memory and goes with the process. That loses nothing, since
// everything in Redis is rebuilt from the database.
package embedded
