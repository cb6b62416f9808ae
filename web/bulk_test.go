package web_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/osrsdiff/osrsdiff/hiscores/hiscorestest"
	"github.com/osrsdiff/osrsdiff/player"
)

type bulkAnswer struct {
	DryRun  bool           `json:"dry_run"`
	Counts  map[string]int `json:"counts"`
	Results []struct{ Name, Outcome, Player, Error string }
}

func TestBulk(t *testing.T) {
	b := newBench(t, nil)
	b.add("Zezima", nil)
	b.site.SetAccount("Listed", player.Regular, hiscorestest.Account(1_000_000))
	for _, tt := range []struct {
		name, body string
		want       map[string]int
	}{
		{"add, dry", `{"action":"add","names":["zezima","A","B","a"],"dry_run":true}`, map[string]int{"tracked": 2, "added": 2}},
		{"add", `{"action":"add","names":["zezima","A","B"],"every":"6h"}`, map[string]int{"tracked": 1, "added": 2}},
		{"add again", `{"action":"add","names":["zezima","A","B"],"every":"6h"}`, map[string]int{"tracked": 3}},
		{"add verified", `{"action":"add","names":["Listed","Nobody"],"verify":true}`, map[string]int{"added": 1, "refused": 1}},
		{"pause, dry", `{"action":"pause","names":["a","b","zezima"],"dry_run":true}`, map[string]int{"changed": 3}},
		{"pause", `{"action":"pause","names":["a","b","Nobody"]}`, map[string]int{"changed": 2, "not_tracked": 1}},
		{"pause again", `{"action":"pause","names":["a","b","zezima"]}`, map[string]int{"changed": 1, "unchanged": 2}},
		{"resume", `{"action":"resume","names":["a","b"]}`, map[string]int{"changed": 2}},
		{"interval", `{"action":"interval","names":["a","b","zezima"],"every":"6h"}`, map[string]int{"unchanged": 2, "changed": 1}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got bulkAnswer
			b.in(t).call(http.MethodPost, "/api/players/bulk", tt.body).want(http.StatusOK, &got)
			if diff := cmp.Diff(tt.want, got.Counts); diff != "" {
				t.Errorf("counts (-want +got):\n%s", diff)
			}
			if got.DryRun != strings.Contains(tt.body, "dry_run") {
				t.Errorf("answered %+v", got)
			}
		})
	}
	var a playerAnswer
	b.call(http.MethodGet, "/api/players/A", "").want(http.StatusOK, &a)
	if a.Every != "6h" || a.Paused {
		t.Errorf("the player is %+v", a)
	}
	many := `"` + strings.Repeat(`x","`, 20) + `x"`
	for _, tt := range []struct{ name, body, location string }{
		{"bad names", `{"action":"pause","names":["zezima","?","b","!"]}`, "body.names[1] body.names[3]"},
		{"no interval", `{"action":"interval","names":["a"]}`, "body.every"},
		{"bad interval", `{"action":"add","names":["c"],"every":"0"}`, "body.every"},
		{"bad mode", `{"action":"add","names":["c"],"mode":"x"}`, "body.mode"},
		{"bad action", `{"action":"remove","names":["a"]}`, "body.action"},
		{"no names", `{"action":"pause","names":[]}`, "body.names"},
		{"too many to verify", `{"action":"add","verify":true,"names":[` + many + `]}`, "body.verify"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := b.in(t).call(http.MethodPost, "/api/players/bulk", tt.body).fails(http.StatusUnprocessableEntity)
			var locations []string
			for _, e := range p.Errors {
				locations = append(locations, e.Location)
			}
			if got := strings.Join(locations, " "); got != tt.location {
				t.Errorf("problem is about %q, want %q: %s", got, tt.location, p.Detail)
			}
		})
	}
	b.call(http.MethodGet, "/api/players/zezima", "").want(http.StatusOK, &a)
	if !a.Paused {
		t.Error("zezima was resumed by a request that was refused, or never paused")
	}
}
