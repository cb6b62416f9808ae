package web

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/osrsdiff/osrsdiff/groups"
)

// rosterForm is the text box of a group's roster.
type rosterForm struct {
	Text    string
	SkipBad bool
	// Preview says that Changes are what would happen, with Kept members unchanged.
	Preview bool
	Changes []rosterChange
	Kept    int
	// Bad are the lines that cannot be read.
	Bad []groups.BadLine
}

type rosterChange struct{ Word, Name, Note string }

// changeWords say what a roster changes of a player.
var changeWords = map[groups.ChangeKind]string{
	groups.Added: "is new and will be tracked", groups.Joined: "joins", groups.Ranked: "has another rank",
	groups.Left: "leaves and stays tracked",
}

// viewRoster fills the text box with the present roster, unless something was typed.
func (p *pages) viewRoster(ctx context.Context, page *groupPage, _ url.Values) error {
	if page.Roster.Text != "" {
		return nil
	}
	members, err := p.Groups.Members(ctx, page.group.ID)
	if err != nil {
		return err
	}
	var text strings.Builder
	err = groups.Export(&text, groups.Text, members)
	page.Roster.Text = text.String()
	return err
}

// submitRoster answers the text box: it shows what would change, or applies it.
func (p *pages) submitRoster(w http.ResponseWriter, r *http.Request) {
	if !readForm(w, r) {
		return
	}
	page, err := p.groupPage(r.Context(), r.PathValue("name"), rosterView)
	if err != nil {
		p.fail(w, r, err)
		return
	}
	form := rosterForm{Text: r.PostForm.Get("roster"), SkipBad: r.PostForm.Get("skip_bad") != "", Preview: r.PostForm.Get("do") != "apply"}
	request := groups.SyncRequest{Group: page.group.Name, SkipBad: form.SkipBad, DryRun: form.Preview}
	done, err := p.sync(r.Context(), []byte(form.Text), request)
	form.Bad = done.Bad
	if err == nil && !form.Preview {
		word := "synced"
		if len(done.Changes) == 0 {
			word = "same"
		}
		seeOther(w, r, page.URL+"?done="+word)
		return
	}
	if err != nil {
		form.Preview = false
		page.Roster = form
		p.groupProblem(w, r, page, err)
		return
	}
	form.Kept = done.Kept
	for _, c := range done.Changes {
		form.Changes = append(form.Changes, rosterChange{Word: changeWords[c.What], Name: c.Player.String(), Note: changeNote(c)})
	}
	page.Roster = form
	p.render(w, r, http.StatusOK, "group.html", page)
}

// changeNote says which rank a change is about, and how the player is listed.
func changeNote(c groups.Change) string {
	var notes []string
	switch {
	case c.What == groups.Ranked:
		notes = append(notes, fmt.Sprintf("from %s to %s", orNone(c.Was), orNone(c.Rank)))
	case c.Rank+c.Was != "":
		notes = append(notes, c.Rank+c.Was)
	}
	if c.ListedAs != "" {
		notes = append(notes, "listed as "+c.ListedAs)
	}
	return strings.Join(notes, ", ")
}

func orNone(rank string) string {
	if rank == "" {
		return "none"
	}
	return rank
}
