package bench

import (
	"cmp"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/osrsdiff/osrsdiff/hiscores"
	"github.com/osrsdiff/osrsdiff/hiscores/hiscorestest"
	"github.com/osrsdiff/osrsdiff/internal/testenv"
	"github.com/osrsdiff/osrsdiff/player"
	"github.com/osrsdiff/osrsdiff/store"
)

var readDatabase = flag.String("database", "", "database with a history for TestReaders, such as docs/data-speed.md makes; none: a small one of its own")

const (
	// readers is how many read at the same time.
	readers = 200
	// thinking is how long a reader looks at a page on average.
	thinking = 5 * time.Second
	// hurrying is how long they do not look at all.
	hurrying = 15 * time.Second
)

// TestReaders lets many people read pages and programs read the API, first as
// people do, then as fast as they get answers. Every answer must be 200; how
// long they take is measured at the readers.
func TestReaders(t *testing.T) {
	lasting, look, hurry := *watchFor, thinking, hurrying
	if small() {
		lasting, look, hurry = 2*time.Second, 200*time.Millisecond, time.Second
	}
	r := openReadingRoom(t)
	out := newTable(t, "readers", r.players())
	r.read(t.Context(), lasting/2, look) // caches, connections
	began, computed := r.memory(), processorTime(r.web.cmd.Process.Pid)
	seen := r.read(t.Context(), lasting, look)
	computed = processorTime(r.web.cmd.Process.Pid) - computed
	ended := r.memory()
	out.add("200 readers, a look every 5 s: answers", float64(len(seen)), "", goal{})
	out.add("200 readers, a look every 5 s: p50", milliseconds(quantile(took(seen), 0.5)), " ms", goal{})
	out.add("200 readers, a look every 5 s: p99", milliseconds(quantile(took(seen), 0.99)), " ms", atMost(50, "50 ms"))
	out.add("200 readers, a look every 5 s: web, of a core", 100*computed.Seconds()/lasting.Seconds(), " %", goal{})
	out.add("200 readers, a look every 5 s: web, resident memory before", began, " MB", goal{})
	out.add("200 readers, a look every 5 s: web, resident memory after / before", ended/began, "×", atMost(1.15, "1.15×"))
	for _, kind := range r.kinds {
		some := took(slices.DeleteFunc(slices.Clone(seen), func(a answered) bool { return a.kind != kind.name }))
		if len(some) > 0 {
			out.add(kind.name+": p50", milliseconds(quantile(some, 0.5)), " ms", goal{})
			out.add(kind.name+": p99", milliseconds(quantile(some, 0.99)), " ms", goal{})
		}
	}
	seen = r.read(t.Context(), hurry, 0)
	out.add("200 readers as fast as they can: answers", float64(len(seen))/hurry.Seconds(), "/s", goal{})
	out.add("200 readers as fast as they can: p50", milliseconds(quantile(took(seen), 0.5)), " ms", goal{})
	out.add("200 readers as fast as they can: p99", milliseconds(quantile(took(seen), 0.99)), " ms", goal{})
	out.add("200 readers as fast as they can: web, resident memory after", r.memory(), " MB", goal{})
}

// readingRoom is a web process with its readers.
type readingRoom struct {
	t      *testing.T
	web    *process
	base   string
	client *http.Client
	names  []string
	kinds  []reading
}

// reading is something to read; its address has a place for a player, if any.
type reading struct {
	name, format string
	// share is how many of all looks go there, in proportion.
	share int
}

// answered is an answer with status 200.
type answered struct {
	kind string
	took time.Duration
}

func took(seen []answered) []time.Duration {
	all := make([]time.Duration, 0, len(seen))
	for _, a := range seen {
		all = append(all, a.took)
	}
	return all
}

var servesAt = regexp.MustCompile(`msg=serving address=(\S+)`)

// openReadingRoom starts the web role on the database, with a Redis that has its
// schedules.
func openReadingRoom(t *testing.T) *readingRoom {
	t.Helper()
	program := buildProgram(t)
	database := cmp.Or(*readDatabase, smallHistory(t))
	_, redisURL := newRedis(t)
	env := []string{"REDIS_URL=" + redisURL, "DATABASE_URL=" + database, "OSRSDIFF_DATA_DIR=" + t.TempDir(), "OSRSDIFF_WEB_LISTEN=127.0.0.1:0"}
	rebuild := exec.CommandContext(t.Context(), program, "schedule", "rebuild")
	rebuild.Env = append(os.Environ(), env...)
	if text, err := rebuild.CombinedOutput(); err != nil {
		t.Fatalf("fill Redis: %v\n%s", err, text)
	}
	r := &readingRoom{t: t, web: startProcess(t, env, program, "web")}
	testenv.Eventually(t, time.Minute, "the web role to serve", func() bool { return servesAt.MatchString(r.web.output()) })
	r.base = "http://" + servesAt.FindStringSubmatch(r.web.output())[1]
	r.client = &http.Client{Timeout: time.Minute, Transport: &http.Transport{MaxIdleConnsPerHost: readers}}
	t.Cleanup(r.client.CloseIdleConnections)
	r.kinds = []reading{
		{"page: home", "/", 10},
		{"page: players", "/players", 5},
		{"page: search", "/search?q=%s", 5},
		{"page: player", "/players/%s", 25},
		{"page: gains of a week", "/players/%s/gains?period=week", 10},
		{"page: records", "/players/%s/records", 3},
		{"page: leaderboard", "/leaderboards?metric=Attack", 5},
		{"page: leaderboard of gains", "/leaderboards?metric=Overall&period=week&calendar=true", 5},
		{"page: schedules", "/schedules", 2},
		{"page: system", "/system", 2},
		{"API: player", "/api/players/%s", 8},
		{"API: values", "/api/players/%s/snapshot", 5},
		{"API: gains of a month", "/api/players/%s/gains?from=30d", 5},
		{"API: chart of a year", "/api/players/%s/series/Overall?from=365d&points=366", 10},
	}
	r.findNames()
	return r
}

// smallHistory is a database with a few players and a change of each.
func smallHistory(t *testing.T) string {
	t.Helper()
	if *readDatabase != "" {
		return ""
	}
	database := engines[0].url(t)
	now := time.Now().Truncate(time.Second)
	s := addPlayers(t, database, 50, now)
	list, err := s.Players(t.Context(), store.PlayerFilter{Limit: 50})
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range list {
		for day := range 3 {
			at := now.Add(time.Duration(day-3) * 24 * time.Hour)
			record(t, s, p.ID, at, hiscorestest.Account(int64(1_000_000*(i+1)+1000*day)))
		}
	}
	return database
}

func record(t *testing.T, s *store.Store, id int64, at time.Time, snap hiscores.Snapshot) {
	t.Helper()
	snap.At = at
	if _, err := s.RecordSnapshot(t.Context(), player.Attempt{PlayerID: id, TaskID: "bench", Tick: at, Covers: at, StartedAt: at, At: at}, snap); err != nil {
		t.Fatal(err)
	}
}

// players is how many there are.
func (r *readingRoom) players() int {
	var list struct{ Total int }
	r.decode("/api/players?limit=1", &list)
	return list.Total
}

// findNames looks up some players to read about, from all over the list.
func (r *readingRoom) findNames() {
	r.t.Helper()
	for from := int64(0); len(r.names) < 2000; from += 5000 {
		var list struct{ Players []struct{ Name string } }
		r.decode(fmt.Sprintf("/api/players?limit=100&cursor=%d", from), &list)
		for _, p := range list.Players {
			r.names = append(r.names, p.Name)
		}
		if len(list.Players) == 0 {
			break
		}
	}
	if len(r.names) == 0 {
		r.t.Fatal("there is nobody to read about")
	}
}

func (r *readingRoom) decode(path string, into any) {
	r.t.Helper()
	body, err := r.get(r.t.Context(), path)
	if err == nil {
		err = json.Unmarshal(body, into)
	}
	if err != nil {
		r.t.Fatal(err)
	}
}

func (r *readingRoom) get(ctx context.Context, path string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, r.base+path, http.NoBody)
	if err != nil {
		return nil, err
	}
	res, err := r.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s answers %d: %.200s", path, res.StatusCode, body)
	}
	return body, err
}

// memory is what the web process has, in MB.
func (r *readingRoom) memory() float64 {
	now, _ := memoryOf(r.web.cmd.Process.Pid)
	return now
}

// read lets everybody read for a while and returns what was answered.
func (r *readingRoom) read(ctx context.Context, lasting, look time.Duration) []answered {
	r.t.Helper()
	until, cancel := context.WithTimeout(ctx, lasting)
	defer cancel()
	var mu sync.Mutex
	var all []answered
	var wg sync.WaitGroup
	for i := range readers {
		wg.Go(func() {
			random := rand.New(rand.NewPCG(uint64(i), 7))
			mine := r.reader(until, random, look)
			mu.Lock()
			defer mu.Unlock()
			all = append(all, mine...)
		})
	}
	wg.Wait()
	return all
}

// reader is one person: a look, some thought, the next look.
func (r *readingRoom) reader(until context.Context, random *rand.Rand, look time.Duration) []answered {
	var mine []answered
	for {
		if !pause(until, time.Duration(random.ExpFloat64()*float64(look))) {
			return mine
		}
		kind := r.choose(random)
		path := kind.format
		if name := url.PathEscape(r.names[random.IntN(len(r.names))]); strings.Contains(path, "%s") {
			path = fmt.Sprintf(path, name)
		}
		began := time.Now()
		if _, err := r.get(r.t.Context(), path); err != nil {
			r.t.Error(err)
			return mine
		}
		mine = append(mine, answered{kind.name, time.Since(began)})
	}
}

func pause(until context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-until.Done():
		return false
	case <-timer.C:
		return until.Err() == nil
	}
}

func (r *readingRoom) choose(random *rand.Rand) reading {
	all := 0
	for _, k := range r.kinds {
		all += k.share
	}
	at := random.IntN(all)
	for _, k := range r.kinds {
		if at -= k.share; at < 0 {
			return k
		}
	}
	return r.kinds[0]
}
