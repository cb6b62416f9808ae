package tasks_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/hibiken/asynq"

	"github.com/osrsdiff/osrsdiff/hiscores"
	"github.com/osrsdiff/osrsdiff/tasks"
	"github.com/osrsdiff/osrsdiff/webhooks"
)

func TestRetryDelayAndIsFailure(t *testing.T) {
	unavailable := fmt.Errorf("fetch %q: %w", "Zezima", hiscores.ErrUnavailable)
	const s, m = time.Second, time.Minute
	for _, test := range []struct {
		name     string
		taskType string
		retried  int
		err      error
		want     time.Duration
		failure  bool
	}{
		{"fetch, first failure", tasks.TypeFetch, 0, unavailable, 61 * s, true},
		{"fetch, second", tasks.TypeFetch, 1, unavailable, 2*m + s, true},
		{"fetch, third", tasks.TypeFetch, 2, unavailable, 4*m + s, true},
		{"fetch, fourth", tasks.TypeFetch, 3, unavailable, 8*m + s, true},
		{"fetch, far on", tasks.TypeFetch, 1000, unavailable, 15*m + s, true},
		{"fetch, blocked", tasks.TypeFetch, 0, hiscores.ErrBlocked, 61 * s, true},
		{"fetch, out of time", tasks.TypeFetch, 0, context.DeadlineExceeded, 61 * s, true},
		{"fetch, panic", tasks.TypeFetch, 0, errors.New("panic: nil map"), 61 * s, true},
		{"fetch, asked to pause", tasks.TypeFetch, 3, fmt.Errorf("x: %w", &tasks.PostponedError{For: 30 * s, Cause: &hiscores.RateLimitError{}}), 31 * s, false},
		{"fetch, stopping", tasks.TypeFetch, 3, &tasks.PostponedError{Cause: tasks.ErrStopping}, 0, false},
		{"fetch, worker died", tasks.TypeFetch, 2, asynq.ErrLeaseExpired, 0, true},
		{"fetch, cancelled", tasks.TypeFetch, 2, fmt.Errorf("x: %w", context.Canceled), 0, true},
		{"mode check", tasks.TypeCheckMode, 0, unavailable, 5*m + s, true},
		{"mode check, third", tasks.TypeCheckMode, 2, unavailable, 20*m + s, true},
		{"mode check, far on", tasks.TypeCheckMode, 50, unavailable, 60*m + s, true},
		{"fan-out", tasks.TypeCheckModes, 0, errors.New("database"), 61 * s, true},
		{"fan-out, far on", tasks.TypeCheckModes, 9, errors.New("database"), 30*m + s, true},
		{"prune", tasks.TypePrune, 1, errors.New("database"), 2*m + s, true},
		{"due", tasks.TypeDue, 0, errors.New("redis"), 6 * s, true},
		{"reconcile", tasks.TypeReconcile, 0, errors.New("redis"), 31 * s, true},
		{"delivery", tasks.TypeDeliver, 0, errors.New("answered 500"), 16 * s, true},
		{"delivery, sixth", tasks.TypeDeliver, 5, errors.New("answered 500"), 8*m + s, true},
		{"delivery, far on", tasks.TypeDeliver, 50, errors.New("answered 500"), 60*m + s, true},
		{"delivery, asked to wait", tasks.TypeDeliver, 5, &tasks.PostponedError{For: 3 * s, Cause: &webhooks.LimitedError{}}, 4 * s, false},
		{"unknown type", "other", 0, errors.New("x"), 61 * s, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := tasks.RetryDelay(test.retried, test.err, asynq.NewTask(test.taskType, nil)); got != test.want {
				t.Errorf("RetryDelay = %s, want %s", got, test.want)
			}
			if got := tasks.IsFailure(test.err); got != test.failure {
				t.Errorf("IsFailure = %t, want %t", got, test.failure)
			}
		})
	}
	if tasks.IsFailure(nil) {
		t.Error("IsFailure(nil) = true")
	}
}
