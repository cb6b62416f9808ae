package access_test

import (
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/osrsdiff/osrsdiff/access"
	"github.com/osrsdiff/osrsdiff/internal/testenv"
)

// tries is how often a client may try before it must wait.
func tries(t *testing.T, fails bool, throttles ...*access.Throttle) int {
	t.Helper()
	for n := range 100 {
		throttle := throttles[n%len(throttles)]
		if throttle.Try(t.Context(), "192.0.2.7") > 0 {
			return n
		}
		if fails {
			throttle.Failed(t.Context(), "192.0.2.7")
		}
	}
	t.Fatal("nothing throttles it")
	return 0
}

func TestThrottle(t *testing.T) {
	open := func(url string) *access.Throttle {
		opts, err := redis.ParseURL(url)
		if err != nil {
			t.Fatal(err)
		}
		opts.MaxRetries, opts.DialerRetries = -1, 1
		rdb := redis.NewClient(opts)
		t.Cleanup(func() { _ = rdb.Close() })
		return access.NewThrottle(rdb)
	}
	if n := tries(t, false, open(testenv.RedisURL(t))); n != 10 {
		t.Errorf("%d sign-ins at once, want 10", n)
	}
	if n := tries(t, true, open(testenv.RedisURL(t))); n != 5 {
		t.Errorf("%d failures at once, want 5", n)
	}
	url := testenv.RedisURL(t)
	if n := tries(t, true, open(url), open(url)); n != 5 {
		t.Errorf("%d failures at two servers of one Redis, want 5", n)
	}
	if n := tries(t, true, open("redis://127.0.0.1:1")); n != 5 {
		t.Errorf("%d failures without a Redis, want 5", n)
	}
}
