package main

import (
	"flag"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

var (
	soakRounds = flag.Int("rounds", 10, "how many rounds of killing TestRandomKills makes")
	soakSeed   = flag.Uint64("seed", 0, "seed of TestRandomKills; 0 takes a new one")
)

// TestRandomKills kills and restarts roles and Redis at random. A hundred rounds
// are run by hand: go test ./cmd/osrsdiff -run TestRandomKills -rounds 100.
func TestRandomKills(t *testing.T) {
	s := newStack(t)
	seed := *soakSeed
	if seed == 0 {
		seed = uint64(time.Now().UnixNano())
	}
	t.Logf("seed %d: run it again with -seed %d -rounds %d", seed, seed, *soakRounds)
	dice := rand.New(rand.NewPCG(seed, 1))
	s.track(20, 5)
	roles := []string{"scheduler", "scheduler", "worker", "worker"}
	procs := make([]*proc, len(roles))
	for i, role := range roles {
		procs[i] = s.start(role)
	}
	s.eachFetchedAfter(s.begun, 1, 30*time.Second)
	for range *soakRounds {
		pause(t, time.Duration(dice.IntN(3000))*time.Millisecond)
		switch victim := dice.IntN(len(roles) + 1); {
		case victim == len(roles):
			s.redis.Kill()
			pause(t, time.Duration(dice.IntN(2000))*time.Millisecond)
			s.redis.Start()
		default:
			procs[victim].kill()
			pause(t, time.Duration(dice.IntN(2000))*time.Millisecond)
			procs[victim] = s.start(roles[victim])
		}
		s.supervise(procs)
	}
	pause(t, 2*time.Second)
	s.supervise(procs)
	// A worker that died holding a fetch keeps it for two minutes at most.
	s.eachFetchedAfter(time.Now(), 2, 150*time.Second)
	for _, p := range procs {
		p.stop()
	}
	s.onceATick()
}

// supervise starts roles that ended by themselves again, as an operator's
// supervisor does: one that starts while Redis is dead says so and ends.
func (s *stack) supervise(procs []*proc) {
	s.t.Helper()
	for i, p := range procs {
		select {
		case <-p.done:
			if code := p.cmd.ProcessState.ExitCode(); code != exitUnavailable {
				s.t.Errorf("%s ended by itself with exit code %d", p.name, code)
			}
			procs[i] = s.start(p.name)
		default:
		}
	}
}

// TestRedisOutOfMemory lets Redis refuse every write for a while.
func TestRedisOutOfMemory(t *testing.T) {
	s := newStack(t)
	s.track(10, 4)
	s.start("scheduler")
	s.start("worker")
	s.eachFetchedAfter(s.begun, 2, 30*time.Second)
	rdb := s.client()
	if err := rdb.ConfigSet(t.Context(), "maxmemory", "1").Err(); err != nil {
		t.Fatal(err)
	}
	if err := rdb.Set(t.Context(), "probe", "x", 0).Err(); err == nil || !strings.Contains(err.Error(), "OOM") {
		t.Fatalf("a write returned %v, want OOM", err)
	}
	pause(t, 8*time.Second)
	if err := rdb.ConfigSet(t.Context(), "maxmemory", "0").Err(); err != nil {
		t.Fatal(err)
	}
	s.eachFetchedAfter(time.Now(), 2, 130*time.Second)
	s.onceATick()
}

// TestRedisBehindASlowLink puts 50 ms each way between the roles and Redis.
func TestRedisBehindASlowLink(t *testing.T) {
	s := newStack(t)
	s.env = append(s.env, "REDIS_URL=redis://"+slowLink(t, s.redis.Addr(), 50*time.Millisecond)+"/0")
	s.track(10, 6)
	s.start("scheduler")
	s.start("scheduler")
	s.start("worker")
	s.eachFetchedAfter(s.begun, 4, time.Minute)
	s.onceATick()
}

// pause waits, as a fault that lasts a while does; the test goes on at its end.
func pause(t *testing.T, d time.Duration) {
	t.Helper()
	over := time.NewTimer(d)
	defer over.Stop()
	select {
	case <-over.C:
	case <-t.Context().Done():
	}
}
