package roster_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hibiken/asynq"
	"github.com/redis/go-redis/v9"

	"github.com/osrsdiff/osrsdiff/hiscores"
	"github.com/osrsdiff/osrsdiff/hiscores/hiscorestest"
	"github.com/osrsdiff/osrsdiff/internal/testenv"
	"github.com/osrsdiff/osrsdiff/permits"
	"github.com/osrsdiff/osrsdiff/player"
	"github.com/osrsdiff/osrsdiff/roster"
	"github.com/osrsdiff/osrsdiff/schedules"
	"github.com/osrsdiff/osrsdiff/store"
	"github.com/osrsdiff/osrsdiff/tasks"
)

// xp is the experience of the accounts of these tests.
const xp = 50_000_000

var _ roster.Schedules = (*schedules.Book)(nil)

// bench is a roster with a real database, a real queue and the fake hiscores.
type bench struct {
	tb     testing.TB
	store  *store.Store
	site   *hiscorestest.Site
	rdb    redis.UniversalClient
	queues *asynq.Inspector
	office *permits.Office
	opts   roster.Options
	book   *book
}

// book notes what is applied to schedules.
type book struct {
	lines []string
	err   error
}

func (k *book) Ensure(ctx context.Context, p player.Player) error {
	if _, bounded := ctx.Deadline(); !bounded {
		return errors.New("no deadline")
	}
	k.lines = append(k.lines, fmt.Sprintf("ensure %s every %s paused=%t revision %d", p.Name, p.Every, p.Paused, p.Revision))
	return k.err
}

func (k *book) Unschedule(ctx context.Context, id, revision int64) error {
	if _, bounded := ctx.Deadline(); !bounded {
		return errors.New("no deadline")
	}
	k.lines = append(k.lines, fmt.Sprintf("unschedule %d revision %d", id, revision))
	return k.err
}

func newBench(t *testing.T) *bench {
	t.Helper()
	rdb := testenv.Redis(t)
	st, err := store.Open(t.Context(), "sqlite://"+filepath.Join(t.TempDir(), "test.db"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	b := &bench{
		tb: t, store: st, site: hiscorestest.NewSite(), rdb: rdb, book: &book{},
		queues: asynq.NewInspectorFromRedisClient(rdb), office: permits.New(rdb, permits.Options{}),
	}
	url, stop := b.site.Start()
	t.Cleanup(stop)
	b.opts = roster.Options{
		Statics: []tasks.Static{(&tasks.CheckModesJob{}).Static(), (&tasks.PruneJob{}).Static(), {ID: tasks.TypeReconcile, Queue: tasks.QueueSchedules, Timeout: time.Minute}},
		Lookup:  st, Additions: st, OptOuts: st, Changes: st, Identities: st, Snapshots: st, Schedules: b.book, Queue: asynq.NewClientFromRedisClient(rdb),
		Hiscores: tasks.NewGuest(tasks.GuestOptions{
			Site:    hiscores.NewClient(hiscores.Options{BaseURL: url}),
			Permits: b.office,
		}),
	}
	return b
}

func (b *bench) roster() *roster.Roster { return roster.New(b.opts) }

// queued lists the outstanding tasks of a queue.
func (b *bench) queued(queue string) []string {
	b.tb.Helper()
	infos, err := b.queues.ListPendingTasks(queue)
	if errors.Is(err, asynq.ErrQueueNotFound) {
		return nil
	}
	if err != nil {
		b.tb.Fatal(err)
	}
	var lines []string
	for _, i := range infos {
		lines = append(lines, i.Type+" "+string(i.Payload))
	}
	return lines
}

func name(typed string) player.Name {
	n, err := player.ParseName(typed)
	if err != nil {
		panic(err)
	}
	return n
}

func TestAddVerifies(t *testing.T) {
	regular := func(b *bench) { b.site.SetAccount("Zezima", player.Regular, hiscorestest.Account(xp)) }
	ironman := func(b *bench) { b.site.SetAccount("Zezima", player.Ironman, hiscorestest.Account(xp)) }
	fault := func(kind hiscorestest.FaultKind) func(*bench) {
		return func(b *bench) {
			regular(b)
			b.site.Fault("Zezima", hiscorestest.Fault{Kind: kind})
		}
	}
	for _, test := range []struct {
		name     string
		prepare  func(*bench)
		req      roster.AddRequest
		err      error
		pending  bool
		mode     player.Mode
		requests int
	}{
		{"listed", regular, roster.AddRequest{Verify: true}, nil, false, player.Regular, 2},
		{"ironman", ironman, roster.AddRequest{Verify: true}, nil, false, player.Ironman, 4},
		{"low iron", func(b *bench) { b.site.SetPlayer("Zezima", hiscores.IronmanTable, hiscorestest.Account(2000)) }, roster.AddRequest{Verify: true}, nil, false, player.Ironman, 4},
		{"stated mode", ironman, roster.AddRequest{Verify: true, Mode: player.Ironman}, nil, false, player.Ironman, 1},
		{"not listed", func(*bench) {}, roster.AddRequest{Verify: true}, hiscores.ErrNotFound, false, "", 2},
		{"not listed in the stated mode", regular, roster.AddRequest{Verify: true, Mode: player.UltimateIronman}, hiscores.ErrNotFound, false, "", 1},
		{"refused by the hiscores", fault(hiscorestest.InvalidName), roster.AddRequest{Verify: true}, hiscores.ErrInvalidName, false, "", 1},
		{"hiscores down", fault(hiscorestest.Unavailable503), roster.AddRequest{Verify: true}, nil, true, "", 1},
		{"hiscores down, stated mode", fault(hiscorestest.HTMLBlocked200), roster.AddRequest{Verify: true, Mode: player.Ironman}, nil, true, player.Ironman, 1},
		{"hiscores limit the rate", fault(hiscorestest.RateLimited), roster.AddRequest{Verify: true}, nil, true, "", 1},
		{"hiscores hang", fault(hiscorestest.Hang), roster.AddRequest{Verify: true}, nil, true, "", 1},
		{"site is paused", func(b *bench) { _ = b.office.Pause(context.Background(), time.Hour) }, roster.AddRequest{Verify: true}, nil, true, "", 0},
		{"not to be verified", func(*bench) {}, roster.AddRequest{}, nil, true, "", 0},
		{"bad interval", regular, roster.AddRequest{Every: 10081, Verify: true}, player.ErrInvalidInterval, false, "", 0},
		{"bad mode", regular, roster.AddRequest{Mode: "skiller", Verify: true}, player.ErrInvalidMode, false, "", 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := newBench(t)
			b.opts.VerifyTimeout = 300 * time.Millisecond
			if test.requests > 1 || test.err != nil {
				b.opts.VerifyTimeout = time.Minute
			}
			test.prepare(b)
			test.req.Name = name("Zezima")
			added, err := b.roster().Add(t.Context(), test.req)
			if !errors.Is(err, test.err) {
				t.Fatalf("Add: %v, want %v", err, test.err)
			}
			if got := b.site.Requests("Zezima"); got != test.requests {
				t.Errorf("%d requests, want %d", got, test.requests)
			}
			stored, lookupErr := b.store.PlayerByName(t.Context(), name("zezima"))
			if err != nil {
				if !errors.Is(lookupErr, store.ErrNotFound) || len(b.book.lines) > 0 || len(b.queued(tasks.QueueInteractive)) > 0 {
					t.Errorf("refused, but something is left: %v, %v", stored, b.book.lines)
				}
				return
			}
			if added.Pending != test.pending || stored.Mode != test.mode || stored.Status != player.Pending || stored.Every != player.DefaultInterval {
				t.Errorf("added %+v, stored %+v; want pending %t, mode %q", added, stored, test.pending, test.mode)
			}
			if diff := cmp.Diff([]string{"ensure Zezima every 1h paused=false revision 1"}, b.book.lines); diff != "" {
				t.Errorf("applied (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff([]string{`player:fetch {"player_id":1,"player":"Zezima"}`}, b.queued(tasks.QueueInteractive)); diff != "" || added.TaskID != "player_fetch_1" {
				t.Errorf("first fetch %s (-want +got):\n%s", added.TaskID, diff)
			}
		})
	}
}

func TestAddRefusesATrackedName(t *testing.T) {
	b := newBench(t)
	r := b.roster()
	if _, err := r.Add(t.Context(), roster.AddRequest{Name: name("Lynx Titan")}); err != nil {
		t.Fatal(err)
	}
	for _, spelling := range []string{"lynx titan", "LYNX_TITAN", " lynx-titan "} {
		_, err := r.Add(t.Context(), roster.AddRequest{Name: name(spelling), Verify: true})
		var exists *store.ExistsError
		if !errors.As(err, &exists) || exists.Existing.Name.String() != "Lynx Titan" {
			t.Errorf("Add(%q): %v, want an ExistsError that names Lynx Titan", spelling, err)
		}
	}
	if got := b.site.Requests(hiscorestest.Everyone); got != 0 {
		t.Errorf("%d requests for a name that is tracked", got)
	}
}

func TestAddWhoHangsUp(t *testing.T) {
	b := newBench(t)
	ctx, cancel := context.WithCancel(t.Context())
	b.site.Fault("Zezima", hiscorestest.Fault{Kind: hiscorestest.Hang})
	failed := make(chan error)
	r := b.roster()
	go func() {
		_, err := r.Add(ctx, roster.AddRequest{Name: name("Zezima"), Verify: true})
		failed <- err
	}()
	testenv.Eventually(t, 10*time.Second, "the request", func() bool { return b.site.Requests("Zezima") == 1 })
	cancel()
	if err := <-failed; !errors.Is(err, context.Canceled) {
		t.Errorf("Add: %v, want context.Canceled", err)
	}
	if n, err := b.store.CountPlayers(t.Context()); err != nil || n != 0 {
		t.Errorf("%d players, %v; want none", n, err)
	}
}

func TestChangesWithoutRedis(t *testing.T) {
	b := newBench(t)
	b.opts.RedisTimeout = 50 * time.Millisecond
	b.book.err = errors.New("redis is away")
	_ = b.rdb.Close()
	r := b.roster()
	added, err := r.Add(t.Context(), roster.AddRequest{Name: name("Zezima")})
	if err != nil || added.TaskID != "" {
		t.Fatalf("Add = %+v, %v; want it added without a task", added, err)
	}
	if _, err := r.Pause(t.Context(), name("Zezima")); err != nil {
		t.Errorf("Pause: %v", err)
	}
	if _, err := r.Remove(t.Context(), name("Zezima")); err != nil {
		t.Errorf("Remove: %v", err)
	}
	pending, err := b.store.PendingChanges(t.Context(), 10)
	if err != nil || len(pending) != 1 {
		t.Errorf("pending changes %v, %v; want the removal, for the scheduler", pending, err)
	}
}

func TestChangesAreAppliedAtOnce(t *testing.T) {
	b := newBench(t)
	r := b.roster()
	n, other := name("Zezima"), name("B0aty")
	six := 6 * 60 * player.Interval(1)
	for _, do := range []func() error{
		func() error { _, err := r.Add(t.Context(), roster.AddRequest{Name: n, Every: 30}); return err },
		func() error { _, err := r.Pause(t.Context(), n); return err },
		func() error { _, err := r.Pause(t.Context(), n); return err }, // changes nothing
		func() error { _, err := r.Resume(t.Context(), n); return err },
		func() error { _, err := r.Change(t.Context(), n, store.PlayerPatch{Every: &six}); return err },
		func() error { _, err := r.Change(t.Context(), n, store.PlayerPatch{Name: &other}); return err },
		func() error { _, err := r.Remove(t.Context(), other); return err },
	} {
		if err := do(); err != nil {
			t.Fatal(err)
		}
	}
	want := []string{
		"ensure Zezima every 30m paused=false revision 1",
		"ensure Zezima every 30m paused=true revision 2",
		"ensure Zezima every 30m paused=false revision 3",
		"ensure Zezima every 6h paused=false revision 4",
		"ensure B0aty every 6h paused=false revision 5",
		"unschedule 1 revision 6",
	}
	if diff := cmp.Diff(want, b.book.lines); diff != "" {
		t.Errorf("applied (-want +got):\n%s", diff)
	}
	for what, do := range map[string]func() error{
		"Change": func() error { _, err := r.Change(t.Context(), n, store.PlayerPatch{}); return err },
		"Pause":  func() error { _, err := r.Pause(t.Context(), n); return err },
		"Resume": func() error { _, err := r.Resume(t.Context(), n); return err },
		"Remove": func() error { _, err := r.Remove(t.Context(), n); return err },
		"Fetch":  func() error { _, err := r.Fetch(t.Context(), n); return err },
	} {
		if err := do(); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%s of an unknown player: %v, want ErrNotFound", what, err)
		}
	}
}

func TestFetch(t *testing.T) {
	b := newBench(t)
	now := time.Now()
	b.opts.Now = func() time.Time { return now }
	r := b.roster()
	p, err := b.store.AddPlayer(t.Context(), player.Player{Name: name("Zezima"), Mode: player.Regular})
	if err != nil {
		t.Fatal(err)
	}
	summary := func(k roster.Ticket, err error) string {
		return fmt.Sprintf("%s fresh=%t queued=%t already=%t %v", k.TaskID, k.Fresh, k.Queued, k.AlreadyQueued, err)
	}
	answer := func(ago time.Duration) {
		t.Helper()
		snapshot := hiscorestest.Account(xp)
		snapshot.At = now.Add(-ago)
		if _, err := b.store.RecordSnapshot(t.Context(), player.Attempt{PlayerID: p.ID, Covers: snapshot.At, At: snapshot.At}, snapshot); err != nil {
			t.Fatal(err)
		}
	}
	var got []string
	got = append(got, summary(r.Fetch(t.Context(), p.Name)), summary(r.Fetch(t.Context(), p.Name)))
	answer(time.Minute)
	got = append(got, summary(r.Fetch(t.Context(), p.Name)))
	answer(59 * time.Second)
	got = append(got, summary(r.Fetch(t.Context(), p.Name)))
	want := []string{
		"player_fetch_1 fresh=false queued=true already=false <nil>",
		"player_fetch_1 fresh=false queued=false already=true <nil>",
		"player_fetch_1 fresh=false queued=false already=true <nil>",
		" fresh=true queued=false already=false <nil>",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("tickets (-want +got):\n%s", diff)
	}
	b.opts.Queue = nil
	now = now.Add(time.Hour)
	if _, err := b.roster().Fetch(t.Context(), p.Name); !errors.Is(err, roster.ErrNoQueue) {
		t.Errorf("Fetch without a queue: %v, want ErrNoQueue", err)
	}
}

func TestTrigger(t *testing.T) {
	b := newBench(t)
	if _, err := b.store.AddPlayer(t.Context(), player.Player{Name: name("Zezima")}); err != nil {
		t.Fatal(err)
	}
	r := b.roster()
	for _, test := range []struct{ name, queue, want string }{
		{"check_game_mode_downgrades", tasks.QueueMaintenance, `check_game_mode_downgrades {"manual":true}`},
		{"check_game_mode_downgrades_task", tasks.QueueMaintenance, `check_game_mode_downgrades {"manual":true}`},
		{"store:prune", tasks.QueueMaintenance, `store:prune {"manual":true}`},
		{"schedules:reconcile", tasks.QueueSchedules, `schedules:reconcile {"manual":true}`},
		{"player_fetch_1", tasks.QueueInteractive, `player:fetch {"player_id":1,"player":"Zezima"}`},
	} {
		id, err := r.Trigger(t.Context(), test.name)
		if err != nil || id == "" {
			t.Errorf("Trigger(%q) = %q, %v", test.name, id, err)
		}
		if queued := b.queued(test.queue); !slices.Contains(queued, test.want) {
			t.Errorf("Trigger(%q): queue %s holds %q, want %s", test.name, test.queue, queued, test.want)
		}
	}
	for _, unknown := range []string{"", "_task", "player_fetch_2", "player_fetch_1_task", "player:fetch", "nonsense"} {
		_, err := r.Trigger(t.Context(), unknown)
		var e *roster.UnknownTaskError
		if !errors.As(err, &e) || !errors.Is(err, roster.ErrUnknownTask) || e.Name != unknown || !slices.Contains(e.Known, "store:prune") {
			t.Errorf("Trigger(%q): %v, want an UnknownTaskError that lists what there is", unknown, err)
		}
		if err != nil && !strings.Contains(err.Error(), "player_fetch_<player id>") {
			t.Errorf("Trigger(%q): %v, does not mention schedules", unknown, err)
		}
	}
}

func TestAddManyIsResumable(t *testing.T) {
	const count = 1234
	b := newBench(t)
	r := b.roster()
	var reqs []roster.AddRequest
	for i := range count {
		reqs = append(reqs, roster.AddRequest{Name: name(fmt.Sprintf("Player %d", i)), Every: 30})
	}
	reqs[700].Every = -1
	ctx, cancel := context.WithCancel(t.Context())
	first, err := r.AddMany(ctx, reqs, func(done int) {
		if done >= 500 {
			cancel() // cut off after the first batch
		}
	})
	if !errors.Is(err, context.Canceled) || len(first.Added) != 500 {
		t.Fatalf("cut off: %d added, %v; want 500 and context.Canceled", len(first.Added), err)
	}
	var steps []int
	second, err := r.AddMany(t.Context(), reqs, func(done int) { steps = append(steps, done) })
	if err != nil {
		t.Fatal(err)
	}
	if len(second.Added) != count-501 || len(second.Existing) != 500 || len(second.Refused) != 1 {
		t.Errorf("%d added, %d existing, %d refused; want %d, 500, 1", len(second.Added), len(second.Existing), len(second.Refused), count-501)
	}
	if diff := cmp.Diff([]int{500, 1000, 1234}, steps); diff != "" {
		t.Errorf("progress (-want +got):\n%s", diff)
	}
	if !errors.Is(second.Refused[0].Err, player.ErrInvalidInterval) {
		t.Errorf("refused: %v", second.Refused[0].Err)
	}
	if queued := b.queued(tasks.QueueInteractive); len(queued) != 0 {
		t.Errorf("%d first fetches are queued; want none", len(queued))
	}
}

func TestAddManyVerifies(t *testing.T) {
	b := newBench(t)
	b.site.SetAccount("A", player.Regular, hiscorestest.Account(xp))
	b.site.SetAccount("C", player.HardcoreIronman, hiscorestest.Account(xp))
	r := b.roster()
	var reqs []roster.AddRequest
	for _, n := range []string{"A", "B", "a", "C", "D"} {
		reqs = append(reqs, roster.AddRequest{Name: name(n), Verify: n != "D"})
	}
	many, err := r.AddMany(t.Context(), reqs, nil)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, p := range many.Added {
		got = append(got, fmt.Sprintf("added %s %s", p.Name, p.Mode))
	}
	for _, p := range many.Existing {
		got = append(got, "existing "+p.Name.String())
	}
	for _, refused := range many.Refused {
		got = append(got, fmt.Sprintf("refused %s %t", refused.Name, errors.Is(refused.Err, hiscores.ErrNotFound)))
	}
	want := []string{"added A regular", "added C hardcore_ironman", "added D ", "existing A", "refused B true"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("what became of them (-want +got):\n%s", diff)
	}
}
