// Package hiscorestest is a fake of the official hiscores: a web site that
// serves realistic answers for made-up accounts on every table, shows every
// fault of the real one on request, and keeps a list of who asked for whom and
// when. Tests of all packages talk to it over HTTP, and the demo serves its
// accounts in the same form.
package hiscorestest
