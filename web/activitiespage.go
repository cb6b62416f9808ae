package web

import (
	"cmp"
	"net/http"
	"slices"

	"github.com/osrsdiff/osrsdiff/hiscores"
)

// activitiesPage is the page of a player's bosses, clues and activities.
type activitiesPage struct {
	playerTop
	Groups []scoreGroup
	// All shows what is at 0 or unknown as well; Toggle is the address of the
	// other choice.
	All    bool
	Toggle string
}

type scoreGroup struct {
	Name, Unit string
	Rows       []scoreRow
	// Zero is how many are at 0, and Unknown of how many the hiscores state no
	// score; both are left out of the rows unless all are shown.
	Zero, Unknown int
}

type scoreRow struct{ Name, URL, Score, Rank string }

// showActivities answers GET /players/{name}/activities.
func (p *pages) showActivities(w http.ResponseWriter, r *http.Request, s subject) error {
	page := activitiesPage{playerTop: s.top, All: r.URL.Query().Get("all") == "1", Toggle: s.top.URL + "/activities?all=1"}
	if page.All {
		page.Toggle = s.top.URL + "/activities"
	}
	page.Groups = scoreGroups(s, page.All)
	p.render(w, r, http.StatusOK, "activities.html", page)
	return nil
}

func scoreGroups(s subject, all bool) []scoreGroup {
	var groups []scoreGroup
	for _, group := range []hiscores.Group{hiscores.Bosses, hiscores.Clues, hiscores.Activities} {
		g := scoreGroup{Name: groupNames[group], Unit: groupUnits[group]}
		for _, row := range s.snapshot.Rows {
			if hiscores.GroupOf(row.Metric, row.Kind) != group {
				continue
			}
			score, known := row.Value.Get()
			switch {
			case !known:
				g.Unknown++
			case score == 0:
				g.Zero++
			}
			if all || score > 0 {
				g.Rows = append(g.Rows, viewScore(s.top.URL, row))
			}
		}
		if len(g.Rows)+g.Zero+g.Unknown > 0 {
			groups = append(groups, g)
		}
	}
	return groups
}

func viewScore(player string, row hiscores.Row) scoreRow {
	return scoreRow{
		Name: hiscores.GameName(row.Metric), URL: chartURL(player, row.Metric),
		Score: numberWord(row.Value, "unknown"), Rank: numberWord(row.Rank, "unranked"),
	}
}

// mostKilled are the bosses that a player killed most often.
func mostKilled(s subject) []scoreRow {
	var killed []hiscores.Row
	for _, row := range s.snapshot.Rows {
		if n, _ := row.Value.Get(); n > 0 && hiscores.GroupOf(row.Metric, row.Kind) == hiscores.Bosses {
			killed = append(killed, row)
		}
	}
	slices.SortStableFunc(killed, func(a, b hiscores.Row) int {
		x, _ := a.Value.Get()
		y, _ := b.Value.Get()
		return cmp.Compare(y, x)
	})
	rows := make([]scoreRow, 0, shownBest)
	for _, row := range killed[:min(shownBest, len(killed))] {
		rows = append(rows, viewScore(s.top.URL, row))
	}
	return rows
}
