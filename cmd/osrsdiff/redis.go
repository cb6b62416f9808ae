package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"regexp"
	"time"

	"github.com/hibiken/asynq"
	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"

	"github.com/osrsdiff/osrsdiff/config"
	"github.com/osrsdiff/osrsdiff/internal/bundle"
)

// reachTimeout bounds the first contact with a server, so that a wrong URL is
// reported within 5 s.
const reachTimeout = 4 * time.Second

// redisConnection opens clients of the Redis of the settings: one server, the
// master that Sentinels name, or a Cluster.
type redisConnection struct{ opts *redis.UniversalOptions }

// client opens a client, which the caller closes.
func (c redisConnection) client() redis.UniversalClient { return redis.NewUniversalClient(c.opts) }

// MakeRedisClient is called by asynq and asynqmon for what closes its client
// itself.
func (c redisConnection) MakeRedisClient() any { return c.client() }

var _ asynq.RedisConnOpt = redisConnection{}

// newRedisConnection reads settings that config has checked; what is left to go
// wrong are the parameters of the URL and the files of TLS. The error of a
// parameter could show a part of a password.
func newRedisConnection(settings config.Redis) (redisConnection, error) {
	url, err := config.ParseRedisURL(settings.URL)
	if err != nil {
		return redisConnection{}, mark(config.ErrInvalid, fmt.Errorf("redis.url = %q: must be %w", settings.URL.String(), err))
	}
	tuning, err := redis.ParseURL("redis://host?" + url.Parameters.Encode())
	if err != nil {
		return redisConnection{}, mark(config.ErrInvalid, fmt.Errorf("redis.url = %q: a parameter after the ? is unknown or has a wrong value", settings.URL.String()))
	}
	encryption, err := redisTLS(url, settings)
	if err != nil {
		return redisConnection{}, mark(config.ErrInvalid, err)
	}
	opts := universalOptions(tuning)
	opts.Addrs, opts.DB, opts.MasterName = url.Addrs, cmp.Or(url.Database, tuning.DB), url.Master
	opts.IsClusterMode = url.Form == config.RedisCluster
	opts.Username, opts.Password = url.User, url.Password.Reveal()
	opts.SentinelUsername, opts.SentinelPassword = url.SentinelUser, url.SentinelPassword.Reveal()
	opts.TLSConfig = encryption
	opts.PoolSize = settings.MaxConnections
	opts.ClientName = "osrsdiff"
	opts.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	return redisConnection{opts}, nil
}

// universalOptions takes over what parameters of a URL can set.
func universalOptions(o *redis.Options) *redis.UniversalOptions {
	return &redis.UniversalOptions{
		Protocol: o.Protocol, MaxRetries: o.MaxRetries, MinRetryBackoff: o.MinRetryBackoff, MaxRetryBackoff: o.MaxRetryBackoff,
		DialTimeout: o.DialTimeout, ReadTimeout: o.ReadTimeout, WriteTimeout: o.WriteTimeout,
		PoolFIFO: o.PoolFIFO, PoolTimeout: o.PoolTimeout, MaxConcurrentDials: o.MaxConcurrentDials,
		MinIdleConns: o.MinIdleConns, MaxIdleConns: o.MaxIdleConns, MaxActiveConns: o.MaxActiveConns,
		ConnMaxIdleTime: o.ConnMaxIdleTime, ConnMaxLifetime: o.ConnMaxLifetime, ConnMaxLifetimeJitter: o.ConnMaxLifetimeJitter,
		PipelinePoolSize: o.PipelinePoolSize, PipelineReadBufferSize: o.PipelineReadBufferSize, PipelineWriteBufferSize: o.PipelineWriteBufferSize,
	}
}

// openRedis makes sure that a Redis answers and returns a client of it, which
// the caller closes. Scripts that run on it at the same time go together.
func openRedis(ctx context.Context, settings config.Redis) (redis.UniversalClient, error) {
	conn, err := newRedisConnection(settings)
	if err != nil {
		return nil, err
	}
	if err := probeRedis(ctx, *conn.opts); err != nil {
		return nil, mark(errUnavailable, fmt.Errorf("reach Redis at %s (redis.url): %w", settings.URL, err))
	}
	rdb := conn.client()
	bundle.Scripts(rdb)
	return rdb, nil
}

// probeRedis asks once. The client that is used later tries again for seconds
// before it reports anything, as it should when a server restarts, but a wrong
// address is told from a right one at the first refusal.
func probeRedis(ctx context.Context, opts redis.UniversalOptions) error {
	opts.MaxRetries, opts.DialerRetries, opts.PoolSize, opts.MinIdleConns = -1, 1, 1, 0
	probe := redis.NewUniversalClient(&opts)
	ctx, cancel := context.WithTimeout(ctx, reachTimeout)
	defer cancel()
	err := probe.Ping(ctx).Err()
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		err = fmt.Errorf("no answer within %v", reachTimeout)
	case errors.Is(err, redis.Nil):
		err = fmt.Errorf("the Sentinels know no master %q", opts.MasterName)
	case err == nil && !opts.IsClusterMode && opts.MasterName == "":
		err = checkMode(ctx, probe)
	}
	return errors.Join(err, probe.Close())
}

var redisMode = regexp.MustCompile(`redis_mode:(\w+)`)

// checkMode finds out that what a redis:// URL names is no server that stands by
// itself: a node of a cluster would take some of the keys and refuse the others.
// Failure policy: one that does not tell its mode is taken.
func checkMode(ctx context.Context, rdb redis.UniversalClient) error {
	info, err := rdb.Info(ctx, "server").Result()
	if err != nil {
		return nil //nolint:nilerr // See the failure policy.
	}
	m := append(redisMode.FindStringSubmatch(info), "", "")[1]
	switch m {
	case "cluster":
		return errors.New("a node of a Redis Cluster answers; its URL starts with redis+cluster:// or rediss+cluster://")
	case "sentinel":
		return errors.New("a Sentinel answers; its URL starts with redis+sentinel:// or rediss+sentinel:// and ends with the name of the master")
	}
	return nil
}
