package access

import (
	"context"
	"time"

	"github.com/go-redis/redis_rate/v10"
	"github.com/redis/go-redis/v9"
)

// What one client may try: ten sign-ins at once that succeed, five that fail,
// then one a minute.
const (
	triesAtOnce  = 10
	triesEvery   = 30 * time.Second
	costOfTry    = 1
	costOfFailed = 1 // in addition to that of the try
	// throttlePatience bounds what is asked of Redis.
	throttlePatience = time.Second
)

// Throttle slows down clients that try one secret after another. All web
// processes count together in Redis; without it each counts by itself, so that
// people can still sign in while Redis is away.
type Throttle struct {
	shared *redis_rate.Limiter
	alone  *Clients
}

// NewThrottle returns a throttle on a Redis.
func NewThrottle(rdb redis.UniversalClient) *Throttle {
	return &Throttle{
		shared: redis_rate.NewLimiter(rdb),
		alone:  NewClients(1/triesEvery.Seconds(), triesAtOnce, time.Now),
	}
}

// Try counts a try of a client and says how long to wait before the next. Zero:
// go ahead.
func (t *Throttle) Try(ctx context.Context, client string) time.Duration {
	return t.take(ctx, client, costOfTry)
}

// Failed counts that the try of a client was in vain.
func (t *Throttle) Failed(ctx context.Context, client string) {
	t.take(ctx, client, costOfFailed)
}

func (t *Throttle) take(ctx context.Context, client string, n int) time.Duration {
	ctx, cancel := context.WithTimeout(ctx, throttlePatience)
	defer cancel()
	limit := redis_rate.Limit{Rate: 1, Period: triesEvery, Burst: triesAtOnce}
	res, err := t.shared.AllowN(ctx, "osrsdiff:tries:"+client, limit, n)
	if err != nil {
		return t.alone.Take(client, n)
	}
	if res.Allowed >= n {
		return 0
	}
	return max(res.RetryAfter, time.Second)
}
