package web_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/osrsdiff/osrsdiff/hiscores"
	"github.com/osrsdiff/osrsdiff/hiscores/hiscorestest"
	"github.com/osrsdiff/osrsdiff/player"
	"github.com/osrsdiff/osrsdiff/web"
)

func TestGainsPage(t *testing.T) {
	b := newTown(t) // it is 11:00 UTC on a Wednesday
	for _, tt := range []struct {
		name, query string
		says, lacks []string
	}{
		{"last day", "", []string{"&#43;123,456", "83 to 84", ">Zulrah</a></th><td class=\"number first_seen\">first seen", `aria-current="true">Last 24 hours`}, nil},
		{"today here", "?period=day&calendar=true&zone=Europe/Berlin", []string{"4 Mar 2026 00:00 to 4 Mar 2026 12:00, Europe/Berlin", "&#43;123,456", `zone=Europe%2FBerlin`}, nil},
		{"two times of a zone", "?from=2026-03-04T11:30&to=2026-03-04T11:59&zone=Europe/Berlin",
			[]string{`value="2026-03-04T11:30"`, "&#43;123,456", `from=2026-03-04T10%3A30%3A00Z`}, []string{`aria-current="true">Last`}},
		{"before it changed", "?from=2026-03-04T10:10&to=2026-03-04T10:20", []string{"Nothing changed in this time."}, []string{"&#43;123,456"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			res := b.in(t).call(http.MethodGet, "/players/zezima/gains"+tt.query, "").want(http.StatusOK, nil).says(tt.says...)
			for _, not := range tt.lacks {
				if strings.Contains(res.body, not) {
					t.Errorf("body holds %q", not)
				}
			}
		})
	}
	for query, says := range map[string]string{
		"?period=fortnight":                           "invalid period",
		"?period=day&calendar=true&zone=Mars":         "invalid time zone",
		"?from=soon&to=2026-03-04T10:20":              "invalid time",
		"?from=2026-03-04T10:20&to=2026-03-04T10:10":  "must be before the end",
		"?from=2027-03-04T10:20&to=2027-03-04T10:30":  "must be before the end",
		"?from=%3Cscript%3E&to=2026-03-04T10:10":      "&lt;script&gt;",
		"?from=0000-00-00T00:00&to=9999-99-99T99%3A9": "invalid time",
	} {
		for _, page := range []string{"gains", "chart", "diff"} {
			b.call(http.MethodGet, "/players/zezima/"+page+query, "").want(http.StatusUnprocessableEntity, nil).says(`role="alert"`, says)
		}
	}
	b.call(http.MethodGet, "/players/asleep/gains", "").want(http.StatusOK, nil).says("Nothing is stored")
}

func TestDiffPage(t *testing.T) {
	b := newTown(t)
	b.call(http.MethodGet, "/players/zezima/diff?from=2026-03-04T10:10&to=2026-03-04T11:00", "").want(http.StatusOK, nil).says(
		`<td class="number">3,000,000</td><td class="number">3,123,456</td><td class="number gained">&#43;123,456</td><td class="number">83 to 84</td>`,
		`>unknown</td><td class="number">50</td><td class="number first_seen">first seen</td>`)
	b.call(http.MethodGet, "/players/zezima/diff?from=2026-03-04T10:10&to=2026-03-04T11:00&all=1", "").want(http.StatusOK, nil).says(
		`>K&#39;ril Tsutsaroth</a></th><td class="number">0</td><td class="number">0</td><td class="number ">no change</td>`, "unranked", "Only what changed")
	b.call(http.MethodGet, "/players/zezima/diff", "").want(http.StatusOK, nil).says("Tracking began after the first")
	b.call(http.MethodGet, "/players/zezima/diff?from=2026-03-01T10:10&to=2026-03-02T11:00", "").want(http.StatusOK, nil).says("Nothing differs")
}

func TestChartPage(t *testing.T) {
	b := newTown(t)
	b.call(http.MethodGet, "/players/zezima/chart?metric=attack&zone=Europe/Berlin", "").want(http.StatusOK, nil).says(
		`href="/api/players/Zezima/series/Attack?from=`, `data-zone="Europe/Berlin"`, `<option value="Attack" selected>Attack`,
		`<optgroup label="Bosses">`, "Some of the numbers", ">4 Mar 2026 11:58</time>", "3,123,456")
	b.call(http.MethodGet, "/players/zezima/chart?metric=K%27ril+Tsutsaroth", "").want(http.StatusOK, nil).says("series/K%27ril%20Tsutsaroth?from=")
	b.call(http.MethodGet, "/players/zezima/chart?metric=Nonsense", "").want(http.StatusNotFound, nil).says("no such metric")
}

func TestActivitiesPage(t *testing.T) {
	b := newTown(t)
	b.call(http.MethodGet, "/players/zezima/activities", "").want(http.StatusOK, nil).says(
		`>Zulrah</a></th><td class="number">50</td><td class="number">1,818,182</td>`, "1 more are at 0", "1 more are unknown")
	b.call(http.MethodGet, "/players/zezima/activities?all=1", "").want(http.StatusOK, nil).says(
		`>Vorkath</a></th><td class="number">unknown</td><td class="number">unranked</td>`)
}

func TestHistoryPage(t *testing.T) {
	b := newBench(t, nil)
	b.flag("Zezima")
	b.call(http.MethodGet, "/players/zezima/history", "").want(http.StatusOK, nil).says("Flagged", "Overall from 50,000,000 to 900,000", "more")
	b.call(http.MethodPost, "/players/zezima/accept", "").want(http.StatusSeeOther, nil)
	b.call(http.MethodGet, "/players/zezima/history", "").want(http.StatusOK, nil).says("Accepted")
}

func TestSchedulePage(t *testing.T) {
	b := newBench(t, nil)
	first := board(3_000_000, hiscores.Known(1))
	p := b.add("Zezima", &first)
	b.call(http.MethodGet, "/players/zezima/schedule", "").want(http.StatusOK, nil).says("Redis does not hold it", "no worker is running")
	if err := b.book.Schedule(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	b.call(http.MethodGet, "/players/zezima/schedule", "").want(http.StatusOK, nil).says("player_fetch_1", "Changed")
}

func TestSchedulePageWithoutRedis(t *testing.T) {
	b := newBenchOn(t, "redis://127.0.0.1:1/0", nil)
	first := board(3_000_000, hiscores.Known(1))
	b.add("Zezima", &first)
	b.call(http.MethodGet, "/players/zezima/schedule", "").want(http.StatusOK, nil).says("Redis does not answer", "unavailable", "Changed")
}

func TestPlayerForms(t *testing.T) {
	b := newBench(t, nil)
	first := hiscorestest.Account(50_000_000)
	b.add("Zezima", &first)
	b.site.SetAccount("Zezima II", player.Regular, hiscorestest.Account(50_000_000))
	for _, tt := range []struct {
		name, action string
		form         []string
		status       int
		says         string
	}{
		{"bad interval", "interval", []string{"every", "soon"}, http.StatusUnprocessableEntity, "whole minutes"},
		{"no interval", "interval", nil, http.StatusUnprocessableEntity, `role="alert"`},
		{"bad name", "rename", []string{"to", "a.b"}, http.StatusUnprocessableEntity, `value="a.b"`},
		{"not on the hiscores", "rename", []string{"to", "Nobody"}, http.StatusNotFound, `value="Nobody"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b.in(t).send("/players/Zezima/"+tt.action, tt.form...).want(tt.status, nil).says(tt.says, "Last runs")
		})
	}
	b.send("/players/zezima/interval", "every", "30m").want(http.StatusSeeOther, nil)
	res := b.send("/players/zezima/rename", "to", "Zezima II").want(http.StatusSeeOther, nil)
	if got := res.header.Get("Location"); got != "/players/Zezima%20II?done=renamed" {
		t.Errorf("goes to %s", got)
	}
	var p playerAnswer
	b.call(http.MethodGet, "/api/players/zezima%20ii", "").want(http.StatusOK, &p)
	if p.Every != "30m" || p.Name != "Zezima II" {
		t.Errorf("the forms made %+v", p)
	}
	b.call(http.MethodGet, "/players/Zezima%20II/remove", "").want(http.StatusOK, nil)
	b.call(http.MethodGet, "/api/players/zezima%20ii", "").want(http.StatusOK, nil)
	b.send("/players/Zezima%20II/remove").want(http.StatusSeeOther, nil)
	b.call(http.MethodGet, "/api/players/zezima%20ii", "").fails(http.StatusNotFound)
	b.send("/players/Zezima%20II/remove").want(http.StatusNotFound, nil)
}

func TestNothingIsAMinusOne(t *testing.T) {
	b := newBench(t, func(o *web.Options) { o.Schedules = &standing{ticks: map[int64]time.Time{}} })
	unknown := hiscores.Snapshot{Rows: []hiscores.Row{
		{Metric: "Overall", Kind: hiscores.Skill}, {Metric: "Attack", Kind: hiscores.Skill}, {Metric: "Zulrah", Kind: hiscores.Activity},
	}}
	b.add("Zezima", &unknown)
	for _, section := range []string{"", "/gains", "/chart", "/activities?all=1", "/diff?all=1", "/records", "/milestones", "/history", "/schedule"} {
		res := b.call(http.MethodGet, "/players/zezima"+section, "").want(http.StatusOK, nil)
		if strings.Contains(res.body, ">-1<") {
			t.Errorf("%q shows -1", section)
		}
	}
	b.call(http.MethodGet, "/players/zezima", "").want(http.StatusOK, nil).says("unranked", "unknown")
}
