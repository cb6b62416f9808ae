package web

import (
	"context"

	"github.com/prometheus/client_golang/prometheus"
)

var (
	eventClients = prometheus.NewDesc("osrsdiff_event_clients", "Clients that listen to events of this process.", nil, nil)
	eventDropped = prometheus.NewDesc("osrsdiff_event_clients_dropped_total",
		"Clients that were dropped because they were too slow.", nil, nil)
	eventsPublished = prometheus.NewDesc("osrsdiff_events_published_total", "Events that were told to those who listen.", nil, nil)
	eventsLost      = prometheus.NewDesc("osrsdiff_events_lost_total",
		"Events that Redis did not take in time; only who listened at the moment missed them.", nil, nil)
)

// liveMetrics collects what there is to know of live events.
type liveMetrics struct{ *service }

// Describe implements prometheus.Collector.
func (liveMetrics) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{eventClients, eventDropped, eventsPublished, eventsLost} {
		to <- d
	}
}

// Collect implements prometheus.Collector. Without Redis the counts of all
// processes are left out, which osrsdiff_redis_up says.
func (c liveMetrics) Collect(to chan<- prometheus.Metric) {
	to <- prometheus.MustNewConstMetric(eventClients, prometheus.GaugeValue, float64(c.Live.Clients()))
	to <- prometheus.MustNewConstMetric(eventDropped, prometheus.CounterValue, float64(c.Live.Dropped()))
	ctx, cancel := context.WithTimeout(context.Background(), scrapePatience) // A Collector is given none.
	defer cancel()
	counts, err := c.Live.Counts(ctx)
	if err != nil {
		return
	}
	to <- prometheus.MustNewConstMetric(eventsPublished, prometheus.CounterValue, float64(counts.Published))
	to <- prometheus.MustNewConstMetric(eventsLost, prometheus.CounterValue, float64(counts.Lost))
}
