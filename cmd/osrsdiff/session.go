package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/redis/go-redis/v9"
	"github.com/spf13/cobra"

	"github.com/osrsdiff/osrsdiff/access"
	"github.com/osrsdiff/osrsdiff/config"
	"github.com/osrsdiff/osrsdiff/events"
	"github.com/osrsdiff/osrsdiff/player"
	"github.com/osrsdiff/osrsdiff/roster"
	"github.com/osrsdiff/osrsdiff/schedules"
	"github.com/osrsdiff/osrsdiff/store"
)

// session is what a subcommand works with that looks something up or changes it
// and ends: the database, and the Redis of whatever is running.
type session struct {
	*lifecycle
	config   *config.Config
	settings config.Settings
	log      *slog.Logger
	store    *store.Store
	// running is whether an `up` runs on the data folder.
	running bool
	// trail is what the subcommand changes, for the audit log.
	trail *access.Trail
	// redis is nil when nothing is running: the database is all there is then.
	redis redis.UniversalClient
}

// need says what a subcommand cannot do without.
type need struct {
	// redis says whether Redis is.
	redis redisNeed
	// database must exist already: a question does not make an empty one.
	database bool
}

// redisNeed is how much a subcommand needs Redis.
type redisNeed int

const (
	// noRedis: it would not be asked anything.
	noRedis redisNeed = iota
	// redisIfRunning: that of a running `up` or of the settings. Without it the
	// database still has all that counts.
	redisIfRunning
	// redisRequired: at the default address when none is set or found.
	redisRequired
)

// session opens what the settings and a running `up` name. Close it with close.
func (a *app) session(cmd *cobra.Command, n need) (*session, error) {
	c, running, err := a.joined(cmd)
	if err != nil {
		return nil, err
	}
	log := a.quiet(c)
	logRedis(log)
	s := &session{lifecycle: newLifecycle(log), config: c, settings: c.Settings, running: running, trail: a.trail, log: log}
	if n.redis == redisRequired && s.settings.Redis.URL == "" {
		s.settings.Redis.URL = config.DefaultRedisURL
	}
	if err := s.open(cmd.Context(), n); err != nil {
		return nil, errors.Join(err, s.stop())
	}
	return s, nil
}

// tracked opens a session and finds the player it is about. Close it with close.
func (a *app) tracked(cmd *cobra.Command, name player.Name, n need) (*session, player.Player, error) {
	s, err := a.session(cmd, n)
	if err != nil {
		return nil, player.Player{}, err
	}
	p, err := s.store.PlayerByName(cmd.Context(), name)
	if err != nil {
		s.close()
		return nil, player.Player{}, err
	}
	return s, p, nil
}

// joined reads the settings. Those of an `up` that runs on the data folder take
// the place of defaults.
func (a *app) joined(cmd *cobra.Command) (c *config.Config, running bool, err error) {
	c, err = a.load(cmd, nil)
	if err != nil {
		return nil, false, err
	}
	info, running := findRunning(c.Settings.Data.Dir)
	if !running {
		return c, false, nil
	}
	c, err = a.load(cmd, info.Settings)
	return c, true, err
}

// close gives back what session opened. What the subcommand did is done by then,
// so a failure is only logged.
func (s *session) close() {
	s.audit()
	if err := s.stop(); err != nil {
		s.log.Warn("closing failed", "error", err)
	}
}

func (s *session) open(ctx context.Context, n need) error {
	if n.database {
		if err := s.checkDatabaseFile(); err != nil {
			return err
		}
	}
	if err := s.openRedis(ctx, n.redis); err != nil {
		return err
	}
	o := store.Options{Log: s.log}
	if s.redis != nil {
		publisher := events.NewPublisher(s.redis, s.log)
		s.onStop("events", publisher.Close)
		o.OnEvents = publisher.Publish
	}
	db, err := openStore(ctx, s.settings, o)
	if err != nil {
		return err
	}
	s.store = db
	s.onStop("database", db.Close)
	return nil
}

func (s *session) openRedis(ctx context.Context, n redisNeed) error {
	if n == noRedis || s.settings.Redis.URL == "" {
		return nil
	}
	rdb, err := openRedis(ctx, s.settings.Redis)
	switch {
	case err == nil:
		s.redis = rdb
		s.onStop("Redis client", rdb.Close)
	case n == redisRequired:
		return s.explainNoRedis(err)
	case errors.Is(err, config.ErrInvalid), ctx.Err() != nil:
		return err
	default:
		s.log.WarnContext(ctx, "going on without Redis: schedulers apply changes from the database", "error", err)
	}
	return nil
}

// checkDatabaseFile keeps a question asked in the wrong folder from being
// answered with an empty database.
func (s *session) checkDatabaseFile() error {
	file := filepath.Join(s.settings.Data.Dir, config.DatabaseFile)
	if s.running || s.config.Origin("database.url") != "default" {
		return nil
	}
	if _, err := os.Stat(file); errors.Is(err, os.ErrNotExist) {
		return mark(errNotFound, fmt.Errorf("there is no database at %s yet: `osrsdiff up` or `osrsdiff player add` makes one; --data-dir or database.url name another", file))
	}
	return nil
}

func (s *session) explainNoRedis(err error) error {
	if s.running || s.config.Origin("redis.url") != "default" {
		return err
	}
	return fmt.Errorf("no `osrsdiff up` runs on the data folder %s, and redis.url is not set: %w", s.settings.Data.Dir, err)
}

// openStore opens the database and brings its schema up to date.
func openStore(ctx context.Context, settings config.Settings, o store.Options) (*store.Store, error) {
	db, err := store.Open(ctx, settings.Database.URL.Reveal(), o)
	if err != nil {
		return nil, fmt.Errorf("open the database (database.url): %w", err)
	}
	return db, nil
}

// parts makes what the roles work with out of what the session opened.
func (s *session) parts() *parts {
	return &parts{settings: s.settings, log: s.log, store: s.store, redis: s.redis}
}

func (s *session) book() *schedules.Book     { return s.parts().book() }
func (s *session) keeper() *schedules.Keeper { return s.parts().keeper() }
func (s *session) roster() *roster.Roster    { return s.parts().roster() }

// listing completes a subcommand that lists what the database keeps: show prints
// it, as JSON where that was asked for.
func (a *app) listing(cmd *cobra.Command, show func(ctx context.Context, s *session, asJSON bool) error) *cobra.Command {
	asJSON := jsonFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		s, err := a.session(cmd, need{database: true})
		if err != nil {
			return err
		}
		defer s.close()
		return show(cmd.Context(), s, *asJSON)
	}
	return cmd
}
