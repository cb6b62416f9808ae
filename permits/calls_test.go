package permits_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/osrsdiff/osrsdiff/internal/testenv"
	"github.com/osrsdiff/osrsdiff/permits"
)

// TestManyRunsOfAnOffice lets many runs ask at the same time, so that their calls go
// to Redis together: each gets the answer to its own, whether or not Redis knows the
// scripts.
func TestManyRunsOfAnOffice(t *testing.T) {
	rdb := testenv.Redis(t)
	o := permits.New(rdb, permits.Options{})
	for range 3 {
		if err := rdb.ScriptFlush(t.Context()).Err(); err != nil {
			t.Fatal(err)
		}
		errs := together(40, func(i int) error {
			holder, token := fmt.Sprintf("player_fetch_%d", i/2), fmt.Sprint(i%2)
			_, err := o.Take(t.Context(), permits.Request{Holder: holder, Token: token})
			return err
		})
		for i := 0; i < len(errs); i += 2 {
			var marked *permits.MarkedError
			one, other := errs[i], errs[i+1]
			if one != nil {
				one, other = other, one
			}
			if one != nil || !errors.As(other, &marked) || marked.Holder != fmt.Sprintf("player_fetch_%d", i/2) {
				t.Errorf("two runs of holder %d: %v and %v; want a permit and a MarkedError of it", i/2, errs[i], errs[i+1])
			}
		}
		for i, err := range together(40, func(i int) error {
			return o.Release(t.Context(), fmt.Sprintf("player_fetch_%d", i/2), fmt.Sprint(i%2), false)
		}) {
			if err != nil {
				t.Errorf("release %d: %v", i, err)
			}
		}
	}
}

// TestRunsThatGaveUpTakeNothing wants no marker of a run whose context has ended.
func TestRunsThatGaveUpTakeNothing(t *testing.T) {
	rdb := testenv.Redis(t)
	o := permits.New(rdb, permits.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, err := range together(40, func(i int) error {
		_, err := o.Take(ctx, permits.Request{Holder: fmt.Sprintf("player_fetch_%d", i), Token: "a"})
		return err
	}) {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("take: %v, want context.Canceled", err)
		}
	}
	if _, err := o.Take(t.Context(), permits.Request{Holder: "player_fetch_40", Token: "a"}); err != nil {
		t.Fatal(err)
	}
	keys, err := rdb.Keys(t.Context(), "*marker*").Result()
	if err != nil || len(keys) != 1 {
		t.Errorf("markers %v, %v; want that of the last run only", keys, err)
	}
}

// TestManyRunsWithoutRedis wants each to hear that Redis does not answer.
func TestManyRunsWithoutRedis(t *testing.T) {
	rdb := redis.NewClient(&redis.Options{Addr: "127.0.0.1:1", MaxRetries: -1, DialerRetries: 1})
	defer func() { _ = rdb.Close() }()
	o := permits.New(rdb, permits.Options{})
	for i, err := range together(20, func(i int) error {
		return o.Release(t.Context(), fmt.Sprintf("player_fetch_%d", i), "a", false)
	}) {
		if err == nil {
			t.Errorf("release %d: no error", i)
		}
	}
}

// together runs some at the same time.
func together(n int, run func(i int) error) []error {
	errs := make([]error, n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { errs[i] = run(i) })
	}
	all.Wait()
	return errs
}
