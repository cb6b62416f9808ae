package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/osrsdiff/osrsdiff/gains"
	"github.com/osrsdiff/osrsdiff/hiscores"
	"github.com/osrsdiff/osrsdiff/store"
)

// diffPage is the page of a player at two times side by side.
type diffPage struct {
	playerTop
	Window windowForm
	Groups []diffGroup
	// All shows rows that did not change as well; Toggle is the address of the
	// other choice.
	All    bool
	Toggle string
	// Early says that tracking began after the first time.
	Early bool
	API   string
}

type diffGroup struct {
	Name, Unit string
	Skills     bool
	Rows       []diffRow
}

// diffRow is a metric at two times.
type diffRow struct {
	Name, URL             string
	Before, After, Change string
	Levels, Ranks         [2]string
	Kind                  string
}

// showDiff answers GET /players/{name}/diff.
func (p *pages) showDiff(w http.ResponseWriter, r *http.Request, s subject) error {
	query := r.URL.Query()
	page := diffPage{playerTop: s.top, Window: readWindow(s.top.URL+"/diff", query, gains.Week, p.now()), All: query.Get("all") == "1"}
	query.Set("all", "1")
	if page.All {
		query.Del("all")
	}
	page.Toggle = s.top.URL + "/diff?" + query.Encode()
	page.API = apiURL(s.Name.String(), "gains", page.Window)
	status := http.StatusOK
	if page.Window.Error != "" {
		status = http.StatusUnprocessableEntity
	} else if s.top.Values {
		if err := p.addDiff(r.Context(), s, &page); err != nil {
			return err
		}
	}
	p.render(w, r, status, "diff.html", page)
	return nil
}

// addDiff puts both snapshots on the page. Which values changed is what the
// gains say, so that all pages agree.
func (p *pages) addDiff(ctx context.Context, s subject, page *diffPage) error {
	before, err := p.Values.SnapshotAt(ctx, s.ID, page.Window.From)
	if errors.Is(err, store.ErrNotFound) {
		page.Early, err = true, nil
	}
	if err != nil {
		return fmt.Errorf("values of player %q: %w", s.Name, err)
	}
	after, err := p.Values.SnapshotAt(ctx, s.ID, page.Window.To)
	if errors.Is(err, store.ErrNotFound) {
		return nil // nothing was known at either time
	}
	if err != nil {
		return fmt.Errorf("values of player %q: %w", s.Name, err)
	}
	changes, err := p.Values.Gains(ctx, s.ID, page.Window.From, page.Window.To)
	if err != nil {
		return fmt.Errorf("gains of player %q: %w", s.Name, err)
	}
	page.Groups = diffGroups(s.top.URL, pair{before, after, changes}, page.All)
	return nil
}

// pair is two snapshots and what changed between them.
type pair struct {
	before, after hiscores.Snapshot
	changes       []hiscores.Change
}

func diffGroups(player string, both pair, all bool) []diffGroup {
	changed := make(map[string]hiscores.Change, len(both.changes))
	for _, c := range both.changes {
		changed[hiscores.MetricKey(c.Metric)] = c
	}
	rows := map[hiscores.Group][]diffRow{}
	for _, after := range both.after.Rows {
		change, moved := changed[hiscores.MetricKey(after.Metric)]
		if !moved && !all {
			continue
		}
		before, _ := both.before.Row(after.Metric)
		row := diffRow{
			Name: hiscores.GameName(after.Metric), URL: chartURL(player, after.Metric), Change: "no change",
			Before: numberWord(before.Value, "unknown"), After: numberWord(after.Value, "unknown"),
			Levels: [2]string{numberWord(before.Level, "unknown"), numberWord(after.Level, "unknown")},
			Ranks:  [2]string{numberWord(before.Rank, "unranked"), numberWord(after.Rank, "unranked")},
		}
		if moved {
			// From the first value on, where tracking began in between.
			row.Change, row.Kind, row.Before = gainWord(change), string(change.What), numberWord(change.Before, "unknown")
		}
		group := hiscores.GroupOf(after.Metric, after.Kind)
		rows[group] = append(rows[group], row)
	}
	var groups []diffGroup
	for _, group := range hiscores.Groups() {
		if len(rows[group]) > 0 {
			groups = append(groups, diffGroup{Name: groupNames[group], Unit: groupUnits[group], Skills: group == hiscores.Skills, Rows: rows[group]})
		}
	}
	return groups
}
