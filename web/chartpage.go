package web

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/osrsdiff/osrsdiff/gains"
	"github.com/osrsdiff/osrsdiff/hiscores"
	"github.com/osrsdiff/osrsdiff/store"
)

// chartPage is the page of one metric of a player over time.
type chartPage struct {
	playerTop
	Window  windowForm
	Metric  string
	Metrics []optionGroup
	Chart   chart
	Points  []pointRow
}

// chart is what the script draws: one line for each series. Without the script
// the links to the numbers stand there.
type chart struct {
	Title    string
	Zone     string
	From, To string
	Series   []chartSeries
}

// chartSeries is one line, read from an operation of the API.
type chartSeries struct{ Name, URL string }

type pointRow struct {
	At                 moment
	Value, Level, Rank string
}

// optionGroup is a part of a list to choose from.
type optionGroup struct {
	Name    string
	Options []option
}

// apiTime is how the API writes and reads times.
const apiTime = time.RFC3339

const (
	// chartPoints is how many points a chart asks for: about as many as it is wide.
	chartPoints = 600
	// listedPoints is how many numbers stand below it.
	listedPoints = 24
)

// showChart answers GET /players/{name}/chart.
func (p *pages) showChart(w http.ResponseWriter, r *http.Request, s subject) error {
	query := r.URL.Query()
	page := chartPage{playerTop: s.top, Window: readWindow(s.top.URL+"/chart", query, gains.Month, p.now())}
	row, known := s.snapshot.Row(cmp.Or(query.Get("metric"), hiscores.Overall))
	if !known && s.top.Values {
		return fmt.Errorf("%w: metric %q: not among the rows stored of this player", errUnknownMetric, query.Get("metric"))
	}
	metrics := make([]store.Metric, 0, len(s.snapshot.Rows))
	for _, each := range s.snapshot.Rows {
		metrics = append(metrics, store.Metric{Name: each.Metric, Kind: each.Kind})
	}
	page.Metric, page.Metrics = hiscores.GameName(row.Metric), metricOptions(metrics, row.Metric)
	status := http.StatusOK
	if page.Window.Error != "" {
		status = http.StatusUnprocessableEntity
	} else if known {
		page.Chart = newChart(row.Metric, page.Window)
		page.Chart.add(s.Name.String(), row.Metric, page.Window)
		var err error
		if page.Points, err = p.points(r.Context(), s, row.Metric, page.Window); err != nil {
			return err
		}
	}
	p.render(w, r, status, "chart.html", page)
	return nil
}

func newChart(metric string, window windowForm) chart {
	return chart{
		Title: hiscores.GameName(metric), Zone: window.Zone,
		From: window.From.UTC().Format(apiTime), To: window.To.UTC().Format(apiTime),
	}
}

// add puts a player's line on the chart.
func (c *chart) add(player, metric string, window windowForm) {
	c.Series = append(c.Series, chartSeries{
		Name: player, URL: apiURL(player, "series/"+url.PathEscape(metric), window) + fmt.Sprintf("&points=%d", chartPoints),
	})
}

// apiURL is the address of an operation on a player's values in a window.
func apiURL(player, operation string, window windowForm) string {
	return "/api/players/" + url.PathEscape(player) + "/" + operation + "?" + url.Values{
		"from": {window.From.UTC().Format(apiTime)}, "to": {window.To.UTC().Format(apiTime)},
	}.Encode()
}

// points are some of the chart's numbers, the newest first.
func (p *pages) points(ctx context.Context, s subject, metric string, window windowForm) ([]pointRow, error) {
	points, err := p.Values.Chart(ctx, s.ID, metric, store.Span{From: window.From, To: window.To, Points: listedPoints})
	if err != nil {
		return nil, fmt.Errorf("chart of player %q: %w", s.Name, err)
	}
	rows := make([]pointRow, 0, len(points))
	for _, pt := range slices.Backward(points) {
		rows = append(rows, pointRow{
			At:    moment{Words: exactly(pt.At, window.zone), Exact: pt.At.UTC().Format(apiTime)},
			Value: numberWord(pt.Value, "unknown"), Level: numberWord(pt.Level, ""), Rank: numberWord(pt.Rank, "unranked"),
		})
	}
	return rows, nil
}

// metricOptions are metrics to choose from in their groups.
func metricOptions(metrics []store.Metric, chosen string) []optionGroup {
	options := map[hiscores.Group][]option{}
	for _, m := range metrics {
		group := hiscores.GroupOf(m.Name, m.Kind)
		options[group] = append(options[group], option{
			Value: m.Name, Name: hiscores.GameName(m.Name), Selected: hiscores.MetricKey(m.Name) == hiscores.MetricKey(chosen),
		})
	}
	var groups []optionGroup
	for _, group := range []hiscores.Group{hiscores.Skills, hiscores.Bosses, hiscores.Clues, hiscores.Activities} {
		if len(options[group]) > 0 {
			groups = append(groups, optionGroup{Name: groupNames[group], Options: options[group]})
		}
	}
	return groups
}
