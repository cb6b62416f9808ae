// Package webhooks tells other programs what happens: each webhook is an address
// that events are posted to, in the form that Discord reads or as plain JSON.
//
// What is kept in the activity feed becomes deliveries in the database, one for up
// to ten events, and each delivery a task; package tasks runs both. Addresses and
// secrets are never shown in full: who knows the address of a Discord webhook may
// write into the channel.
package webhooks
