package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/osrsdiff/osrsdiff/gains"
	"github.com/osrsdiff/osrsdiff/hiscores"
	"github.com/osrsdiff/osrsdiff/player"
	"github.com/osrsdiff/osrsdiff/store"
)

// playerPage is the page of one player.
type playerPage struct {
	layout
	Name, URL, Mode, Status, Every string
	Paused, Trouble                bool
	Error, Done                    string
	LastFetch, NextTick            moment
	LastChange                     moment
	// Flag asks a person to decide. Nil: nothing is held aside.
	Flag *flagNotice
	// Modes are the changes of the game mode, newest first.
	Modes []modeRow
	// Values is false until something was stored.
	Values     bool
	Combat     string
	Gains      []gainRow
	Skills     []valueRow
	Activities []valueRow
	// Zero is how many activities have a score of 0, Unlisted how many the
	// hiscores state no score of.
	Zero, Unlisted int
}

type gainRow struct{ Metric, Gain, After, Level string }

type valueRow struct{ Metric, Level, Value, Rank string }

// doneWords are what a player's page says after something was done to it. The
// address carries only the key, so that nobody can put words into our mouth.
var doneWords = map[string]string{
	"added":    "Added. The first fetch is on its way.",
	"queued":   "The fetch waits in the queue.",
	"waiting":  "A fetch was waiting in the queue already.",
	"fresh":    "Fetched less than 60 seconds ago: these are the stored values.",
	"paused":   "Paused: no fetches until it is resumed.",
	"resumed":  "Resumed.",
	"accepted": "Accepted: the values held aside are part of the history.",
	"split":    "Split: this is another account, and begins afresh. The history is an archived player's.",
}

// showPlayer answers GET /players/{name}.
func (p *pages) showPlayer(w http.ResponseWriter, r *http.Request) {
	pl, err := p.find(r.Context(), r.PathValue("name"))
	if err != nil {
		p.fail(w, r, err)
		return
	}
	page := p.playerPage(r.Context(), pl)
	page.Done = doneWords[r.URL.Query().Get("done")]
	if page.Flag, err = p.flagNotice(r.Context(), pl); err != nil {
		p.fail(w, r, err)
		return
	}
	if page.Modes, err = p.modeRows(r.Context(), pl); err != nil {
		p.fail(w, r, err)
		return
	}
	if err := p.addValues(r.Context(), pl.ID, &page); err != nil {
		p.fail(w, r, err)
		return
	}
	p.render(w, r, http.StatusOK, "player.html", page)
}

func (p *pages) playerPage(ctx context.Context, pl player.Player) playerPage {
	now := p.now()
	tick := p.nextTicks(ctx, []player.Player{pl})[pl.ID]
	return playerPage{
		layout: p.layout(ctx, pl.Name.String()), Name: pl.Name.String(), URL: playerURL(pl.Name), Mode: modeName(pl.Mode),
		Status: statusName(pl), Every: pl.Every.String(), Paused: pl.Paused, Error: pl.LastError,
		Trouble:   pl.Status == player.Missing || pl.Status == player.Flagged || pl.LastResult == player.Failed || pl.LastResult == player.NotFound,
		LastFetch: ago(now, pl.LastFetchedAt, "never"), NextTick: ahead(now, tick, noTick(pl)),
		LastChange: ago(now, pl.LastChangedAt, "none yet"),
	}
}

// addValues puts the latest values and the gains of the last 24 hours on a page.
func (p *pages) addValues(ctx context.Context, playerID int64, page *playerPage) error {
	now := p.now()
	snap, err := p.Values.SnapshotAt(ctx, playerID, now)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("values of player %q: %w", page.Name, err)
	}
	changes, err := p.Values.Gains(ctx, playerID, now.Add(-24*time.Hour), now)
	if err != nil {
		return fmt.Errorf("gains of player %q: %w", page.Name, err)
	}
	page.Values, page.Combat = true, numberWord(gains.CombatLevel(snap), "unknown")
	for _, c := range changes {
		page.Gains = append(page.Gains, gainRow{
			Metric: c.Metric, Gain: gainWord(c), After: numberWord(c.After, "unknown"), Level: levelWord(c),
		})
	}
	for _, row := range snap.Rows {
		v := valueRow{
			Metric: row.Metric, Level: skillLevel(row),
			Value: numberWord(row.Value, "unknown"), Rank: numberWord(row.Rank, "unranked"),
		}
		score, known := row.Value.Get()
		switch {
		case row.Kind == hiscores.Skill:
			page.Skills = append(page.Skills, v)
		case !known:
			page.Unlisted++
		case score == 0:
			page.Zero++
		default:
			page.Activities = append(page.Activities, v)
		}
	}
	return nil
}

// skillLevel is the level of a skill, with the one its experience amounts to when
// that is beyond 99.
func skillLevel(row hiscores.Row) string {
	word := numberWord(row.Level, "unknown")
	if virtual := virtualLevel(row.Metric, row.Kind, row.Value); virtual != nil && *virtual > hiscores.MaxLevel {
		word += fmt.Sprintf(" (%d)", *virtual)
	}
	return word
}

func gainWord(c hiscores.Change) string {
	switch c.What {
	case hiscores.FirstSeen:
		return "first seen"
	case hiscores.Lost:
		return "no longer listed"
	}
	return signed(c.Gain)
}

// levelWord says how a skill's level changed; nothing when it did not.
func levelWord(c hiscores.Change) string {
	before, ok1 := c.LevelBefore.Get()
	after, ok2 := c.LevelAfter.Get()
	if !ok1 || !ok2 || before == after {
		return ""
	}
	return fmt.Sprintf("%s to %s", grouped(before), grouped(after))
}

// submitAction answers a button of a player's page.
func (p *pages) submitAction(action string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		name, err := pathName(r.PathValue("name"))
		if err != nil {
			p.fail(w, r, err)
			return
		}
		done, err := p.act(r.Context(), action, name)
		if err != nil {
			p.fail(w, r, err)
			return
		}
		p.seePlayer(w, r, name, done)
	}
}

// act does what a button says and returns the key of what to say of it.
func (p *pages) act(ctx context.Context, action string, name player.Name) (done string, err error) {
	switch action {
	case "pause":
		_, err = p.Switchboard.Pause(ctx, name)
		done = "paused"
	case "resume":
		_, err = p.Switchboard.Resume(ctx, name)
		done = "resumed"
	case "accept", "split":
		return p.decide(ctx, action, name)
	case "fetch":
		ticket, fetchErr := p.Switchboard.Fetch(ctx, name)
		err, done = fetchErr, "waiting"
		if ticket.Fresh {
			done = "fresh"
		} else if ticket.Queued {
			done = "queued"
		}
	default:
		return "", fmt.Errorf("%w: a player has no action %q", errNoPage, action)
	}
	return done, err
}

// seePlayer sends a browser to a player's page after a form, so that reloading
// it does not send the form again.
func (p *pages) seePlayer(w http.ResponseWriter, r *http.Request, name player.Name, done string) {
	http.Redirect(w, r, playerURL(name)+"?done="+done, http.StatusSeeOther) //nolint:gosec // a path of this site, name escaped
}
