package web

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/osrsdiff/osrsdiff/gains"
	"github.com/osrsdiff/osrsdiff/hiscores"
)

// playerPage is the first page of one player: what it stands at.
type playerPage struct {
	playerTop
	Error      string
	LastChange moment
	Every      string
	// Flag asks a person to decide. Nil: nothing is held aside.
	Flag   *flagNotice
	Skills []skillCard
	// Virtual shows levels beyond 99; Toggle is the address of the other choice.
	Virtual bool
	Toggle  string
	// Gains are those of the last 24 hours, the largest of each group.
	Gains []gainGroup
	// Best are the bosses killed most.
	Best []scoreRow
	// Chart is the total experience of the last 30 days.
	Chart chart
}

const (
	// shownBest is how many bosses the first page names.
	shownBest = 8
	// shownGains is how many gains of a group it names.
	shownGains = 6
)

// showPlayer answers GET /players/{name}.
func (p *pages) showPlayer(w http.ResponseWriter, r *http.Request, s subject) error {
	page := playerPage{
		playerTop: s.top, Error: s.LastError, LastChange: ago(p.now(), s.LastChangedAt, "none yet"), Every: s.Every.String(),
		Virtual: r.URL.Query().Get("virtual") == "1", Toggle: s.top.URL + "?virtual=1",
	}
	if page.Virtual {
		page.Toggle = s.top.URL
	}
	var err error
	if page.Flag, err = p.flagNotice(r.Context(), s.Player); err != nil {
		return err
	}
	page.Skills = skillCards(s, page.Virtual)
	page.Best = mostKilled(s)
	if s.top.Values {
		month := readWindow("", nil, gains.Month, p.now())
		page.Chart = newChart(hiscores.Overall, month)
		page.Chart.add(s.Name.String(), hiscores.Overall, month)
	}
	if page.Gains, err = p.lately(r.Context(), s); err != nil {
		return err
	}
	p.render(w, r, http.StatusOK, "player.html", page)
	return nil
}

// lately are the gains of the last 24 hours.
func (p *pages) lately(ctx context.Context, s subject) ([]gainGroup, error) {
	if !s.top.Values {
		return nil, nil
	}
	now := p.now()
	changes, err := p.Values.Gains(ctx, s.ID, now.Add(-gains.Day.Length()), now)
	if err != nil {
		return nil, fmt.Errorf("gains of player %q: %w", s.Name, err)
	}
	return mostGained(gainGroups(s.top.URL, changes), changes, shownGains), nil
}

// skillCard is one skill of a player.
type skillCard struct {
	Name, URL, Group string
	Level, XP, Rank  string
	// Hint says the level beyond 99, or the one the hiscores state.
	Hint string
	// Percent is how much of the way to the next level is done. Next says how much
	// is left, and Short says it in a few letters.
	Percent     int64
	Next, Short string
	// Known is false when the hiscores state no experience.
	Known bool
}

func skillCards(s subject, virtual bool) []skillCard {
	cards := make([]skillCard, 0, len(s.snapshot.Rows))
	for _, row := range s.snapshot.Rows {
		if row.Kind != hiscores.Skill || hiscores.MetricKey(row.Metric) == hiscores.MetricKey(hiscores.Overall) {
			continue
		}
		card := skillCard{
			Name: row.Metric, URL: chartURL(s.top.URL, row.Metric), Group: skillGroup(row.Metric),
			Level: numberWord(row.Level, "unknown"), XP: numberWord(row.Value, "unknown"), Rank: numberWord(row.Rank, "unranked"),
		}
		if xp, known := row.Value.Get(); known {
			card.Known = true
			card.progress(xp, virtual)
		}
		cards = append(cards, card)
	}
	return cards
}

// progress fills in what follows from the experience.
func (c *skillCard) progress(xp int64, virtual bool) {
	level := hiscores.VirtualLevel(xp)
	if level > hiscores.MaxLevel {
		c.Hint = fmt.Sprintf("level %d by experience", level)
		if virtual {
			c.Level, c.Hint = grouped(level), "level 99 in the game"
		}
	}
	if level == hiscores.MaxVirtualLevel {
		c.Percent, c.Next = 100*xp/hiscores.MaxSkillXP, fmt.Sprintf("%s XP to the most there can be", grouped(hiscores.MaxSkillXP-xp))
		c.Short = grouped(hiscores.MaxSkillXP-xp) + " to 200M"
		if xp >= hiscores.MaxSkillXP {
			c.Next, c.Short = "the most there can be", "200M: the most"
		}
		return
	}
	from, to := hiscores.VirtualLevelXP(level), hiscores.VirtualLevelXP(level+1)
	c.Percent, c.Next = 100*(xp-from)/(to-from), fmt.Sprintf("%s XP to level %d", grouped(to-xp), level+1)
	c.Short = fmt.Sprintf("%s to %d", grouped(to-xp), level+1)
}

// skillGroups are the kinds of work that skills are. They only choose a colour.
var skillGroups = map[string]string{
	"attack": "combat", "strength": "combat", "defence": "combat", "hitpoints": "combat", "ranged": "combat", "magic": "combat", "prayer": "combat",
	"mining": "gathering", "fishing": "gathering", "woodcutting": "gathering", "farming": "gathering", "hunter": "gathering",
	"cooking": "artisan", "fletching": "artisan", "firemaking": "artisan", "crafting": "artisan", "smithing": "artisan",
	"herblore": "artisan", "runecraft": "artisan", "construction": "artisan",
}

func skillGroup(metric string) string {
	if group, ok := skillGroups[hiscores.MetricKey(metric)]; ok {
		return group
	}
	return "support"
}

// doneWords are what a player's page says after something was done to it. The
// address carries only the key, so that nobody can put words into our mouth.
var doneWords = map[string]string{
	"added":    "Added. The first fetch is on its way.",
	"queued":   "The fetch waits in the queue.",
	"waiting":  "A fetch was waiting in the queue already.",
	"fresh":    "Fetched less than 60 seconds ago: these are the stored values.",
	"paused":   "Paused: no fetches until it is resumed.",
	"resumed":  "Resumed.",
	"interval": "Saved: the new interval takes effect within seconds.",
	"renamed":  "Renamed: the history stays, and a fetch is on its way.",
	"accepted": "Accepted: the values held aside are part of the history.",
	"split":    "Split: this is another account, and begins afresh. The history is an archived player's.",
}

// exactly writes a time for people in a zone.
func exactly(t time.Time, zone *time.Location) string { return t.In(zone).Format("2 Jan 2006 15:04") }
