package config_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/osrsdiff/osrsdiff/config"
)

func TestParseRedisURL(t *testing.T) {
	for text, want := range map[string]config.RedisURL{
		"redis://localhost": {Form: config.RedisServer, Addrs: []string{"localhost:6379"}},
		"redis://[::1]/2":   {Form: config.RedisServer, Addrs: []string{"[::1]:6379"}, Database: 2},
		"rediss://osrs:p%40ss@db:6380/3?skip_verify=true&read_timeout=6s": {
			Form: config.RedisServer, Addrs: []string{"db:6380"}, User: "osrs", Password: "p@ss", Database: 3,
			TLS: true, SkipVerify: true, Parameters: url.Values{"read_timeout": {"6s"}},
		},
		"redis://:hunter2@home@db": {Form: config.RedisServer, Addrs: []string{"db:6379"}, Password: "hunter2@home"},
		"redis+sentinel://osrs:pw@one:1,two,[::1]:3/mymaster/4?sentinel_user=s&sentinel_password=a%26b": {
			Form: config.RedisSentinel, Addrs: []string{"one:1", "two:26379", "[::1]:3"}, User: "osrs", Password: "pw",
			SentinelUser: "s", SentinelPassword: "a&b", Master: "mymaster", Database: 4,
		},
		"rediss+sentinel://one/mymaster?server_name=redis.example": {
			Form: config.RedisSentinel, Addrs: []string{"one:26379"}, Master: "mymaster", TLS: true, ServerName: "redis.example",
		},
		"redis+cluster://:pw@one:7000,two:7001": {Form: config.RedisCluster, Addrs: []string{"one:7000", "two:7001"}, Password: "pw"},
		"rediss+cluster://one/0":                {Form: config.RedisCluster, Addrs: []string{"one:6379"}, TLS: true},
	} {
		t.Run(text, func(t *testing.T) {
			got, err := config.ParseRedisURL(config.Secret(text))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestParseRedisURLSaysWhatIsWrong(t *testing.T) {
	for text, want := range map[string]string{
		"localhost:6379":                             "redis+cluster://",
		"http://hunter2@localhost":                   "redis+cluster://",
		"redis+ring://:hunter2@one,two":              "redis+cluster://",
		"redis://":                                   "a host is its name or address and its port",
		"redis://:hunter2@one,two":                   "several hosts are redis+sentinel:// or redis+cluster://",
		"redis://one:hunter2":                        "a host is",
		"redis+cluster://:hunter2@one,,two":          "a host is",
		"redis://:hunter2#x@one":                     "a host is",
		"redis://user:12#hunter2@one":                "in a password",
		"redis://:hunter2%zz@one":                    "in a password",
		"redis://one/hunter2":                        "the path is the number of the database",
		"redis://one/-1":                             "the path is the number of the database",
		"redis://one/1/2":                            "the path is the number of the database",
		"redis+sentinel://:hunter2@one":              "the path starts with the name of the master",
		"redis+sentinel://one/mymaster/hunter2":      "the path is the number of the database",
		"redis+cluster://:hunter2@one/1":             "a cluster has no database but 0",
		"rediss://:hunter2@one?skip_verify=somewhat": "skip_verify is true or false",
		"redis://:hunter2@one?a;b":                   "the parameters after the ?",
	} {
		t.Run(text, func(t *testing.T) {
			_, err := config.ParseRedisURL(config.Secret(text))
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Fatalf("err = %v, want it to contain %q", err, want)
			}
			if strings.Contains(err.Error(), "hunter2") {
				t.Errorf("err = %v shows the password", err)
			}
		})
	}
}

func TestFilesOfTLSAreNotSetInVain(t *testing.T) {
	for name, tc := range map[string]struct {
		environ []string
		want    string
	}{
		"authorities, no TLS": {
			[]string{"REDIS_URL=redis://db", "OSRSDIFF_REDIS_CA_FILE=ca.pem"},
			`redis.ca_file = "ca.pem" (from OSRSDIFF_REDIS_CA_FILE): is of no use, since redis.url does not start with rediss`,
		},
		"authorities":         {[]string{"REDIS_URL=rediss+cluster://db", "OSRSDIFF_REDIS_CA_FILE=ca.pem"}, ""},
		"authorities, no URL": {[]string{"OSRSDIFF_REDIS_CA_FILE=ca.pem"}, ""},
		"certificate, no key": {
			[]string{"REDIS_URL=rediss://db", "OSRSDIFF_REDIS_CERT_FILE=cert.pem"},
			`redis.cert_file = "cert.pem" (from OSRSDIFF_REDIS_CERT_FILE): redis.cert_file and redis.key_file are set together`,
		},
		"key, no certificate": {
			[]string{"REDIS_URL=rediss://db", "OSRSDIFF_REDIS_KEY_FILE=key.pem"},
			`redis.key_file = "key.pem" (from OSRSDIFF_REDIS_KEY_FILE): redis.cert_file and redis.key_file are set together`,
		},
		"certificate and key": {[]string{"REDIS_URL=rediss://db", "OSRSDIFF_REDIS_CERT_FILE=c", "OSRSDIFF_REDIS_KEY_FILE=k"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			got := ""
			if _, err := config.Load(config.Sources{Dir: t.TempDir(), Environ: tc.environ}); err != nil {
				got = err.Error()
			}
			if got != tc.want {
				t.Errorf("err = %q, want %q", got, tc.want)
			}
		})
	}
}
