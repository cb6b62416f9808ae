package schedules

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/bsm/redislock"
	"github.com/redis/go-redis/v9"
)

// lockTokenLength is how much of a redislock value is its random token; what
// follows is the metadata.
const lockTokenLength = 22

// Lease says who runs the PeriodicTaskManager.
type Lease struct {
	// Held reports whether anyone does.
	Held bool `json:"held"`
	// Holder names the process that does: host and process id.
	Holder string `json:"holder,omitempty"`
	// RenewedAgo is how long ago the holder last renewed it.
	RenewedAgo time.Duration `json:"renewed_ago"`
}

// Lease reads who holds the lease, which lasts ttl after each renewal.
func (b *Book) Lease(ctx context.Context, ttl time.Duration) (Lease, error) {
	value, err := b.rdb.Get(ctx, b.keys.lease()).Result()
	if errors.Is(err, redis.Nil) {
		return Lease{}, nil
	}
	if err != nil {
		return Lease{}, fmt.Errorf("read the scheduler lease: %w", err)
	}
	left, err := b.rdb.PTTL(ctx, b.keys.lease()).Result()
	if err != nil {
		return Lease{}, fmt.Errorf("read the scheduler lease: %w", err)
	}
	l := Lease{Held: true, RenewedAgo: max(0, ttl-left)}
	if len(value) > lockTokenLength {
		l.Holder = value[lockTokenLength:]
	}
	return l, nil
}

// keepLease renews the lease every third of its time and returns when it was
// lost or ctx ended. Errors of the connection are borne until the lease must have
// run out: by the monotonic clock, which goes on while a process is stopped.
func keepLease(ctx context.Context, lock *redislock.Lock, ttl time.Duration) error {
	tick := time.NewTicker(ttl / 3)
	defer tick.Stop()
	renewed := time.Now()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		err := renew(ctx, lock, ttl)
		switch {
		case err == nil:
			renewed = time.Now()
		case errors.Is(err, redislock.ErrNotObtained), errors.Is(err, redislock.ErrLockNotHeld):
			return errors.New("another process took the lease, or Redis lost it")
		case time.Since(renewed) >= ttl:
			return fmt.Errorf("lease not renewed for %v: %w", ttl, err)
		}
	}
}

func renew(ctx context.Context, lock *redislock.Lock, ttl time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, ttl/3)
	defer cancel()
	return lock.Refresh(ctx, ttl, nil)
}
