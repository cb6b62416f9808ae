package web

import (
	"context"
	"fmt"
	"net/http"

	"github.com/osrsdiff/osrsdiff/player"
	"github.com/osrsdiff/osrsdiff/roster"
	"github.com/osrsdiff/osrsdiff/store"
)

// submitAction answers a button of a player's pages.
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
	seeOther(w, r, playerURL(name)+"?done="+done)
}

// submitInterval answers the form that changes how often a player is fetched.
func (p *pages) submitInterval(w http.ResponseWriter, r *http.Request, s subject) error {
	typed := r.PostFormValue("every")
	every, err := player.ParseInterval(typed)
	if err == nil {
		_, err = p.Registrar.Change(r.Context(), s.Name, store.PlayerPatch{Every: &every})
	}
	if err == nil {
		p.seePlayer(w, r, s.Name, "interval")
		return nil
	}
	return p.again(w, r, s, err, func(page *schedulePage, problem string) { page.Interval = playerForm{Value: typed, Error: problem} })
}

// submitRename answers the form that follows an account to its new name.
func (p *pages) submitRename(w http.ResponseWriter, r *http.Request, s subject) error {
	typed := r.PostFormValue("to")
	to, err := player.ParseName(typed)
	if err == nil {
		request := roster.RenameRequest{From: s.Name, To: to, Force: r.PostFormValue("force") == "yes"}
		var renamed player.Player
		if renamed, err = p.Identities.Rename(r.Context(), request); err == nil {
			p.seePlayer(w, r, renamed.Name, "renamed")
			return nil
		}
	}
	return p.again(w, r, s, err, func(page *schedulePage, problem string) { page.Rename = playerForm{Value: typed, Error: problem} })
}

// again shows the page of a form with what was wrong with it.
func (p *pages) again(w http.ResponseWriter, r *http.Request, s subject, wrong error, say func(*schedulePage, string)) error {
	problem := p.problem(r.Context(), r.Pattern, wrong)
	page, err := p.schedulePage(r.Context(), s)
	if err != nil {
		return err
	}
	say(&page, problem.Detail)
	p.render(w, r, problem.Status, "schedule.html", page)
	return nil
}

// showRemove answers GET /players/{name}/remove: it asks whether that is meant.
func (p *pages) showRemove(w http.ResponseWriter, r *http.Request, s subject) error {
	p.render(w, r, http.StatusOK, "remove.html", s.top)
	return nil
}

// submitRemove answers the form that confirms it, with or without the history.
func (p *pages) submitRemove(w http.ResponseWriter, r *http.Request, s subject) error {
	if r.PostFormValue("purge") == "yes" {
		if err := p.Purger.Purge(r.Context(), s.Name); err != nil {
			return err
		}
	} else if _, err := p.Registrar.Remove(r.Context(), s.Name); err != nil {
		return err // says what was asked already
	}
	seeOther(w, r, "/")
	return nil
}
