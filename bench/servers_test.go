package bench

import (
	"context"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"

	"github.com/osrsdiff/osrsdiff/internal/testenv"
)

// connect opens a client as the program does.
func connect(url string) *redis.Client {
	opts, err := redis.ParseURL(url)
	if err != nil {
		panic(err) // a URL of testenv's making
	}
	opts.PoolSize = 20
	opts.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	return redis.NewClient(opts)
}

// newRedis starts a redis-server as testenv does, with an append-only file, and
// returns a client and the URL.
func newRedis(tb testing.TB) (*redis.Client, string) {
	tb.Helper()
	url := testenv.RealRedis(tb).URL()
	rdb := connect(url)
	tb.Cleanup(func() { _ = rdb.Close() })
	return rdb, url
}

// info reads one number of INFO.
func info(tb testing.TB, rdb *redis.Client, section, field string) float64 {
	tb.Helper()
	text, err := rdb.Info(context.WithoutCancel(tb.Context()), section).Result()
	if err != nil {
		tb.Fatal(err)
	}
	for line := range strings.Lines(text) {
		if name, value, _ := strings.Cut(strings.TrimSpace(line), ":"); name == field {
			x, err := strconv.ParseFloat(value, 64)
			if err != nil {
				tb.Fatal(err)
			}
			return x
		}
	}
	tb.Fatalf("INFO %s has no %s", section, field)
	return 0
}

// usedMemory is what Redis holds, in bytes.
func usedMemory(tb testing.TB, rdb *redis.Client) float64 {
	tb.Helper()
	return info(tb, rdb, "memory", "used_memory")
}

// watchSlow makes Redis keep every command that takes longer than a millisecond.
func watchSlow(tb testing.TB, rdb *redis.Client) {
	tb.Helper()
	for key, value := range map[string]string{"slowlog-log-slower-than": "1000", "slowlog-max-len": "20000"} {
		if err := rdb.ConfigSet(tb.Context(), key, value).Err(); err != nil {
			tb.Fatal(err)
		}
	}
}

// slowest returns how long the slowest command took that named a key of ours and
// the slowest of the others, which are asynq's, and forgets both.
func slowest(tb testing.TB, rdb *redis.Client) (ours, others time.Duration) {
	tb.Helper()
	list, err := rdb.SlowLogGet(tb.Context(), -1).Result()
	if err != nil {
		tb.Fatal(err)
	}
	for _, entry := range list {
		longest := &others
		if strings.Contains(strings.Join(entry.Args, " "), "osrsdiff:") {
			longest = &ours
		}
		if entry.Duration > *longest {
			*longest = entry.Duration
			if entry.Duration > 20*time.Millisecond {
				tb.Logf("command of %v: %.200q", entry.Duration, entry.Args)
			}
		}
	}
	if err := rdb.Do(tb.Context(), "slowlog", "reset").Err(); err != nil {
		tb.Fatal(err)
	}
	return ours, others
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// buildProgram builds osrsdiff for as long as the test runs.
func buildProgram(tb testing.TB) string {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), "osrsdiff")
	build := exec.CommandContext(tb.Context(), "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", path, "github.com/osrsdiff/osrsdiff/cmd/osrsdiff")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	out, err := build.CombinedOutput()
	if err != nil {
		tb.Fatalf("build osrsdiff: %v\n%s", err, out)
	}
	return path
}

// process is a role or a child that a test watches.
type process struct {
	tb   testing.TB
	name string
	cmd  *exec.Cmd
	log  *os.File
}

// startProcess starts a program that lasts until the test ends.
func startProcess(tb testing.TB, env []string, path string, args ...string) *process {
	tb.Helper()
	log, err := os.Create(filepath.Join(tb.TempDir(), "log"))
	if err != nil {
		tb.Fatal(err)
	}
	p := &process{tb: tb, name: strings.Join(args, " "), cmd: exec.Command(path, args...), log: log}
	p.cmd.Env = append(os.Environ(), env...)
	p.cmd.Stdout, p.cmd.Stderr = log, log
	if err := p.cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		p.stop()
		if tb.Failed() {
			tb.Logf("log of %s:\n%s", p.name, p.output())
		}
		_ = log.Close()
	})
	return p
}

// stop asks the process to end and waits for it. Stopping twice does nothing.
func (p *process) stop() {
	if p.cmd.ProcessState != nil {
		return
	}
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	cut := time.AfterFunc(10*time.Second, func() { _ = p.cmd.Process.Kill() })
	defer cut.Stop()
	_ = p.cmd.Wait()
}

func (p *process) output() string {
	text, _ := os.ReadFile(p.log.Name())
	return string(text)
}

// silent is a log that nobody reads.
func silent() *slog.Logger { return slog.New(slog.DiscardHandler) }
