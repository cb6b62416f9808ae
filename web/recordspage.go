package web

import (
	"context"
	"fmt"
	"net/http"

	"github.com/osrsdiff/osrsdiff/gains"
	"github.com/osrsdiff/osrsdiff/player"
)

// recordsPage is the page of what a player reached.
type recordsPage struct {
	layout
	Name, URL  string
	Periods    []string
	Records    []recordLine
	Milestones []milestoneLine
	// Undated are milestones whose date is not known.
	Undated []string
}

// recordLine is a metric with its records, one for each of the periods.
type recordLine struct {
	Metric string
	Best   []bestCell
}

type bestCell struct {
	Gain string
	To   moment
}

type milestoneLine struct {
	What      string
	Between   bool
	After, By moment
}

// periodNames are the periods as the pages call them.
var periodNames = map[gains.Period]string{
	gains.Day: "Day", gains.Week: "Week", gains.Month: "Month", gains.Year: "Year",
}

// showRecords answers GET /players/{name}/records.
func (p *pages) showRecords(w http.ResponseWriter, r *http.Request) {
	pl, err := p.find(r.Context(), r.PathValue("name"))
	if err != nil {
		p.fail(w, r, err)
		return
	}
	page, err := p.recordsPage(r.Context(), pl)
	if err != nil {
		p.fail(w, r, err)
		return
	}
	p.render(w, r, http.StatusOK, "records.html", page)
}

func (p *pages) recordsPage(ctx context.Context, pl player.Player) (recordsPage, error) {
	page := recordsPage{layout: p.layout(ctx, pl.Name.String()+": records"), Name: pl.Name.String(), URL: playerURL(pl.Name)}
	for _, period := range gains.RecordPeriods() {
		page.Periods = append(page.Periods, periodNames[period])
	}
	records, err := p.Achievements.Records(ctx, pl.ID)
	if err != nil {
		return page, fmt.Errorf("records of player %q: %w", pl.Name, err)
	}
	page.Records = p.recordLines(records)
	milestones, err := p.Achievements.Milestones(ctx, pl.ID)
	if err != nil {
		return page, fmt.Errorf("milestones of player %q: %w", pl.Name, err)
	}
	now := p.now()
	for _, m := range milestones {
		if !m.Dated() {
			page.Undated = append(page.Undated, m.String())
			continue
		}
		page.Milestones = append(page.Milestones, milestoneLine{
			What: m.String(), Between: !m.Exact(), After: ago(now, m.After, ""), By: ago(now, m.By, ""),
		})
	}
	return page, nil
}

// recordLines puts the records of a metric, which come together, on one line.
func (p *pages) recordLines(records []gains.Record) []recordLine {
	var lines []recordLine
	now := p.now()
	for _, r := range records {
		if n := len(lines); n == 0 || lines[n-1].Metric != r.Metric {
			lines = append(lines, recordLine{Metric: r.Metric, Best: make([]bestCell, len(gains.RecordPeriods()))})
		}
		for i, period := range gains.RecordPeriods() {
			if period == r.Period {
				lines[len(lines)-1].Best[i] = bestCell{Gain: signed(r.Gain), To: ago(now, r.To, "")}
			}
		}
	}
	return lines
}
