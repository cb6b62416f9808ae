// Package web is the part of OSRS Diff that people and programs talk to over
// HTTP: the API under /api with its OpenAPI description and documentation, the
// pages, the health endpoints, and the asynqmon dashboard of the queue under
// /monitoring.
//
// It decides nothing about players itself: reads go to the store, changes to the
// roster, and what is scheduled is read from the schedules. Each of these is a
// small interface declared here. It also guards the door: who may connect, with
// which token, from which pages, and under which content security policy.
package web
