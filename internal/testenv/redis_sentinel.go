package testenv

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"
)

const (
	// MasterName is what the Sentinels of tests call the master.
	MasterName = "test-master"
	// sentinels is how many there are, and quorum how many must agree that the
	// master is gone.
	sentinels, quorum = 3, 2
	// masterDownAfter is how long a master must be silent, in ms.
	masterDownAfter = 1000
)

// RedisSentinel is a master, a replica of it, and three Sentinels that put the
// replica in the place of a master that is gone.
type RedisSentinel struct {
	// Master and Replica are the servers, as they were at the start.
	Master, Replica *RedisProcess

	tb      testing.TB
	protect Protection
	addrs   []string
}

// NewRedisSentinel starts them all on free ports of 127.0.0.1 and waits until the
// replica is in line and the Sentinels know of it and of one another. Their login
// and their TLS are those of the servers. It skips the test where redis-server is
// not installed.
func NewRedisSentinel(tb testing.TB, protect Protection) *RedisSentinel {
	tb.Helper()
	s := &RedisSentinel{tb: tb, protect: protect, Master: ProtectedRedis(tb, protect)}
	host, port, _ := strings.Cut(s.Master.Addr(), ":")
	s.Replica = ProtectedRedis(tb, protect, "--replicaof", host+" "+port)
	s.awaitReplication()
	for range sentinels {
		s.startSentinel()
	}
	for _, addr := range s.addrs {
		s.awaitSentinel(addr)
	}
	return s
}

func (s *RedisSentinel) awaitReplication() {
	s.tb.Helper()
	rdb := s.Replica.client()
	defer func() { _ = rdb.Close() }()
	Eventually(s.tb, startTimeout, "the replica to be in line", func() bool {
		return strings.Contains(rdb.Info(s.tb.Context(), "replication").Val(), "master_link_status:up")
	})
}

// startSentinel starts one, which keeps what it learns in its own settings file.
func (s *RedisSentinel) startSentinel() {
	s.tb.Helper()
	dir, port := s.tb.TempDir(), strconv.Itoa(freePort(s.tb))
	host, masterPort, _ := strings.Cut(s.Master.Addr(), ":")
	var b strings.Builder
	fmt.Fprintf(&b, "sentinel monitor %s %s %s %d\n", MasterName, host, masterPort, quorum)
	fmt.Fprintf(&b, "sentinel down-after-milliseconds %s %d\n", MasterName, masterDownAfter)
	fmt.Fprintf(&b, "sentinel failover-timeout %s %d\n", MasterName, 5*masterDownAfter)
	if s.protect.Password != "" {
		fmt.Fprintf(&b, "sentinel auth-pass %s %s\n", MasterName, s.protect.Password)
	}
	if s.protect.User != "" {
		fmt.Fprintf(&b, "sentinel auth-user %s %s\n", MasterName, s.protect.User)
	}
	file := filepath.Join(dir, "sentinel.conf")
	if err := os.WriteFile(file, []byte(b.String()), 0o600); err != nil {
		s.tb.Fatal(err)
	}
	args := append([]string{file, "--sentinel", "--bind", "127.0.0.1", "--dir", dir}, s.protect.portArgs(port)...)
	if s.protect.Password != "" {
		args = append(args, "--requirepass", s.protect.Password)
	}
	cmd := exec.Command("redis-server", args...)
	start(s.tb, cmd)
	s.tb.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	s.addrs = append(s.addrs, "127.0.0.1:"+port)
}

func (s *RedisSentinel) sentinel(addr string) *redis.SentinelClient {
	return redis.NewSentinelClient(&redis.Options{Addr: addr, Password: s.protect.Password, TLSConfig: s.protect.tls()})
}

// awaitSentinel waits until a Sentinel could put the replica in the master's place.
func (s *RedisSentinel) awaitSentinel(addr string) {
	s.tb.Helper()
	rdb := s.sentinel(addr)
	defer func() { _ = rdb.Close() }()
	Eventually(s.tb, startTimeout, "the Sentinels to know of all", func() bool {
		m := rdb.Master(s.tb.Context(), MasterName).Val()
		return m["num-slaves"] == "1" && m["num-other-sentinels"] == strconv.Itoa(sentinels-1) && m["flags"] == "master"
	})
}

// AwaitFailover waits until the Sentinels name the replica as the master.
func (s *RedisSentinel) AwaitFailover() {
	s.tb.Helper()
	for _, addr := range s.addrs {
		rdb := s.sentinel(addr)
		Eventually(s.tb, startTimeout, "the replica to become the master", func() bool {
			found := rdb.GetMasterAddrByName(context.Background(), MasterName).Val()
			return strings.Join(found, ":") == s.Replica.Addr()
		})
		_ = rdb.Close()
	}
}

// URL is the redis+sentinel:// or rediss+sentinel:// address of the master.
func (s *RedisSentinel) URL() string {
	tail := "/" + MasterName
	if s.protect.Password != "" {
		tail += "?sentinel_password=" + s.protect.Password
	}
	return s.protect.url("+sentinel", strings.Join(s.addrs, ","), tail)
}
