// Package events is what happens to players and to the fetching of them, in the
// form in which it is told: to pages that are open, to webhooks, and in the
// activity feed.
//
// The store makes an Event of each happening in the transaction that makes it
// true. What is worth telling later is kept in the database's activity table; the
// rest, such as a fetch that changed nothing, is only told to those who listen.
package events
