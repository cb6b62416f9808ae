package web

import (
	"context"
	"log/slog"
	"time"

	"github.com/hibiken/asynq"

	"github.com/osrsdiff/osrsdiff/events"
	"github.com/osrsdiff/osrsdiff/hiscores"
	"github.com/osrsdiff/osrsdiff/player"
	"github.com/osrsdiff/osrsdiff/roster"
	"github.com/osrsdiff/osrsdiff/schedules"
	"github.com/osrsdiff/osrsdiff/store"
	"github.com/osrsdiff/osrsdiff/tasks"
)

// Players finds tracked players. The store is one.
type Players interface {
	// PlayerByName returns the player of a name in any spelling.
	PlayerByName(ctx context.Context, name player.Name) (player.Player, error)
	// Players returns one page of players, by id.
	Players(ctx context.Context, filter store.PlayerFilter) ([]player.Player, error)
	// CountPlayers returns how many players are tracked.
	CountPlayers(ctx context.Context) (int, error)
}

// Values answers what a player's values were and how they changed. The store is
// one.
type Values interface {
	// SnapshotAt returns all values as of a time.
	SnapshotAt(ctx context.Context, playerID int64, at time.Time) (hiscores.Snapshot, error)
	// Gains returns what differs between two times.
	Gains(ctx context.Context, playerID int64, from, to time.Time) ([]hiscores.Change, error)
	// Chart returns the values of one metric over a span of time.
	Chart(ctx context.Context, playerID int64, metric string, span store.Span) ([]store.Point, error)
}

// Totals answers what the pages show of many players, and what health asks of
// the database. The store is one.
type Totals interface {
	// OverallGains returns the experience each player gained between two times.
	OverallGains(ctx context.Context, ids []int64, from, to time.Time) (map[int64]int64, error)
	// LastRuns returns the last run of each static entry.
	LastRuns(ctx context.Context) (map[string]store.StaticRun, error)
	// Ping reports whether the database answers.
	Ping(ctx context.Context) error
}

// Registrar adds, changes and removes players. The roster is one.
type Registrar interface {
	// Add starts to track a player.
	Add(ctx context.Context, request roster.AddRequest) (roster.Added, error)
	// Change changes what a person may change of a player.
	Change(ctx context.Context, name player.Name, patch store.PlayerPatch) (player.Player, error)
	// Remove stops tracking a player; its history is kept for a while.
	Remove(ctx context.Context, name player.Name) (player.Player, error)
}

// Purger deletes players. The roster is one.
type Purger interface {
	// Purge deletes a player and its history at once, tracked or removed.
	Purge(ctx context.Context, name player.Name) error
}

// Switchboard pauses, resumes and fetches players. The roster is one.
type Switchboard interface {
	// Pause stops the fetches of a player's schedule.
	Pause(ctx context.Context, name player.Name) (player.Player, error)
	// Resume starts them again.
	Resume(ctx context.Context, name player.Name) (player.Player, error)
	// Fetch asks for a fetch now.
	Fetch(ctx context.Context, name player.Name) (roster.Ticket, error)
}

// Trigger runs a task by name. The roster is one.
type Trigger interface {
	// Trigger enqueues the task and returns its id.
	Trigger(ctx context.Context, name string) (taskID string, err error)
}

// Schedules tells what Redis holds of the schedules. *schedules.Book is one.
type Schedules interface {
	// NextTicks returns when players are due next; paused ones are left out.
	NextTicks(ctx context.Context, playerIDs []int64) (map[int64]time.Time, error)
	// Stats returns how many schedules there are and how many are overdue.
	Stats(ctx context.Context) (schedules.Stats, error)
	// Lease returns which scheduler fires the entries; ttl is how long a lease
	// lasts.
	Lease(ctx context.Context, ttl time.Duration) (schedules.Lease, error)
}

// Workers lists the running asynq servers. *asynq.Inspector is one.
type Workers interface {
	// Servers returns those that sent a heartbeat lately.
	Servers() ([]*asynq.ServerInfo, error)
}

// Options is what a Server works with. Every interface is required; the store
// stands for five of them and the roster for three.
type Options struct {
	// Listen is the host and port to listen on, such as "127.0.0.1:8080". Port
	// 0 takes a free one.
	Listen string
	// Access is whom to let in.
	Access Access
	// Version is shown in the OpenAPI description. Empty means "dev".
	Version string
	// Demo shows on every page that the players are simulated.
	Demo bool
	// Lease is how long the schedulers' lease lasts after a renewal. Zero means
	// schedules.DefaultLease.
	Lease time.Duration
	// Log takes one debug line a request, and errors no caller is told. Nil
	// discards them.
	Log *slog.Logger
	// Now is the clock. Nil means time.Now.
	Now func() time.Time

	// Players, Values and Totals read the database.
	Players Players
	Values  Values
	Totals  Totals
	// Achievements and Boards read from it what is counted up.
	Achievements Achievements
	Boards       Boards
	// Groups keeps groups and competitions, Members tells who is in them.
	Groups  Groups
	Members Members
	// Modes tells what was found out about game modes.
	Modes ModeChanges
	// Identities and Events tell accounts that share a name apart.
	Identities Identities
	Events     Events
	// Activity tells what happened.
	Activity Activity
	// Webhooks and Deliveries are who is told of it, and what was; WebhookTests
	// tries them out.
	Webhooks     Webhooks
	Deliveries   Deliveries
	WebhookTests WebhookTests
	// Live hands out what happens at the moment. The server runs and closes it.
	Live *events.Hub
	// Statics are the tasks that run by the clock, to list. Nil: there are none.
	Statics []tasks.Static
	// Registrar, Switchboard and Trigger carry out what people ask for.
	Registrar   Registrar
	Switchboard Switchboard
	Trigger     Trigger
	// Purger deletes for good.
	Purger Purger
	// OptOuts keeps players from being tracked, OptOutList tells which.
	OptOuts    OptOuts
	OptOutList OptOutList
	// Schedules and Workers read Redis.
	Schedules Schedules
	Workers   Workers
	// Standing tells how everything stands.
	Standing Standing
	// ScheduleList lists the schedules in Redis, Repairs compares them with the
	// database. PlayerIDs and Runs tell of the players behind them.
	ScheduleList ScheduleList
	Repairs      Repairs
	PlayerIDs    PlayerIDs
	Runs         Runs
	// Executions tells what tasks ran, run and are to run.
	Executions Executions
	// Bulk changes many players at once.
	Bulk Bulk
	// Exports reads what is exported.
	Exports Exports
	// Hiscores reads the hiscores within the shared limit.
	Hiscores hiscores.Fetcher
	// Redis is the connection the dashboard opens for itself.
	Redis asynq.RedisConnOpt
}

var (
	_ Players     = (*store.Store)(nil)
	_ Values      = (*store.Store)(nil)
	_ Totals      = (*store.Store)(nil)
	_ Registrar   = (*roster.Roster)(nil)
	_ Switchboard = (*roster.Roster)(nil)
	_ Trigger     = (*roster.Roster)(nil)
	_ Schedules   = (*schedules.Book)(nil)
	_ Workers     = (*asynq.Inspector)(nil)
)
