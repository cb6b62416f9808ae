package web_test

import (
	"database/sql"
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/osrsdiff/osrsdiff/hiscores/hiscorestest"
	"github.com/osrsdiff/osrsdiff/internal/testenv"
	"github.com/osrsdiff/osrsdiff/web"
)

// TestReadsChangeNothing asks every route that takes GET, of the API and of the
// pages, with values that are found, that are not, and that are wrong. Afterwards
// database and Redis hold what they held before, to the byte, and the hiscores were
// asked nothing.
func TestReadsChangeNothing(t *testing.T) {
	file := filepath.Join(t.TempDir(), "reads.db")
	b := newBenchWith(t, testenv.RedisURL(t), "sqlite://"+file, nil)
	first := hiscorestest.Account(5_000_000)
	for _, name := range []string{"Zezima", "Lynx Titan"} {
		p := b.add(name, &first)
		b.record(p, start.Add(time.Hour), hiscorestest.Account(7_000_000))
		b.call(http.MethodPost, "/api/players/"+url.PathEscape(name)+"/pause", "").want(http.StatusOK, nil)
		b.call(http.MethodPost, "/api/players/"+url.PathEscape(name)+"/resume", "").want(http.StatusOK, nil)
	}
	b.clock.set(start.Add(3 * time.Hour))
	b.call(http.MethodPost, "/api/players/Zezima/fetch", "").want(http.StatusAccepted, nil)

	asked := len(b.site.RequestLog())
	database, redis := databaseDump(t, file), b.redisDump()
	reads, found := 0, 0
	streams := map[string]bool{}
	for _, op := range newContract(b).ops {
		streams[op.String()] = op.Streams
	}
	for _, route := range web.Routes(t) {
		method, pattern, ok := strings.Cut(route, " ")
		if !ok {
			method, pattern = http.MethodGet, route
		}
		if method != http.MethodGet || streams[route] {
			continue
		}
		for _, path := range readsOf(pattern) {
			a := b.call(http.MethodGet, path, "")
			reads++
			if a.status == http.StatusOK {
				found++
			}
			if a.status >= 500 && a.status != http.StatusServiceUnavailable {
				t.Errorf("GET %s answered %d: %s", path, a.status, a.body)
			}
		}
	}
	if reads < 100 || found < 30 {
		t.Errorf("only %d reads, %d of which found something", reads, found)
	}
	if diff := gocmp.Diff(database, databaseDump(t, file)); diff != "" {
		t.Errorf("database (-before +after):\n%s", diff)
	}
	if diff := gocmp.Diff(redis, b.redisDump()); diff != "" {
		t.Errorf("Redis (-before +after):\n%s", diff)
	}
	if now := len(b.site.RequestLog()); now != asked {
		t.Errorf("the hiscores were asked %d times", now-asked)
	}
}

// readsOf are addresses of a route: each parameter with values that exist, one that
// does not, and a wrong one, and some queries.
func readsOf(pattern string) []string {
	values := map[string][]string{
		"name": {"Zezima", "Nobody", "no.body"}, "metric": {"Overall", "nothing"}, "id": {"player_fetch_1", "Zezima", "1", "player_fetch_99"},
		"file": {"app.css"}, "$": {""},
	}
	paths := []string{strings.TrimSuffix(pattern, "{$}")}
	for segment := range strings.SplitSeq(pattern, "/") {
		name := strings.Trim(segment, "{}.")
		if segment == name || name == "$" {
			continue
		}
		options := values[name]
		if options == nil {
			options = []string{"1", "Zezima"}
		}
		var filled []string
		for _, path := range paths {
			for _, option := range options {
				filled = append(filled, strings.Replace(path, segment, url.PathEscape(option), 1))
			}
		}
		paths = filled
	}
	var all []string
	for _, path := range paths {
		all = append(all, path, path+"?limit=1", path+"?cursor=x", path+"?period=week&calendar=true", path+"?format=jsonl")
	}
	return all
}

// databaseDump is every row of every table, in the order of its text.
func databaseDump(t *testing.T, file string) map[string][]string {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+file+"?mode=ro")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }() // it was only read
	names := rowsOf(t, db, "SELECT name FROM sqlite_master WHERE type = 'table'")
	dump := map[string][]string{}
	for _, name := range names {
		name = strings.Trim(name, "[]")
		dump[name] = rowsOf(t, db, fmt.Sprintf("SELECT * FROM %q", name))
	}
	if len(dump["metric_values"]) == 0 {
		t.Fatal("the dump has no values")
	}
	return dump
}

func rowsOf(t *testing.T, db *sql.DB, query string) []string {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for rows.Next() {
		values, targets := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			targets[i] = &values[i]
		}
		if err := rows.Scan(targets...); err != nil {
			t.Fatal(err)
		}
		all = append(all, fmt.Sprint(values))
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	slices.Sort(all)
	return all
}

// redisDump is every key with its value as Redis would save it, and whether it
// expires.
func (b *bench) redisDump() map[string]string {
	b.t.Helper()
	dump := map[string]string{}
	keys, err := b.rdb.Keys(b.t.Context(), "*").Result()
	if err != nil {
		b.t.Fatal(err)
	}
	for _, key := range keys {
		kind := b.rdb.Type(b.t.Context(), key).Val()
		var value any
		switch kind {
		case "string":
			value = b.rdb.Get(b.t.Context(), key).Val()
		case "hash":
			value = b.rdb.HGetAll(b.t.Context(), key).Val()
		case "list":
			value = b.rdb.LRange(b.t.Context(), key, 0, -1).Val()
		case "set":
			members := b.rdb.SMembers(b.t.Context(), key).Val()
			slices.Sort(members)
			value = members
		case "zset":
			value = b.rdb.ZRangeWithScores(b.t.Context(), key, 0, -1).Val()
		case "stream":
			value = b.rdb.XRange(b.t.Context(), key, "-", "+").Val()
		default:
			b.t.Fatalf("key %s is a %s", key, kind)
		}
		dump[key] = fmt.Sprintf("%s expires %v: %v", kind, b.rdb.TTL(b.t.Context(), key).Val() > 0, value)
	}
	if len(dump) < 3 {
		b.t.Fatalf("Redis holds only %v", keys)
	}
	return dump
}
