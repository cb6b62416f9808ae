package web_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/osrsdiff/osrsdiff/web"
)

// newClan is newContest with a group of Ann, Bob and somebody new.
func newClan(t *testing.T) *bench {
	t.Helper()
	b := newContest(t)
	b.call(http.MethodPost, "/api/groups", `{"name":"Iron Clan","description":"irons","zone":"Asia/Tokyo"}`).want(http.StatusCreated, nil)
	b.call(http.MethodPost, "/api/groups/iron%20clan/sync", `{"roster":"ann,Owner\nBob\nNew Bie\n"}`).want(http.StatusAccepted, nil)
	return b
}

type syncAnswer struct {
	Added, Joined, Ranked, Left, Kept int
	Changes                           []struct{ Player, Change, Rank, Was string }
	Bad                               []struct{ Line int }
}

func (a syncAnswer) lines() string {
	var all []string
	for _, c := range a.Changes {
		all = append(all, strings.TrimSpace(c.Change+" "+c.Player+" "+c.Rank))
	}
	return strings.Join(all, ", ")
}

func TestGroupsAPI(t *testing.T) {
	b := newClan(t)
	res := b.call(http.MethodPost, "/api/groups", `{"name":"Other"}`).want(http.StatusCreated, nil).says(`"zone":"UTC"`, `"members":0`)
	if got := res.header.Get("Location"); got != "/api/groups/Other" {
		t.Errorf("Location is %q", got)
	}
	b.call(http.MethodPost, "/api/groups", `{"name":"IRON_CLAN"}`).fails(http.StatusConflict)
	if p := b.call(http.MethodPost, "/api/groups", `{"name":"a/b"}`).fails(http.StatusUnprocessableEntity); p.Errors[0].Location != "body.name" {
		t.Errorf("bad name: %+v", p)
	}
	if p := b.call(http.MethodPost, "/api/groups", `{"name":"x","zone":"Mars"}`).fails(http.StatusUnprocessableEntity); p.Errors[0].Location != "body.zone" {
		t.Errorf("bad zone: %+v", p)
	}
	b.call(http.MethodGet, "/api/groups?limit=1", "").want(http.StatusOK, nil).says(`"name":"Iron Clan"`, `"members":3`, `"next_cursor":"1"`)
	b.call(http.MethodGet, "/api/groups?cursor=1", "").want(http.StatusOK, nil).says(`"name":"Other"`)
	b.call(http.MethodPatch, "/api/groups/other", `{"name":"Others","zone":"Europe/Berlin"}`).want(http.StatusOK, nil).says(`"name":"Others"`, `"zone":"Europe/Berlin"`)
	b.call(http.MethodPatch, "/api/groups/others", `{"name":"iron clan"}`).fails(http.StatusConflict)
	b.call(http.MethodPatch, "/api/groups/others", `{"zone":"Mars"}`).fails(http.StatusUnprocessableEntity)
	b.call(http.MethodDelete, "/api/groups/others", "").want(http.StatusNoContent, nil)
	for _, path := range []string{"", "/members", "/gains", "/leaderboards/overall", "/export"} {
		b.call(http.MethodGet, "/api/groups/others"+path, "").fails(http.StatusNotFound)
	}
	b.call(http.MethodGet, "/api/groups/a%2Fb", "").fails(http.StatusUnprocessableEntity)

	b.call(http.MethodGet, "/api/groups/iron_clan/members?limit=2", "").want(http.StatusOK, nil).says(`"player":"Ann","rank":"Owner","mode":"regular"`, `"next_cursor":"2"`)
	b.call(http.MethodGet, "/api/groups/iron_clan/members?outdated=7d", "").want(http.StatusOK, nil).says(`"members":[{"player":"New Bie","mode":"unknown","status":"pending"`)
	b.call(http.MethodGet, "/api/groups/iron_clan/members?outdated=soon", "").fails(http.StatusUnprocessableEntity)
	b.call(http.MethodGet, "/api/groups/iron_clan/leaderboards/attack?limit=1", "").want(http.StatusOK, nil).says(`{"place":1,"player":"Ann"`, `"next_cursor":"1"`)
	b.call(http.MethodGet, "/api/groups/iron_clan/gains?metric=attack&period=day&calendar=true", "").want(http.StatusOK, nil).says(
		`"from":"2026-03-03T15:00:00Z"`, `"total":100`, `{"place":1,"player":"Bob","mode":"regular","start":13000000,"first_seen":"2026-03-04T10:00:00Z","end":13000100,"gain":100`,
		`{"place":2,"player":"Ann"`, `{"player":"New Bie","mode":"unknown"}`)
	b.call(http.MethodGet, "/api/groups/iron_clan/gains?metric=sailng", "").fails(http.StatusNotFound)
}

func TestSyncAPI(t *testing.T) {
	b := newClan(t)
	sync := func(body string, status int) string {
		t.Helper()
		var got syncAnswer
		b.call(http.MethodPost, "/api/groups/Iron%20Clan/sync", body).want(status, &got)
		return fmt.Sprint(got.lines(), "; ", got.Kept, " kept")
	}
	for _, tt := range []struct {
		body, want string
		status     int
	}{
		{`{"roster":"Ann,Owner\nBob\nnew_bie"}`, "; 3 kept", http.StatusOK},
		{`{"roster":"Ann\nCid,x\nFresh","dry_run":true}`, "added Fresh, joined Cid x, ranked Ann, left Bob, left New Bie; 0 kept", http.StatusOK},
		{`{"members":[{"name":"Ann","rank":"Owner"},{"name":"Bob"}]}`, "left New Bie; 2 kept", http.StatusOK},
		{`{"roster":"Ann,Owner\nBob\nFresh","every":"6h"}`, "added Fresh; 2 kept", http.StatusAccepted},
		{`{"roster":"Ann,Owner\nBob\nWhat!","skip_bad":true,"untrack":true}`, "untracked Fresh; 2 kept", http.StatusOK},
	} {
		if diff := cmp.Diff(tt.want, sync(tt.body, tt.status)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.body, diff)
		}
	}
	b.call(http.MethodGet, "/api/players/fresh", "").fails(http.StatusNotFound)
	p := b.call(http.MethodPost, "/api/groups/Iron%20Clan/sync", `{"roster":"Ann\nWhat!\nb,c,d"}`).fails(http.StatusUnprocessableEntity)
	if len(p.Errors) != 2 || p.Errors[0].Location != "body.roster line 2" || p.Errors[1].Value != "b,c,d" {
		t.Errorf("bad lines: %+v", p.Errors)
	}
	for _, bad := range []string{`{}`, `{"roster":"# nobody"}`, `{"roster":"a","members":[{"name":"b"}]}`, `{"roster":"a","every":"soon"}`} {
		b.call(http.MethodPost, "/api/groups/Iron%20Clan/sync", bad).fails(http.StatusUnprocessableEntity)
	}
	if got := sync(`{"roster":"Ann,Owner\nBob"}`, http.StatusOK); got != "; 2 kept" {
		t.Errorf("after bad rosters: %s", got)
	}

	// What is exported can be sent back.
	for _, format := range []string{"text", "csv"} {
		res := b.call(http.MethodGet, "/api/groups/Iron%20Clan/export?format="+format, "").want(http.StatusOK, nil).says("Ann,Owner")
		if !strings.Contains(res.header.Get("Content-Disposition"), `filename="iron-clan.`) {
			t.Errorf("%s is saved as %s", format, res.header.Get("Content-Disposition"))
		}
		var got syncAnswer
		b.call(http.MethodPut, "/api/groups/Iron%20Clan/roster", res.body, "Content-Type", "text/plain").want(http.StatusOK, &got)
		if got.Kept != 2 || len(got.Changes) != 0 {
			t.Errorf("%s sent back: %+v", format, got)
		}
	}
	b.call(http.MethodGet, "/api/groups/Iron%20Clan/export?format=jsonl", "").want(http.StatusOK, nil).says("{\"player\":\"Ann\",\"rank\":\"Owner\"", "}\n{\"player\":\"Bob\"")
	b.call(http.MethodGet, "/api/groups/Iron%20Clan/export?format=xml", "").fails(http.StatusUnprocessableEntity)
	b.call(http.MethodPut, "/api/groups/Iron%20Clan/roster?dry_run=true", "Cid", "Content-Type", "text/plain").want(http.StatusOK, nil).says(`"change":"joined"`)
	b.call(http.MethodPut, "/api/groups/Iron%20Clan/roster", "What!", "Content-Type", "text/plain").fails(http.StatusUnprocessableEntity)
}

func TestCompetitionsAPI(t *testing.T) {
	b := newClan(t)
	at := func(hours int) string { return start.Add(time.Duration(hours) * time.Hour).Format(time.RFC3339) }
	add := func(rest string, from, to int) string {
		return fmt.Sprintf(`{"title":"Race","from":%q,"to":%q,%s}`, at(from), at(to), rest)
	}
	b.call(http.MethodPost, "/api/competitions", add(`"group":"iron clan","metric":"attack"`, 0, 5)).want(http.StatusAccepted, nil).says(
		`"id":1`, `"metric":"Attack","phase":"running"`, `"group":"Iron Clan","players":3`, `"winners":[]`, `"teams":[]`)
	res := b.call(http.MethodPost, "/api/competitions", add(`"players":"Bob,Red\nCid,Blue"`, 0, 2)).want(http.StatusCreated, nil)
	if got := res.header.Get("Location"); got != "/api/competitions/2" {
		t.Errorf("Location is %q", got)
	}
	b.call(http.MethodGet, "/api/competitions/2", "").want(http.StatusOK, nil).says(
		`"phase":"ended"`, `"winners":["Cid"]`, `"total":300`, `"teams":[{"place":1,"team":"Blue","players":1,"gain":200},{"place":2,"team":"Red","players":1,"gain":100}]`)
	b.call(http.MethodGet, "/api/competitions/2/standings?limit=1", "").want(http.StatusOK, nil).says(
		`"standings":[{"place":1,"player":"Cid","mode":"ironman","team":"Blue","start":`, `"gain":200`, `"next_cursor":"1"`)
	b.call(http.MethodGet, "/api/competitions/1/standings", "").want(http.StatusOK, nil).says(`{"place":1,"player":"Bob"`, `{"player":"New Bie","mode":"unknown"}`)
	b.call(http.MethodGet, "/api/competitions?limit=1", "").want(http.StatusOK, nil).says(`"id":2`, `"next_cursor":"2"`)
	b.call(http.MethodGet, "/api/competitions?group=Iron_Clan", "").want(http.StatusOK, nil).says(`{"competitions":[{"id":1,`)
	b.call(http.MethodGet, "/api/competitions?group=nobody", "").fails(http.StatusNotFound)
	for _, bad := range []string{
		add(`"group":"iron clan","players":"Ann"`, 0, 5), add(`"metric":"attack"`, 0, 5), add(`"players":"What!"`, 0, 5), add(`"players":"Ann"`, 5, 5), add(`"players":"# nobody"`, 0, 5),
	} {
		b.call(http.MethodPost, "/api/competitions", bad).fails(http.StatusUnprocessableEntity)
	}
	b.call(http.MethodPost, "/api/competitions", add(`"players":"Ann","metric":"Sailng"`, 0, 5)).fails(http.StatusNotFound)
	b.call(http.MethodPost, "/api/competitions", add(`"group":"nobody"`, 0, 5)).fails(http.StatusNotFound)
	b.call(http.MethodDelete, "/api/competitions/2", "").want(http.StatusNoContent, nil)
	b.call(http.MethodGet, "/api/competitions/2", "").fails(http.StatusNotFound)
	b.call(http.MethodDelete, "/api/competitions/2", "").fails(http.StatusNotFound)
}

func TestGroupsNeedRoles(t *testing.T) {
	b := newBench(t, func(o *web.Options) { o.Access.Gate.Fixed, o.Listen = "s3cret", "0.0.0.0:0" })
	for _, tt := range []struct{ method, path string }{
		{http.MethodPost, "/api/groups"}, {http.MethodDelete, "/api/groups/x"}, {http.MethodPut, "/api/groups/x/roster"}, {http.MethodDelete, "/api/competitions/1"},
	} {
		b.call(tt.method, tt.path, "").want(http.StatusUnauthorized, nil)
	}
}
