package web_test

import (
	"net/http"
	"testing"

	"github.com/osrsdiff/osrsdiff/access"
)

// TestOptOuts opts a tracked player out and tries to have it back.
func TestOptOuts(t *testing.T) {
	b := newBench(t, nil)
	b.add("Zezima", nil)
	b.add("Other", nil)
	type optedOut struct {
		Name, Removed, Reason string
		DryRun                bool `json:"dry_run"`
		Already               bool
		Histories             int
	}
	var got optedOut
	b.call(http.MethodPost, "/api/optouts", `{"name": "zezima", "reason": "asked", "dry_run": true}`).want(http.StatusOK, &got)
	if want := (optedOut{Name: "zezima", Removed: "Zezima", Reason: "asked", DryRun: true, Histories: 1}); got != want {
		t.Errorf("a dry run says %+v, want %+v", got, want)
	}
	b.call(http.MethodGet, "/api/players/zezima", "").want(http.StatusOK, nil)
	b.call(http.MethodPost, "/api/optouts", `{"name": "zezima", "reason": "asked"}`).want(http.StatusOK, nil)
	b.call(http.MethodGet, "/api/players/zezima", "").want(http.StatusNotFound, nil)

	b.call(http.MethodPost, "/api/players", `{"name": "Zezima"}`).want(http.StatusConflict, nil).says("opted out of being tracked")
	b.call(http.MethodPost, "/api/players/other/rename", `{"to": "Zezima", "force": true}`).want(http.StatusConflict, nil)
	var bulk struct{ Counts map[string]int }
	for _, dry := range []string{"true", "false"} {
		b.call(http.MethodPost, "/api/players/bulk", `{"action": "add", "names": ["zezima", "fine"], "dry_run": `+dry+`}`).want(http.StatusOK, &bulk)
		if bulk.Counts["refused"] != 1 || bulk.Counts["added"] != 1 {
			t.Errorf("many with dry run %s: %v", dry, bulk.Counts)
		}
	}
	var list struct {
		OptOuts []struct{ Name, Reason string }
	}
	b.call(http.MethodGet, "/api/optouts", "").want(http.StatusOK, &list)
	if len(list.OptOuts) != 1 || list.OptOuts[0].Name != "zezima" || list.OptOuts[0].Reason != "asked" {
		t.Errorf("the list is %+v", list)
	}
	b.call(http.MethodDelete, "/api/optouts/ZEZIMA", "").want(http.StatusNoContent, nil)
	b.call(http.MethodDelete, "/api/optouts/ZEZIMA", "").want(http.StatusNotFound, nil)
	b.add("Zezima", nil)
}

// TestOptOutsPage does the same with forms, as an admin and as others.
func TestOptOutsPage(t *testing.T) {
	b := newBench(t, nil)
	admin, operator := b.token("me", access.Admin), b.token("bot", access.Operator)
	form := func(path, body, authorization string) answer {
		return b.call(http.MethodPost, path, body, "Content-Type", "application/x-www-form-urlencoded", "Authorization", authorization)
	}
	b.call(http.MethodGet, "/optouts", "", "Authorization", operator).want(http.StatusForbidden, nil)
	form("/optouts", "name=Zezima", operator).want(http.StatusForbidden, nil)
	b.call(http.MethodGet, "/optouts", "", "Authorization", admin).want(http.StatusOK, nil).says("Nobody opted out.")
	form("/optouts", "name=much+too+long+a+name&reason=x", admin).want(http.StatusUnprocessableEntity, nil).says(`role="alert"`, `value="much too long a name"`)
	form("/optouts", "name=Zezima&reason=asked", admin).want(http.StatusSeeOther, nil)
	b.call(http.MethodGet, "/optouts?done=added", "", "Authorization", admin).want(http.StatusOK, nil).says("Zezima", "asked", "It is on the list")
	form("/players", "name=Zezima&every=30m", admin).want(http.StatusConflict, nil).says("opted out of being tracked")
	form("/optouts/remove", "name=Zezima", admin).want(http.StatusSeeOther, nil)
	form("/optouts/remove", "name=Zezima", admin).want(http.StatusNotFound, nil)
}

// TestPurge removes players with their history and without, by API and by form.
func TestPurge(t *testing.T) {
	b := newBench(t, nil)
	b.add("Zezima", nil)
	b.call(http.MethodDelete, "/api/players/zezima", "").want(http.StatusNoContent, nil)
	b.call(http.MethodPost, "/api/players", `{"name": "Zezima", "verify": false, "every": "30m"}`).says("Zezima")
	b.call(http.MethodDelete, "/api/players/zezima?purge=true", "").want(http.StatusNoContent, nil)
	b.call(http.MethodDelete, "/api/players/zezima?purge=true", "").want(http.StatusNotFound, nil)
	for _, tt := range []struct {
		form string
		kept int
	}{{"", 1}, {"purge=yes", 0}} {
		p := b.add("Other", nil)
		b.call(http.MethodGet, "/players/other/remove", "").want(http.StatusOK, nil).says("kept for 30 days", `name="purge"`)
		b.call(http.MethodPost, "/players/other/remove", tt.form, "Content-Type", "application/x-www-form-urlencoded").want(http.StatusSeeOther, nil)
		if n, err := b.store.PurgeName(t.Context(), p.Name); err != nil || n != tt.kept {
			t.Errorf("after the form %q %d histories are kept, %v", tt.form, n, err)
		}
	}
}
