package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"
)

// shutdownTimeout bounds the end of a process: less than the 30 s that
// orchestrators wait before they kill, more than a fetch under way needs.
const shutdownTimeout = 25 * time.Second

// lifecycle starts the parts of a process and stops them in reverse, so that
// each finds what it depends on still there: HTTP first, the database last.
type lifecycle struct {
	log     *slog.Logger
	timeout time.Duration
	steps   []step
	failed  chan error
}

// step is a part that was started. stop must be safe to abandon.
type step struct {
	name string
	stop func() error
}

func newLifecycle(log *slog.Logger) *lifecycle {
	return &lifecycle{log: log, timeout: shutdownTimeout, failed: make(chan error, 1)}
}

// onStop registers what to close when everything started after it has stopped.
func (l *lifecycle) onStop(name string, stop func() error) {
	l.steps = append(l.steps, step{name, stop})
}

// start runs a part until it is its turn to stop. ctx gives values only: a
// signal must not stop all parts at once. A part that ends earlier, with or
// without an error, ends the process.
func (l *lifecycle) start(ctx context.Context, name string, run func(context.Context) error) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	done := make(chan struct{})
	var result error
	go func() {
		defer close(done)
		result = run(ctx)
		if ctx.Err() == nil {
			l.fail(name, result)
		}
	}()
	l.onStop(name, func() error {
		early := isClosed(done)
		cancel()
		<-done
		if early || errors.Is(result, context.Canceled) {
			return nil // Reported by fail, or no error at all.
		}
		return result
	})
}

func (l *lifecycle) fail(name string, err error) {
	if err == nil {
		err = errors.New("ended by itself")
	}
	select {
	case l.failed <- fmt.Errorf("%s: %w", name, err):
	default: // The first failure is the one to report.
	}
}

// wait returns nil when ctx ends, or the failure of a part.
func (l *lifecycle) wait(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return nil
	case err := <-l.failed:
		return err
	}
}

// stop stops every part, last started first, within the timeout for all of
// them. A part that does not stop in time is reported and left behind. Calling
// it again does nothing.
func (l *lifecycle) stop() error {
	ctx, cancel := context.WithTimeout(context.Background(), l.timeout)
	defer cancel()
	steps := l.steps
	l.steps = nil
	var errs []error
	for _, step := range slices.Backward(steps) {
		if err := stopWithin(ctx, step); err != nil {
			errs = append(errs, fmt.Errorf("stop %s: %w", step.name, err))
		}
		l.log.Debug("stopped", slog.String("part", step.name))
	}
	return errors.Join(errs...)
}

func stopWithin(ctx context.Context, s step) error {
	done := make(chan error, 1)
	go func() { done <- s.stop() }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return errors.New("still running when the time for shutting down was over")
	}
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}
