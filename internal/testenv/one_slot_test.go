package testenv_test

import (
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/osrsdiff/osrsdiff/internal/testenv"
)

func TestOneSlotRefusesWhatAClusterRefuses(t *testing.T) {
	single := testenv.Redis(t)
	single.AddHook(testenv.OneSlot{})
	clients := map[string]redis.UniversalClient{
		"one server": single, "cluster": testenv.NewRedisCluster(t, testenv.Protection{}).Client(t),
	}
	script := redis.NewScript("return 1")
	for name, rdb := range clients {
		for what, tc := range map[string]struct {
			run     func() error
			refused bool
		}{
			"one tag":                 {func() error { return rdb.MSet(t.Context(), "{a}1", 1, "{a}2", 2).Err() }, false},
			"values are no keys":      {func() error { return rdb.MSet(t.Context(), "{a}1", "{b}1", "{a}2", "x").Err() }, false},
			"two tags":                {func() error { return rdb.MSet(t.Context(), "{a}1", 1, "{b}2", 2).Err() }, true},
			"a tag that is empty":     {func() error { return rdb.MSet(t.Context(), "{}1", 1, "{}2", 2).Err() }, true},
			"two deleted":             {func() error { return rdb.Unlink(t.Context(), "a", "b").Err() }, true},
			"script of one tag":       {func() error { return script.Run(t.Context(), rdb, []string{"{a}1", "x{a}"}, "b").Err() }, false},
			"script of two tags":      {func() error { return script.Run(t.Context(), rdb, []string{"a1", "a2"}).Err() }, true},
			"pipeline over two slots": {func() error { return pipeline(t, rdb, "{a}1", "{b}1") }, false},
		} {
			err := tc.run()
			if refused := redis.HasErrorPrefix(err, "CROSSSLOT"); refused != tc.refused || err != nil && !refused {
				t.Errorf("%s, %s: %v", name, what, err)
			}
		}
	}
}

func pipeline(t *testing.T, rdb redis.UniversalClient, keys ...string) error {
	t.Helper()
	_, err := rdb.Pipelined(t.Context(), func(pipe redis.Pipeliner) error {
		for _, key := range keys {
			pipe.Set(t.Context(), key, "v", 0)
		}
		return nil
	})
	return err
}
