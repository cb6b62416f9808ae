package permits_test

import (
	"errors"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/osrsdiff/osrsdiff/internal/testenv"
	"github.com/osrsdiff/osrsdiff/permits"
)

// All that an Office sends suits a Redis Cluster: the keys of a script share a
// slot.
func TestOfficeOnACluster(t *testing.T) {
	oneSlot := newBench(t).rdb
	oneSlot.AddHook(testenv.OneSlot{})
	for name, rdb := range map[string]redis.UniversalClient{
		"one slot": oneSlot,
		"cluster":  testenv.NewRedisCluster(t, testenv.Protection{}).Client(t),
	} {
		t.Run(name, func(t *testing.T) {
			office := permits.New(rdb, permits.Options{Rate: 1000, Burst: 10})
			permit, err := office.Take(t.Context(), permits.Request{Holder: "player_fetch_1", Token: "mine"})
			if err != nil {
				t.Fatal(err)
			}
			if err := office.Report(t.Context(), permit, permits.Answer{Outcome: permits.Failed, Cause: "503"}); err != nil {
				t.Error(err)
			}
			if err := office.Release(t.Context(), "player_fetch_1", "mine", false); err != nil {
				t.Error(err)
			}
			if err := office.Listed(t.Context(), "1"); err != nil {
				t.Error(err)
			}
			if _, err := office.Unlisted(t.Context(), "2"); err != nil {
				t.Error(err)
			}
			if err := office.Pause(t.Context(), time.Minute); err != nil {
				t.Error(err)
			}
			if state, err := office.State(t.Context()); err != nil || state.Failures != 1 || state.Paused == 0 {
				t.Errorf("State = %+v, %v; want one failure and a pause", state, err)
			}
			var wait *permits.WaitError
			if _, err := office.Take(t.Context(), permits.Request{Patience: time.Millisecond}); !errors.As(err, &wait) {
				t.Errorf("Take in a pause: %v, want a WaitError", err)
			}
		})
	}
}
