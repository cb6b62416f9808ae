package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/osrsdiff/osrsdiff/access"
	"github.com/osrsdiff/osrsdiff/comparison"
	"github.com/osrsdiff/osrsdiff/config"
	"github.com/osrsdiff/osrsdiff/events"
	"github.com/osrsdiff/osrsdiff/gains"
	"github.com/osrsdiff/osrsdiff/groups"
	"github.com/osrsdiff/osrsdiff/hiscores"
	"github.com/osrsdiff/osrsdiff/player"
	"github.com/osrsdiff/osrsdiff/roster"
	"github.com/osrsdiff/osrsdiff/schedules"
	"github.com/osrsdiff/osrsdiff/store"
	"github.com/osrsdiff/osrsdiff/web"
	"github.com/osrsdiff/osrsdiff/webhooks"
)

// The exit codes. Scripts rely on them: a code never gets a second meaning.
const (
	exitOK          = 0
	exitFailure     = 1
	exitUsage       = 2
	exitNotFound    = 3
	exitConflict    = 4
	exitUnavailable = 5
	exitInterrupted = 130
)

// Errors of this package that have an exit code of their own; wrap them.
var (
	errUsage       = errors.New("usage")
	errNotFound    = errors.New("not found")
	errConflict    = errors.New("conflict")
	errUnavailable = errors.New("unavailable")
)

// exitCodes is the one table of what a failure means to a script. The first row
// with an error that matches wins.
var exitCodes = []struct {
	code    int
	meaning string
	errs    []error
}{
	{exitInterrupted, "interrupted by a signal before it was done", []error{context.Canceled}},
	{exitUsage, "wrong usage or input: flags, settings, names, intervals", []error{
		errUsage, config.ErrInvalid, player.ErrInvalidName, player.ErrInvalidInterval, player.ErrInvalidMode, gains.ErrInvalidPeriod, gains.ErrInvalidZone, comparison.ErrPlayers,
		hiscores.ErrInvalidName, groups.ErrInvalid, groups.ErrInvalidRoster, store.ErrInvalidURL, web.ErrExposed, access.ErrInvalidRole, access.ErrInvalidToken,
		webhooks.ErrInvalid, events.ErrInvalidKind}},
	{exitNotFound, "no such player, group, competition, webhook, schedule or task", []error{errNotFound, hiscores.ErrNotFound, store.ErrNotFound, schedules.ErrNotFound,
		roster.ErrUnknownTask}},
	{exitConflict, "it exists already, has opted out, or is not in the state for that, or another process is using it", []error{errConflict, store.ErrExists,
		groups.ErrExists, store.ErrOptedOut, store.ErrFlagged, store.ErrNotFlagged, store.ErrArchived, roster.ErrFalls, roster.ErrStillListed, access.ErrTokenExists}},
	{exitUnavailable, "the hiscores, Redis, the database or the service cannot be reached", []error{
		errUnavailable, store.ErrUnreachable, roster.ErrNoQueue, roster.ErrUnverified,
		hiscores.ErrUnavailable, hiscores.ErrBlocked, hiscores.ErrRateLimited}},
}

func exitCode(err error) int {
	if err == nil {
		return exitOK
	}
	for _, row := range exitCodes {
		for _, target := range row.errs {
			if errors.Is(err, target) {
				return row.code
			}
		}
	}
	return exitFailure
}

// exitHelp is the table as the help shows it.
func exitHelp() string {
	var b strings.Builder
	fmt.Fprintf(&b, "Exit codes:\n  %-4d success\n  %-4d any other failure\n", exitOK, exitFailure)
	for _, row := range exitCodes[1:] {
		fmt.Fprintf(&b, "  %-4d %s\n", row.code, row.meaning)
	}
	fmt.Fprintf(&b, "  %-4d %s", exitCodes[0].code, exitCodes[0].meaning)
	return b.String()
}

// usage is an error about what was typed, with exit code 2.
func usage(format string, args ...any) error {
	return mark(errUsage, fmt.Errorf(format, args...))
}

// mark gives err the exit code of kind without changing its text.
func mark(kind, err error) error {
	if err == nil {
		return nil
	}
	return &markedError{kind: kind, err: err}
}

type markedError struct{ kind, err error }

func (e *markedError) Error() string   { return e.err.Error() }
func (e *markedError) Unwrap() []error { return []error{e.kind, e.err} }
