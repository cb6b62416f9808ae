package embedded

import (
	"errors"
	"fmt"
	"sync"
	"syscall"
	"time"

	"github.com/alicebob/miniredis/v2"
)

// tick is how often the clock moves: the most by which a key outlives its TTL.
const tick = 50 * time.Millisecond

// loopback with port 0 lets the system choose a free port.
const loopback = "127.0.0.1:0"

// Options sets how Start listens. The zero Options is usable.
type Options struct {
	// Prefer is a host:port to listen on when it is free, so that the address is
	// the same at each start. Empty, or taken by someone else: a free port of 127.0.0.1.
	Prefer string
}

// Server is a running Redis. Close it.
type Server struct {
	redis *miniredis.Miniredis
	addr  string
	stop  chan struct{}
	done  chan struct{}
	once  sync.Once
}

// Start listens and serves until Close. It fails when nothing can be listened on.
func Start(opts Options) (*Server, error) {
	redis := miniredis.NewMiniRedis()
	if err := listen(redis, opts.Prefer); err != nil {
		return nil, err
	}
	s := &Server{redis: redis, addr: redis.Addr(), stop: make(chan struct{}), done: make(chan struct{})}
	go s.moveClock()
	return s, nil
}

func listen(redis *miniredis.Miniredis, prefer string) error {
	if prefer != "" {
		err := redis.StartAddr(prefer)
		if err == nil {
			return nil
		}
		if !errors.Is(err, syscall.EADDRINUSE) {
			return fmt.Errorf("listen on %s for the embedded Redis: %w", prefer, err)
		}
	}
	if err := redis.StartAddr(loopback); err != nil {
		return fmt.Errorf("listen on %s for the embedded Redis: %w", loopback, err)
	}
	return nil
}

// Addr is the host:port that clients connect to; it stays after Close.
func (s *Server) Addr() string { return s.addr }

// URL is the address in the form that settings take, with database 0.
func (s *Server) URL() string { return "redis://" + s.Addr() + "/0" }

// Close drops all connections and all data and waits until nothing runs any
// more. Closing again does nothing.
func (s *Server) Close() error {
	s.once.Do(func() {
		close(s.stop)
		<-s.done
		s.redis.Close()
	})
	return nil
}

// moveClock takes TTLs down by the time that really passed, so that a late tick
// makes no key live longer than the next one.
func (s *Server) moveClock() {
	defer close(s.done)
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	last := time.Now()
	for {
		select {
		case <-s.stop:
			return
		case <-ticker.C:
			now := time.Now()
			s.redis.FastForward(now.Sub(last))
			last = now
		}
	}
}
