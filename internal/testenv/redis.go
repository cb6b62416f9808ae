package testenv

import (
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
)

// Redis returns a client of an empty Redis of the test's own: a redis-server
// where one is installed, else miniredis with a running clock.
func Redis(tb testing.TB) redis.UniversalClient {
	tb.Helper()
	opts, err := redis.ParseURL(RedisURL(tb))
	if err != nil {
		tb.Fatal(err)
	}
	rdb := redis.NewClient(opts)
	tb.Cleanup(func() { _ = rdb.Close() })
	return rdb
}

// RedisURL is like Redis and returns the URL instead of a client.
func RedisURL(tb testing.TB) string {
	tb.Helper()
	if _, err := exec.LookPath("redis-server"); err == nil {
		return RealRedis(tb).URL()
	}
	if required("redis") {
		missing(tb, "redis", "no redis-server in PATH")
	}
	return "redis://" + miniRedis(tb) + "/0"
}

// miniRedis starts an embedded Redis whose clock runs, and returns its address.
func miniRedis(tb testing.TB) string {
	tb.Helper()
	srv := miniredis.NewMiniRedis()
	if err := srv.Start(); err != nil {
		tb.Fatal(err)
	}
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		const step = 50 * time.Millisecond
		tick := time.NewTicker(step)
		defer tick.Stop()
		for {
			select {
			case <-stop:
				return
			case <-tick.C:
				srv.FastForward(step)
			}
		}
	}()
	tb.Cleanup(func() {
		close(stop)
		<-stopped
		srv.Close()
	})
	return srv.Addr()
}

// RedisProcess is a redis-server that a test can kill, freeze and restart.
type RedisProcess struct {
	tb      testing.TB
	dir     string
	port    int
	protect Protection
	args    []string
	cmd     *exec.Cmd
}

// RealRedis starts a redis-server with an append-only file, on a free port of
// 127.0.0.1, with further server arguments such as "--maxmemory", "20mb". It
// skips the test where redis-server is not installed.
func RealRedis(tb testing.TB, args ...string) *RedisProcess {
	tb.Helper()
	return ProtectedRedis(tb, Protection{}, args...)
}

// ProtectedRedis is like RealRedis, of a server that does not let everybody in.
func ProtectedRedis(tb testing.TB, protect Protection, args ...string) *RedisProcess {
	tb.Helper()
	if _, err := exec.LookPath("redis-server"); err != nil {
		missing(tb, "redis", "no redis-server in PATH")
	}
	p := &RedisProcess{tb: tb, dir: tb.TempDir(), port: freePort(tb), protect: protect, args: args}
	p.Start()
	tb.Cleanup(p.Kill)
	return p
}

// URL is the redis:// or rediss:// address of the server.
func (p *RedisProcess) URL() string { return p.protect.url("", p.Addr(), "/0") }

// Addr is the host and port of the server.
func (p *RedisProcess) Addr() string { return "127.0.0.1:" + strconv.Itoa(p.port) }

// client is a connection to the server, which the caller closes.
func (p *RedisProcess) client() *redis.Client {
	return redis.NewClient(&redis.Options{
		Addr: p.Addr(), Username: p.protect.User, Password: p.protect.Password, TLSConfig: p.protect.tls(),
	})
}

// Start starts the server on the port it had, with the data it left, and waits
// until it answers.
func (p *RedisProcess) Start() {
	p.tb.Helper()
	args := append(p.protect.portArgs(strconv.Itoa(p.port)),
		"--bind", "127.0.0.1", "--dir", p.dir, "--save", "",
		"--appendonly", "yes", "--appendfsync", "everysec", "--maxmemory-policy", "noeviction",
	)
	args = append(args, p.protect.loginArgs()...)
	p.cmd = exec.Command("redis-server", append(args, p.args...)...)
	start(p.tb, p.cmd)
	rdb := p.client()
	defer func() { _ = rdb.Close() }()
	Eventually(p.tb, startTimeout, "redis-server to answer", func() bool {
		return rdb.Ping(context.Background()).Err() == nil
	})
}

// Kill ends the server with SIGKILL. Killing a dead one does nothing.
func (p *RedisProcess) Kill() {
	if p.cmd == nil {
		return
	}
	_ = p.cmd.Process.Kill()
	_ = p.cmd.Wait()
	p.cmd = nil
}

// Wipe deletes the data of a killed server, so that it starts empty.
func (p *RedisProcess) Wipe() {
	p.tb.Helper()
	if err := os.RemoveAll(filepath.Join(p.dir, "appendonlydir")); err != nil {
		p.tb.Fatal(err)
	}
}

// Freeze stops the server without ending it: connections stay, nothing answers.
func (p *RedisProcess) Freeze() { p.signal(syscall.SIGSTOP) }

// Thaw lets a frozen server go on.
func (p *RedisProcess) Thaw() { p.signal(syscall.SIGCONT) }

func (p *RedisProcess) signal(s syscall.Signal) {
	p.tb.Helper()
	if err := p.cmd.Process.Signal(s); err != nil {
		p.tb.Fatal(err)
	}
}

// freePort returns a port of 127.0.0.1 that nothing listens on.
func freePort(tb testing.TB) int {
	tb.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = ln.Close() }()
	return ln.Addr().(*net.TCPAddr).Port
}
