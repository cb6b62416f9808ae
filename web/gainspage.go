package web

import (
	"fmt"
	"net/http"

	"github.com/osrsdiff/osrsdiff/gains"
	"github.com/osrsdiff/osrsdiff/hiscores"
)

// gainsPage is the page of what a player gained in a stretch of time.
type gainsPage struct {
	playerTop
	Window windowForm
	Groups []gainGroup
	// Sum is what was gained in all.
	Sum gainSum
	// API is the address of the same as JSON.
	API string
}

// gainSum is what was gained in all. What was not is empty.
type gainSum struct{ XP, Levels, Kills string }

// showGains answers GET /players/{name}/gains.
func (p *pages) showGains(w http.ResponseWriter, r *http.Request, s subject) error {
	page := gainsPage{playerTop: s.top, Window: readWindow(s.top.URL+"/gains", r.URL.Query(), gains.Day, p.now())}
	status := http.StatusOK
	if page.Window.Error != "" {
		status = http.StatusUnprocessableEntity
	} else if s.top.Values {
		changes, err := p.Values.Gains(r.Context(), s.ID, page.Window.From, page.Window.To)
		if err != nil {
			return fmt.Errorf("gains of player %q: %w", s.Name, err)
		}
		page.Groups = gainGroups(s.top.URL, changes)
		page.Sum = sumOf(changes)
	}
	page.API = apiURL(s.Name.String(), "gains", page.Window)
	p.render(w, r, status, "gains.html", page)
	return nil
}

// sumOf adds up what was gained in all.
func sumOf(changes []hiscores.Change) gainSum {
	var sum gainSum
	var kills int64
	for _, c := range changes {
		switch {
		case c.What != hiscores.Gained:
		case hiscores.MetricKey(c.Metric) == hiscores.MetricKey(hiscores.Overall):
			sum.XP = signed(c.Gain)
			before, ok1 := c.LevelBefore.Get()
			after, ok2 := c.LevelAfter.Get()
			if ok1 && ok2 {
				sum.Levels = signed(after - before)
			}
		case hiscores.GroupOf(c.Metric, c.Kind) == hiscores.Bosses:
			kills += c.Gain
		}
	}
	if kills > 0 {
		sum.Kills = signed(kills)
	}
	return sum
}
