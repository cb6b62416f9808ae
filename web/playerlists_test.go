package web_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestPlayerListsInPages walks every list about one player two entries at a time:
// together they are what one large page has.
func TestPlayerListsInPages(t *testing.T) {
	b := newReached(t)
	for list, path := range map[string]string{
		"records": "records", "milestones": "milestones", "points": "series/magic?from=2026-03-01T00:00:00Z",
	} {
		t.Run(list, func(t *testing.T) {
			b := b.in(t)
			page := func(query string) (entries []json.RawMessage, next string) {
				t.Helper()
				sign := "?"
				if strings.Contains(path, "?") {
					sign = "&"
				}
				body := map[string]json.RawMessage{}
				b.call(http.MethodGet, "/api/players/zezima/"+path+sign+query, "").want(http.StatusOK, &body)
				if err := json.Unmarshal(body[list], &entries); err != nil {
					t.Fatal(err)
				}
				if cursor, more := body["next_cursor"]; more {
					if err := json.Unmarshal(cursor, &next); err != nil {
						t.Fatal(err)
					}
				}
				return entries, next
			}
			whole, next := page("limit=200")
			if len(whole) < 2 || next != "" {
				t.Fatalf("%d entries and cursor %q", len(whole), next)
			}
			walked, next := page("limit=1")
			for next != "" {
				var more []json.RawMessage
				more, next = page("limit=1&cursor=" + next)
				walked = append(walked, more...)
			}
			if diff := cmp.Diff(whole, walked); diff != "" {
				t.Errorf("in pages (-whole +walked):\n%s", diff)
			}
		})
	}
	for _, path := range []string{"records", "milestones", "series/magic", "mode-changes", "identity"} {
		p := b.call(http.MethodGet, "/api/players/zezima/"+path+"?cursor=x", "").fails(http.StatusUnprocessableEntity)
		if p.Errors[0].Location != "query.cursor" {
			t.Errorf("%s: %+v", path, p)
		}
	}
}

// TestZeroBytesInBodies sends texts that JSON can write and PostgreSQL cannot
// store: each is refused with the field named, and nothing is added.
func TestZeroBytesInBodies(t *testing.T) {
	b := newBench(t, nil)
	for _, tt := range []struct{ path, body, field string }{
		{"/api/groups", `{"name":"x","description":"a\u0000b"}`, "body.description"},
		{"/api/groups", `{"name":"x\u0000"}`, "body.name"},
		{"/api/players/bulk", `{"action":"pause","names":["Zezima","a\u0000"]}`, "body.names[1]"},
		{"/api/players", `{"name":"Zezima","every":"\u0000"}`, "body.every"},
	} {
		p := b.call(http.MethodPost, tt.path, tt.body).fails(http.StatusUnprocessableEntity)
		if len(p.Errors) != 1 || p.Errors[0].Location != tt.field {
			t.Errorf("%s %s: %+v", tt.path, tt.body, p)
		}
	}
	b.call(http.MethodGet, "/api/groups", "").want(http.StatusOK, nil).says(`"groups":[]`)
}

func TestGroupFieldsAreNamed(t *testing.T) {
	b := newContest(t)
	b.call(http.MethodPost, "/api/groups", `{"name":"Clan"}`).want(http.StatusCreated, nil)
	for _, tt := range []struct{ path, body, field string }{
		{"/api/groups", `{"name":"x","description":"a\nb"}`, "body.description"},
		{"/api/groups", `{"name":"x","zone":"Mars"}`, "body.zone"},
		{"/api/competitions", `{"title":" ","metric":"Attack","from":"2026-03-01T00:00:00Z","to":"2026-03-02T00:00:00Z","group":"Clan"}`, "body.title"},
		{"/api/competitions", `{"title":"x","metric":"Attack","from":"2026-03-02T00:00:00Z","to":"2026-03-01T00:00:00Z","group":"Clan"}`, "body.to"},
		{"/api/competitions", `{"title":"x","metric":"Attack","from":"2026-03-01T00:00:00Z","to":"2026-03-02T00:00:00Z","group":"a/b"}`, "body.group"},
	} {
		p := b.call(http.MethodPost, tt.path, tt.body).fails(http.StatusUnprocessableEntity)
		if len(p.Errors) != 1 || p.Errors[0].Location != tt.field {
			t.Errorf("%s %s: %+v", tt.path, tt.body, p)
		}
	}
}
