package schedules

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/hibiken/asynq"
	"github.com/redis/go-redis/v9"

	"github.com/osrsdiff/osrsdiff/player"
	"github.com/osrsdiff/osrsdiff/tasks"
)

const (
	// DefaultPlayerEntries is how many schedules get an entry of their own.
	DefaultPlayerEntries = 500
	// configTimeout bounds one call of GetConfigs, which asynq gives no context.
	configTimeout = 2 * time.Second
)

// Provider tells asynq's PeriodicTaskManager which entries to run. It answers
// from memory while the index is unchanged, so that a sync costs one GET; on a
// Redis error it answers with the last good list or the error, never with a
// short list, since asynq would unregister what is missing.
type Provider struct {
	book  *Book
	fixed []*asynq.PeriodicTaskConfig
	// limit is the most schedules that get an entry each. They get them again
	// only below four fifths of it, so that a number around it does not make
	// entries come and go.
	limit int
	log   *slog.Logger

	mu        sync.Mutex
	version   string
	configs   []*asynq.PeriodicTaskConfig
	perPlayer bool
	chosen    []player.Interval
}

var _ asynq.PeriodicTaskConfigProvider = (*Provider)(nil)

// ProviderOptions say what a Provider offers.
type ProviderOptions struct {
	// Statics are the cron tasks declared in code, validated.
	Statics []tasks.Static
	// Sweep is the time between two claims of all that is due, in whole seconds.
	Sweep time.Duration
	// PlayerEntries is how many schedules get an entry of their own before
	// intervals share one. Zero: none does.
	PlayerEntries int
}

// NewProvider returns a provider of the schedules in a book.
func NewProvider(book *Book, opts ProviderOptions, log *slog.Logger) *Provider {
	return &Provider{
		book:      book,
		fixed:     fixedEntries(opts.Statics, opts.Sweep.String()),
		limit:     opts.PlayerEntries,
		log:       log,
		perPlayer: true,
	}
}

// GetConfigs returns the entries to run. The PeriodicTaskManager calls it at its
// start and at every sync.
func (p *Provider) GetConfigs() ([]*asynq.PeriodicTaskConfig, error) {
	ctx, cancel := context.WithTimeout(context.Background(), configTimeout)
	defer cancel()
	p.mu.Lock()
	defer p.mu.Unlock()
	err := p.refresh(ctx)
	if err != nil && p.configs == nil {
		return nil, fmt.Errorf("list periodic tasks: %w", err)
	}
	if err != nil {
		p.log.Warn("schedules unreadable, keeping the entries of the last sync", "error", err)
	}
	return p.configs, nil
}

// refresh rebuilds the list when the index changed since it was built. The
// version is read before what it guards.
func (p *Provider) refresh(ctx context.Context) error {
	version, err := p.book.version(ctx)
	if err != nil {
		return err
	}
	if p.configs != nil && version == p.version {
		return nil
	}
	l, perPlayer, err := p.lineup(ctx)
	if err != nil {
		return err
	}
	p.configs = entries(p.fixed, l)
	p.version, p.perPlayer, p.chosen = version, perPlayer, l.intervals
	return nil
}

// lineup reads what the entries depend on.
func (p *Provider) lineup(ctx context.Context) (lineup, bool, error) {
	counts, err := p.book.intervalCounts(ctx)
	if err != nil {
		return lineup{}, false, err
	}
	active := 0
	for _, n := range counts {
		active += n
	}
	l := lineup{intervals: p.ordered(counts)}
	perPlayer := p.givesPlayers(active)
	if perPlayer {
		l.schedules, err = p.book.activeSchedules(ctx, p.log)
	}
	return l, perPlayer, err
}

// givesPlayers reports whether so many active schedules get an entry each.
func (p *Provider) givesPlayers(active int) bool {
	if p.book.grid.unit() != time.Minute {
		return false
	}
	if p.perPlayer {
		return active <= p.limit
	}
	return active < p.limit*4/5
}

// ordered lists the intervals in use, those that had an entry before first, so
// that a new interval never takes the entry of another away.
func (p *Provider) ordered(counts map[player.Interval]int) []player.Interval {
	list := make([]player.Interval, 0, len(counts))
	for _, every := range p.chosen {
		if counts[every] > 0 {
			list = append(list, every)
		}
	}
	var fresh []player.Interval
	for every, n := range counts {
		if n > 0 && !slices.Contains(list, every) {
			fresh = append(fresh, every)
		}
	}
	slices.Sort(fresh)
	return append(list, fresh...)
}

// version is the word that changes with every change of the index.
func (b *Book) version(ctx context.Context) (string, error) {
	v, err := b.rdb.Get(ctx, b.keys.version()).Result()
	if err != nil && !errors.Is(err, redis.Nil) {
		return "", fmt.Errorf("read the version of the schedules: %w", err)
	}
	return v, nil
}

// intervalCounts returns how many active schedules each interval in use has.
func (b *Book) intervalCounts(ctx context.Context) (map[player.Interval]int, error) {
	fields, err := b.rdb.HGetAll(ctx, b.keys.intervals()).Result()
	if err != nil {
		return nil, fmt.Errorf("read the intervals in use: %w", err)
	}
	counts := make(map[player.Interval]int, len(fields))
	for field, value := range fields {
		every, err1 := strconv.Atoi(field)
		n, err2 := strconv.Atoi(value)
		// Failure policy: a field that is no interval is left to the next
		// reconcile, which recounts them; it must not stop the sync.
		if err1 == nil && err2 == nil && player.Interval(every).Validate() == nil {
			counts[player.Interval(every)] = n
		}
	}
	return counts, nil
}

// activeSchedules reads all active schedules, ordered by player; meant for a few
// hundred. An unreadable definition is skipped and logged: reconcile rewrites it.
func (b *Book) activeSchedules(ctx context.Context, log *slog.Logger) ([]Schedule, error) {
	ids, err := b.rdb.ZRange(ctx, b.keys.due(), 0, -1).Result()
	if err != nil {
		return nil, fmt.Errorf("list the schedules: %w", err)
	}
	found, err := b.definitions(ctx, ids)
	if err != nil {
		return nil, err
	}
	list := make([]Schedule, 0, len(found))
	for _, d := range found {
		if d.err != nil {
			log.Warn("schedule skipped", "schedule", d.id, "error", d.err)
			continue
		}
		list = append(list, d.schedule)
	}
	slices.SortFunc(list, func(x, y Schedule) int { return int(x.PlayerID - y.PlayerID) })
	return list, nil
}

// definition is one definition as it was read, or why it could not be.
type definition struct {
	id       string
	schedule Schedule
	err      error
}

// definitions reads the definitions of index members, in their order. Only an
// error of the connection fails the whole.
func (b *Book) definitions(ctx context.Context, members []string) ([]definition, error) {
	if len(members) == 0 {
		return nil, nil
	}
	cmds := make([]*redis.StringCmd, len(members))
	list := make([]definition, len(members))
	_, _ = b.rdb.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		for i, m := range members {
			list[i].id = scheduleIDOf(m)
			cmds[i] = pipe.Get(ctx, b.keys.definition(list[i].id))
		}
		return nil
	})
	if err := unanswered(cmds); err != nil {
		return nil, fmt.Errorf("read %d schedule definitions: %w", len(members), err)
	}
	for i, cmd := range cmds {
		body, err := cmd.Result()
		if err != nil {
			list[i].err = fmt.Errorf("read schedule %s: %w", list[i].id, err)
			continue
		}
		list[i].schedule, list[i].err = decode(list[i].id, body)
	}
	return list, nil
}

// unanswered is the first error in a pipeline that is no answer about a key, as
// that it is missing or of the wrong type is. The pipeline itself returns its
// first error, whichever that is, and one node of a cluster may fail while others
// answer.
func unanswered[C redis.Cmder](cmds []C) error {
	for _, cmd := range cmds {
		err := cmd.Err()
		if err != nil && !errors.Is(err, redis.Nil) && !redis.HasErrorPrefix(err, "WRONGTYPE") {
			return err
		}
	}
	return nil
}
