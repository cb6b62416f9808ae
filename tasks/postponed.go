package tasks

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// ErrStopping is why a task is put back when its worker stops.
var ErrStopping = errors.New("the worker is stopping")

// PostponedError puts a task back without counting a failure: nothing was tried,
// or the hiscores asked for a pause. Handlers return it, RetryDelay and
// IsFailure read it.
type PostponedError struct {
	// For is how long the task waits. Zero: it may run again at once.
	For time.Duration
	// Cause says why.
	Cause error
}

// Error says for how long and why.
func (e *PostponedError) Error() string { return fmt.Sprintf("postponed for %s: %v", e.For, e.Cause) }

// Unwrap returns Cause.
func (e *PostponedError) Unwrap() error { return e.Cause }

type stoppingKey struct{}

// WithStopping returns a context that tells handlers when their worker begins to
// stop: when stopping ends. Unlike the end of ctx itself, that ends only waits;
// a request under way is let finish.
func WithStopping(ctx, stopping context.Context) context.Context {
	return context.WithValue(ctx, stoppingKey{}, stopping)
}

// stopping is the context given to WithStopping, or one that never ends.
func stopping(ctx context.Context) context.Context {
	if s, ok := ctx.Value(stoppingKey{}).(context.Context); ok {
		return s
	}
	return context.Background()
}

// waiting is a context for waiting rather than working: it ends with ctx, when
// the worker begins to stop, and after the longest wait.
func waiting(ctx context.Context, longest time.Duration) (context.Context, context.CancelFunc) {
	wait, cancel := context.WithTimeout(ctx, longest)
	unhook := context.AfterFunc(stopping(ctx), cancel)
	return wait, func() {
		unhook()
		cancel()
	}
}
