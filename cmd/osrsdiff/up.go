package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/osrsdiff/osrsdiff/config"
	"github.com/osrsdiff/osrsdiff/embedded"
)

// embeddedRedisAddr is where the Redis of `up` listens when the port is free,
// so that redis-cli and the asynq CLI find it at the same place each time.
const embeddedRedisAddr = "127.0.0.1:6390"

func (a *app) upCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "up",
		Short: "Run everything in one process",
		Long: `Runs scheduler, worker and web in one process, with a SQLite file in the data
folder and a Redis of its own, unless DATABASE_URL or REDIS_URL name others.
While it runs, other subcommands with the same data folder join it; how is
written in run.json there.

With --demo it tracks a dozen simulated players on a simulated hiscores site,
without the internet, in a data folder of its own. It refuses a database or a
Redis that holds other players.`,
		Example: `  osrsdiff up --demo
  osrsdiff up --data-dir /var/lib/osrsdiff --web-listen 127.0.0.1:9000`,
		Args: cobra.NoArgs,
	}
	demo := cmd.Flags().Bool("demo", false, "track simulated players on a simulated site")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		var defaults map[string]string
		if *demo {
			defaults = demoDefaults
		}
		c, err := a.load(cmd, defaults)
		if err != nil {
			return err
		}
		log, file, err := a.roleLog(c, "up")
		if err != nil {
			return err
		}
		u := &upRun{app: a, lifecycle: newLifecycle(log), parts: &parts{settings: c.Settings, log: log, demo: *demo}}
		u.onStop("log file", file.Close)
		err = u.run(cmd.Context())
		return errors.Join(err, u.stop())
	}
	return cmd
}

// upRun is one run of `up`.
type upRun struct {
	*app
	*lifecycle
	parts *parts
	dir   *dataDir
}

func (u *upRun) run(ctx context.Context) error {
	if err := u.prepare(ctx); err != nil {
		return err
	}
	if err := u.startRoles(ctx); err != nil {
		return err
	}
	if err := u.wait(ctx); err != nil {
		return fmt.Errorf("run: %w", err)
	}
	u.parts.log.Info("stopping")
	return nil
}

// prepare gets everything ready that roles need: the folder, Redis, the
// database and, for the demo, the site and its players.
func (u *upRun) prepare(ctx context.Context) error {
	dir, err := openDataDir(u.parts.settings.Data.Dir)
	if err != nil {
		return err
	}
	u.dir = dir
	u.onStop("data folder", dir.close)
	if err := u.startRedis(); err != nil {
		return err
	}
	if err := u.parts.open(ctx, u.lifecycle); err != nil {
		return err
	}
	if !u.parts.demo {
		return u.refuseDemo(ctx)
	}
	return u.prepareDemo(ctx)
}

// startRedis starts the embedded Redis unless one is set.
func (u *upRun) startRedis() error {
	if u.parts.settings.Redis.URL != "" {
		return nil
	}
	server, err := embedded.Start(embedded.Options{Prefer: embeddedRedisAddr})
	if err != nil {
		return err
	}
	u.onStop("embedded Redis", server.Close)
	u.parts.settings.Redis.URL = config.Secret(server.URL())
	return nil
}

func (u *upRun) startRoles(ctx context.Context) error {
	// The port is taken first: a second program on it is the most common fault.
	web, err := u.parts.web(ctx)
	if err != nil {
		return err
	}
	addr, err := web.Listen(ctx)
	if err != nil {
		return errors.Join(err, web.Close())
	}
	if err := errors.Join(startWorker(ctx, u.lifecycle, u.parts), startScheduler(ctx, u.lifecycle, u.parts)); err != nil {
		return errors.Join(err, web.Close())
	}
	u.start(ctx, "web", web.Run)
	return u.announce(webURL(addr.String()))
}

func (u *upRun) announce(url string) error {
	s := u.parts.settings
	redisURL, err := config.ParseRedisURL(s.Redis.URL)
	if err != nil {
		return fmt.Errorf("redis.url must be %w", err)
	}
	addresses := strings.Join(redisURL.Addrs, ",")
	err = u.dir.announce(runInfo{
		Address: addresses, RedisURL: s.Redis.URL.Reveal(), WebURL: url,
		PID: os.Getpid(), Started: time.Now().UTC().Truncate(time.Second), Settings: sharedSettings(s),
	})
	if err != nil {
		return err
	}
	_, err = fmt.Fprint(u.stdout, u.greeting(url, addresses))
	return err
}

// sharedSettings are those that a subcommand must not differ in from the `up`
// that it joins.
func sharedSettings(s config.Settings) map[string]string {
	return map[string]string{
		"redis.url":           s.Redis.URL.Reveal(),
		"redis.ca_file":       s.Redis.CAFile,
		"redis.cert_file":     s.Redis.CertFile,
		"redis.key_file":      s.Redis.KeyFile,
		"database.url":        s.Database.URL.Reveal(),
		"scheduler.prefix":    s.Scheduler.Prefix,
		"scheduler.grid_unit": s.Scheduler.GridUnit.String(),
		"hiscores.url":        s.Hiscores.URL,
		"hiscores.rate":       strconv.FormatFloat(s.Hiscores.Rate, 'g', -1, 64),
		"hiscores.burst":      strconv.Itoa(s.Hiscores.Burst),
	}
}

// greeting says where everything is.
func (u *upRun) greeting(url, redisAddr string) string {
	s := u.parts.settings
	var b strings.Builder
	fmt.Fprintf(&b, "web        %s\n", url)
	fmt.Fprintf(&b, "redis      %s (%s)\n", redisAddr, s.Redis.URL)
	fmt.Fprintf(&b, "database   %s\n", s.Database.URL)
	fmt.Fprintf(&b, "hiscores   %s, at most %v requests/s\n", s.Hiscores.URL, s.Hiscores.Rate)
	joined := "osrsdiff player list"
	if s.Data.Dir != defaultDataDir() {
		joined = "osrsdiff --data-dir " + s.Data.Dir + " player list"
	}
	fmt.Fprintf(&b, "\nIn another terminal: %s. Ctrl-C stops everything.\n\n", joined)
	return b.String()
}

func defaultDataDir() string {
	for _, k := range config.Keys() {
		if k.Name == "data.dir" {
			return k.Default
		}
	}
	return ""
}
