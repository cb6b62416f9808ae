package web_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/osrsdiff/osrsdiff/hiscores"
	"github.com/osrsdiff/osrsdiff/hiscores/hiscorestest"
	"github.com/osrsdiff/osrsdiff/player"
)

type playerAnswer struct {
	ID         int64  `json:"id"`
	Name       string `json:"name"`
	Mode       string `json:"mode"`
	Status     string `json:"status"`
	Every      string `json:"every"`
	Paused     bool   `json:"paused"`
	ScheduleID string `json:"schedule_id"`
	NextTick   string `json:"next_tick"`
}

type addedAnswer struct {
	Player  playerAnswer `json:"player"`
	Pending bool         `json:"pending"`
	TaskID  string       `json:"task_id"`
}

func TestAddPlayer(t *testing.T) {
	b := newBench(t, nil)
	b.site.SetAccount("Zezima", player.Regular, hiscorestest.Account(200_000_000))
	t.Run("found", func(t *testing.T) {
		b := b.in(t)
		var got addedAnswer
		res := b.call(http.MethodPost, "/api/players", `{"name":"Zezima","every":"6h"}`).want(http.StatusCreated, &got)
		if loc := res.header.Get("Location"); loc != "/api/players/Zezima" {
			t.Errorf("Location is %q", loc)
		}
		if got.Player.Name != "Zezima" || got.Player.Every != "6h" || got.Pending || got.TaskID != got.Player.ScheduleID {
			t.Errorf("added %+v", got)
		}
		if got.Player.NextTick == "" {
			t.Error("the added player has no next tick")
		}
	})
	t.Run("another spelling", func(t *testing.T) {
		b := b.in(t)
		p := b.call(http.MethodPost, "/api/players", `{"name":"zEZIMA_"}`).fails(http.StatusConflict)
		if p.Existing != "Zezima" || !strings.Contains(p.Detail, "Zezima") {
			t.Errorf("conflict does not name the existing player: %+v", p)
		}
	})
	t.Run("not on the hiscores", func(t *testing.T) {
		b := b.in(t)
		p := b.call(http.MethodPost, "/api/players", `{"name":"Nobody"}`).fails(http.StatusNotFound)
		if !strings.Contains(p.Detail, "hiscores do not list") {
			t.Errorf("detail is %q", p.Detail)
		}
	})
	t.Run("not looked up", func(t *testing.T) {
		b := b.in(t)
		b.call(http.MethodPost, "/api/players", `{"name":"Nobody","verify":false,"mode":"ironman","every":30}`).want(http.StatusAccepted, nil)
	})
	t.Run("hiscores down", func(t *testing.T) {
		b := b.in(t)
		b.site.Fault("*", hiscorestest.Fault{Kind: hiscorestest.Unavailable503})
		defer b.site.Clear("*")
		var got addedAnswer
		b.call(http.MethodPost, "/api/players", `{"name":"Later"}`).want(http.StatusAccepted, &got)
		if !got.Pending || got.Player.Status != "pending" || got.Player.Mode != "unknown" {
			t.Errorf("added %+v", got)
		}
	})
}

func TestAddPlayerBadInput(t *testing.T) {
	b := newBench(t, nil)
	for _, tt := range []struct{ name, body, location, rule string }{
		{"name too long", `{"name":"abcdefghijklm"}`, "body.name", "12"},
		{"name empty", `{"name":"  "}`, "body.name", "letter or digit"},
		{"name with a dot", `{"name":"a.b"}`, "body.name", "not allowed"},
		{"every 0", `{"name":"a","every":0}`, "body.every", "between 1 minute"},
		{"every -1", `{"name":"a","every":"-1"}`, "body.every", "between 1 minute"},
		{"every 10081", `{"name":"a","every":"10081"}`, "body.every", "10080"},
		{"every soon", `{"name":"a","every":"soon"}`, "body.every", "whole minutes"},
		{"every 1.5h", `{"name":"a","every":"1.5h"}`, "body.every", "whole minutes"},
		{"every 1.5", `{"name":"a","every":1.5}`, "body.every", "whole minutes"},
		{"mode", `{"name":"a","mode":"group"}`, "body.mode", "ultimate_ironman"},
		{"unknown field", `{"name":"a","evry":"30m"}`, "body.evry", "unexpected property"},
		{"no name", `{}`, "body", "name"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := b.in(t)
			p := b.call(http.MethodPost, "/api/players", tt.body).fails(http.StatusUnprocessableEntity)
			if len(p.Errors) != 1 || p.Errors[0].Location != tt.location || !strings.Contains(p.Errors[0].Message, tt.rule) {
				t.Errorf("problem is %+v, want one about %s saying %q", p, tt.location, tt.rule)
			}
		})
	}
	t.Run("not JSON", func(t *testing.T) {
		b := b.in(t)
		b.call(http.MethodPost, "/api/players", `name=a`).fails(http.StatusBadRequest)
	})
	t.Run("too large", func(t *testing.T) {
		b := b.in(t)
		b.call(http.MethodPost, "/api/players", `{"name":"`+strings.Repeat("a", 1<<20)+`"}`).fails(http.StatusRequestEntityTooLarge)
	})
}

func TestListPlayers(t *testing.T) {
	b := newBench(t, nil)
	account := hiscorestest.Account(1_000_000)
	for i := range 5 {
		var first *hiscores.Snapshot
		if i == 2 {
			first = &account
		}
		b.add(fmt.Sprintf("Player %d", i), first)
	}
	b.call(http.MethodPost, "/api/players/Player%203/pause", "").want(http.StatusOK, nil)
	for _, tt := range []struct {
		name, query string
		want        []string
	}{
		{"pages", "?limit=2", []string{"Player 0", "Player 1", "Player 2", "Player 3", "Player 4"}},
		{"exact page", "?limit=5", []string{"Player 0", "Player 1", "Player 2", "Player 3", "Player 4"}},
		{"search", "?search=YER_4", []string{"Player 4"}},
		{"status", "?status=active", []string{"Player 2"}},
		{"paused", "?paused=true&limit=1", []string{"Player 3"}},
		{"nothing", "?search=zzz", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := b.in(t)
			var got []string
			for cursor := "&cursor="; ; {
				var page struct {
					Players    []playerAnswer `json:"players"`
					NextCursor string         `json:"next_cursor"`
					Total      int            `json:"total"`
				}
				b.call(http.MethodGet, "/api/players"+tt.query+cursor, "").want(http.StatusOK, &page)
				for _, p := range page.Players {
					got = append(got, p.Name)
				}
				if page.Total != 5 {
					t.Errorf("total is %d", page.Total)
				}
				if cursor = "&cursor=" + page.NextCursor; page.NextCursor == "" {
					break
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("players (-want +got):\n%s", diff)
			}
		})
	}
	for _, bad := range []string{"?cursor=x", "?cursor=-3", "?limit=0", "?limit=201", "?status=gone", "?paused=maybe", "?limt=3"} {
		t.Run("bad "+bad, func(t *testing.T) {
			b := b.in(t)
			b.call(http.MethodGet, "/api/players"+bad, "").fails(http.StatusUnprocessableEntity)
		})
	}
}

func TestOnePlayer(t *testing.T) {
	b := newBench(t, nil)
	b.add("Lynx Titan", nil)
	var got playerAnswer
	b.call(http.MethodGet, "/api/players/lynx_titan", "").want(http.StatusOK, &got)
	if got.Name != "Lynx Titan" || got.ScheduleID != "player_fetch_1" || got.NextTick != "" {
		t.Errorf("got %+v", got)
	}
	t.Run("change", func(t *testing.T) {
		b := b.in(t)
		b.call(http.MethodPatch, "/api/players/lynx-titan", `{"every":"7d","mode":"ultimate_ironman","paused":true,"name":"lynx titan"}`).want(http.StatusOK, &got)
		want := playerAnswer{ID: 1, Name: "lynx titan", Mode: "ultimate_ironman", Status: "pending", Every: "7d", Paused: true, ScheduleID: "player_fetch_1"}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("changed (-want +got):\n%s", diff)
		}
	})
	t.Run("resume and pause", func(t *testing.T) {
		b := b.in(t)
		var resumed, paused playerAnswer
		b.call(http.MethodPost, "/api/players/lynx%20titan/resume", "").want(http.StatusOK, &resumed)
		if resumed.Paused || resumed.NextTick == "" {
			t.Errorf("resumed %+v", resumed)
		}
		b.call(http.MethodPost, "/api/players/lynx%20titan/pause", "").want(http.StatusOK, &paused)
		if !paused.Paused || paused.NextTick != "" {
			t.Errorf("paused %+v", paused)
		}
	})
	t.Run("rename to a tracked name", func(t *testing.T) {
		b := b.in(t)
		b.add("Zezima", nil)
		p := b.call(http.MethodPatch, "/api/players/zezima", `{"name":"LYNX TITAN"}`).fails(http.StatusConflict)
		if p.Existing != "lynx titan" {
			t.Errorf("conflict is %+v", p)
		}
	})
	for _, tt := range []struct{ name, body, location string }{
		{"bad interval", `{"every":"10081"}`, "body.every"},
		{"bad name", `{"name":"?"}`, "body.name"},
		{"bad mode", `{"mode":"main"}`, "body.mode"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := b.in(t)
			p := b.call(http.MethodPatch, "/api/players/zezima", tt.body).fails(http.StatusUnprocessableEntity)
			if len(p.Errors) != 1 || p.Errors[0].Location != tt.location {
				t.Errorf("problem is %+v", p)
			}
		})
	}
	t.Run("remove", func(t *testing.T) {
		b := b.in(t)
		b.call(http.MethodDelete, "/api/players/zezima", "").want(http.StatusNoContent, nil)
		b.call(http.MethodDelete, "/api/players/zezima", "").fails(http.StatusNotFound)
	})
}

// TestUnknownPlayer asks every operation of a player for one nobody tracks, and
// for one that no player can be.
func TestUnknownPlayer(t *testing.T) {
	b := newBench(t, nil)
	for _, op := range []string{
		"GET ", "PATCH ", "DELETE ", "POST /fetch", "POST /pause", "POST /resume", "GET /snapshot", "GET /gains", "GET /series/Overall",
	} {
		method, path, _ := strings.Cut(op, " ")
		body := ""
		if method == http.MethodPatch {
			body = `{"paused":true}`
		}
		t.Run(op, func(t *testing.T) {
			b := b.in(t)
			p := b.call(method, "/api/players/Nobody"+path, body).fails(http.StatusNotFound)
			if !strings.Contains(p.Detail, `"Nobody"`) {
				t.Errorf("detail does not name the player: %q", p.Detail)
			}
			p = b.call(method, "/api/players/no.body"+path, body).fails(http.StatusUnprocessableEntity)
			if len(p.Errors) != 1 || p.Errors[0].Location != "path.name" || p.Errors[0].Value != "no.body" {
				t.Errorf("problem is %+v", p)
			}
		})
	}
}
