package testenv_test

import (
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/osrsdiff/osrsdiff/internal/testenv"
)

// protections lists the ways to protect servers that tests use.
func protections(t *testing.T) map[string]testenv.Protection {
	t.Helper()
	return map[string]testenv.Protection{
		"open":     {},
		"password": {Password: "hunter2"},
		"user":     {User: "osrsdiff", Password: "hunter2"},
		"TLS":      {User: "osrsdiff", Password: "hunter2", TLS: testenv.NewAuthority(t)},
	}
}

func TestProtectedRedisLetsNobodyElseIn(t *testing.T) {
	for name, protect := range protections(t) {
		if name == "open" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			p := testenv.ProtectedRedis(t, protect)
			stranger := redis.NewClient(&redis.Options{Addr: p.Addr(), MaxRetries: -1})
			defer func() { _ = stranger.Close() }()
			if err := stranger.Set(t.Context(), "k", "v", 0).Err(); err == nil {
				t.Error("a client without login wrote a key")
			}
		})
	}
}

func TestRedisClusterServesAllSlots(t *testing.T) {
	for name, protect := range protections(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cluster := testenv.NewRedisCluster(t, protect)
			rdb := cluster.Client(t)
			for _, key := range []string{"a", "b", "c", "d", "e", "f", "g", "h"} {
				if err := rdb.Set(t.Context(), key, key, 0).Err(); err != nil {
					t.Fatal(err)
				}
			}
			cluster.Flush()
			if n := rdb.DBSize(t.Context()).Val(); n != 0 {
				t.Errorf("%d keys are left of an emptied cluster", n)
			}
		})
	}
}

func TestSentinelsReplaceTheMaster(t *testing.T) {
	for name, protect := range protections(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := testenv.NewRedisSentinel(t, protect)
			s.Master.Kill()
			s.AwaitFailover()
		})
	}
}
