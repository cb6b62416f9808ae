package embedded_test

import (
	"net"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"go.uber.org/goleak"

	"github.com/osrsdiff/osrsdiff/embedded"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func start(t *testing.T, opts embedded.Options) *embedded.Server {
	t.Helper()
	s, err := embedded.Start(opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func client(t *testing.T, url string) *redis.Client {
	t.Helper()
	opts, err := redis.ParseURL(url)
	if err != nil {
		t.Fatal(err)
	}
	rdb := redis.NewClient(opts)
	t.Cleanup(func() {
		if err := rdb.Close(); err != nil {
			t.Error(err)
		}
	})
	return rdb
}

func TestKeysExpire(t *testing.T) {
	rdb := client(t, start(t, embedded.Options{}).URL())
	ctx := t.Context()
	if err := rdb.Set(ctx, "short", "x", 300*time.Millisecond).Err(); err != nil {
		t.Fatal(err)
	}
	if err := rdb.Set(ctx, "long", "x", time.Hour).Err(); err != nil {
		t.Fatal(err)
	}
	if n := rdb.Exists(ctx, "short", "long").Val(); n != 2 {
		t.Fatalf("%d of 2 keys exist at once", n)
	}
	deadline := time.Now().Add(10 * time.Second)
	for rdb.Exists(ctx, "short").Val() != 0 {
		if time.Now().After(deadline) {
			t.Fatal("a key with a TTL of 300 ms still exists after 10 s")
		}
	}
	if ttl := rdb.TTL(ctx, "long").Val(); ttl > time.Hour-200*time.Millisecond || ttl < 59*time.Minute {
		t.Errorf("TTL of the hour-long key = %v, want it to have gone down with the clock", ttl)
	}
}

func TestPreferredPort(t *testing.T) {
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	prefer := free.Addr().String()

	beside := start(t, embedded.Options{Prefer: prefer})
	if beside.Addr() == prefer {
		t.Fatalf("the server listens on %s, which is taken", prefer)
	}
	if err := client(t, beside.URL()).Ping(t.Context()).Err(); err != nil {
		t.Errorf("the server on another port does not answer: %v", err)
	}

	if err := free.Close(); err != nil {
		t.Fatal(err)
	}
	if got := start(t, embedded.Options{Prefer: prefer}).Addr(); got != prefer {
		t.Errorf("Addr() = %s, want the preferred %s", got, prefer)
	}
}

func TestPreferredAddressThatCannotBe(t *testing.T) {
	if s, err := embedded.Start(embedded.Options{Prefer: "203.0.113.1:6379"}); err == nil {
		_ = s.Close()
		t.Error("Start listens on an address that is not this machine's")
	}
}

func TestCloseStopsServingAndMayBeRepeated(t *testing.T) {
	s := start(t, embedded.Options{})
	rdb := client(t, s.URL())
	if err := rdb.Ping(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if conn, err := net.Dial("tcp", s.Addr()); err == nil {
		_ = conn.Close()
		t.Error("the address still accepts connections")
	}
}
