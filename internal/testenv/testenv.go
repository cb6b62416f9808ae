// Package testenv gives tests the real servers they run against: a
// redis-server, a PostgreSQL cluster, Chromium and captured hiscores bodies.
// Each is started by the test that asks for it and stopped with it. What is not
// installed makes the test use an embedded part or skip, saying what is missing;
// the variable OSRSDIFF_TEST_REQUIRE (a list such as "redis,postgres") turns
// that into a failure, so that a CI run cannot pass by skipping.
package testenv

import (
	"context"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"
)

// RequireVariable names the environment variable that lists what must be there.
const RequireVariable = "OSRSDIFF_TEST_REQUIRE"

// startTimeout bounds how long a server may take until it answers.
const startTimeout = 30 * time.Second

// missing skips the test, or fails it when what is required.
func missing(tb testing.TB, what, why string) {
	tb.Helper()
	if required(what) {
		tb.Fatalf("%s is required by %s: %s", what, RequireVariable, why)
	}
	tb.Skipf("skipped without %s: %s", what, why)
}

func required(what string) bool {
	return slices.Contains(strings.Split(os.Getenv(RequireVariable), ","), what)
}

// Captures returns the folder of real hiscores bodies that HISCORES_CAPTURES
// names. They are not part of the repository.
func Captures(tb testing.TB) string {
	tb.Helper()
	dir := os.Getenv("HISCORES_CAPTURES")
	if dir == "" {
		missing(tb, "captures", "HISCORES_CAPTURES names no folder of captured bodies")
	}
	if _, err := os.Stat(dir); err != nil {
		tb.Fatalf("HISCORES_CAPTURES: %v", err)
	}
	return dir
}

// Chromium returns the path of an installed Chromium or Chrome.
func Chromium(tb testing.TB) string {
	tb.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	missing(tb, "chromium", "no chromium, chromium-browser or google-chrome in PATH")
	return ""
}

// Eventually waits until ok reports true, asking every 20 ms, and fails the test
// with what it waited for when within has passed.
func Eventually(tb testing.TB, within time.Duration, what string, ok func() bool) {
	tb.Helper()
	ctx, cancel := context.WithTimeout(tb.Context(), within)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-ctx.Done():
			tb.Fatalf("after %v still waiting for: %s", within, what)
		case <-tick.C:
		}
	}
}
