package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/osrsdiff/osrsdiff/config"
	"github.com/osrsdiff/osrsdiff/hiscores"
	"github.com/osrsdiff/osrsdiff/player"
	"github.com/osrsdiff/osrsdiff/roster"
	"github.com/osrsdiff/osrsdiff/schedules"
	"github.com/osrsdiff/osrsdiff/store"
)

func TestExitCode(t *testing.T) {
	for name, tc := range map[string]struct {
		err  error
		want int
	}{
		"success":                {nil, 0},
		"anything":               {errors.New("disk full"), 1},
		"usage":                  {usage("no name"), 2},
		"settings":               {&config.Problem{Key: "log.level"}, 2},
		"interval":               {player.ErrInvalidInterval, 2},
		"database URL":           {fmt.Errorf("%w: %w", store.ErrUnreachable, store.ErrInvalidURL), 2},
		"player nobody tracks":   {store.ErrNotFound, 3},
		"player not on the site": {hiscores.ErrNotFound, 3},
		"schedule":               {schedules.ErrNotFound, 3},
		"task":                   {&roster.UnknownTaskError{Name: "x"}, 3},
		"player that exists":     {&store.ExistsError{}, 4},
		"site is down":           {hiscores.ErrUnavailable, 5},
		"site limits":            {&hiscores.RateLimitError{}, 5},
		"database is down":       {store.ErrUnreachable, 5},
		"Redis is down":          {mark(errUnavailable, errors.New("refused")), 5},
		"interrupted":            {fmt.Errorf("fetch: %w", context.Canceled), 130},
		"one of several":         {errors.Join(errors.New("first"), store.ErrExists), 4},
	} {
		t.Run(name, func(t *testing.T) {
			err := tc.err
			if err != nil {
				err = fmt.Errorf("wrapped: %w", err)
			}
			if got := exitCode(err); got != tc.want {
				t.Errorf("exitCode(%v) = %d, want %d", err, got, tc.want)
			}
		})
	}
}

// Every code has one row, and the help shows each.
func TestExitCodesAreDocumented(t *testing.T) {
	seen := map[int]bool{exitOK: true, exitFailure: true}
	help := exitHelp()
	for _, row := range exitCodes {
		if seen[row.code] {
			t.Errorf("code %d has two meanings", row.code)
		}
		seen[row.code] = true
		if !strings.Contains(help, fmt.Sprintf("%-4d %s", row.code, row.meaning)) {
			t.Errorf("the help lacks code %d", row.code)
		}
	}
}

func TestMarkKeepsTheText(t *testing.T) {
	cause := errors.New("refused")
	err := mark(errUnavailable, cause)
	if err.Error() != "refused" || !errors.Is(err, cause) || !errors.Is(err, errUnavailable) {
		t.Errorf("mark = %v", err)
	}
	if mark(errUnavailable, nil) != nil {
		t.Error("no error was made one")
	}
}
