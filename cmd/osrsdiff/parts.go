package main

import (
	"context"
	"fmt"
	"log/slog"
	"math"
	"os"
	"time"

	"github.com/hibiken/asynq"
	"github.com/redis/go-redis/v9"

	"github.com/osrsdiff/osrsdiff/access"
	"github.com/osrsdiff/osrsdiff/config"
	"github.com/osrsdiff/osrsdiff/events"
	"github.com/osrsdiff/osrsdiff/executions"
	"github.com/osrsdiff/osrsdiff/hiscores"
	"github.com/osrsdiff/osrsdiff/permits"
	"github.com/osrsdiff/osrsdiff/roster"
	"github.com/osrsdiff/osrsdiff/schedules"
	"github.com/osrsdiff/osrsdiff/store"
	"github.com/osrsdiff/osrsdiff/tasks"
	"github.com/osrsdiff/osrsdiff/web"
	"github.com/osrsdiff/osrsdiff/webhooks"
)

// parts makes the roles of a process out of its settings, its database and its
// Redis, and what they share.
type parts struct {
	settings config.Settings
	log      *slog.Logger
	store    *store.Store
	redis    redis.UniversalClient
	// demo marks the pages as showing simulated players.
	demo bool
	// watch is told of every fetch that the worker records. Nil: nobody is.
	watch *feed
}

// open connects to the Redis and the database of the settings, which must
// answer, and leaves their closing to l.
func (p *parts) open(ctx context.Context, l *lifecycle) error {
	rdb, err := openRedis(ctx, p.settings.Redis)
	if err != nil {
		return err
	}
	p.redis = rdb
	l.onStop("Redis client", rdb.Close)
	publisher := events.NewPublisher(rdb, p.log)
	l.onStop("events", publisher.Close)
	if p.store, err = openStore(ctx, p.settings, store.Options{Log: p.log, OnEvents: publisher.Publish}); err != nil {
		return err
	}
	l.onStop("database", p.store.Close)
	return nil
}

// breakerTurned keeps and tells that the circuit breaker opened or closed.
// Failure policy: log and carry on, since the status shows the breaker anyway.
func (p *parts) breakerTurned(ctx context.Context, state permits.BreakerState, cause string) {
	e := events.Event{Kind: events.Breaker, At: time.Now(), Detail: events.Detail{State: events.BreakerClosed}}
	if state == permits.Open {
		e.State, e.Reason = events.BreakerOpen, cause
	}
	if err := p.store.RecordEvent(ctx, e); err != nil {
		p.log.WarnContext(ctx, "turn of the breaker is not in the database", "state", e.State, "error", err)
	}
}

func (p *parts) book() *schedules.Book {
	return schedules.NewBook(p.redis, schedules.BookOptions{
		Prefix: p.settings.Scheduler.Prefix, Grid: schedules.Grid{Unit: p.settings.Scheduler.GridUnit},
	})
}

func (p *parts) inspector() *asynq.Inspector { return asynq.NewInspectorFromRedisClient(p.redis) }

func (p *parts) queue() *asynq.Client { return asynq.NewClientFromRedisClient(p.redis) }

func (p *parts) keeper() *schedules.Keeper {
	return schedules.NewKeeper(schedules.KeeperOptions{
		Book: p.book(), Players: truth{p.store}, Outbox: p.store, Inspector: p.inspector(), Log: p.log,
	})
}

// guest reads the hiscores within the limit that all processes share.
func (p *parts) guest() *tasks.Guest {
	office := p.office()
	return tasks.NewGuest(tasks.GuestOptions{
		Site: newHiscores(p.settings.Hiscores), Permits: office, Absences: office, Pauses: p.store, Log: p.log,
	})
}

// roster makes the changes of people. Without a Redis they wait in the database,
// and names are verified within a limit of this process's own.
func (p *parts) roster() *roster.Roster {
	opts := roster.Options{Lookup: p.store, Additions: p.store, OptOuts: p.store, Changes: p.store, Identities: p.store, Snapshots: p.store, Statics: p.statics(), Log: p.log}
	if p.redis == nil {
		opts.Log = nil // It would say that nothing is queued, which the subcommand says itself.
		opts.Hiscores = newPacer(newHiscores(p.settings.Hiscores), p.settings.Hiscores)
		return roster.New(opts)
	}
	opts.Hiscores, opts.Schedules, opts.Queue = p.guest(), p.book(), p.queue()
	return roster.New(opts)
}

// scheduler makes the scheduler role.
func (p *parts) scheduler() (*schedules.Scheduler, error) {
	conn, err := newRedisConnection(p.settings.Redis)
	if err != nil {
		return nil, err
	}
	return schedules.NewScheduler(schedules.SchedulerOptions{
		Redis:    p.redis,
		NewRedis: conn.client,
		Keeper:   p.keeper(), Ledger: truth{p.store}, Statics: p.statics(),
		Name:          processName(),
		QueueCapacity: queueCapacity(p.settings.Hiscores.Rate),
		PlayerEntries: p.settings.Scheduler.PlayerEntries,
		Sweep:         p.settings.Scheduler.Sweep,
		Lease:         p.settings.Scheduler.Lease,
		OnRebuild:     p.guest().RestorePause,
		Log:           p.log,
	})
}

// queueFor is how long a fetch may wait in the queue: the due index is the
// backlog, since it keeps the oldest first.
const queueFor = 2 * time.Minute

func queueCapacity(rate float64) int { return max(2, int(math.Ceil(rate*queueFor.Seconds()))) }

// processName tells this process from others to people.
func processName() string {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown host"
	}
	return fmt.Sprintf("%s:%d", host, os.Getpid())
}

// worker makes the worker role.
func (p *parts) worker() (*tasks.Worker, error) {
	guest := p.guest()
	maintenance, err := p.maintenance(guest)
	if err != nil {
		return nil, err
	}
	return tasks.NewWorker(tasks.WorkerOptions{
		Redis:       p.redis,
		Fetch:       p.fetchHandler(guest),
		Maintenance: maintenance,
		Concurrency: p.settings.Worker.Concurrency,
		Deliver:     p.deliverHandler(),
		OnStart:     guest.RestorePause,
		Log:         p.log,
	}), nil
}

func (p *parts) fetchHandler(guest *tasks.Guest) asynq.Handler {
	var records tasks.Records = p.store
	if p.watch != nil {
		records = p.watch
	}
	return tasks.NewFetchHandler(tasks.FetchOptions{
		Players: p.store, NotFound: store.ErrNotFound, Records: records, RecordMode: p.recordMode,
		Cover: p.store.CoverTick, Queue: p.queue(), Guest: guest, Log: p.log,
	})
}

// deliverHandler posts what happened to webhooks.
func (p *parts) deliverHandler() asynq.Handler {
	sender := webhooks.NewSender(webhooks.SenderOptions{
		AllowPrivate: p.settings.Webhooks.AllowPrivate, UserAgent: "osrsdiff/" + thisBuild().Version,
	})
	return tasks.NewDeliverHandler(tasks.DeliverOptions{Deliveries: p.store, NotFound: store.ErrNotFound, Send: sender.Send, Log: p.log})
}

// relay brings what happened on its way to webhooks. Without a Redis that waits
// for a worker.
func (p *parts) relay() *tasks.Relay {
	r := &tasks.Relay{Outgoing: p.store, Log: p.log}
	if p.redis != nil {
		r.Queue = p.queue()
	}
	return r
}

func (p *parts) recordMode(ctx context.Context, c tasks.ModeChange) error {
	if err := p.store.RecordMode(ctx, store.ModeChange(c)); err != nil {
		return err
	}
	if p.watch != nil {
		p.watch.modeChanged(ctx, c)
	}
	return nil
}

// maintenance makes the handlers of the tasks that are not fetches.
func (p *parts) maintenance(guest *tasks.Guest) (map[string]asynq.Handler, error) {
	statics := p.statics()
	if err := tasks.ValidateStatics(statics); err != nil {
		return nil, err
	}
	handlers := tasks.StaticHandlers(statics, tasks.QueueMaintenance, p.store, p.log)
	handlers[tasks.TypeCheckMode] = tasks.NewCheckModeHandler(tasks.CheckModeOptions{
		Players: p.store, NotFound: store.ErrNotFound, RecordMode: p.recordMode,
		MarkModeChecked: p.store.MarkModeChecked, Guest: guest, Queue: p.queue(), Log: p.log,
	})
	return handlers, nil
}

// pruneAccess forgets sessions that ended, and what the audit log need not keep.
func (p *parts) pruneAccess(ctx context.Context) error {
	now := time.Now()
	if _, err := p.store.PruneSessions(ctx, now); err != nil {
		return err
	}
	age := p.settings.Store.KeepAudit
	if age == 0 {
		return nil
	}
	_, err := p.store.PruneAudit(ctx, now.Add(-age))
	return err
}

func (p *parts) prune(ctx context.Context, runsBefore time.Time) (int64, error) {
	o := store.PruneOptions{RunsBefore: runsBefore, EventsBefore: runsBefore}
	if age := p.settings.Store.ThinAfter; age > 0 {
		o.ThinBefore = time.Now().Add(-age)
	}
	purged, err := p.store.PurgeRetired(ctx, time.Now().Add(-roster.KeepRemoved))
	if err != nil {
		return 0, err
	}
	if purged > 0 {
		p.log.InfoContext(ctx, "purged removed players", "players", purged)
	}
	if err := p.pruneAccess(ctx); err != nil {
		return 0, err
	}
	result, err := p.store.Prune(ctx, o)
	if result.Values > 0 {
		p.log.InfoContext(ctx, "thinned old values", "removed", result.Values)
	}
	return result.Runs, err
}

// gate tells who a caller is.
func (p *parts) gate() *access.Gate {
	return &access.Gate{Issuer: p.store, Tokens: p.store, Sessions: p.store, Fixed: p.settings.APIToken.Reveal(), Now: time.Now}
}

// access is whom the web role lets in.
func (p *parts) access() web.Access {
	s := p.settings.Web
	return web.Access{
		Gate: p.gate(), Tokens: p.store, Throttle: access.NewThrottle(p.redis), Log: p.store,
		PublicRead: s.PublicRead, PublicURL: s.PublicURL, TrustedProxies: s.TrustedProxies, Rate: s.Rate,
	}
}

// web makes the web role.
func (p *parts) web(ctx context.Context) (*web.Server, error) {
	conn, err := newRedisConnection(p.settings.Redis)
	if err != nil {
		return nil, err
	}
	r := p.roster()
	return web.New(ctx, web.Options{
		Listen: p.settings.Web.Listen, Access: p.access(),
		Version: thisBuild().Version, Demo: p.demo, Lease: p.settings.Scheduler.Lease, Log: p.log,
		Players: p.store, Values: p.store, Totals: p.store, Achievements: p.store, Boards: p.store, Groups: p.store, Members: p.store,
		Registrar: r, Switchboard: r, Trigger: r, Purger: r, OptOuts: r, OptOutList: p.store, Identities: r, Events: p.store, Modes: p.store, Activity: p.store,
		Webhooks: p.store, Deliveries: p.store, WebhookTests: p.relay(),
		Live:         events.NewHub(p.redis, p.log),
		ScheduleList: p.book(), Repairs: p.keeper(), PlayerIDs: p.store, Runs: p.store, Bulk: r, Exports: p.store, Hiscores: p.guest(),
		Executions: &executions.Reader{Inspector: p.inspector(), Runs: p.store},
		Statics:    p.statics(), Schedules: p.book(), Workers: p.inspector(), Standing: p.status(), Redis: conn,
	})
}

var _ hiscores.Fetcher = (*tasks.Guest)(nil)
