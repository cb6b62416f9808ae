package web

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

const (
	// metricsPath is where Prometheus asks.
	metricsPath = "/metrics"
	// scrapePatience bounds what one scrape asks of Redis and of the database.
	scrapePatience = 5 * time.Second
	// scrapesAtOnce is how many scrapes are answered at the same time.
	scrapesAtOnce = 3
)

// metrics serves what Prometheus collects: how everything stands, as Redis and
// the database say at the time of the scrape, and this process. Every web process
// says the same of what is shared.
type metrics struct {
	registry *prometheus.Registry
	requests *prometheus.HistogramVec
	log      *slog.Logger
}

func (s *service) newMetrics() (*metrics, error) {
	m := &metrics{
		registry: prometheus.NewRegistry(), log: s.log,
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "osrsdiff_http_request_duration_seconds", Help: "Time to answer HTTP requests, in this process.",
			Buckets: []float64{0.005, 0.02, 0.1, 0.5, 2, 10},
		}, []string{"method", "code"}),
	}
	for _, c := range []prometheus.Collector{
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), m.requests, newScraper(s), liveMetrics{s},
	} {
		if err := m.registry.Register(c); err != nil {
			return nil, fmt.Errorf("register metrics: %w", err)
		}
	}
	return m, nil
}

// ServeHTTP answers a scrape.
func (m *metrics) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{
		ErrorLog: slog.NewLogLogger(m.log.Handler(), slog.LevelWarn), ErrorHandling: promhttp.ContinueOnError,
		MaxRequestsInFlight: scrapesAtOnce,
	}).ServeHTTP(w, r)
}

// timed measures the requests that next answers. A stream of events is none: it
// lasts as long as somebody listens.
func (m *metrics) timed(next http.Handler) http.Handler {
	timed := promhttp.InstrumentHandlerDuration(m.requests, next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == eventsPath {
			next.ServeHTTP(w, r)
			return
		}
		timed.ServeHTTP(w, r)
	})
}

// The metrics that are not made of the status alone.
var (
	redisUp = prometheus.NewDesc("osrsdiff_redis_up",
		"Whether Redis answers: 1 or 0. While it does not, the metrics made of it are left out.", nil, nil)
	databaseUp = prometheus.NewDesc("osrsdiff_database_up",
		"Whether the database answers: 1 or 0. While it does not, the metrics made of it are left out.", nil, nil)
	lagSeconds = prometheus.NewDesc("osrsdiff_tick_lag_seconds",
		"Time from ticks to their fetches being enqueued, by the clock of Redis.", nil, nil)
	playersTracked    = prometheus.NewDesc("osrsdiff_players", "Players in the database.", nil, nil)
	webhookDeliveries = prometheus.NewDesc("osrsdiff_webhook_deliveries",
		"Deliveries to webhooks in the log of 30 days, by what became of them: waiting, sent or failed.", []string{"status"}, nil)
	lastRun = prometheus.NewDesc("osrsdiff_static_task_last_run_timestamp_seconds",
		"When a task that runs by the clock last ran; left out for one that never did.", []string{"task"}, nil)
)

// scraper collects what is shared by all processes.
type scraper struct {
	*service
	descs []*prometheus.Desc
}

func newScraper(s *service) *scraper {
	c := &scraper{service: s}
	for _, m := range measures {
		c.descs = append(c.descs, prometheus.NewDesc(m.name, m.help, m.labels, nil))
	}
	return c
}

// Describe implements prometheus.Collector.
func (c *scraper) Describe(to chan<- *prometheus.Desc) {
	for _, d := range append(c.descs, redisUp, databaseUp, lagSeconds, playersTracked, webhookDeliveries, lastRun) {
		to <- d
	}
}

// Collect implements prometheus.Collector. Failure policy: what does not answer
// is said to be down and logged, and the rest is collected all the same.
func (c *scraper) Collect(to chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), scrapePatience) // A Collector is given none.
	defer cancel()
	for desc, collect := range map[*prometheus.Desc]func(context.Context, chan<- prometheus.Metric) error{
		redisUp: c.collectRedis, databaseUp: c.collectDatabase,
	} {
		err := collect(ctx, to)
		if err != nil {
			c.log.WarnContext(ctx, "metrics are left out of a scrape", "error", err)
		}
		to <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, yes(err == nil))
	}
}

func (c *scraper) collectRedis(ctx context.Context, to chan<- prometheus.Metric) error {
	now, err := c.Standing.Status(ctx)
	if err != nil {
		return err
	}
	for i, m := range measures {
		m.read(now, func(value float64, labels ...string) {
			to <- prometheus.MustNewConstMetric(c.descs[i], m.kind, value, labels...)
		})
	}
	lag := now.Lag.SoFar
	to <- prometheus.MustNewConstHistogram(lagSeconds, uint64(lag.Total()), lag.Sum.Seconds(), lagBuckets(lag))
	return nil
}

func (c *scraper) collectDatabase(ctx context.Context, to chan<- prometheus.Metric) error {
	n, err := c.Players.CountPlayers(ctx)
	if err != nil {
		return fmt.Errorf("count the players: %w", err)
	}
	runs, err := c.Totals.LastRuns(ctx)
	if err != nil {
		return fmt.Errorf("last runs of static tasks: %w", err)
	}
	to <- prometheus.MustNewConstMetric(playersTracked, prometheus.GaugeValue, float64(n))
	counts, err := c.Deliveries.CountDeliveries(ctx)
	if err != nil {
		return err
	}
	for state, count := range counts {
		to <- prometheus.MustNewConstMetric(webhookDeliveries, prometheus.GaugeValue, float64(count), string(state))
	}
	for _, s := range c.Statics {
		if last := runs[s.ID].Last(); !last.IsZero() {
			to <- prometheus.MustNewConstMetric(lastRun, prometheus.GaugeValue, float64(last.Unix()), s.ID)
		}
	}
	return nil
}
