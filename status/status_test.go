package status_test

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hibiken/asynq"
	"github.com/redis/go-redis/v9"

	"github.com/osrsdiff/osrsdiff/internal/testenv"
	"github.com/osrsdiff/osrsdiff/permits"
	"github.com/osrsdiff/osrsdiff/player"
	"github.com/osrsdiff/osrsdiff/schedules"
	"github.com/osrsdiff/osrsdiff/status"
	"github.com/osrsdiff/osrsdiff/tasks"
)

// bench is a Redis with everything that a status is read from.
type bench struct {
	t         *testing.T
	rdb       redis.UniversalClient
	book      *schedules.Book
	office    *permits.Office
	inspector *asynq.Inspector
	client    *asynq.Client
	reader    *status.Reader
	now       time.Time
}

func newBench(t *testing.T, limit float64) *bench {
	t.Helper()
	rdb := testenv.Redis(t)
	b := &bench{
		t: t, rdb: rdb, book: schedules.NewBook(rdb, schedules.BookOptions{}), office: permits.New(rdb, permits.Options{Rate: limit}),
		inspector: asynq.NewInspectorFromRedisClient(rdb), client: asynq.NewClientFromRedisClient(rdb),
	}
	b.reader = status.NewReader(status.Options{Book: b.book, Office: b.office, Inspector: b.inspector, Limit: limit})
	var err error
	if b.now, err = b.book.Now(t.Context()); err != nil {
		t.Fatal(err)
	}
	return b
}

// track schedules a player whose ticks up to covered are answered.
func (b *bench) track(id int64, every player.Interval, covered time.Time) player.Player {
	b.t.Helper()
	name, err := player.ParseName("Player " + string(rune('a'+id)))
	if err != nil {
		b.t.Fatal(err)
	}
	p := player.Player{
		ID: id, Name: name, Every: every, Revision: 1, Status: player.Active, CreatedAt: b.now.Add(-1000 * time.Hour), CoveredUntil: covered,
	}
	if err := b.book.Schedule(b.t.Context(), p); err != nil {
		b.t.Fatal(err)
	}
	return p
}

func (b *bench) status() status.Status {
	b.t.Helper()
	s, err := b.reader.Status(b.t.Context())
	if err != nil {
		b.t.Fatal(err)
	}
	return s
}

// serve runs a server of a queue.
func (b *bench) serve(queue string) {
	b.t.Helper()
	server := asynq.NewServerFromRedisClient(b.rdb, asynq.Config{
		Concurrency: 3, Queues: map[string]int{queue: 1}, LogLevel: asynq.FatalLevel, TaskCheckInterval: 100 * time.Millisecond,
		ShutdownTimeout: time.Millisecond,
	})
	if err := server.Start(asynq.HandlerFunc(func(context.Context, *asynq.Task) error { return nil })); err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(server.Shutdown)
}

func kinds(list []status.Trouble) []status.Kind {
	found := []status.Kind{}
	for _, p := range list {
		found = append(found, p.Kind)
	}
	return found
}

func TestStatusOfNothing(t *testing.T) {
	s := newBench(t, 0).status()
	if diff := cmp.Diff([]status.Kind{status.NotReady, status.NoLeader, status.NoWorker}, kinds(s.Troubles)); diff != "" {
		t.Errorf("troubles (-want +got):\n%s", diff)
	}
	if s.Schedules != (status.Schedules{}) || s.Demand.PerSecond != 0 || s.Lag.Ticks != 0 || s.Hiscores.Breaker != permits.Closed {
		t.Errorf("an empty Redis has the status %+v", s)
	}
	var names []string
	for _, q := range s.Queues {
		names = append(names, q.Name)
	}
	if want := []string{"interactive", "fetch", "maintenance", "schedules", "webhooks"}; !slices.Equal(names, want) {
		t.Errorf("queues %v, want %v", names, want)
	}
}

func TestStatusShowsWhatIsDueAndLate(t *testing.T) {
	b := newBench(t, 0.01)
	b.track(1, 1, b.now)
	b.track(2, 60, b.now)
	b.track(3, 10, b.now.Add(-2*time.Hour))
	paused := b.track(4, 10, b.now)
	paused.Paused, paused.Revision = true, 2
	if err := b.book.Pause(t.Context(), paused); err != nil {
		t.Fatal(err)
	}
	s := b.status()
	want := status.Schedules{Total: 4, Paused: 1, Due: 1, OldestOverdue: s.Schedules.OldestOverdue}
	if diff := cmp.Diff(want, s.Schedules); diff != "" {
		t.Errorf("schedules (-want +got):\n%s", diff)
	}
	if o := s.Schedules.OldestOverdue; o < 6600-1 || o > 7300 {
		t.Errorf("the oldest is overdue for %v s, want 110 to 120 minutes", o)
	}
	if want := 1.0/60 + 1.0/3600 + 1.0/600; s.Demand.PerSecond < want-1e-9 || s.Demand.PerSecond > want+1e-9 || !s.Demand.Exceeds() {
		t.Errorf("demand %+v, want %v requests/s, more than the limit", s.Demand, want)
	}
	if got := kinds(s.Troubles); !slices.Contains(got, status.Overload) || !slices.Contains(got, status.Backlog) {
		t.Errorf("troubles %v, want overload and backlog among them", got)
	}
	claimer := schedules.NewClaimer(b.book, b.client, b.inspector, 0)
	if _, err := claimer.Claim(t.Context()); err != nil {
		t.Fatal(err)
	}
	s = b.status()
	if s.Schedules.Due != 0 || s.Schedules.OldestOverdue != 0 || s.Schedules.Enqueued != 1 {
		t.Errorf("after the claim: %+v", s.Schedules)
	}
	if s.Lag.Ticks != 1 || s.Lag.P50 < 3600 || s.Lag.P99 < s.Lag.P50 || s.Lag.SoFar.Total() != 1 {
		t.Errorf("lag of a tick two hours late: %+v", s.Lag)
	}
	if q := s.Queues[1]; q.Name != "fetch" || q.Pending != 1 || q.Processed != 0 {
		t.Errorf("queue of fetches: %+v", q)
	}
}

func TestStatusShowsProcessesAndTheirQueues(t *testing.T) {
	b := newBench(t, 1)
	for _, queue := range []string{tasks.QueueFetch, tasks.QueueInteractive, tasks.QueueMaintenance, tasks.QueueSchedules} {
		b.serve(queue)
	}
	testenv.Eventually(t, 10*time.Second, "four heartbeats", func() bool {
		_, _, room := b.status().Workers()
		return len(b.status().Processes) == 3 && room == 6
	})
	s := b.status()
	var roles []status.Role
	slots := map[status.Role]int{status.MaintenanceRole: 3, status.SchedulerRole: 3, status.WorkerRole: 6}
	for _, p := range s.Processes {
		roles = append(roles, p.Role)
		if p.PID == 0 || p.Host == "" || p.Started.IsZero() || p.Concurrency != slots[p.Role] {
			t.Errorf("process %+v", p)
		}
	}
	if want := []status.Role{status.MaintenanceRole, status.SchedulerRole, status.WorkerRole}; !slices.Equal(roles, want) {
		t.Errorf("roles %v, want %v", roles, want)
	}
	if workers, _, room := s.Workers(); workers != 1 || room != 6 || s.Scheduler.Processes != 1 {
		t.Errorf("%d workers with room for %d, %d schedulers", workers, room, s.Scheduler.Processes)
	}
	if err := b.inspector.PauseQueue(tasks.QueueFetch); err != nil {
		t.Fatal(err)
	}
	enqueue(t, b, 7, tasks.QueueFetch)
	if got := kinds(b.status().Troubles); !slices.Contains(got, status.QueuePaused) || slices.Contains(got, status.NoWorker) {
		t.Errorf("troubles %v, want the stopped queue and no lack of a worker", got)
	}
}

func TestStatusShowsALeader(t *testing.T) {
	b := newBench(t, 1)
	keeper := schedules.NewKeeper(schedules.KeeperOptions{
		Book: b.book, Players: nobody{}, Outbox: nobody{}, Inspector: b.inspector, Log: slog.New(slog.DiscardHandler),
	})
	addr := b.rdb.(*redis.Client).Options().Addr
	s, err := schedules.NewScheduler(schedules.SchedulerOptions{
		Redis: b.rdb, NewRedis: func() redis.UniversalClient { return redis.NewClient(&redis.Options{Addr: addr}) },
		Keeper: keeper, Ledger: nobody{}, Name: "here:1", Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	testenv.Eventually(t, 15*time.Second, "a leader that filled Redis", func() bool {
		s := b.status()
		return s.Scheduler.Leader == "here:1" && s.Schedules.Ready && s.Scheduler.LeaseAge < 10
	})
}

// nobody is a database without players.
type nobody struct{}

func (nobody) DatabaseID() string { return "empty" }
func (nobody) PlayersAfter(context.Context, int64, int) ([]player.Player, error) {
	return nil, nil
}
func (nobody) PlayersByID(context.Context, []int64) ([]player.Player, error)     { return nil, nil }
func (nobody) PendingChanges(context.Context, int) ([]player.Change, error)      { return nil, nil }
func (nobody) ChangesApplied(context.Context, []player.Change) error             { return nil }
func (nobody) ClaimRun(context.Context, string, time.Time, string) (bool, error) { return false, nil }
func (nobody) FinishRun(context.Context, string, string, time.Time) error        { return nil }
func (nobody) SeedRun(context.Context, string, time.Time) error                  { return nil }
func (nobody) NominalRun(context.Context, string) (time.Time, error)             { return time.Time{}, nil }

func TestStatusShowsTheSitesTroubles(t *testing.T) {
	b := newBench(t, 1)
	for range 5 {
		if err := b.office.Report(t.Context(), permits.Permit{}, permits.Answer{Outcome: permits.Failed, Cause: "503 Service Unavailable"}); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.office.Pause(t.Context(), time.Minute); err != nil {
		t.Fatal(err)
	}
	s := b.status()
	h := s.Hiscores
	if h.Breaker != permits.Open || h.Failures != 5 || !strings.Contains(h.Cause, "503") || h.RetryAt.IsZero() || h.OpenedAt.IsZero() {
		t.Errorf("hiscores %+v, want an open breaker", h)
	}
	if h.Paused < 50 || h.Paused > 61 {
		t.Errorf("paused for %v s, want a minute", h.Paused)
	}
	if want := map[string]int{"interactive": 0, "scheduled": 0, "background": 0}; !cmp.Equal(want, h.Waiting) {
		t.Errorf("waiting %v, want %v", h.Waiting, want)
	}
	if got := kinds(s.Troubles); !slices.Contains(got, status.BreakerOpen) || !slices.Contains(got, status.SitePaused) {
		t.Errorf("troubles %v", got)
	}
}

func TestStatusWithoutRedis(t *testing.T) {
	rdb := redis.NewClient(&redis.Options{Addr: "127.0.0.1:1", MaxRetries: -1, DialerRetries: 1})
	t.Cleanup(func() { _ = rdb.Close() })
	reader := status.NewReader(status.Options{
		Book: schedules.NewBook(rdb, schedules.BookOptions{}), Office: permits.New(rdb, permits.Options{}),
		Inspector: asynq.NewInspectorFromRedisClient(rdb),
	})
	if s, err := reader.Status(t.Context()); err == nil {
		t.Errorf("without Redis the status is %+v", s)
	}
}

func enqueue(t *testing.T, b *bench, id int64, queue string, opts ...asynq.Option) {
	t.Helper()
	task, err := tasks.NewFetch(tasks.Fetch{PlayerID: id, Player: "x", Tick: 60}, queue)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.client.EnqueueContext(t.Context(), task, opts...); err != nil {
		t.Fatal(err)
	}
}
