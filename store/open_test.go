package store_test

import (
	"bufio"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/osrsdiff/osrsdiff/internal/testenv"
	"github.com/osrsdiff/osrsdiff/store"
)

// holdLockEnv makes this test binary a process that takes the migration lock of
// the database it names and waits to be killed.
const holdLockEnv = "OSRSDIFF_TEST_HOLD_LOCK"

func TestMain(m *testing.M) {
	if url := os.Getenv(holdLockEnv); url != "" {
		fmt.Println(holdLock(url))
		select {}
	}
	testenv.Main(m)
}

// holdLock begins a migration by hand and leaves it half done.
func holdLock(url string) error {
	driver, dsn, statements := "pgx", url, []string{fmt.Sprintf("SELECT pg_advisory_xact_lock(%d)", store.LockMigrate)}
	if path, ok := strings.CutPrefix(url, "sqlite://"); ok {
		driver, dsn, statements = "sqlite", "file://"+path+"?_txlock=immediate", nil
	}
	db, err := sql.Open(driver, dsn)
	if err != nil {
		return err
	}
	tx, err := db.BeginTx(context.Background(), nil)
	if err != nil {
		return err
	}
	for _, statement := range append(statements, "CREATE TABLE players (half INT)") {
		if _, err := tx.Exec(statement); err != nil {
			return err
		}
	}
	return nil
}

func TestOpenAfterAProcessWasKilledWhileMigrating(t *testing.T) {
	t.Parallel()
	for engine, fresh := range engines {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			url := fresh(t)
			if path, ok := strings.CutPrefix(url, "sqlite://"); ok {
				if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
					t.Fatal(err)
				}
			}
			killed := exec.Command(os.Args[0])
			killed.Env = append(os.Environ(), holdLockEnv+"="+url)
			out, err := killed.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := killed.Start(); err != nil {
				t.Fatal(err)
			}
			said, _ := bufio.NewReader(out).ReadString('\n')
			if err := errors.Join(killed.Process.Kill(), ignoreExit(killed.Wait())); err != nil {
				t.Fatal(err)
			}
			if strings.TrimSpace(said) != "<nil>" {
				t.Fatalf("the process to be killed could not take the lock: %s", said)
			}
			open(t, url).add(t, "Zezima")
		})
	}
}

func ignoreExit(err error) error {
	if _, ok := errors.AsType[*exec.ExitError](err); ok {
		return nil
	}
	return err
}

func TestOpenByManyAtOnce(t *testing.T) {
	t.Parallel()
	for engine, fresh := range engines {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			url := fresh(t)
			ids := make([]string, 12)
			var g errgroup.Group
			for i := range ids {
				g.Go(func() error {
					s, err := store.Open(t.Context(), url, store.Options{MaxConns: 2})
					if err != nil {
						return err
					}
					ids[i] = s.DatabaseID()
					return s.Close()
				})
			}
			if err := g.Wait(); err != nil {
				t.Fatal(err)
			}
			for _, id := range ids {
				if id == "" || id != ids[0] {
					t.Fatalf("database ids differ or are empty: %q", ids)
				}
			}
		})
	}
}

func TestOpenAgainFindsEverything(t *testing.T) {
	onEach(t, func(t *testing.T, b bench) {
		p := b.add(t, "Zezima")
		again := open(t, b.url)
		diff(t, "player", p, again.player(t, p.ID))
		if got, want := again.DatabaseID(), b.DatabaseID(); got != want || len(got) < 20 {
			t.Errorf("database id %q, want %q", got, want)
		}
		if err := again.Ping(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

func TestOpenRefusesANewerSchema(t *testing.T) {
	onEach(t, func(t *testing.T, b bench) {
		exec1(t, b, "INSERT INTO schema_migrations (version, name, applied_at) VALUES (9000, 'from the future', 0)")
		_, err := store.Open(t.Context(), b.url, store.Options{})
		if err == nil || !strings.Contains(err.Error(), "newer") {
			t.Fatalf("got %v, want an error about a newer schema", err)
		}
	})
}

// exec1 runs a statement on a connection that is not the store's.
func exec1(t *testing.T, b bench, statement string) {
	t.Helper()
	db := rawConn(t, b.url)
	if _, err := db.ExecContext(t.Context(), statement); err != nil {
		t.Fatal(err)
	}
}

func rawConn(t *testing.T, url string) *sql.DB {
	t.Helper()
	driver, dsn := "pgx", url
	if path, ok := strings.CutPrefix(url, "sqlite://"); ok {
		driver, dsn = "sqlite", "file://"+path+"?_txlock=immediate"
	}
	db, err := sql.Open(driver, dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func TestOpenAcceptsTheOriginalsURL(t *testing.T) {
	t.Parallel()
	postgres := testenv.Postgres(t)
	for _, scheme := range []string{"postgres", "postgresql", "postgresql+asyncpg"} {
		_, rest, _ := strings.Cut(postgres, "://")
		if err := open(t, scheme+"://"+rest).Ping(t.Context()); err != nil {
			t.Errorf("%s: %v", scheme, err)
		}
	}
}

func TestOpenMakesARelativeFile(t *testing.T) {
	t.Chdir(t.TempDir())
	open(t, "sqlite://data/osrsdiff.db").add(t, "Zezima")
	if _, err := os.Stat("data/osrsdiff.db"); err != nil {
		t.Error(err)
	}
}

func TestOpenErrors(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	notADatabase := filepath.Join(folder, "letter.txt")
	if err := os.WriteFile(notADatabase, []byte(strings.Repeat("Dear Sir or Madam, ", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		url     string
		want    error
		mention string
	}{
		"nothing":            {"", store.ErrInvalidURL, "sqlite://"},
		"a path":             {"/var/lib/osrsdiff.db", store.ErrInvalidURL, "sqlite://"},
		"another engine":     {"mysql://root:s3cret@localhost/osrsdiff", store.ErrInvalidURL, `"mysql"`},
		"no file":            {"sqlite://", store.ErrInvalidURL, "must name a file"},
		"a folder":           {"sqlite:///var/lib/", store.ErrInvalidURL, "must name a file"},
		"in memory":          {"sqlite://:memory:", store.ErrInvalidURL, "must name a file"},
		"options":            {"sqlite:///x.db?mode=ro", store.ErrInvalidURL, "no options"},
		"broken escape":      {"sqlite:///100%.db", store.ErrInvalidURL, "escape"},
		"broken password":    {"postgres://osrs:s3cret%zz@localhost/osrsdiff", store.ErrInvalidURL, "special characters"},
		"broken port":        {"postgres://osrs:s3cret@localhost:port/osrsdiff", store.ErrInvalidURL, ""},
		"broken setting":     {"postgres://osrs:s3cret@localhost/osrsdiff?connect_timeout=soon", store.ErrInvalidURL, ""},
		"is a folder":        {"sqlite://" + folder, store.ErrUnreachable, folder},
		"is no database":     {"sqlite://" + notADatabase, store.ErrUnreachable, "not a database"},
		"folder is a file":   {"sqlite://" + notADatabase + "/osrsdiff.db", store.ErrUnreachable, "not a directory"},
		"nobody listens":     {"postgres://osrs:s3cret@127.0.0.1:1/osrsdiff", store.ErrUnreachable, "127.0.0.1:1"},
		"password elsewhere": {"postgres://127.0.0.1:1/osrsdiff?password=s3cret", store.ErrUnreachable, "xxxxx"},
		"no such host":       {"postgres://osrs:s3cret@nowhere.invalid/osrsdiff", store.ErrUnreachable, "nowhere.invalid"},
		"never answers":      {"postgres://osrs:s3cret@" + silentServer(t) + "/osrsdiff", store.ErrUnreachable, "127.0.0.1"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			_, err := store.Open(ctx, test.url, store.Options{})
			if !errors.Is(err, test.want) || !errors.Is(err, store.ErrUnreachable) {
				t.Fatalf("got %v, want %v", err, test.want)
			}
			if ctx.Err() != nil {
				t.Error("it took the whole minute it was given")
			}
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("message %q: want one line", err)
			}
			if !strings.Contains(err.Error(), test.mention) || strings.Contains(err.Error(), "s3cret") {
				t.Errorf("message %q: want %q and no password", err, test.mention)
			}
		})
	}
}

func TestOpenErrorsOfAServerThatAnswers(t *testing.T) {
	t.Parallel()
	u, err := url.Parse(testenv.Postgres(t))
	if err != nil {
		t.Fatal(err)
	}
	u.Path = "/no_such_database"
	_, err = store.Open(t.Context(), u.String(), store.Options{})
	if !errors.Is(err, store.ErrUnreachable) || !strings.Contains(err.Error(), "no_such_database") {
		t.Errorf("got %v, want ErrUnreachable naming the database", err)
	}
}

// silentServer takes connections and says nothing.
func silentServer(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l.Addr().String()
}
