package testenv_test

import (
	"database/sql"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/osrsdiff/osrsdiff/internal/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }

func TestRedisIsEmptyAndAnswers(t *testing.T) {
	rdb := testenv.Redis(t)
	if n, err := rdb.DBSize(t.Context()).Result(); err != nil || n != 0 {
		t.Fatalf("DBSIZE = %d, %v; want an empty server", n, err)
	}
}

func TestRealRedisKeepsDataOverAKillAndLosesItWhenWiped(t *testing.T) {
	p := testenv.RealRedis(t, "--appendfsync", "always")
	opts, err := redis.ParseURL(p.URL())
	if err != nil {
		t.Fatal(err)
	}
	rdb := redis.NewClient(opts)
	defer func() { _ = rdb.Close() }()
	if err := rdb.Set(t.Context(), "k", "v", 0).Err(); err != nil {
		t.Fatal(err)
	}
	p.Kill()
	p.Start()
	if got, err := rdb.Get(t.Context(), "k").Result(); err != nil || got != "v" {
		t.Fatalf("after a restart: %q, %v; want the value kept", got, err)
	}
	p.Kill()
	p.Wipe()
	p.Start()
	if n := rdb.Exists(t.Context(), "k").Val(); n != 0 {
		t.Fatal("after wiping the key is still there")
	}
}

func TestPostgresGivesEachTestADatabase(t *testing.T) {
	first, second := testenv.Postgres(t), testenv.Postgres(t)
	if first == second {
		t.Fatalf("two calls returned one database %s", first)
	}
	db, err := sql.Open("pgx", first)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if _, err := db.ExecContext(t.Context(), "CREATE TABLE t (a int)"); err != nil {
		t.Fatal(err)
	}
}
