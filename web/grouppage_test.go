package web_test

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestGroupPages(t *testing.T) {
	b := newClan(t)
	golden(t, "group.html", b.call(http.MethodGet, "/groups/iron%20clan", "").want(http.StatusOK, nil).body)
	for path, words := range map[string][]string{
		"/groups": {`<a href="/groups/Iron%20Clan">Iron Clan</a>`, "Asia/Tokyo", "No competitions yet", `action="/groups"`},
		"/groups/Iron%20Clan/gains?metric=Attack":     {"Attack gained: &#43;100 together", "first seen", "unknown</td>", `value="Attack" selected`},
		"/groups/Iron%20Clan/gains?from=soon":         {"invalid time"},
		"/groups/Iron%20Clan/leaderboard":             {"<caption>Overall</caption>", `<a href="/players/Bob">Bob</a>`},
		"/groups/Iron%20Clan/roster?done=made":        {"Ann,Owner\nBob\nNew Bie\n</textarea>", "The group is made.", `value="Asia/Tokyo"`},
		"/groups/Iron%20Clan/competitions":            {"No competitions yet", "Start a competition", `value="2026-03-05T00:00"`},
		"/groups/Iron%20Clan/export?format=csv":       {"name,rank,mode"},
		"/groups/Iron%20Clan/gains?from=90m&to=30m":   {"Overall gained: &#43;100 together"},
		"/groups/Iron%20Clan/leaderboard?cursor=50":   {"nobody of the group yet", "First page"},
		"/groups/Iron%20Clan/gains?period=day&zone=x": {"invalid time zone"},
	} {
		t.Run(path, func(t *testing.T) { b.in(t).call(http.MethodGet, path, "").want(http.StatusOK, nil).says(words...) })
	}
	for _, path := range []string{"/groups/nobody", "/groups/nobody/roster", "/competitions/9", "/competitions/x", "/groups/Iron%20Clan/gains?metric=Sailng"} {
		b.call(http.MethodGet, path, "").want(http.StatusNotFound, nil).says("Not Found")
	}
	b.call(http.MethodGet, "/groups?after=x", "").want(http.StatusUnprocessableEntity, nil)
	b.call(http.MethodGet, "/groups/iron%20clan/export?format=xml", "").want(http.StatusUnprocessableEntity, nil)
}

func TestGroupForms(t *testing.T) {
	b := newContest(t)
	goes := func(want string, path string, pairs ...string) {
		t.Helper()
		res := b.send(path, pairs...).want(http.StatusSeeOther, nil)
		if got := res.header.Get("Location"); got != want {
			t.Errorf("%s goes to %s, want %s", path, got, want)
		}
	}
	goes("/groups/Clan/roster?done=made", "/groups", "name", "Clan", "zone", "Europe/Berlin")
	b.send("/groups", "name", "CLAN").want(http.StatusConflict, nil).says("group exists already", `value="CLAN"`)
	b.send("/groups", "name", "a/b").want(http.StatusUnprocessableEntity, nil).says("is not allowed")
	b.send("/groups", "name", "x", "zone", "Mars").want(http.StatusUnprocessableEntity, nil).says("IANA name", `value="Mars"`)

	preview := b.send("/groups/clan/roster", "roster", "Ann,Owner\r\nFresh\r\n", "do", "preview").want(http.StatusOK, nil)
	preview.says("What would change", "<strong>Fresh</strong> is new and will be tracked", "<strong>Ann</strong> joins (Owner)", "Ann,Owner")
	b.call(http.MethodGet, "/api/players/fresh", "").fails(http.StatusNotFound)
	goes("/groups/Clan?done=synced", "/groups/clan/roster", "roster", "Ann,Owner\r\nFresh\r\n", "do", "apply")
	goes("/groups/Clan?done=same", "/groups/clan/roster", "roster", "Ann,Owner\nFresh", "do", "apply")
	bad := b.send("/groups/clan/roster", "roster", "Bob\nWhat!\n", "do", "apply").want(http.StatusUnprocessableEntity, nil)
	bad.says("Some lines cannot be read; nothing was changed.", "Line 2: <q>What!</q>", "Bob\nWhat!")
	b.send("/groups/clan/roster", "roster", "Bob,x\nWhat!\n", "skip_bad", "yes", "do", "preview").want(http.StatusOK, nil).says(
		"<strong>Bob</strong> joins (x)", "<strong>Ann</strong> leaves and stays tracked (Owner)", "Line 2: <q>What!</q>", "checked")
	b.send("/groups/clan/roster", "roster", "", "do", "apply").want(http.StatusUnprocessableEntity, nil).says("it lists nobody")
	b.send("/groups/nobody/roster", "roster", "Ann", "do", "apply").want(http.StatusNotFound, nil)

	b.send("/groups/clan/competitions", "title", "", "metric", "Attack", "from", "2026-03-04T11:00", "to", "2026-03-04T13:00").want(http.StatusUnprocessableEntity, nil).says("must not be empty")
	b.send("/groups/clan/competitions", "title", "Race", "metric", "Attack", "from", "soon", "to", "").want(http.StatusUnprocessableEntity, nil).says("must be a date and a time", `value="Race"`)
	goes("/competitions/1", "/groups/clan/competitions", "title", "Race", "metric", "Attack", "from", "2026-03-04T10:00", "to", "2026-03-04T15:00")
	page := b.call(http.MethodGet, "/competitions/1", "").want(http.StatusOK, nil).says("Running", "ends in 2 h", `hx-get="/competitions/1"`, `<a href="/groups/Clan">Clan</a>`, "14:00 UTC")
	part := b.call(http.MethodGet, "/competitions/1", "", "HX-Request", "true").want(http.StatusOK, nil)
	if !strings.HasPrefix(part.body, `<div id="competition"`) || !strings.Contains(page.body, part.body) {
		t.Errorf("the part is not what the page holds: %s", part.body)
	}
	b.clock.set(start.Add(50 * time.Hour))
	b.call(http.MethodGet, "/competitions/1", "").want(http.StatusOK, nil).says("Ended", "Final: only values from before the end count.")

	goes("/groups/Irons/roster?done=changed", "/groups/clan/settings", "name", "Irons", "zone", "UTC", "description", "irons")
	b.send("/groups/irons/settings", "name", "Irons", "zone", "Mars").want(http.StatusUnprocessableEntity, nil).says("IANA name")
	goes("/groups", "/groups/irons/remove")
	goes("/groups", "/competitions/1/remove")
	b.send("/competitions/1/remove").want(http.StatusNotFound, nil)
}
