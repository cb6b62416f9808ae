package schedules

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/hibiken/asynq"
	"github.com/redis/go-redis/v9"

	"github.com/osrsdiff/osrsdiff/player"
	"github.com/osrsdiff/osrsdiff/tasks"
)

// lostAfter is how long a player may be overdue by the database, with nothing
// due and nothing outstanding in Redis, before its fetch counts as lost. It
// outlasts the moment between finishing a fetch and recording it.
const lostAfter = 2 * time.Minute

// Reconcile compares Redis with the database in both directions, repairs what
// differs and reports it. It runs every few minutes as a task, after a rebuild
// and on request.
func (k *Keeper) Reconcile(ctx context.Context) (Report, error) {
	return k.compare(ctx, newReport(true))
}

// Static declares the reconcile pass as a task that runs by the clock.
func (k *Keeper) Static() tasks.Static {
	return tasks.Static{
		ID: tasks.TypeReconcile, Cron: "*/5 * * * *", Missed: tasks.Skip,
		Description: "Compares schedules in Redis with the database and repairs what differs.",
		Queue:       tasks.QueueSchedules, Timeout: tasks.ReconcileTimeout, Retries: 1, Retention: time.Hour,
		Job: tasks.JobFunc(k.reconcileTask),
	}
}

// reconcileTask runs one reconcile pass and says what it repaired.
func (k *Keeper) reconcileTask(ctx context.Context, _ *asynq.Task) (string, error) {
	r, err := k.Reconcile(ctx)
	if r.Drifted() > 0 {
		k.log.WarnContext(ctx, "schedules drifted and were repaired", "places", r.Drifted(), "kinds", r.Counts)
	}
	return fmt.Sprintf("%d players checked, %d places repaired", r.Checked, r.Drifted()), err
}

// Verify is Reconcile without the repairs.
func (k *Keeper) Verify(ctx context.Context) (Report, error) {
	return k.compare(ctx, newReport(false))
}

func (k *Keeper) compare(ctx context.Context, r *Report) (Report, error) {
	passes := []struct {
		name string
		run  func(context.Context, *Report) error
	}{
		{"players", k.comparePlayers},
		{"index", k.compareIndex},
		{"due index", k.compareDue},
		{"definitions", k.compareDefinitions},
		{"counts", k.compareCounts},
		{"archive", k.compareArchive},
		{"histories", k.compareHistories},
	}
	for _, p := range passes {
		if err := p.run(ctx, r); err != nil {
			return *r, fmt.Errorf("reconcile %s: %w", p.name, err)
		}
	}
	return *r, nil
}

// comparePlayers goes from the database to Redis: every player has the schedule
// its row asks for.
func (k *Keeper) comparePlayers(ctx context.Context, r *Report) error {
	for after := int64(0); ; {
		batch, err := k.players.PlayersAfter(ctx, after, syncBatch)
		if err != nil || len(batch) == 0 {
			return err
		}
		after = batch[len(batch)-1].ID
		r.Checked += len(batch)
		wrong, err := k.findWrong(ctx, r, batch)
		if err != nil {
			return err
		}
		if err := k.repairPlayers(ctx, r, wrong); err != nil {
			return err
		}
	}
}

// repairPlayers writes the schedules of players anew, from rows read again, so
// that a change made since they were compared is not undone.
func (k *Keeper) repairPlayers(ctx context.Context, r *Report, ids []int64) error {
	if !r.Repaired || len(ids) == 0 {
		return nil
	}
	rows, err := k.players.PlayersByID(ctx, ids)
	if err != nil {
		return err
	}
	return k.book.apply(ctx, rows, replaceTicks)
}

// findWrong reports the players of a batch whose schedules differ.
func (k *Keeper) findWrong(ctx context.Context, r *Report, batch []player.Player) ([]int64, error) {
	images, err := k.book.images(ctx, batch)
	if err != nil {
		return nil, err
	}
	// The clock is read after the ticks: one that passed in between then looks
	// due, which is right, rather than too late.
	now, err := k.book.Now(ctx)
	if err != nil {
		return nil, err
	}
	var wrong []int64
	for i, p := range batch {
		kind, detail := k.book.judge(p, images[i], now)
		if kind == "" && k.overdueUnseen(p, images[i], now) {
			lost, err := k.lost(p)
			if err != nil {
				return nil, err
			}
			if lost {
				kind, detail = LostFetch, "covered until "+p.CoveredUntil.UTC().Format(time.RFC3339)
			}
		}
		if kind != "" {
			r.add(kind, tasks.ScheduleID(p.ID), detail)
			wrong = append(wrong, p.ID)
		}
	}
	return wrong, nil
}

// overdueUnseen reports whether a player has been overdue by the database for a
// while although its schedule waits for a later tick.
func (k *Keeper) overdueUnseen(p player.Player, im image, now time.Time) bool {
	if p.Paused || !im.tick.After(now) {
		return false
	}
	owed := k.book.grid.NextTick(StandingOf(p), now)
	return p.CoveredUntil.IsZero() && now.Sub(p.CreatedAt) > lostAfter ||
		!p.CoveredUntil.IsZero() && now.Sub(owed) > lostAfter
}

// lost reports whether no fetch of the player is outstanding in any queue.
func (k *Keeper) lost(p player.Player) (bool, error) {
	for _, queue := range []string{tasks.QueueFetch, tasks.QueueInteractive} {
		_, err := k.inspector.GetTaskInfo(queue, tasks.ScheduleID(p.ID))
		switch {
		case err == nil:
			return false, nil
		case errors.Is(err, asynq.ErrTaskNotFound), errors.Is(err, asynq.ErrQueueNotFound):
		default:
			return false, fmt.Errorf("look for the fetch of player %d: %w", p.ID, err)
		}
	}
	return true, nil
}

// image is what Redis holds of one player.
type image struct {
	// value of the index; empty: not indexed.
	value string
	// tick in the due index; zero: not due ever.
	tick time.Time
	// body of the definition; empty: missing or not readable as a string.
	body string
}

// images reads what Redis holds of players.
func (b *Book) images(ctx context.Context, ps []player.Player) ([]image, error) {
	values, ticks, bodies := make([]*redis.StringCmd, len(ps)), make([]*redis.FloatCmd, len(ps)), make([]*redis.StringCmd, len(ps))
	_, _ = b.rdb.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		for i, p := range ps {
			values[i] = pipe.HGet(ctx, b.keys.index(), member(p.ID))
			ticks[i] = pipe.ZScore(ctx, b.keys.due(), member(p.ID))
			bodies[i] = pipe.Get(ctx, b.keys.definitionOf(p.ID))
		}
		return nil
	})
	if err := cmp.Or(unanswered(values), unanswered(ticks), unanswered(bodies)); err != nil {
		return nil, fmt.Errorf("read %d schedules: %w", len(ps), err)
	}
	list := make([]image, len(ps))
	for i := range ps {
		list[i] = image{value: values[i].Val(), body: bodies[i].Val()}
		if score, err := ticks[i].Result(); err == nil {
			list[i].tick = time.Unix(int64(score), 0).UTC()
		}
	}
	return list, nil
}

// judge says how the image of a player differs from its row, or "" when it does
// not. An image of a newer revision is right: the row was read before it.
func (b *Book) judge(p player.Player, im image, now time.Time) (Drift, string) {
	x, err := parseIndexed(im.value)
	if err != nil {
		return MissingSchedule, im.value
	}
	if x.revision > p.Revision {
		return "", ""
	}
	want := stateActive
	if p.Paused {
		want = statePaused
	}
	if x.revision < p.Revision || x.every != p.Every || x.state != want || x.player != p.Name.String() {
		return OutdatedSchedule, fmt.Sprintf("is %s, want %d:%d:%s:%s", im.value, int(p.Every), p.Revision, want, p.Name)
	}
	if kind, detail := b.judgeTick(p, im, now); kind != "" {
		return kind, detail
	}
	return judgeDefinition(p, im.body)
}

// judgeDefinition says how a definition differs from its row. Most are what would be
// written now, letter for letter, which costs a third of reading one.
func judgeDefinition(p player.Player, body string) (Drift, string) {
	if want, err := Of(p).encode(); err == nil && body == want {
		return "", ""
	}
	s, err := decode(tasks.ScheduleID(p.ID), body)
	if err != nil {
		return BadDefinition, err.Error()
	}
	if s.Revision <= p.Revision && !s.agrees(Of(p)) {
		return BadDefinition, "differs from the database"
	}
	return "", ""
}

// judgeTick says how the next tick of a player is wrong: a paused one has none,
// an active one is due or waits for the first tick of its grid after now.
func (b *Book) judgeTick(p player.Player, im image, now time.Time) (Drift, string) {
	switch {
	case p.Paused && !im.tick.IsZero():
		return UnexpectedTick, "paused"
	case p.Paused:
		return "", ""
	case im.tick.IsZero():
		return MissingTick, ""
	case im.tick.After(now) && !im.tick.Equal(b.grid.After(StandingOf(p), now)):
		return WrongTick, im.tick.Format(time.RFC3339)
	}
	return "", ""
}

// playerOf reads an index member, which is a player's id in digits.
func playerOf(m string) (int64, bool) {
	id, err := strconv.ParseInt(m, 10, 64)
	return id, err == nil && id > 0 && member(id) == m
}
