package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"

	"github.com/osrsdiff/osrsdiff/config"
)

// reachTimeout bounds the first contact with a server, so that a wrong URL is
// reported within 5 s.
const reachTimeout = 4 * time.Second

// redisOptions reads a URL that config has checked; what is left to go wrong are
// its parameters. The URL's own error would show its password.
func redisOptions(url config.Secret, maxConnections int) (*redis.Options, error) {
	opts, err := redis.ParseURL(url.Reveal())
	if err != nil {
		return nil, mark(config.ErrInvalid, fmt.Errorf("redis.url = %q: not a Redis URL that can be used", url.String()))
	}
	opts.PoolSize = maxConnections
	opts.ClientName = "osrsdiff"
	opts.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	return opts, nil
}

// openRedis makes sure that a Redis answers and returns a client of it, which
// the caller closes.
func openRedis(ctx context.Context, url config.Secret, maxConnections int) (*redis.Client, error) {
	opts, err := redisOptions(url, maxConnections)
	if err != nil {
		return nil, err
	}
	if err := probeRedis(ctx, *opts); err != nil {
		return nil, mark(errUnavailable, fmt.Errorf("reach Redis at %s (redis.url): %w", url, err))
	}
	return redis.NewClient(opts), nil
}

// probeRedis asks once. The client that is used later tries again for seconds
// before it reports anything, as it should when a server restarts, but a wrong
// address is told from a right one at the first refusal.
func probeRedis(ctx context.Context, opts redis.Options) error {
	opts.MaxRetries, opts.DialerRetries, opts.PoolSize = -1, 1, 1
	probe := redis.NewClient(&opts)
	ctx, cancel := context.WithTimeout(ctx, reachTimeout)
	defer cancel()
	err := probe.Ping(ctx).Err()
	if errors.Is(err, context.DeadlineExceeded) {
		err = fmt.Errorf("no answer within %v", reachTimeout)
	}
	return errors.Join(err, probe.Close())
}
