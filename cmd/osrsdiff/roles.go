package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"

	"github.com/spf13/cobra"

	"github.com/osrsdiff/osrsdiff/config"
)

// starter makes one role and starts it in the order of the lifecycle.
type starter func(ctx context.Context, l *lifecycle, p *parts) error

func (a *app) schedulerCommand() *cobra.Command {
	return a.roleCommand(&cobra.Command{
		Use: "scheduler", Short: "Run a scheduler",
		Long: `Runs one scheduler: it claims what is due and keeps the schedules in Redis in
line with the database. Run two or more, so that one takes over within 15
seconds when another dies; running more does not fetch more often.`,
		Example: `  REDIS_URL=redis://localhost:6379/0 DATABASE_URL=postgres://osrsdiff@localhost/osrsdiff osrsdiff scheduler`,
	}, func(ctx context.Context, l *lifecycle, p *parts) error {
		l.start(ctx, "memory", func(ctx context.Context) error { return returnMemory(ctx, memoryEvery) })
		return startScheduler(ctx, l, p)
	})
}

func startScheduler(ctx context.Context, l *lifecycle, p *parts) error {
	s, err := p.scheduler()
	if err != nil {
		return err
	}
	l.start(ctx, "scheduler", s.Run)
	return nil
}

func (a *app) workerCommand() *cobra.Command {
	return a.roleCommand(&cobra.Command{
		Use: "worker", Short: "Run a worker",
		Long: `Runs one worker: it fetches players from the hiscores and stores what changed.
All workers share one limit, so more of them do not ask the hiscores more often.
When told to stop it lets requests under way finish; the rest goes back to the
queue.`,
		Example: `  osrsdiff worker --worker-concurrency 8`,
	}, startWorker)
}

func startWorker(ctx context.Context, l *lifecycle, p *parts) error {
	w, err := p.worker()
	if err != nil {
		return err
	}
	if err := w.Start(ctx); err != nil {
		return mark(errUnavailable, err)
	}
	l.onStop("worker", w.Shutdown)
	l.start(ctx, "webhooks", p.relay().Run)
	return nil
}

func (a *app) webCommand() *cobra.Command {
	return a.roleCommand(&cobra.Command{
		Use: "web", Short: "Run the API, the pages and the dashboard",
		Long: `Serves the API, the pages and asynq's dashboard. Other than on a loopback
address it needs a token: make one with "osrsdiff token add NAME --role admin", or
set API_TOKEN. The API takes it as a bearer token, the pages at /signin.`,
		Example: `  osrsdiff web --web-listen 127.0.0.1:9000`,
	}, func(ctx context.Context, l *lifecycle, p *parts) error {
		_, err := startWeb(ctx, l, p)
		return err
	})
}

// startWeb returns the URL of the pages, with the port that was taken.
func startWeb(ctx context.Context, l *lifecycle, p *parts) (string, error) {
	s, err := p.web(ctx)
	if err != nil {
		return "", err
	}
	addr, err := s.Listen(ctx)
	if err != nil {
		return "", errors.Join(err, s.Close())
	}
	l.start(ctx, "web", s.Run)
	return webURL(addr.String()), nil
}

// roleCommand completes the command of a role that runs by itself against the
// Redis and the database of the settings.
func (a *app) roleCommand(cmd *cobra.Command, start starter) *cobra.Command {
	cmd.Args = cobra.NoArgs
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		c, err := a.load(cmd, nil)
		if err != nil {
			return err
		}
		if c.Settings.Redis.URL == "" {
			c.Settings.Redis.URL = config.DefaultRedisURL
		}
		log, file, err := a.roleLog(c, cmd.Name())
		if err != nil {
			return err
		}
		l := newLifecycle(log)
		l.onStop("log file", file.Close)
		err = a.runRole(cmd.Context(), l, &parts{settings: c.Settings, log: log}, start)
		return errors.Join(err, l.stop())
	}
	return cmd
}

// roleLog opens the log of a role and tells the libraries about it.
func (a *app) roleLog(c *config.Config, role string) (*slog.Logger, io.Closer, error) {
	log, file, err := a.openLog(c.Settings.Log)
	if err != nil {
		return nil, nil, err
	}
	logRedis(log)
	log.Info("starting", "role", role, "version", thisBuild().Version)
	return log, file, nil
}

func (a *app) runRole(ctx context.Context, l *lifecycle, p *parts, start starter) error {
	if err := p.open(ctx, l); err != nil {
		return err
	}
	if err := start(ctx, l, p); err != nil {
		return err
	}
	if err := l.wait(ctx); err != nil {
		return fmt.Errorf("run: %w", err)
	}
	p.log.Info("stopping")
	return nil
}
