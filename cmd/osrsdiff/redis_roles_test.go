package main

import (
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/osrsdiff/osrsdiff/internal/testenv"
)

// The tests below run every role, two schedulers, and the subcommands on each
// form of Redis, and break what that form is there to survive.

func TestRolesOnAServerWithALogin(t *testing.T) {
	t.Parallel()
	server := testenv.ProtectedRedis(t, testenv.Protection{User: "osrsdiff", Password: "p@ss/w#rd?"})
	s := newStackOn(t, "REDIS_URL="+server.URL())
	s.runAll(func() { restartEmpty(server) })
}

func TestRolesOnAServerWithTLS(t *testing.T) {
	t.Parallel()
	protect := guarded(t)
	server := testenv.ProtectedRedis(t, protect)
	s := newStackOn(t, guardedVariables(server.URL(), protect)...)
	s.runAll(func() { restartEmpty(server) })
}

// TestRolesOnSentinels kills the master: the roles go on with the replica.
func TestRolesOnSentinels(t *testing.T) {
	t.Parallel()
	protect := guarded(t)
	sentinels := testenv.NewRedisSentinel(t, protect)
	s := newStackOn(t, guardedVariables(sentinels.URL(), protect)...)
	s.runAll(func() { sentinels.Master.Kill(); sentinels.AwaitFailover() })
}

// TestRolesOnACluster empties all nodes: the lease holder fills them again.
func TestRolesOnACluster(t *testing.T) {
	t.Parallel()
	cluster := testenv.NewRedisCluster(t, testenv.Protection{})
	s := newStackOn(t, "REDIS_URL="+cluster.URL())
	s.runAll(cluster.Flush)
}

func TestRolesOnAClusterWithTLS(t *testing.T) {
	t.Parallel()
	protect := guarded(t)
	cluster := testenv.NewRedisCluster(t, protect)
	s := newStackOn(t, guardedVariables(cluster.URL(), protect)...)
	s.runAll(cluster.Flush)
}

// restartEmpty makes a server lose all and every client log in anew.
func restartEmpty(server *testenv.RedisProcess) {
	server.Kill()
	server.Wipe()
	server.Start()
}

// guardedVariables are the settings of a Redis that asks for everything.
func guardedVariables(url string, p testenv.Protection) []string {
	return []string{
		"REDIS_URL=" + url, "OSRSDIFF_REDIS_CA_FILE=" + p.TLS.CAFile,
		"OSRSDIFF_REDIS_CERT_FILE=" + p.TLS.CertFile, "OSRSDIFF_REDIS_KEY_FILE=" + p.TLS.KeyFile,
	}
}

// runAll runs all roles before and after a disaster and wants every player
// fetched once a tick, and what people use to work.
func (s *stack) runAll(disaster func()) {
	s.t.Helper()
	s.track(10, 4)
	web := s.start("web", "OSRSDIFF_WEB_LISTEN=127.0.0.1:0")
	roles := []*proc{s.start("scheduler"), s.start("scheduler"), s.start("worker"), web}
	s.eachFetchedAfter(s.begun, 3, 30*time.Second)
	s.checkPages(web)
	s.checkSubcommands()
	disaster()
	struck := time.Now()
	// A fetch whose end Redis did not hear of stands in the queue as under way
	// until asynq's recoverer takes it up, within two minutes.
	s.eachFetchedAfter(struck, 2, 130*time.Second)
	s.t.Logf("two further fetches of each player %v after the disaster", time.Since(struck).Round(100*time.Millisecond))
	s.checkPages(web)
	s.checkSubcommands()
	for _, p := range roles {
		p.stop()
	}
	s.onceATick()
}

// checkSubcommands runs those that use Redis.
func (s *stack) checkSubcommands() {
	s.t.Helper()
	for want, args := range map[string][]string{
		s.names[0]:                   {"player", "list"},
		s.names[1]:                   {"schedule", "list"},
		s.names[2]:                   {"schedule", "show", s.names[2]},
		"10 ":                        {"schedule", "verify"},
		"check_game_mode_downgrades": {"task", "list"},
		"store:prune":                {"task", "trigger", "store:prune"},
		"healthy":                    {"healthcheck", "worker"},
	} {
		if got := s.osrsdiff(args...); !strings.Contains(got, want) {
			s.t.Errorf("osrsdiff %s printed no %q:\n%s", strings.Join(args, " "), want, got)
		}
	}
	s.osrsdiff("player", "fetch", s.names[3])
}

var serving = regexp.MustCompile(`msg=serving address=(\S+)`)

// checkPages asks the web role for what it reads from Redis.
func (s *stack) checkPages(web *proc) {
	s.t.Helper()
	address := serving.FindStringSubmatch(web.log.String())
	if address == nil {
		s.t.Fatalf("web does not say where it serves:\n%s", web.log)
	}
	for path, want := range map[string]string{
		"/readyz":                           `"status":"ready"`,
		"/api/system/scheduled-tasks":       "check_game_mode_downgrades",
		"/monitoring/api/queues":            `"queue":"fetch"`,
		"/monitoring/api/servers":           `"schedules"`,
		"/monitoring/api/scheduler_entries": "player:due",
		"/monitoring/api/redis_info":        `"raw_info"`,
	} {
		testenv.Eventually(s.t, 30*time.Second, fmt.Sprintf("%s to answer with %s", path, want), func() bool {
			return strings.Contains(s.get("http://"+address[1]+path), want)
		})
	}
}

// get is the body of a page, or why there is none.
func (s *stack) get(url string) string {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, url, http.NoBody)
	if err != nil {
		s.t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err.Error()
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return err.Error()
	}
	return string(body)
}
