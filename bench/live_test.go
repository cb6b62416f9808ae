package bench

import (
	"context"
	"testing"
	"time"

	"github.com/hibiken/asynq"

	"github.com/osrsdiff/osrsdiff/player"
	"github.com/osrsdiff/osrsdiff/roster"
	"github.com/osrsdiff/osrsdiff/schedules"
	"github.com/osrsdiff/osrsdiff/store"
)

// changes is how many changes of each kind are timed.
const changes = 200

// TestLiveChange times the changes that people make, beside -players schedules:
// the whole of each, and how much of it is applying the change to Redis at once.
func TestLiveChange(t *testing.T) {
	n := size(500)
	out := newTable(t, "live", n)
	rdb, _ := newRedis(t)
	c := crowd{n: n, covered: time.Now().Add(time.Hour)}
	keeper, book := fill(t, rdb, c)
	if _, err := keeper.Rebuild(t.Context(), func(int) {}); err != nil {
		t.Fatal(err)
	}
	for _, engine := range engines {
		t.Run(engine.name, func(t *testing.T) {
			url := engine.url(t)
			db := addPlayers(t, url, changes, time.Now().Add(time.Hour))
			live := &live{t: t, book: book}
			live.roster = roster.New(roster.Options{
				Lookup: db, Additions: db, Changes: db, Schedules: live, Queue: asynq.NewClientFromRedisClient(rdb), Log: silent(),
			})
			every := player.Interval(45)
			live.each("add", func(id int64) error {
				_, err := live.roster.Add(t.Context(), roster.AddRequest{Name: nameOf(int64(n) + id)})
				return err
			})
			live.each("interval change", func(id int64) error {
				_, err := live.roster.Change(t.Context(), nameOf(id), store.PlayerPatch{Every: &every})
				return err
			})
			live.each("pause", func(id int64) error {
				_, err := live.roster.Pause(t.Context(), nameOf(id))
				return err
			})
			live.report(table{t, out.section, n}, engine.name)
			e, err := book.Get(t.Context(), "player_fetch_1")
			if err != nil || !e.Paused || e.Every != every || !e.NextTick.IsZero() {
				t.Errorf("after all changes the schedule is %+v, %v; want it paused at %s", e, err, every)
			}
		})
	}
}

// live times changes.
type live struct {
	t      *testing.T
	roster *roster.Roster
	book   *schedules.Book
	kinds  []timed
	inRdb  time.Duration
}

type timed struct {
	what         string
	whole, redis []time.Duration
}

// Ensure times applying a change to Redis.
func (l *live) Ensure(ctx context.Context, p player.Player) error {
	began := time.Now()
	defer func() { l.inRdb = time.Since(began) }()
	return l.book.Ensure(ctx, p)
}

// Unschedule applies a removal.
func (l *live) Unschedule(ctx context.Context, playerID, revision int64) error {
	return l.book.Unschedule(ctx, playerID, revision)
}

// each makes one kind of change to many players.
func (l *live) each(what string, change func(id int64) error) {
	l.t.Helper()
	k := timed{what: what}
	for id := int64(1); id <= changes; id++ {
		l.inRdb = 0
		began := time.Now()
		if err := change(id); err != nil {
			l.t.Fatal(err)
		}
		k.whole = append(k.whole, time.Since(began))
		if l.inRdb == 0 {
			l.t.Fatalf("%s of player %d was not applied to Redis", what, id)
		}
		k.redis = append(k.redis, l.inRdb)
	}
	l.kinds = append(l.kinds, k)
}

func (l *live) report(out table, engine string) {
	for _, k := range l.kinds {
		out.add(engine+": "+k.what+", applied to Redis, p50", milliseconds(quantile(k.redis, 0.5)), " ms", atMost(1, "1 ms"))
		out.add(engine+": "+k.what+", database and queue included, p50", milliseconds(quantile(k.whole, 0.5)), " ms", goal{})
	}
}
