package web

import (
	"fmt"
	"net/http"

	"github.com/osrsdiff/osrsdiff/gains"
	"github.com/osrsdiff/osrsdiff/hiscores"
)

// milestonesPage is the page of what a player reached.
type milestonesPage struct {
	playerTop
	Milestones []milestoneLine
	// Undated are milestones whose date is not known.
	Undated []string
}

type milestoneLine struct {
	What, URL string
	Between   bool
	After, By moment
}

// showMilestones answers GET /players/{name}/milestones.
func (p *pages) showMilestones(w http.ResponseWriter, r *http.Request, s subject) error {
	page := milestonesPage{playerTop: s.top}
	milestones, err := p.Achievements.Milestones(r.Context(), s.ID)
	if err != nil {
		return fmt.Errorf("milestones of player %q: %w", s.Name, err)
	}
	now := p.now()
	for _, m := range milestones {
		if !m.Dated() {
			page.Undated = append(page.Undated, milestoneWords(m))
			continue
		}
		page.Milestones = append(page.Milestones, milestoneLine{
			What: milestoneWords(m), URL: chartURL(s.top.URL, m.Metric), Between: !m.Exact(), After: ago(now, m.After, ""), By: ago(now, m.By, ""),
		})
	}
	p.render(w, r, http.StatusOK, "milestones.html", page)
	return nil
}

// milestoneWords say what was reached as players do.
func milestoneWords(m gains.Milestone) string {
	name := hiscores.GameName(m.Metric)
	switch m.Kind {
	case gains.Level99:
		return fmt.Sprintf("Level %d %s", m.Goal, name)
	case gains.Experience:
		return fmt.Sprintf("%s XP in %s", grouped(m.Goal), name)
	case gains.Base:
		return fmt.Sprintf("Base %d: every skill at %d or more", m.Goal, m.Goal)
	case gains.TotalLevel:
		return fmt.Sprintf("Total level %s", grouped(m.Goal))
	case gains.Maxed:
		return "Maxed: level 99 in every skill"
	}
	return fmt.Sprintf("%s %s", grouped(m.Goal), name)
}
