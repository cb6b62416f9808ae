package main

import (
	"errors"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/osrsdiff/osrsdiff/config"
	"github.com/osrsdiff/osrsdiff/internal/testenv"
)

// guarded asks for everything at once: a user, a password, and a certificate of
// the test's own authority.
func guarded(t *testing.T) testenv.Protection {
	t.Helper()
	return testenv.Protection{User: "osrsdiff", Password: "hunter2", TLS: testenv.NewAuthority(t)}
}

// guardedSettings are those that let a client in.
func guardedSettings(url string, p testenv.Protection) config.Redis {
	return config.Redis{
		URL: config.Secret(url), MaxConnections: 5,
		CAFile: p.TLS.CAFile, CertFile: p.TLS.CertFile, KeyFile: p.TLS.KeyFile,
	}
}

func TestOpenRedisOfEveryForm(t *testing.T) {
	for form, start := range map[string]func(*testing.T, testenv.Protection) string{
		"server":   func(t *testing.T, p testenv.Protection) string { return testenv.ProtectedRedis(t, p).URL() },
		"sentinel": func(t *testing.T, p testenv.Protection) string { return testenv.NewRedisSentinel(t, p).URL() },
		"cluster":  func(t *testing.T, p testenv.Protection) string { return testenv.NewRedisCluster(t, p).URL() },
	} {
		t.Run(form, func(t *testing.T) {
			t.Parallel()
			protect := guarded(t)
			url := start(t, protect)
			rdb, err := openRedis(t.Context(), guardedSettings(url, protect))
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = rdb.Close() }()
			for _, key := range []string{"a", "b", "c", "d"} {
				if err := rdb.Set(t.Context(), key, "v", 0).Err(); err != nil {
					t.Error(err)
				}
			}
			refusals(t, url, protect)
		})
	}
}

// refusals leaves out one thing at a time that the servers ask for.
func refusals(t *testing.T, url string, protect testenv.Protection) {
	t.Helper()
	for name, change := range map[string]func(*config.Redis){
		"the password":      func(s *config.Redis) { s.URL = config.Secret(strings.ReplaceAll(url, "hunter2", "wrong")) },
		"the authority":     func(s *config.Redis) { s.CAFile = "" },
		"the certificate":   func(s *config.Redis) { s.CertFile, s.KeyFile = "", "" },
		"the server's name": func(s *config.Redis) { s.URL += config.Secret(join(url) + "server_name=other.example") },
		"TLS":               func(s *config.Redis) { s.URL = config.Secret(strings.Replace(url, "rediss", "redis", 1)) },
	} {
		settings := guardedSettings(url, protect)
		change(&settings)
		rdb, err := openRedis(t.Context(), settings)
		if err == nil {
			_ = rdb.Close()
		}
		if !errors.Is(err, errUnavailable) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("without %s: %v, want it unavailable and the password masked", name, err)
		}
	}
	settings := guardedSettings(url+join(url)+"skip_verify=true", protect)
	settings.CAFile = ""
	rdb, err := openRedis(t.Context(), settings)
	if err != nil {
		t.Fatalf("trusting any certificate: %v", err)
	}
	_ = rdb.Close()
}

func join(url string) string {
	if strings.Contains(url, "?") {
		return "&"
	}
	return "?"
}

func TestOpenRedisTellsAWrongForm(t *testing.T) {
	server := testenv.RealRedis(t)
	cluster := testenv.NewRedisCluster(t, testenv.Protection{})
	sentinel := testenv.NewRedisSentinel(t, testenv.Protection{})
	authority, rest, _ := strings.Cut(strings.TrimPrefix(sentinel.URL(), "redis+sentinel://"), "/")
	one, _, _ := strings.Cut(authority, ",")
	for name, tc := range map[string]struct{ url, want string }{
		"node of a cluster as a server": {cluster.Nodes[0].URL(), "its URL starts with redis+cluster://"},
		"Sentinel as a server":          {"redis://" + one, "its URL starts with redis+sentinel://"},
		"server as a cluster":           {"redis+cluster://" + server.Addr(), "cluster support disabled"},
		"server as a Sentinel":          {"redis+sentinel://" + server.Addr() + "/" + rest, "unknown command"},
		"unknown master":                {"redis+sentinel://" + authority + "/other", `the Sentinels know no master "other"`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := openRedis(t.Context(), config.Redis{URL: config.Secret(tc.url), MaxConnections: 5})
			if !errors.Is(err, errUnavailable) || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("err = %v, want it to contain %q", err, tc.want)
			}
		})
	}
}

func TestRedisTLSNamesTheFileThatIsWrong(t *testing.T) {
	protect := guarded(t)
	good := guardedSettings("rediss://localhost", protect)
	for want, change := range map[string]func(*config.Redis){
		"redis.ca_file":                   func(s *config.Redis) { s.CAFile += ".gone" },
		"holds no certificate":            func(s *config.Redis) { s.CAFile = protect.TLS.KeyFile },
		"redis.cert_file, redis.key_file": func(s *config.Redis) { s.KeyFile = protect.TLS.CAFile },
	} {
		settings := good
		change(&settings)
		if _, err := newRedisConnection(settings); !errors.Is(err, config.ErrInvalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("err = %v, want it to contain %q", err, want)
		}
	}
}

func TestRedisConnectionKeepsParameters(t *testing.T) {
	conn, err := newRedisConnection(config.Redis{URL: "redis+cluster://one,two?read_timeout=7s&max_retries=9", MaxConnections: 5})
	if err != nil {
		t.Fatal(err)
	}
	rdb := conn.client()
	defer func() { _ = rdb.Close() }()
	cluster, ok := rdb.(*redis.ClusterClient)
	if !ok {
		t.Fatalf("a %T, want a client of a cluster", rdb)
	}
	if o := cluster.Options(); o.ReadTimeout.Seconds() != 7 || o.MaxRetries != 9 || o.PoolSize != 5 {
		t.Errorf("options = %+v", o)
	}
}
