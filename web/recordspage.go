package web

import (
	"fmt"
	"net/http"
	"time"

	"github.com/osrsdiff/osrsdiff/gains"
	"github.com/osrsdiff/osrsdiff/hiscores"
)

// recordsPage is the page of the most that a player gained.
type recordsPage struct {
	playerTop
	Periods []string
	Groups  []recordGroup
}

type recordGroup struct {
	Name string
	Rows []recordLine
}

// recordLine is a metric with its records, one for each of the periods.
type recordLine struct {
	Name, URL string
	Best      []bestCell
}

type bestCell struct {
	// Gain is empty when there is no record of that period.
	Gain string
	To   moment
}

// recordNames are the periods of records as the page calls them.
var recordNames = map[gains.Period]string{gains.Day: "24 hours", gains.Week: "7 days", gains.Month: "30 days"}

// showRecords answers GET /players/{name}/records.
func (p *pages) showRecords(w http.ResponseWriter, r *http.Request, s subject) error {
	page := recordsPage{playerTop: s.top}
	for _, period := range gains.RecordPeriods() {
		page.Periods = append(page.Periods, recordNames[period])
	}
	records, err := p.Achievements.Records(r.Context(), s.ID)
	if err != nil {
		return fmt.Errorf("records of player %q: %w", s.Name, err)
	}
	page.Groups = recordGroups(s.top.URL, records, p.now())
	p.render(w, r, http.StatusOK, "records.html", page)
	return nil
}

// recordGroups puts the records of a metric, which come together, on one line.
func recordGroups(player string, records []gains.Record, now time.Time) []recordGroup {
	lines := map[hiscores.Group][]recordLine{}
	last := ""
	for _, r := range records {
		group := hiscores.GroupOf(r.Metric, r.Kind)
		if r.Metric != last {
			last = r.Metric
			lines[group] = append(lines[group], recordLine{
				Name: hiscores.GameName(r.Metric), URL: chartURL(player, r.Metric), Best: make([]bestCell, len(gains.RecordPeriods())),
			})
		}
		line := lines[group][len(lines[group])-1]
		for i, period := range gains.RecordPeriods() {
			if period == r.Period {
				line.Best[i] = bestCell{Gain: signed(r.Gain), To: ago(now, r.To, "")}
			}
		}
	}
	var groups []recordGroup
	for _, group := range hiscores.Groups() {
		if len(lines[group]) > 0 {
			groups = append(groups, recordGroup{Name: groupNames[group], Rows: lines[group]})
		}
	}
	return groups
}
