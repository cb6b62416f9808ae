package main

import (
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"go.uber.org/goleak"

	"github.com/osrsdiff/osrsdiff/config"
	"github.com/osrsdiff/osrsdiff/embedded"
)

func TestOpenRedis(t *testing.T) {
	server, err := embedded.Start(embedded.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	rdb, err := openRedis(t.Context(), config.Redis{URL: config.Secret(server.URL()), MaxConnections: 7})
	if err != nil {
		t.Fatal(err)
	}
	single, ok := rdb.(*redis.Client)
	if !ok || single.Options().PoolSize != 7 {
		t.Errorf("%v, want a client of one server with a pool of 7 connections", rdb)
	}
	if err := rdb.Ping(t.Context()).Err(); err != nil {
		t.Error(err)
	}
	if err := rdb.Close(); err != nil {
		t.Error(err)
	}
}

// An address that accepts connections and says nothing is given up on in time,
// and nothing is left behind.
func TestOpenRedisOfASilentServer(t *testing.T) {
	before := goleak.IgnoreCurrent()
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	begun := time.Now()
	_, err = openRedis(t.Context(), config.Redis{URL: config.Secret("redis://:hunter2@" + silent.Addr().String() + "/0"), MaxConnections: 10})
	if !errors.Is(err, errUnavailable) || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("openRedis = %v, want it unavailable and the password masked", err)
	}
	if took := time.Since(begun); took > 10*time.Second {
		t.Errorf("gave up after %v; its bound is %v", took, reachTimeout)
	}
	if err := silent.Close(); err != nil {
		t.Error(err)
	}
	goleak.VerifyNone(t, before)
}

// What config lets pass may still be no URL for go-redis; its error would show
// the password.
func TestRedisConnectionMasksTheURL(t *testing.T) {
	for _, url := range []config.Secret{
		"redis://:hunter2@localhost:6379/0?pool_timeout=many", "redis+cluster://:hunter2@one,two?skip_verify=true",
	} {
		_, err := newRedisConnection(config.Redis{URL: url, MaxConnections: 10})
		if !errors.Is(err, config.ErrInvalid) || !strings.Contains(err.Error(), "a parameter after the ?") || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("newRedisConnection(%s) = %v, want ErrInvalid, its reason, and the password masked", url, err)
		}
	}
}

func TestQueueCapacity(t *testing.T) {
	for rate, want := range map[float64]int{0.01: 2, 1: 120, 0.5: 60, 20: 2400} {
		if got := queueCapacity(rate); got != want {
			t.Errorf("queueCapacity(%v) = %d, want %d", rate, got, want)
		}
	}
}
