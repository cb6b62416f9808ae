package store_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/osrsdiff/osrsdiff/hiscores"
	"github.com/osrsdiff/osrsdiff/store"
)

func TestChart(t *testing.T) {
	onEach(t, func(t *testing.T, b bench) {
		id, day := threeDays(t, b)
		b.clock.Advance(2 * 24 * time.Hour)
		tests := map[string]struct {
			metric string
			span   store.Span
			want   []string
		}{
			"all":                   {"overall", store.Span{Points: 100}, []string{"0: 1000", "24: 1500", "48: 2500"}},
			"two halves":            {"Overall", store.Span{Points: 2}, []string{"0: 1000", "24: 1500", "48: 2500"}},
			"one":                   {"Overall", store.Span{Points: 1}, []string{"0: 1000", "48: 2500"}},
			"every change":          {"Overall", store.Span{From: day(0)}, []string{"0: 1000", "24: 1500", "48: 2500"}},
			"from in between":       {"Overall", store.Span{From: day(0.5), To: day(1.5), Points: 10}, []string{"12: 1000", "24: 1500"}},
			"idle":                  {"Overall", store.Span{From: day(1.25), To: day(1.5), Points: 10}, []string{"30: 1500"}},
			"one that is lost":      {"LMS - Rank", store.Span{Points: 9}, []string{"0: 500", "24: 490", "48: unknown"}},
			"one that came late":    {"Nex", store.Span{Points: 9}, []string{"48: 7"}},
			"before it was tracked": {"Overall", store.Span{From: day(-9), To: day(-8), Points: 9}, []string{}},
			"backwards":             {"Overall", store.Span{From: day(1), To: day(0), Points: 9}, []string{}},
		}
		for what, test := range tests {
			points, err := b.Chart(t.Context(), id, test.metric, test.span)
			if err != nil {
				t.Fatalf("%s: %v", what, err)
			}
			got := []string{}
			for _, p := range points {
				got = append(got, fmt.Sprint(p.At.Sub(morning).Hours(), ": ", p.Value))
			}
			diff(t, what, test.want, got)
		}
		if _, err := b.Chart(t.Context(), id, "nothing", store.Span{Points: 1}); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("unknown metric: %v", err)
		}
		if _, err := b.Chart(t.Context(), 404, "Overall", store.Span{Points: 1}); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("of nobody: %v", err)
		}
		asleep := b.add(t, "asleep")
		if points, err := b.Chart(t.Context(), asleep.ID, "Overall", store.Span{Points: 5}); len(points) != 0 || err != nil {
			t.Errorf("before a snapshot: %v, %v", points, err)
		}
	})
}

// TestChartThinsASeries: a chart is some of the points of the series, the first
// and the last among them, never more than were asked for and the start, and all
// of them when there are as many parts as minutes.
func TestChartThinsASeries(t *testing.T) {
	onEach(t, func(t *testing.T, b bench) {
		b.clock.Advance(time.Hour)
		n := 0
		rapid.Check(t, func(rt *rapid.T) {
			n++
			p := b.add(t, fmt.Sprint("chart ", n))
			value := int64(1)
			for minute := range 30 {
				if rapid.IntRange(0, 2).Draw(rt, "changes") == 0 || minute == 0 {
					value++
					b.fetch(t, p.ID, morning.Add(time.Duration(minute)*time.Minute), skill(hiscores.Overall, 1, value))
				}
			}
			span := store.Span{From: drawTime(rt, "from"), To: drawTime(rt, "to"), Points: rapid.IntRange(1, 10).Draw(rt, "points")}
			series, err1 := b.Series(t.Context(), p.ID, hiscores.Overall, span.From, span.To)
			chart, err2 := b.Chart(t.Context(), p.ID, hiscores.Overall, span)
			if err1 != nil || err2 != nil {
				rt.Fatal(err1, err2)
			}
			if len(chart) > span.Points+1 || len(chart) > len(series) || (len(chart) == 0) != (len(series) == 0) {
				rt.Fatalf("%d of %d points in %d parts", len(chart), len(series), span.Points)
			}
			for _, point := range chart {
				for len(series) > 0 && !series[0].At.Equal(point.At) {
					series = series[1:]
				}
				if len(series) == 0 || series[0] != point {
					rt.Fatalf("%v is none of the series", point)
				}
			}
			if len(series) > 1 {
				rt.Fatalf("the chart ends before %v", series[1:])
			}
			span.Points = 30
			span.From, span.To = morning, morning.Add(30*time.Minute)
			chart, err := b.Chart(t.Context(), p.ID, hiscores.Overall, span)
			if err != nil || int64(len(chart)) != value-1 {
				rt.Fatalf("%d of %d points, %v", len(chart), value-1, err)
			}
		})
	})
}
