package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/osrsdiff/osrsdiff/hiscores/hiscorestest"
	"github.com/osrsdiff/osrsdiff/internal/testenv"
	"github.com/osrsdiff/osrsdiff/player"
	"github.com/osrsdiff/osrsdiff/schedules"
)

// stack is a whole installation: a Redis, a SQLite database, a fake hiscores site
// that counts requests, and role processes that a test starts, kills and stops. A
// minute of an interval lasts a second.
type stack struct {
	t    *testing.T
	site *hiscorestest.Site
	// redis is the server of newStack.
	redis *testenv.RedisProcess
	env   []string
	dir   string
	names []string
	every time.Duration
	begun time.Time
	// excused is how many requests may have been repeated because a process died
	// with their outcome unknown.
	excused int
}

// newStack is a stack on one redis-server.
func newStack(t *testing.T) *stack {
	t.Helper()
	t.Parallel()
	server := testenv.RealRedis(t)
	s := newStackOn(t, "REDIS_URL="+server.URL())
	s.redis = server
	return s
}

// newStackOn is a stack on the Redis that variables name.
func newStackOn(t *testing.T, redis ...string) *stack {
	t.Helper()
	s := &stack{t: t, site: hiscorestest.NewSite(), dir: t.TempDir(), begun: time.Now()}
	url, stop := s.site.Start()
	t.Cleanup(stop)
	s.env = append(append(os.Environ(), redis...),
		"DATABASE_URL=sqlite://"+filepath.Join(s.dir, "players.db"),
		"OSRSDIFF_HISCORES_URL="+url, "OSRSDIFF_HISCORES_RATE=1000", "OSRSDIFF_HISCORES_BURST=100", "OSRSDIFF_HISCORES_TIMEOUT=2s",
		"OSRSDIFF_SCHEDULER_GRID_UNIT=1s", "OSRSDIFF_SCHEDULER_SWEEP=1s", "OSRSDIFF_SCHEDULER_LEASE=3s",
		"OSRSDIFF_DATA_DIR="+s.dir,
	)
	return s
}

// track adds n players that the site lists, fetched every so many seconds.
func (s *stack) track(n int, every player.Interval) {
	s.t.Helper()
	s.every = time.Duration(every) * time.Second
	file := filepath.Join(s.dir, "names.txt")
	var names strings.Builder
	for i := range n {
		name := fmt.Sprintf("Tracked %d", i)
		s.site.SetAccount(name, player.Regular, hiscorestest.Account(int64(1_000_000+i)))
		s.names = append(s.names, name)
		fmt.Fprintln(&names, name)
	}
	if err := os.WriteFile(file, []byte(names.String()), 0o600); err != nil {
		s.t.Fatal(err)
	}
	s.osrsdiff("player", "add", "--no-verify", "--mode", "regular", "--every", every.String(), "--file", file)
}

// osrsdiff runs a subcommand to its end and returns what it printed.
func (s *stack) osrsdiff(args ...string) string {
	s.t.Helper()
	cmd := exec.CommandContext(s.t.Context(), "osrsdiff", args...)
	cmd.Env = s.env
	out, err := cmd.CombinedOutput()
	if err != nil {
		s.t.Fatalf("osrsdiff %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// proc is one running role.
type proc struct {
	t    *testing.T
	name string
	cmd  *exec.Cmd
	log  *syncBuffer
	done chan struct{}
	err  error
}

// start starts a role and stops it at the end of the test.
func (s *stack) start(role string, extra ...string) *proc {
	s.t.Helper()
	p := &proc{t: s.t, name: role, log: &syncBuffer{}, done: make(chan struct{})}
	p.cmd = exec.Command("osrsdiff", role)
	p.cmd.Env = append(append([]string{}, s.env...), extra...)
	p.cmd.Stdout, p.cmd.Stderr = p.log, p.log
	if err := p.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	go func() {
		p.err = p.cmd.Wait()
		close(p.done)
	}()
	s.t.Cleanup(func() {
		p.kill()
		if s.t.Failed() {
			s.t.Logf("log of %s:\n%s", role, p.log)
		}
	})
	return p
}

func (p *proc) signal(sig syscall.Signal) { _ = p.cmd.Process.Signal(sig) }

// kill ends the process at once; a dead one stays dead.
func (p *proc) kill() {
	p.signal(syscall.SIGKILL)
	<-p.done
}

// stop asks the process to stop and wants it to do so in order.
func (p *proc) stop() {
	p.t.Helper()
	p.signal(syscall.SIGTERM)
	select {
	case <-p.done:
	case <-time.After(40 * time.Second):
		p.t.Fatalf("%s did not stop within 40 s", p.name)
	}
	if p.err != nil {
		p.t.Errorf("%s ended with %v", p.name, p.err)
	}
	for _, bad := range []string{"DATA RACE", "panic:", "goroutine 1 ["} {
		if strings.Contains(p.log.String(), bad) {
			p.t.Errorf("%s logged %q", p.name, bad)
		}
	}
}

// requests returns when each request of a player came.
func (s *stack) requests(name string) []time.Time {
	var list []time.Time
	for _, r := range s.site.RequestLog() {
		if r.Player == name {
			list = append(list, r.At)
		}
	}
	return list
}

// eachFetchedAfter waits until every player was asked for n times after a moment.
func (s *stack) eachFetchedAfter(at time.Time, n int, within time.Duration) {
	s.t.Helper()
	for _, name := range s.names {
		testenv.Eventually(s.t, within, fmt.Sprintf("%d requests for %s", n, name), func() bool {
			count := 0
			for _, r := range s.requests(name) {
				if r.After(at) {
					count++
				}
			}
			return count >= n
		})
	}
}

// slack is how long a request may take from its permit to the site, and how far
// the clocks that stamp both may be apart.
const slack = time.Second

// repeatAfter is when a request whose outcome is unknown may be repeated.
const repeatAfter = 60 * time.Second

// onceATick checks invariant 2 at the site: between two requests for a player
// lies a tick, or a minute when the first one's outcome was unknown.
func (s *stack) onceATick() {
	s.t.Helper()
	total, repeats := 0, 0
	for _, name := range s.names {
		list := s.requests(name)
		total += len(list)
		for i := 1; i < len(list); i++ {
			from, to := list[i-1].Add(-slack), list[i]
			if s.tickBetween(name, from, to) || to.Sub(list[i-1]) >= repeatAfter-slack {
				continue
			}
			repeats++
			s.t.Logf("%s: requests %v apart, at %v and %v, with no tick in between", name, to.Sub(list[i-1]), list[i-1], to)
		}
	}
	if repeats > s.excused {
		s.t.Errorf("%d requests were repeated for one tick, want at most %d", repeats, s.excused)
	}
	ticks := float64(len(s.names)) * float64(time.Since(s.begun)) / float64(s.every)
	s.t.Logf("%d requests for %d players in %v: %.2f a tick", total, len(s.names), time.Since(s.begun).Round(time.Second), float64(total)/ticks)
}

// tickBetween reports whether the interval's grid, whatever the player's phase,
// has room for a tick of the player in (from, to].
func (s *stack) tickBetween(name string, from, to time.Time) bool {
	phase := s.phaseOf(name)
	every := int64(s.every / time.Second)
	next := from.Unix() - mod(from.Unix()-phase, every) + every
	return next <= to.Unix()
}

func (s *stack) phaseOf(name string) int64 {
	for i, n := range s.names {
		if n == name {
			return schedules.Phase(int64(i+1), player.Interval(s.every/time.Second))
		}
	}
	s.t.Fatalf("%s is not tracked", name)
	return 0
}

func mod(a, b int64) int64 { return (a%b + b) % b }

// syncBuffer is a buffer that a process writes and a test reads.
type syncBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// client is a connection to the stack's Redis.
func (s *stack) client() *redis.Client {
	s.t.Helper()
	opts, err := redis.ParseURL(s.redis.URL())
	if err != nil {
		s.t.Fatal(err)
	}
	rdb := redis.NewClient(opts)
	s.t.Cleanup(func() { _ = rdb.Close() })
	return rdb
}
