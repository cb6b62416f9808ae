package schedules

import (
	"context"
	"log/slog"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/hibiken/asynq"
	"github.com/redis/go-redis/v9"

	"github.com/osrsdiff/osrsdiff/internal/testenv"
	"github.com/osrsdiff/osrsdiff/player"
	"github.com/osrsdiff/osrsdiff/tasks"
)

// roll is the truth in memory: players, outbox and ledger.
type roll struct {
	mu      sync.Mutex
	players map[int64]player.Player
	pending map[int64]int64
	nominal map[string]time.Time
	results map[string]string
	lastID  int64
}

func newRoll() *roll {
	return &roll{
		players: map[int64]player.Player{}, pending: map[int64]int64{},
		nominal: map[string]time.Time{}, results: map[string]string{},
	}
}

func (r *roll) DatabaseID() string { return "database-1" }

func (r *roll) PlayersAfter(_ context.Context, after int64, limit int) ([]player.Player, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var list []player.Player
	for id := after + 1; id <= r.lastID && len(list) < limit; id++ {
		if p, ok := r.players[id]; ok {
			list = append(list, p)
		}
	}
	return list, nil
}

func (r *roll) PlayersByID(_ context.Context, ids []int64) ([]player.Player, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var list []player.Player
	for _, id := range ids {
		if p, ok := r.players[id]; ok {
			list = append(list, p)
		}
	}
	return list, nil
}

func (r *roll) PendingChanges(_ context.Context, limit int) ([]player.Change, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var list []player.Change
	for id, rev := range r.pending {
		if len(list) < limit {
			list = append(list, player.Change{PlayerID: id, Revision: rev})
		}
	}
	return list, nil
}

func (r *roll) ChangesApplied(_ context.Context, changes []player.Change) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range changes {
		if r.pending[c.PlayerID] == c.Revision {
			delete(r.pending, c.PlayerID)
		}
	}
	return nil
}

func (r *roll) SeedRun(_ context.Context, id string, nominal time.Time) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, ok := r.nominal[id]; !ok {
		r.nominal[id] = nominal
	}
	return nil
}

func (r *roll) NominalRun(_ context.Context, id string) (time.Time, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.nominal[id], nil
}

func (r *roll) ClaimRun(_ context.Context, id string, nominal time.Time, _ string) (bool, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !nominal.After(r.nominal[id]) {
		return false, nil
	}
	r.nominal[id] = nominal
	return true, nil
}

func (r *roll) FinishRun(_ context.Context, id, result string, _ time.Time) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.results[id] = result
	return nil
}

// add tracks a player whose ticks up to covered are answered.
func (r *roll) add(t testing.TB, every player.Interval, covered time.Time) player.Player {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lastID++
	name, err := player.ParseName("Player " + strconv.FormatInt(r.lastID%100_000, 10))
	if err != nil {
		t.Fatal(err)
	}
	p := player.Player{
		ID: r.lastID, Name: name, Mode: player.Regular, Status: player.Active, Every: every, Revision: 1,
		CreatedAt: time.Unix(1_700_000_000, 0).UTC(), UpdatedAt: time.Unix(1_700_000_000, 0).UTC(), CoveredUntil: covered,
	}
	r.players[p.ID], r.pending[p.ID] = p, p.Revision
	return p
}

// change edits a player's row as the store does: with a new revision and a row
// in the outbox.
func (r *roll) change(id int64, edit func(*player.Player)) player.Player {
	r.mu.Lock()
	defer r.mu.Unlock()
	p := r.players[id]
	edit(&p)
	p.Revision++
	r.players[id], r.pending[id] = p, p.Revision
	return p
}

func (r *roll) remove(id int64) player.Change {
	r.mu.Lock()
	defer r.mu.Unlock()
	c := player.Change{PlayerID: id, Revision: r.players[id].Revision + 1}
	delete(r.players, id)
	r.pending[id] = c.Revision
	return c
}

func (r *roll) cover(id int64, until time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	p := r.players[id]
	p.CoveredUntil = until
	r.players[id] = p
}

// bench is a Book with everything around it, on a Redis of the test's own.
type bench struct {
	rdb       redis.UniversalClient
	book      *Book
	roll      *roll
	inspector *asynq.Inspector
	queue     *asynq.Client
	keeper    *Keeper
	now       time.Time
}

func newBench(t testing.TB) *bench {
	t.Helper()
	return newBenchOn(t, testenv.Redis(t), Grid{})
}

func newBenchOn(t testing.TB, rdb redis.UniversalClient, grid Grid) *bench {
	t.Helper()
	// All tests prove that what goes to Redis suits a Cluster. Benchmarks do
	// without, since a hook takes time.
	if _, ok := t.(*testing.T); ok {
		rdb.AddHook(testenv.OneSlot{})
	}
	b := &bench{
		rdb: rdb, roll: newRoll(), book: NewBook(rdb, BookOptions{Grid: grid}),
		inspector: asynq.NewInspectorFromRedisClient(rdb), queue: asynq.NewClientFromRedisClient(rdb),
	}
	b.keeper = NewKeeper(KeeperOptions{Book: b.book, Players: b.roll, Outbox: b.roll, Inspector: b.inspector, Log: quiet()})
	var err error
	if b.now, err = b.book.Now(t.Context()); err != nil {
		t.Fatal(err)
	}
	return b
}

func (b *bench) claimer(capacity int) *Claimer {
	return NewClaimer(b.book, b.queue, b.inspector, capacity)
}

// tickOf is the tick a player waits for; zero for none.
func (b *bench) tickOf(t testing.TB, id int64) time.Time {
	t.Helper()
	ticks, err := b.book.NextTicks(t.Context(), []int64{id})
	if err != nil {
		t.Fatal(err)
	}
	return ticks[id]
}

// queued returns how many fetches wait in the fetch queue.
func (b *bench) queued(t testing.TB) int {
	t.Helper()
	list, err := b.inspector.ListPendingTasks(tasks.QueueFetch, asynq.PageSize(5000))
	if err != nil && b.rdb.Exists(t.Context(), "asynq:{fetch}:pending").Val() > 0 {
		t.Fatal(err)
	}
	return len(list)
}

func (b *bench) apply(t testing.TB) {
	t.Helper()
	if _, err := b.keeper.ApplyChanges(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// statics are tasks that run by the clock, the engine's own among them.
func (b *bench) statics() []tasks.Static {
	return []tasks.Static{(&tasks.CheckModesJob{}).Static(), (&tasks.PruneJob{}).Static(), b.keeper.Static()}
}

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }
