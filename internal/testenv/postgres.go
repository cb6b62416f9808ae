package testenv

import (
	"bytes"
	"database/sql"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // the "pgx" driver
)

var (
	clusterOnce sync.Once
	cluster     *postgresCluster
	errCluster  error
	databases   atomic.Int64
)

// Postgres returns the URL of an empty PostgreSQL database of the test's own, in
// a cluster that the first such test of a process starts. OSRSDIFF_TEST_POSTGRES
// may name a running server instead. A package that uses it calls Main from its
// TestMain, which stops the cluster.
func Postgres(tb testing.TB) string {
	tb.Helper()
	admin := os.Getenv("OSRSDIFF_TEST_POSTGRES")
	if admin == "" {
		admin = startedCluster(tb).url("postgres")
	}
	name := fmt.Sprintf("osrsdiff_test_%d_%d", os.Getpid(), databases.Add(1))
	db, err := sql.Open("pgx", admin)
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if _, err := db.ExecContext(tb.Context(), "CREATE DATABASE "+name); err != nil {
		tb.Fatal(err)
	}
	if cluster != nil {
		return cluster.url(name)
	}
	tb.Cleanup(func() { dropDatabase(admin, name) })
	return withDatabase(tb, admin, name)
}

// Main runs the tests of a package and stops the servers they shared. A TestMain
// calls it.
func Main(m *testing.M) {
	code := m.Run()
	if cluster != nil {
		cluster.stop()
	}
	os.Exit(code)
}

func startedCluster(tb testing.TB) *postgresCluster {
	tb.Helper()
	initdb := findInitdb()
	if initdb == "" {
		missing(tb, "postgres", "initdb is not in PATH nor in /usr/lib/postgresql")
	}
	clusterOnce.Do(func() { cluster, errCluster = newCluster(tb, initdb) })
	if errCluster != nil {
		tb.Fatalf("start PostgreSQL: %v", errCluster)
	}
	return cluster
}

func findInitdb() string {
	if path, err := exec.LookPath("initdb"); err == nil {
		return path
	}
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if len(found) == 0 {
		return ""
	}
	return slices.Max(found)
}

// postgresCluster is a running PostgreSQL server with a data folder of its own.
type postgresCluster struct {
	dir  string
	port int
	cmd  *exec.Cmd
	who  *syscall.SysProcAttr
}

func newCluster(tb testing.TB, initdb string) (*postgresCluster, error) {
	tb.Helper()
	// Not tb.TempDir: the cluster serves the tests after this one too.
	dir, err := os.MkdirTemp("", "osrsdiff-postgres-") //nolint:usetesting // see above
	if err != nil {
		return nil, err
	}
	c := &postgresCluster{dir: dir, port: freePort(tb)}
	if c.who, err = unprivileged(dir); err != nil {
		return nil, err
	}
	data := filepath.Join(dir, "data")
	init := exec.Command(initdb, "-D", data, "-U", "postgres", "--auth=trust", "--no-sync", "-E", "UTF8")
	init.SysProcAttr, init.Dir = c.who, dir
	if out, err := init.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%s: %w\n%s", initdb, err, bytes.TrimSpace(out))
	}
	c.cmd = exec.Command(filepath.Join(filepath.Dir(initdb), "postgres"), "-D", data,
		"-p", strconv.Itoa(c.port), "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="+dir,
		"-c", "fsync=off", "-c", "max_connections=200")
	c.cmd.SysProcAttr, c.cmd.Dir = c.who, dir
	start(tb, c.cmd)
	return c, c.awaitReady(tb)
}

func (c *postgresCluster) awaitReady(tb testing.TB) error {
	tb.Helper()
	db, err := sql.Open("pgx", c.url("postgres"))
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	Eventually(tb, startTimeout, "PostgreSQL to answer", func() bool { return db.PingContext(tb.Context()) == nil })
	return nil
}

func (c *postgresCluster) url(database string) string {
	return fmt.Sprintf("postgres://postgres@127.0.0.1:%d/%s?sslmode=disable", c.port, database)
}

func (c *postgresCluster) stop() {
	_ = c.cmd.Process.Signal(syscall.SIGQUIT)
	_ = c.cmd.Wait()
	_ = os.RemoveAll(c.dir)
}

// unprivileged hands dir to the user "postgres" when this process is root, since
// PostgreSQL refuses to run as root, and returns the attributes to run as it.
func unprivileged(dir string) (*syscall.SysProcAttr, error) {
	if os.Getuid() != 0 {
		return &syscall.SysProcAttr{}, nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		return nil, fmt.Errorf("root needs a user to run PostgreSQL as: %w", err)
	}
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	if err != nil {
		return nil, err
	}
	if err := os.Chown(dir, int(uid), int(gid)); err != nil {
		return nil, err
	}
	return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}, nil
}
