//go:build !linux

package testenv

import (
	"os/exec"
	"testing"
)

// start starts a server that its test stops.
func start(tb testing.TB, cmd *exec.Cmd) {
	tb.Helper()
	if err := cmd.Start(); err != nil {
		tb.Fatalf("start %s: %v", cmd.Path, err)
	}
}
