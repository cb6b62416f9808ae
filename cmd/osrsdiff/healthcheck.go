package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/hibiken/asynq"
	"github.com/spf13/cobra"

	"github.com/osrsdiff/osrsdiff/config"
	"github.com/osrsdiff/osrsdiff/tasks"
)

// healthTimeout bounds a check, so that what supervises the process hears of a
// hang.
const healthTimeout = 5 * time.Second

func (a *app) healthcheckCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "healthcheck [web|scheduler|worker]",
		Short: "Report whether a role on this host is healthy",
		Long: `Ends with exit code 0 if the role is healthy and 5 if not, for container health
checks. web (the default) asks /readyz of the running "up", or where web.listen says.
scheduler and worker look in Redis whether their server on this host sent a
heartbeat lately.`,
		Example: `  osrsdiff healthcheck
  osrsdiff healthcheck worker`,
		Args:      cobra.MatchAll(cobra.MaximumNArgs(1), cobra.OnlyValidArgs),
		ValidArgs: []string{"web", "scheduler", "worker"},
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx, cancel := context.WithTimeout(cmd.Context(), healthTimeout)
			defer cancel()
			cmd.SetContext(ctx)
			role := append(args, "web")[0]
			if role == "web" {
				return mark(errUnavailable, a.checkWeb(cmd))
			}
			return mark(errUnavailable, a.checkServer(cmd, map[string]string{
				"scheduler": tasks.QueueSchedules, "worker": tasks.QueueFetch,
			}[role]))
		},
	}
}

func (a *app) checkWeb(cmd *cobra.Command) error {
	c, err := a.load(cmd, nil)
	if err != nil {
		return err
	}
	url := webURL(c.Settings.Web.Listen)
	if info, running := findRunning(c.Settings.Data.Dir); running && !strings.HasPrefix(c.Origin("web.listen"), "--") {
		url = info.WebURL
	}
	req, err := http.NewRequestWithContext(cmd.Context(), http.MethodGet, url+"/readyz", http.NoBody)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("not healthy: %w", err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 64<<10))
	if err != nil {
		return fmt.Errorf("not healthy: read the answer of %s: %w", url, err)
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("not healthy: %s/readyz answers %s: %s", url, resp.Status, strings.TrimSpace(string(body)))
	}
	_, err = fmt.Fprintln(a.stdout, "healthy")
	return err
}

// webURL is where to reach a server that listens on addr: one that listens on
// all addresses is reached on the loopback one.
func webURL(addr string) string {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return "http://" + addr
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return "http://" + net.JoinHostPort(host, port)
}

// checkServer looks for the heartbeat of this host's server of a queue.
func (a *app) checkServer(cmd *cobra.Command, queue string) error {
	c, _, err := a.joined(cmd)
	if err != nil {
		return err
	}
	logRedis(a.quiet(c))
	settings := c.Settings.Redis
	if settings.URL == "" {
		settings.URL = config.DefaultRedisURL
	}
	rdb, err := openRedis(cmd.Context(), settings)
	if err != nil {
		return err
	}
	defer rdb.Close() //nolint:errcheck // Only read.
	host, err := os.Hostname()
	if err != nil {
		return err
	}
	servers, err := asynq.NewInspectorFromRedisClient(rdb).Servers()
	if err != nil {
		return err
	}
	if !serves(servers, host, queue) {
		return errors.New("not healthy: no server of the queue " + queue + " on host " + host + " sent a heartbeat lately")
	}
	_, err = fmt.Fprintln(a.stdout, "healthy")
	return err
}

func serves(servers []*asynq.ServerInfo, host, queue string) bool {
	for _, s := range servers {
		if _, ok := s.Queues[queue]; ok && s.Host == host && s.Status == "active" {
			return true
		}
	}
	return false
}
