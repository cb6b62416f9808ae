package tasks

import (
	"context"
	"errors"
	"time"

	"github.com/hibiken/asynq"
)

// DefaultTries is how often a task is tried before its handler gives up.
const DefaultTries = 5

// wholeSecond is added to delays: asynq cuts the time of a retry down to a whole
// second, which would let it come early.
const wholeSecond = time.Second

// backoff is a delay that doubles with each retry, up to a limit.
type backoff struct{ first, longest time.Duration }

func (b backoff) delay(n int) time.Duration {
	d := b.first
	for range n {
		if d *= 2; d >= b.longest {
			return b.longest
		}
	}
	return d
}

// backoffOf is how long each type waits after a failure. A fetch never repeats
// its request within a minute; what belongs to the engine returns by itself with
// its next entry.
func backoffOf(taskType string) backoff {
	switch taskType {
	case TypeFetch:
		return backoff{time.Minute, 15 * time.Minute}
	case TypeCheckMode:
		return backoff{5 * time.Minute, time.Hour}
	case TypeCheckModes, TypePrune:
		return backoff{time.Minute, 30 * time.Minute}
	case TypeDue:
		return backoff{5 * time.Second, 5 * time.Second}
	case TypeDeliver:
		return backoff{15 * time.Second, time.Hour}
	case TypeReconcile:
		return backoff{30 * time.Second, time.Minute}
	default:
		return backoff{time.Minute, time.Hour}
	}
}

// RetryDelay is how long a task waits after its n-th retry ended in err. A
// postponed task waits as long as it says. One whose worker died or was told to
// stop comes back at once, since the run marker keeps its request from being
// repeated too soon. All others back off, by their type.
func RetryDelay(n int, err error, t *asynq.Task) time.Duration {
	var postponed *PostponedError
	switch {
	case errors.As(err, &postponed) && postponed.For <= 0:
		return 0
	case errors.As(err, &postponed):
		return postponed.For + wholeSecond
	case errors.Is(err, asynq.ErrLeaseExpired), errors.Is(err, context.Canceled):
		return 0
	}
	return backoffOf(t.Type()).delay(n) + wholeSecond
}

// IsFailure reports whether err counts as a try. A postponed task was not tried.
func IsFailure(err error) bool {
	var postponed *PostponedError
	return err != nil && !errors.As(err, &postponed)
}

// triesLeft is how many tries a task has before this one ends, at most most. A
// task whose worker died or whose handler panicked has used one up each time.
func triesLeft(ctx context.Context, most int) int { return most - tried(ctx) + 1 }

// tried is how many runs of a task began, this one included.
func tried(ctx context.Context) int {
	retried, _ := asynq.GetRetryCount(ctx)
	return retried + 1
}
