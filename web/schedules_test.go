package web_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/osrsdiff/osrsdiff/hiscores/hiscorestest"
)

type scheduleAnswer struct {
	ID       string `json:"id"`
	Player   string `json:"player"`
	Every    string `json:"every"`
	Paused   bool   `json:"paused"`
	NextTick string `json:"next_tick"`
}

// scheduledBench has five players whose schedules are in Redis: the second is
// paused, the last two are fetched every six hours.
func scheduledBench(t *testing.T) *bench {
	t.Helper()
	b := newBench(t, nil)
	for i := range 5 {
		every := "1h"
		if i > 2 {
			every = "6h"
		}
		b.call(http.MethodPost, "/api/players", fmt.Sprintf(`{"name":"Player %d","every":%q,"verify":false}`, i, every)).want(http.StatusAccepted, nil)
	}
	b.call(http.MethodPost, "/api/schedules/player_fetch_2/pause", "").want(http.StatusOK, nil)
	return b
}

func TestListSchedules(t *testing.T) {
	b := scheduledBench(t)
	for _, tt := range []struct {
		name, query string
		want        int
	}{
		{"pages", "?limit=2", 4},
		{"all on one", "?limit=200", 4},
		{"paused", "?paused=true&limit=1", 1},
		{"overdue", "?overdue=true", 4}, // never fetched means now
		{"interval", "?every=6h&limit=1", 2},
		{"interval in minutes", "?every=360", 2},
		{"name", "?search=YER_3", 1},
		{"nothing", "?search=zzz", 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := b.in(t)
			seen := map[string]bool{}
			for cursor := ""; ; {
				var page struct {
					Schedules     []scheduleAnswer `json:"schedules"`
					NextCursor    string           `json:"next_cursor"`
					Total, Paused int
				}
				b.call(http.MethodGet, "/api/schedules"+tt.query+"&cursor="+cursor, "").want(http.StatusOK, &page)
				for _, s := range page.Schedules {
					if seen[s.ID] || (s.NextTick == "") != s.Paused {
						t.Errorf("listed %+v", s)
					}
					seen[s.ID] = true
				}
				if page.Total != 5 || page.Paused != 1 {
					t.Errorf("total is %d, paused %d", page.Total, page.Paused)
				}
				if cursor = page.NextCursor; cursor == "" {
					break
				}
			}
			if len(seen) != tt.want {
				t.Errorf("listed %v, want %d", seen, tt.want)
			}
		})
	}
	for _, bad := range []struct{ query, location string }{
		{"?cursor=x", "query.cursor"}, {"?cursor=1:2:3x", ""}, {"?every=soon", "query.every"}, {"?every=0", "query.every"},
		{"?overdue=true&paused=true", "query.overdue"}, {"?limit=0", "query.limit"}, {"?overdue=2", "query.overdue"},
	} {
		t.Run("bad "+bad.query, func(t *testing.T) {
			if bad.location == "" {
				return
			}
			p := b.in(t).call(http.MethodGet, "/api/schedules"+bad.query, "").fails(http.StatusUnprocessableEntity)
			if len(p.Errors) != 1 || p.Errors[0].Location != bad.location || p.Errors[0].Value == nil {
				t.Errorf("problem is %+v", p)
			}
		})
	}
}

func TestOneSchedule(t *testing.T) {
	b := scheduledBench(t)
	var byID, byName struct {
		scheduleAnswer
		InRedis bool `json:"in_redis"`
		Why     []struct{ Kind string }
		Runs    []struct{ Result string }
	}
	b.call(http.MethodGet, "/api/schedules/player_fetch_2", "").want(http.StatusOK, &byID)
	b.call(http.MethodGet, "/api/schedules/pLAYER_1", "").want(http.StatusOK, &byName)
	if diff := cmp.Diff(byID.scheduleAnswer, byName.scheduleAnswer); diff != "" {
		t.Errorf("by id and by name (-id +name):\n%s", diff)
	}
	if !byID.InRedis || !byID.Paused || len(byID.Why) == 0 || byID.Why[0].Kind != "paused" {
		t.Errorf("shown %+v", byID)
	}
	var resumed playerAnswer
	b.call(http.MethodPost, "/api/schedules/player_fetch_2/resume", "").want(http.StatusOK, &resumed)
	if resumed.Paused || resumed.NextTick == "" {
		t.Errorf("resumed %+v", resumed)
	}
	res := b.call(http.MethodPost, "/api/schedules/player_fetch_2/trigger", "").want(http.StatusAccepted, nil)
	b.call(http.MethodGet, res.header.Get("Location"), "").want(http.StatusOK, nil).says(`"pending"`, `"Player 1"`)
	for _, op := range []string{"GET ", "POST /pause", "POST /resume", "POST /trigger"} {
		method, path, _ := strings.Cut(op, " ")
		b.call(method, "/api/schedules/player_fetch_77"+path, "").fails(http.StatusNotFound)
		b.call(method, "/api/schedules/Nobody"+path, "").fails(http.StatusNotFound)
		p := b.call(method, "/api/schedules/no.body"+path, "").fails(http.StatusUnprocessableEntity)
		if len(p.Errors) != 1 || p.Errors[0].Location != "path.id" {
			t.Errorf("problem is %+v", p)
		}
	}
}

func TestRepairSchedules(t *testing.T) {
	b := scheduledBench(t)
	var report struct {
		Checked  int
		Repaired bool
		Counts   map[string]int
	}
	b.call(http.MethodPost, "/api/schedules/verify", "").want(http.StatusOK, &report)
	if report.Checked != 5 || report.Repaired {
		t.Errorf("verified %+v", report)
	}
	if err := b.rdb.FlushDB(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	var rebuilt struct {
		DryRun    bool `json:"dry_run"`
		Schedules int
		Report    *struct{ Counts map[string]int }
	}
	b.call(http.MethodPost, "/api/schedules/rebuild", `{"dry_run":true}`).want(http.StatusOK, &rebuilt)
	if !rebuilt.DryRun || rebuilt.Report == nil || rebuilt.Report.Counts["missing_schedule"] != 5 {
		t.Errorf("dry run says %+v", rebuilt)
	}
	rebuilt.Report = nil
	b.call(http.MethodPost, "/api/schedules/rebuild", "").want(http.StatusOK, &rebuilt)
	if rebuilt.Schedules != 5 || rebuilt.Report != nil {
		t.Errorf("rebuilt %+v", rebuilt)
	}
	b.call(http.MethodGet, "/api/schedules/player_fetch_2", "").want(http.StatusOK, nil).says(`"in_redis":true`)
}

func TestLookUp(t *testing.T) {
	b := newBench(t, nil)
	b.site.SetAccount("Lynx Titan", "regular", hiscorestest.Account(200_000_000))
	b.call(http.MethodPost, "/api/lookups", `{"name":"lynx titan"}`).want(http.StatusOK, nil).says(`"Overall"`, `"player":"lynx titan"`)
	b.call(http.MethodGet, "/api/players/lynx%20titan", "").fails(http.StatusNotFound)
	b.call(http.MethodPost, "/api/lookups", `{"name":"lynx titan","mode":"ironman"}`).fails(http.StatusNotFound)
	b.call(http.MethodPost, "/api/lookups", `{"name":"?"}`).fails(http.StatusUnprocessableEntity)
	b.site.Fault("*", hiscorestest.Fault{Kind: hiscorestest.Unavailable503})
	b.call(http.MethodPost, "/api/lookups", `{"name":"lynx titan"}`).fails(http.StatusServiceUnavailable)
}
