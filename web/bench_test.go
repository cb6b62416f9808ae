package web_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hibiken/asynq"
	"github.com/redis/go-redis/v9"

	"github.com/osrsdiff/osrsdiff/access"
	"github.com/osrsdiff/osrsdiff/events"
	"github.com/osrsdiff/osrsdiff/executions"
	"github.com/osrsdiff/osrsdiff/hiscores"
	"github.com/osrsdiff/osrsdiff/hiscores/hiscorestest"
	"github.com/osrsdiff/osrsdiff/internal/testenv"
	"github.com/osrsdiff/osrsdiff/permits"
	"github.com/osrsdiff/osrsdiff/player"
	"github.com/osrsdiff/osrsdiff/roster"
	"github.com/osrsdiff/osrsdiff/schedules"
	"github.com/osrsdiff/osrsdiff/status"
	"github.com/osrsdiff/osrsdiff/store"
	"github.com/osrsdiff/osrsdiff/tasks"
	"github.com/osrsdiff/osrsdiff/web"
)

// start is where the clock of a bench begins: a Wednesday, ten in the morning.
var start = time.Date(2026, 3, 4, 10, 0, 0, 0, time.UTC)

// clock is a time that tests move.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) set(at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = at
}

// bench is the web role on a database, a Redis and a hiscores site of its own.
type bench struct {
	t     *testing.T
	clock *clock
	site  *hiscorestest.Site
	store *store.Store
	rdb   redis.UniversalClient
	book  *schedules.Book
	web   *web.Server
	// options are those of the server.
	options web.Options
	base    string
	http    *http.Client
}

// newBench starts one on loopback without a token, after change has had its way
// with the options.
func newBench(t *testing.T, change func(*web.Options)) *bench {
	t.Helper()
	return newBenchOn(t, testenv.RedisURL(t), change)
}

// newBenchOn is newBench on a Redis that the test controls.
func newBenchOn(t *testing.T, url string, change func(*web.Options)) *bench {
	t.Helper()
	return newBenchWith(t, url, "sqlite://"+filepath.Join(t.TempDir(), "web.db"), change)
}

// newBenchWith is newBenchOn with a database that the test chooses.
func newBenchWith(t *testing.T, url, database string, change func(*web.Options)) *bench {
	t.Helper()
	b := &bench{t: t, clock: &clock{at: start}, site: hiscorestest.NewSite()}
	conn, err := asynq.ParseRedisURI(url)
	if err != nil {
		t.Fatal(err)
	}
	rdbOptions, err := redis.ParseURL(url)
	if err != nil {
		t.Fatal(err)
	}
	// One try each, so that tests without Redis do not wait for retries.
	rdbOptions.MaxRetries, rdbOptions.DialerRetries = -1, 1
	rdb := redis.NewClient(rdbOptions)
	b.rdb = rdb
	b.closing("redis client", rdb.Close)
	publisher := events.NewPublisher(rdb, nil)
	b.closing("publisher", publisher.Close)
	b.store, err = store.Open(t.Context(), database, store.Options{Now: b.clock.Now, OnEvents: publisher.Publish})
	if err != nil {
		t.Fatal(err)
	}
	b.closing("store", b.store.Close)
	b.book = schedules.NewBook(rdb, schedules.BookOptions{})
	queue := asynq.NewClientFromRedisClient(rdb)
	siteURL, stop := b.site.Start()
	t.Cleanup(stop)
	r := roster.New(roster.Options{
		Statics: statics(),
		Lookup:  b.store, Additions: b.store, OptOuts: b.store, Changes: b.store, Identities: b.store, Snapshots: b.store, Schedules: b.book, Queue: queue,
		Hiscores: hiscores.NewClient(hiscores.Options{BaseURL: siteURL}), Now: b.clock.Now,
	})
	log := slog.New(slog.DiscardHandler)
	opts := web.Options{
		ScheduleList: b.book, PlayerIDs: b.store, Runs: b.store, Bulk: r, Exports: b.store, Hiscores: hiscores.NewClient(hiscores.Options{BaseURL: siteURL}),
		Executions: &executions.Reader{Inspector: b.inspector(), Runs: b.store},
		Repairs: schedules.NewKeeper(schedules.KeeperOptions{
			Book: b.book, Players: truth{b.store}, Outbox: b.store, Inspector: b.inspector(), Log: log,
		}),
		Listen: "127.0.0.1:0", Now: b.clock.Now, Redis: conn, Statics: statics(),
		Players: b.store, Values: b.store, Totals: b.store, Achievements: b.store, Boards: b.store, Groups: b.store, Members: b.store, Registrar: r, Switchboard: r, Trigger: r, Purger: r, OptOuts: r, OptOutList: b.store, Identities: r, Events: b.store, Modes: b.store, Activity: b.store,
		Webhooks: b.store, Deliveries: b.store, WebhookTests: &tasks.Relay{Outgoing: b.store, Queue: queue},
		Live:      events.NewHub(rdb, nil),
		Schedules: b.book, Workers: asynq.NewInspectorFromRedisClient(rdb),
		Standing: status.NewReader(status.Options{
			Book: b.book, Office: permits.New(rdb, permits.Options{Rate: 1}), Inspector: asynq.NewInspectorFromRedisClient(rdb), Limit: 1,
		}),
	}
	opts.Access = web.Access{
		Gate:   &access.Gate{Issuer: b.store, Tokens: b.store, Sessions: b.store, Now: b.clock.Now},
		Tokens: b.store, Throttle: access.NewThrottle(rdb), Log: b.store,
	}
	if change != nil {
		change(&opts)
	}
	b.options = opts
	b.web, err = web.New(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	b.closing("server", b.web.Close)
	srv := httptest.NewServer(b.web.Handler())
	t.Cleanup(srv.Close)
	b.base, b.http = srv.URL, srv.Client()
	b.http.Jar, _ = cookiejar.New(nil)
	b.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return b
}

// truth lists players as the keeper of schedules asks for them.
type truth struct{ *store.Store }

func (t truth) PlayersAfter(ctx context.Context, afterID int64, limit int) ([]player.Player, error) {
	return t.Players(ctx, store.PlayerFilter{AfterID: afterID, Limit: limit})
}

// statics are the tasks that run by the clock, with no jobs behind them.
func statics() []tasks.Static {
	keeper := schedules.NewKeeper(schedules.KeeperOptions{})
	return []tasks.Static{(&tasks.CheckModesJob{}).Static(), (&tasks.PruneJob{}).Static(), keeper.Static()}
}

func (b *bench) inspector() *asynq.Inspector { return asynq.NewInspectorFromRedisClient(b.rdb) }

func (b *bench) queue() *asynq.Client { return asynq.NewClientFromRedisClient(b.rdb) }

// in is the bench seen from a subtest, which then fails alone.
func (b *bench) in(t *testing.T) *bench {
	t.Helper()
	c := *b
	c.t = t
	return &c
}

func (b *bench) closing(what string, closeIt func() error) {
	b.t.Cleanup(func() {
		if err := closeIt(); err != nil {
			b.t.Errorf("close the %s: %v", what, err)
		}
	})
}

// token makes a token and returns what a request with it has as Authorization.
func (b *bench) token(name string, role access.Role) string {
	b.t.Helper()
	_, secret, err := b.options.Access.Gate.Issue(b.t.Context(), access.Token{Name: name, Role: role})
	if err != nil {
		b.t.Fatal(err)
	}
	return "Bearer " + secret
}

// add tracks a player whose first snapshot, if any, was fetched at start.
func (b *bench) add(name string, first *hiscores.Snapshot) player.Player {
	b.t.Helper()
	ctx := context.Background()
	p, err := b.store.AddPlayer(ctx, player.Player{
		Name: named(b.t, name), Mode: player.Regular, Status: player.Pending, Every: player.DefaultInterval,
	})
	if err != nil {
		b.t.Fatal(err)
	}
	if first != nil {
		b.record(p, start, *first)
	}
	return p
}

// record stores a fetch of a player.
func (b *bench) record(p player.Player, at time.Time, snap hiscores.Snapshot) {
	b.t.Helper()
	snap.At = at
	_, err := b.store.RecordSnapshot(context.Background(), player.Attempt{
		PlayerID: p.ID, TaskID: "test", Tick: at, Covers: at, StartedAt: at, At: at,
	}, snap)
	if err != nil {
		b.t.Fatal(err)
	}
}

func named(t *testing.T, name string) player.Name {
	t.Helper()
	n, err := player.ParseName(name)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// answer is what a request got.
type answer struct {
	t      *testing.T
	status int
	header http.Header
	body   string
}

// call sends a request. A body other than "" is JSON; header holds pairs.
func (b *bench) call(method, path, body string, header ...string) answer {
	b.t.Helper()
	req, err := http.NewRequestWithContext(b.t.Context(), method, b.base+path, bytes.NewReader([]byte(body)))
	if err != nil {
		b.t.Fatal(err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
		if header[i] == "Host" {
			req.Host = header[i+1]
		}
	}
	res, err := b.http.Do(req)
	if err != nil {
		b.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	read, err := io.ReadAll(res.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return answer{t: b.t, status: res.StatusCode, header: res.Header, body: string(read)}
}

// want checks the status and decodes the body into v, if any.
func (a answer) want(status int, v any) answer {
	a.t.Helper()
	if a.status != status {
		a.t.Fatalf("answered %d, want %d: %s", a.status, status, a.body)
	}
	if v != nil {
		if err := json.Unmarshal([]byte(a.body), v); err != nil {
			a.t.Fatalf("decode %s: %v", a.body, err)
		}
	}
	return a
}

// says checks that the body holds every one of the words.
func (a answer) says(words ...string) answer {
	a.t.Helper()
	for _, w := range words {
		if !strings.Contains(a.body, w) {
			a.t.Errorf("body lacks %q: %s", w, a.body)
		}
	}
	return a
}

// lacks checks that the body holds none of the words.
func (a answer) lacks(words ...string) answer {
	a.t.Helper()
	for _, w := range words {
		if strings.Contains(a.body, w) {
			a.t.Errorf("body holds %q: %s", w, a.body)
		}
	}
	return a
}

// problem is what the tests look at in an error.
type problem struct {
	Status   int      `json:"status"`
	Detail   string   `json:"detail"`
	Known    []string `json:"known"`
	Existing string   `json:"existing"`
	Errors   []struct {
		Message  string `json:"message"`
		Location string `json:"location"`
		Value    any    `json:"value"`
	} `json:"errors"`
}

// fails checks that the answer is a problem of a status and returns it.
func (a answer) fails(status int) problem {
	a.t.Helper()
	var p problem
	a.want(status, &p)
	if got := a.header.Get("Content-Type"); got != "application/problem+json" {
		a.t.Errorf("content type of an error is %q", got)
	}
	if p.Status != status {
		a.t.Errorf("problem says status %d, answered %d", p.Status, status)
	}
	return p
}
