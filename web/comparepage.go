package web

import (
	"cmp"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/osrsdiff/osrsdiff/comparison"
	"github.com/osrsdiff/osrsdiff/gains"
	"github.com/osrsdiff/osrsdiff/hiscores"
	"github.com/osrsdiff/osrsdiff/store"
)

// comparePage is the page of players side by side.
type comparePage struct {
	layout
	// Players is what was typed, and Error what is wrong with it.
	Players, Error string
	// Alone is the only name that was given, as links from a player's page do.
	Alone   string
	Window  windowForm
	Sides   []sideHead
	Groups  []sideGroup
	Metrics []optionGroup
	Chart   chart
	API     string
}

type sideHead struct {
	Name, URL, Mode, ModeKey string
	Combat                   string
	Leads, GainLeads         int
	// Without is the address of the comparison without this player; empty when
	// too few would be left.
	Without string
}

type sideGroup struct {
	Name, Unit string
	Rows       []sideRow
}

type sideRow struct {
	Name, URL string
	Cells     []sideNumbers
}

// sideNumbers is one metric of one player in words.
type sideNumbers struct {
	Value, Level, Gain, Kind string
	Leads, GainLeads         bool
}

// showCompare answers GET /compare.
func (p *pages) showCompare(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	names := typedNames(query["players"])
	query.Set("players", strings.Join(names, ","))
	page := comparePage{
		layout: p.layout(r.Context(), "Compare players"), Players: strings.Join(names, ", "),
		Window: readWindow("/compare", query, gains.Week, p.now()),
	}
	if len(names) == 0 {
		p.render(w, r, http.StatusOK, "compare.html", page)
		return
	}
	if len(names) == 1 {
		page.Alone = names[0]
		page.Players += ", "
		p.render(w, r, http.StatusOK, "compare.html", page)
		return
	}
	status := http.StatusOK
	c, err := p.sideBySide(r.Context(), names, page.Window.Window)
	switch {
	case page.Window.Error != "":
		status = http.StatusUnprocessableEntity
	case err != nil:
		problem := p.problem(r.Context(), r.Pattern, err)
		status, page.Error = problem.Status, problem.Detail
	default:
		page.fill(c, query)
	}
	p.render(w, r, status, "compare.html", page)
}

// typedNames are names with commas between them, or one to a value.
func typedNames(values []string) []string {
	var names []string
	for name := range strings.SplitSeq(strings.Join(values, ","), ",") {
		if name = strings.TrimSpace(name); name != "" {
			names = append(names, name)
		}
	}
	return names
}

// fill puts a comparison on the page.
func (page *comparePage) fill(c comparison.Comparison, query url.Values) {
	names := make([]string, 0, len(c.Sides))
	for _, side := range c.Sides {
		names = append(names, side.Player.Name.String())
	}
	for i, side := range c.Sides {
		head := sideHead{
			Name: names[i], URL: playerURL(side.Player.Name), Mode: modeName(side.Player.Mode), ModeKey: string(side.Player.Mode),
			Combat: numberWord(side.Combat, "unknown"), Leads: side.Leads, GainLeads: side.GainLeads,
		}
		if len(names) > comparison.Fewest {
			head.Without = compareURL(query, "players", strings.Join(slices.Delete(slices.Clone(names), i, i+1), ","))
		}
		page.Sides = append(page.Sides, head)
	}
	metric := cmp.Or(query.Get("metric"), hiscores.Overall)
	metrics := make([]store.Metric, 0, len(c.Rows))
	for _, row := range c.Rows {
		metrics = append(metrics, store.Metric{Name: row.Metric, Kind: row.Kind})
		if hiscores.MetricKey(row.Metric) == hiscores.MetricKey(metric) {
			page.Chart = newChart(row.Metric, page.Window)
			for _, name := range names {
				page.Chart.add(name, row.Metric, page.Window)
			}
		}
	}
	page.Metrics = metricOptions(metrics, metric)
	page.Groups = sideGroups(c, query)
	page.API = compareAPI(names, page.Window)
}

func sideGroups(c comparison.Comparison, query url.Values) []sideGroup {
	rows := map[hiscores.Group][]sideRow{}
	for _, row := range c.Rows {
		shown := sideRow{Name: hiscores.GameName(row.Metric), URL: compareURL(query, "metric", row.Metric)}
		anything := false
		for i, cell := range row.Cells {
			value, _ := cell.Value.Get()
			anything = anything || value > 0
			shown.Cells = append(shown.Cells, sideNumbers{
				Value: numberWord(cell.Value, "unknown"), Level: numberWord(cell.Level, ""), Kind: string(cell.What), Gain: cellGain(cell),
				Leads: i == row.Leader, GainLeads: i == row.GainLeader,
			})
		}
		if anything {
			group := hiscores.GroupOf(row.Metric, row.Kind)
			rows[group] = append(rows[group], shown)
		}
	}
	var groups []sideGroup
	for _, group := range hiscores.Groups() {
		if len(rows[group]) > 0 {
			groups = append(groups, sideGroup{Name: groupNames[group], Unit: groupUnits[group], Rows: rows[group]})
		}
	}
	return groups
}

func cellGain(cell comparison.Cell) string {
	if cell.What == "" {
		return ""
	}
	return gainWord(hiscores.Change{What: cell.What, Gain: cell.Gain})
}

// compareURL is the address of a comparison with another value of one part.
func compareURL(query url.Values, key, value string) string {
	to := maps.Clone(query)
	to.Set(key, value)
	return "/compare?" + to.Encode()
}

// compareAPI is the address of the same as JSON.
func compareAPI(names []string, window windowForm) string {
	return "/api/compare?" + url.Values{
		"players": {strings.Join(names, ",")},
		"from":    {window.From.UTC().Format(apiTime)}, "to": {window.To.UTC().Format(apiTime)},
	}.Encode()
}
