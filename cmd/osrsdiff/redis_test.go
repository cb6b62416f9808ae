package main

import (
	"errors"
	"net"
	"strings"
	"testing"
	"time"

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
	rdb, err := openRedis(t.Context(), config.Secret(server.URL()), 7)
	if err != nil {
		t.Fatal(err)
	}
	if got := rdb.Options().PoolSize; got != 7 {
		t.Errorf("pool of %d connections, want 7", got)
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
	_, err = openRedis(t.Context(), config.Secret("redis://:hunter2@"+silent.Addr().String()+"/0"), 10)
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
func TestRedisOptionsMaskTheURL(t *testing.T) {
	_, err := redisOptions("redis://:hunter2@localhost:6379/0?pool_size=many", 10)
	if !errors.Is(err, config.ErrInvalid) || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("redisOptions = %v, want ErrInvalid and the password masked", err)
	}
}

func TestQueueCapacity(t *testing.T) {
	for rate, want := range map[float64]int{0.01: 2, 1: 120, 0.5: 60, 20: 2400} {
		if got := queueCapacity(rate); got != want {
			t.Errorf("queueCapacity(%v) = %d, want %d", rate, got, want)
		}
	}
}
