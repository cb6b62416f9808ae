package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/osrsdiff/osrsdiff/player"
	"github.com/osrsdiff/osrsdiff/roster"
	"github.com/osrsdiff/osrsdiff/schedules"
	"github.com/osrsdiff/osrsdiff/tasks"
)

const (
	changePath = schedulesPath + "/change"
	// mostChanged is how many schedules one form changes, as one request of the API.
	mostChanged = 10_000
	// mostTriggered is how many fetches one form asks for: they go before all
	// others, so many of them would keep everybody waiting.
	mostTriggered = 100
	// namedChanges is how many of them the question names.
	namedChanges = 10
)

// errNothingChosen says that a form chose no schedule.
var errNothingChosen = errors.New("nothing is chosen")

// scheduleChange is what a form asks to do with many schedules.
type scheduleChange struct {
	// Action is pause, resume, interval or fetch.
	Action string
	// To is the interval that was typed.
	To string
	// All means all that match Choice, else those of IDs are meant.
	All    bool
	Choice scheduleChoice
	IDs    []string
}

func changeOf(form url.Values) scheduleChange {
	return scheduleChange{
		Action: form.Get("action"), To: form.Get("to"), All: form.Get("scope") == "all", Choice: choiceOf(form), IDs: form["id"],
	}
}

// changePage asks whether many schedules are to be changed.
type changePage struct {
	layout
	scheduleChange
	Question, Button string
	// Names are the first of those that are changed, Others how many there are
	// beside them.
	Names  []string
	Others string
	// More says that not all that match are changed at once.
	More string
	Back string
}

// askChange answers GET /schedules/change: it says how many schedules a change
// is of, and changes nothing.
func (p *pages) askChange(w http.ResponseWriter, r *http.Request) {
	page, err := p.changePage(r.Context(), changeOf(r.URL.Query()))
	if err != nil {
		p.fail(w, r, err)
		return
	}
	p.render(w, r, http.StatusOK, "changeschedules.html", page)
}

func (p *pages) changePage(ctx context.Context, change scheduleChange) (changePage, error) {
	page := changePage{layout: p.layout(ctx, "Change schedules"), scheduleChange: change, Back: change.Choice.address("")}
	if _, err := change.patch(); err != nil {
		return page, err
	}
	names, more, err := p.chosen(ctx, change)
	if err != nil {
		return page, err
	}
	of := fmt.Sprintf("%s schedules", count(len(names)))
	if len(names) == 1 {
		of = "1 schedule"
	}
	switch change.Action {
	case "interval":
		page.Question, page.Button = fmt.Sprintf("Set %s to every %s?", of, change.To), "Set "+of
	case "pause":
		page.Question, page.Button = "Pause "+of+"?", "Pause "+of
	case "resume":
		page.Question, page.Button = "Resume "+of+"?", "Resume "+of
	default:
		page.Question, page.Button = "Fetch the players of "+of+" now?", "Fetch them"
	}
	if more {
		page.More = fmt.Sprintf("More than these match: at most %s are changed at once. Ask again for the rest.", count(mostChanged))
	}
	for i, name := range names {
		if i == namedChanges {
			page.Others = count(len(names) - i)
			break
		}
		page.Names = append(page.Names, name.String())
	}
	return page, nil
}

// patch is what an action changes of a player; nothing for a fetch.
func (c scheduleChange) patch() (roster.BulkChange, error) {
	var b roster.BulkChange
	switch c.Action {
	case "pause":
		b.Patch.Paused = new(true)
	case "resume":
		b.Patch.Paused = new(false)
	case "interval":
		every, err := player.ParseInterval(c.To)
		if err != nil {
			return b, invalid("form.to", c.To, err)
		}
		b.Patch.Every = &every
	case "fetch":
	default:
		return b, invalid("form.action", c.Action, fmt.Errorf("%w: choose pause, resume, interval or fetch", errNothingChosen))
	}
	return b, nil
}

// chosen finds the players of the schedules that a change is of. more says that
// there are more than are changed at once.
func (p *pages) chosen(ctx context.Context, change scheduleChange) (names []player.Name, more bool, err error) {
	if change.All {
		names, more, err = p.matching(ctx, change.Choice)
	} else {
		names, err = p.namesOf(ctx, change.IDs)
	}
	switch {
	case err != nil:
		return nil, false, err
	case len(names) == 0:
		return nil, false, invalid("form.id", "", fmt.Errorf("%w: mark the schedules to change, or choose all that match", errNothingChosen))
	case change.Action == "fetch" && len(names) > mostTriggered:
		return nil, false, invalid("form.id", len(names), fmt.Errorf(
			"%w: at most %d players are fetched by hand at a time, since they go before all others; the rest have schedules", errTooMany, mostTriggered))
	}
	return names, more, nil
}

// matching reads the schedules that a filter chooses, as far as they are changed
// at once.
func (p *pages) matching(ctx context.Context, choice scheduleChoice) ([]player.Name, bool, error) {
	f, err := choice.input("").filter()
	if err != nil {
		return nil, false, err
	}
	f.Limit = 1000
	var names []player.Name
	for len(names) < mostChanged {
		list, next, err := p.ScheduleList.List(ctx, f, p.log)
		if err != nil {
			return nil, false, err // says what was asked already
		}
		for _, e := range list {
			name, err := player.ParseName(e.Player)
			if err != nil {
				return nil, false, fmt.Errorf("schedule %q: %w", e.ID, err)
			}
			names = append(names, name)
		}
		if next == "" {
			return names, false, nil
		}
		f.After = next
	}
	return names[:mostChanged], true, nil
}

// namesOf finds the players of schedules that were marked. Those removed
// meanwhile are left out.
func (p *pages) namesOf(ctx context.Context, marked []string) ([]player.Name, error) {
	ids := make([]int64, 0, len(marked))
	for _, text := range marked {
		id, ok := tasks.ParseScheduleID(text)
		if !ok {
			return nil, invalid("form.id", text, fmt.Errorf("schedule %q: %w", text, schedules.ErrNotFound))
		}
		ids = append(ids, id)
	}
	found, err := p.PlayerIDs.PlayersByID(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("find %d schedules: %w", len(ids), err)
	}
	names := make([]player.Name, 0, len(found))
	for _, pl := range found {
		names = append(names, pl.Name)
	}
	return names, nil
}

// submitChange answers the question of askChange with yes.
func (p *pages) submitChange(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		refuse(w, r, http.StatusBadRequest, "the form could not be read")
		return
	}
	change := changeOf(r.PostForm)
	// A writer without deadlines has no limit either.
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(repairPatience))
	n, err := p.change(r.Context(), change)
	if err != nil {
		p.fail(w, r, err)
		return
	}
	query := change.Choice.values()
	query.Set("done", change.Action)
	query.Set("n", strconv.Itoa(n))
	seeOther(w, r, schedulesPath+"?"+query.Encode())
}

// change carries out a change and returns how many schedules it altered.
func (p *pages) change(ctx context.Context, change scheduleChange) (int, error) {
	bulk, err := change.patch()
	if err != nil {
		return 0, err
	}
	if bulk.Names, _, err = p.chosen(ctx, change); err != nil {
		return 0, err
	}
	if change.Action == "fetch" {
		return p.fetchEach(ctx, bulk.Names)
	}
	altered := 0
	changed, err := p.Bulk.ChangeMany(ctx, bulk)
	for _, c := range changed {
		if c.Altered {
			altered++
		}
	}
	if err != nil {
		return altered, fmt.Errorf("after %d of %d schedules: %w", len(changed), len(bulk.Names), err)
	}
	return altered, nil
}

func (p *pages) fetchEach(ctx context.Context, names []player.Name) (int, error) {
	queued := 0
	for i, name := range names {
		ticket, err := p.Switchboard.Fetch(ctx, name)
		if err != nil {
			return queued, fmt.Errorf("after %d of %d fetches: %w", i, len(names), err)
		}
		if ticket.Queued {
			queued++
		}
	}
	return queued, nil
}

// changeDone says what came of a change. What an address makes up says nothing.
func changeDone(query url.Values) string {
	n, err := strconv.Atoi(query.Get("n"))
	if err != nil || n < 0 || n > mostChanged {
		return ""
	}
	of := count(n) + " schedules"
	if n == 1 {
		of = "1 schedule"
	}
	switch query.Get("done") {
	case "pause":
		return of + " paused."
	case "resume":
		return of + " resumed."
	case "interval":
		return of + " changed."
	case "fetch":
		return "Fetches of " + of + " wait in the queue."
	}
	return ""
}
