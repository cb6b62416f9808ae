package bundle_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/osrsdiff/osrsdiff/internal/bundle"
	"github.com/osrsdiff/osrsdiff/internal/testenv"
)

// echo returns what it is given, or fails.
var echo = redis.NewScript(`
if ARGV[1] == 'fail' then return redis.error_reply('BROKEN as told') end
redis.call('SET', KEYS[1], ARGV[1])
return {KEYS[1], ARGV[1]}
`)

// TestScriptsOfMany lets many run a script at the same time: each gets the answer to
// its own, whether or not Redis knows the script, in fewer ways there and back.
func TestScriptsOfMany(t *testing.T) {
	rdb := testenv.Redis(t)
	bundle.Scripts(rdb)
	var pipelines atomic.Int64
	rdb.AddHook(counting{&pipelines})
	for range 3 {
		if err := rdb.ScriptFlush(t.Context()).Err(); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			for i, err := range together(100, func(i int) error { return askEcho(t.Context(), rdb, i) }) {
				if err != nil {
					t.Errorf("caller %d: %v", i, err)
				}
			}
		}
	}
	if n := pipelines.Load(); n == 0 || n > 300 {
		t.Errorf("600 scripts went in %d pipelines, want some and far fewer", n)
	}
}

// askEcho runs the script and checks that the answer is its own.
func askEcho(ctx context.Context, rdb redis.UniversalClient, i int) error {
	key, text := fmt.Sprintf("{x}:%d", i), fmt.Sprint("text ", i)
	if i%10 == 0 {
		err := echo.Run(ctx, rdb, []string{key}, "fail").Err()
		if !redis.HasErrorPrefix(err, "BROKEN") {
			return fmt.Errorf("answer %w, want that it is broken", err)
		}
		return nil
	}
	got, err := echo.Run(ctx, rdb, []string{key}, text).StringSlice()
	if err == nil && (len(got) != 2 || got[0] != key || got[1] != text) {
		err = fmt.Errorf("answer %q, want %q and %q", got, key, text)
	}
	return err
}

// counting counts the pipelines of a client.
type counting struct{ n *atomic.Int64 }

func (counting) DialHook(next redis.DialHook) redis.DialHook          { return next }
func (counting) ProcessHook(next redis.ProcessHook) redis.ProcessHook { return next }
func (c counting) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		c.n.Add(1)
		return next(ctx, cmds)
	}
}

// TestOtherCommandsAreLeftAlone wants them to work as ever.
func TestOtherCommandsAreLeftAlone(t *testing.T) {
	rdb := testenv.Redis(t)
	bundle.Scripts(rdb)
	if err := rdb.Set(t.Context(), "a", "b", 0).Err(); err != nil {
		t.Fatal(err)
	}
	if got, err := rdb.Get(t.Context(), "a").Result(); err != nil || got != "b" {
		t.Errorf("get: %q, %v", got, err)
	}
	if err := rdb.Get(t.Context(), "c").Err(); !errors.Is(err, redis.Nil) {
		t.Errorf("get of nothing: %v, want redis.Nil", err)
	}
	if got, err := echo.Eval(t.Context(), rdb, []string{"a"}, "x").StringSlice(); err != nil || len(got) != 2 {
		t.Errorf("eval: %q, %v", got, err)
	}
}

// TestScriptsOfWhoGaveUpDoNotRun wants nothing of those whose context has ended.
func TestScriptsOfWhoGaveUpDoNotRun(t *testing.T) {
	rdb := testenv.Redis(t)
	bundle.Scripts(rdb)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, err := range together(40, func(i int) error { return askEcho(ctx, rdb, i) }) {
		if err == nil || !errors.Is(err, context.Canceled) {
			t.Errorf("script: %v, want context.Canceled", err)
		}
	}
	if err := askEcho(t.Context(), rdb, 41); err != nil {
		t.Fatal(err)
	}
	if keys, err := rdb.Keys(t.Context(), "*").Result(); err != nil || len(keys) != 1 {
		t.Errorf("keys %v, %v; want that of the last script only", keys, err)
	}
}

// TestContextThatEndsIsHeeded lets Redis be silent for longer than anybody waits.
func TestContextThatEndsIsHeeded(t *testing.T) {
	silent, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = silent.Close() }()
	rdb := redis.NewClient(&redis.Options{Addr: silent.Addr().String(), MaxRetries: -1, ReadTimeout: time.Hour})
	defer func() { _ = rdb.Close() }()
	bundle.Scripts(rdb)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	for i, err := range together(10, func(i int) error { return echo.Run(ctx, rdb, []string{"x"}, i).Err() }) {
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("caller %d: %v, want that its time is over", i, err)
		}
	}
}

// TestScriptsWithoutRedis wants each to hear that Redis does not answer.
func TestScriptsWithoutRedis(t *testing.T) {
	rdb := redis.NewClient(&redis.Options{Addr: "127.0.0.1:1", MaxRetries: -1, DialerRetries: 1})
	defer func() { _ = rdb.Close() }()
	bundle.Scripts(rdb)
	for i, err := range together(20, func(i int) error { return echo.Run(t.Context(), rdb, []string{"x"}, i).Err() }) {
		if err == nil {
			t.Errorf("caller %d: no error", i)
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
