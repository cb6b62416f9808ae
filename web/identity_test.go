package web_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/osrsdiff/osrsdiff/hiscores/hiscorestest"
	"github.com/osrsdiff/osrsdiff/player"
)

// flag tracks a player whose name another account took an hour after start.
func (b *bench) flag(name string) player.Player {
	b.t.Helper()
	first := hiscorestest.Account(50_000_000)
	p := b.add(name, &first)
	b.record(p, start.Add(time.Hour), hiscorestest.Account(900_000))
	b.record(p, start.Add(2*time.Hour), hiscorestest.Account(950_000))
	b.clock.set(start.Add(3 * time.Hour))
	return p
}

type fallAnswer struct {
	Metric        string
	Before, After int64
}

type identityAnswer struct {
	Player playerAnswer
	Events []struct {
		At, Kind, Reason, From, To string
		Falls                      []fallAnswer
		Other                      int64 `json:"other_player_id"`
		Forced                     bool
	}
	Held []struct {
		Until    string
		Snapshot struct {
			At   string
			Rows []struct{ Metric string }
		}
	}
}

func TestRenamePlayer(t *testing.T) {
	b := newBench(t, nil)
	first := hiscorestest.Account(50_000_000)
	b.add("Zezima", &first)
	b.add("B0aty", nil)
	b.site.SetAccount("Zezima II", player.Regular, hiscorestest.Gain(first, "Attack", 500))
	b.site.SetAccount("Less", player.Regular, hiscorestest.Account(900_000))
	b.site.Fault("Down", hiscorestest.Fault{Kind: hiscorestest.Unavailable503})
	for _, tt := range []struct {
		name, path, body string
		status           int
		says             string
	}{
		{"lower values", "Zezima", `{"to":"Less"}`, http.StatusConflict, "Overall from 50000000 to 900000"},
		{"not listed", "Zezima", `{"to":"Nobody"}`, http.StatusNotFound, "hiscores do not list"},
		{"hiscores down", "Zezima", `{"to":"Down"}`, http.StatusServiceUnavailable, "again later"},
		{"a tracked name", "Zezima", `{"to":"b0ATY","force":true}`, http.StatusConflict, "B0aty"},
		{"an invalid name", "Zezima", `{"to":"a.b"}`, http.StatusUnprocessableEntity, "not allowed"},
		{"nobody", "Nobody", `{"to":"Zezima II"}`, http.StatusNotFound, "Nobody"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := b.in(t)
			p := b.call(http.MethodPost, "/api/players/"+tt.path+"/rename", tt.body).fails(tt.status)
			if !strings.Contains(p.Detail, tt.says) {
				t.Errorf("detail is %q, want it to say %q", p.Detail, tt.says)
			}
		})
	}
	var got playerAnswer
	b.call(http.MethodPost, "/api/players/zezima/rename", `{"to":"Zezima II"}`).want(http.StatusOK, &got)
	if got.Name != "Zezima II" || got.ScheduleID != "player_fetch_1" {
		t.Errorf("renamed %+v", got)
	}
	b.call(http.MethodGet, "/api/players/Zezima", "").fails(http.StatusNotFound)
	var identity identityAnswer
	b.call(http.MethodGet, "/api/players/Zezima%20II/identity", "").want(http.StatusOK, &identity)
	if len(identity.Events) != 1 || identity.Events[0].Kind != "renamed" || identity.Events[0].From != "Zezima" || identity.Events[0].To != "Zezima II" {
		t.Errorf("identity %+v", identity)
	}
	b.call(http.MethodPost, "/api/players/Zezima%20II/accept", "").fails(http.StatusConflict)
	b.call(http.MethodPost, "/api/players/Zezima%20II/split", "").fails(http.StatusConflict)
}

func TestFlagsAndDecisions(t *testing.T) {
	b := newBench(t, nil)
	split, accepted := b.flag("Zezima"), b.flag("B0aty")
	b.add("Third", nil)
	var flags struct {
		Flags []struct {
			Player    playerAnswer
			FlaggedAt string `json:"flagged_at"`
			Reason    string
			Falls     []fallAnswer
			Held      int
		}
		NextCursor string `json:"next_cursor"`
	}
	b.call(http.MethodGet, "/api/flags?limit=1", "").want(http.StatusOK, &flags)
	if len(flags.Flags) != 1 || flags.NextCursor == "" {
		t.Fatalf("flags %+v", flags)
	}
	f := flags.Flags[0]
	if f.Player.Name != "Zezima" || f.Player.Status != "flagged" || f.Held != 2 || f.Reason == "" ||
		f.FlaggedAt != start.Add(time.Hour).Format(time.RFC3339) || f.Falls[0] != (fallAnswer{"Overall", 50_000_000, 900_000}) {
		t.Errorf("flag %+v", f)
	}
	b.call(http.MethodGet, "/api/flags?cursor=x", "").fails(http.StatusUnprocessableEntity)
	b.call(http.MethodGet, "/players/Zezima", "").want(http.StatusOK, nil).says("Flagged", "Accept", "Split")

	var identity identityAnswer
	b.call(http.MethodGet, "/api/players/Zezima/identity", "").want(http.StatusOK, &identity)
	if len(identity.Held) != 2 || len(identity.Held[0].Snapshot.Rows) == 0 || identity.Held[1].Until != start.Add(2*time.Hour).Format(time.RFC3339) {
		t.Errorf("held %+v", identity.Held)
	}
	b.call(http.MethodPost, "/api/players/Zezima/rename", `{"to":"Other","force":true}`).fails(http.StatusConflict)

	var parts struct{ Archived, Fresh playerAnswer }
	b.call(http.MethodPost, "/api/players/Zezima/split", "").want(http.StatusOK, &parts)
	if parts.Archived.ID != split.ID || parts.Archived.Status != "archived" || parts.Fresh.Name != "Zezima" || parts.Fresh.Mode != "unknown" {
		t.Errorf("split %+v", parts)
	}
	b.call(http.MethodPost, "/api/players/"+strings.ReplaceAll(parts.Archived.Name, " ", "%20")+"/resume", "").fails(http.StatusConflict)
	var player playerAnswer
	b.call(http.MethodPost, "/api/players/B0aty/accept", "").want(http.StatusOK, &player)
	if player.ID != accepted.ID || player.Status != "active" {
		t.Errorf("accepted %+v", player)
	}
	flags.Flags = nil
	b.call(http.MethodGet, "/api/flags", "").want(http.StatusOK, &flags)
	if len(flags.Flags) != 0 {
		t.Errorf("flags left: %+v", flags)
	}
}

func TestDecideOnThePage(t *testing.T) {
	b := newBench(t, nil)
	b.flag("Zezima")
	b.flag("B0aty")
	for path, done := range map[string]string{"/players/Zezima/split": "another account", "/players/B0aty/accept": "Accepted"} {
		res := b.call(http.MethodPost, path, "").want(http.StatusSeeOther, nil)
		b.call(http.MethodGet, res.header.Get("Location"), "").want(http.StatusOK, nil).says(done)
	}
}
