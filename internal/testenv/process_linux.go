package testenv

import (
	"os/exec"
	"runtime"
	"syscall"
	"testing"
)

// start starts a server that dies with this process, whatever ends it. The
// kernel ties that to the starting thread, so the thread is kept for good.
func start(tb testing.TB, cmd *exec.Cmd) {
	tb.Helper()
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Pdeathsig = syscall.SIGKILL
	if err := onKeptThread(cmd.Start); err != nil {
		tb.Fatalf("start %s: %v", cmd.Path, err)
	}
}

type call struct {
	f    func() error
	done chan error
}

var calls = make(chan call)

func init() {
	go func() {
		runtime.LockOSThread()
		for c := range calls {
			c.done <- c.f()
		}
	}()
}

func onKeptThread(f func() error) error {
	c := call{f: f, done: make(chan error)}
	calls <- c
	return <-c.done
}
