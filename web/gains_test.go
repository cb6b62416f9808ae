package web_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/osrsdiff/osrsdiff/hiscores"
	"github.com/osrsdiff/osrsdiff/hiscores/hiscorestest"
)

func TestGainsOfPeriods(t *testing.T) {
	b, _ := newGrowing(t) // gained at 14:00 UTC of a Wednesday; it is 15:00
	for _, tt := range []struct {
		query    string
		from, to string
		gained   bool
	}{
		{"?period=day", "2026-03-03T15:00:00Z", "2026-03-04T15:00:00Z", true},
		{"?period=week", "2026-02-25T15:00:00Z", "2026-03-04T15:00:00Z", true},
		{"?period=month&to=2h", "2026-02-02T13:00:00Z", "2026-03-04T13:00:00Z", false},
		{"?period=day&calendar=true", "2026-03-04T00:00:00Z", "2026-03-04T15:00:00Z", true},
		{"?period=day&calendar=true&zone=Asia/Tokyo", "2026-03-04T15:00:00Z", "2026-03-04T15:00:00Z", false},
		{"?period=day&calendar=true&zone=Pacific/Kiritimati", "2026-03-04T10:00:00Z", "2026-03-04T15:00:00Z", true},
		{"?period=week&calendar=true", "2026-03-02T00:00:00Z", "2026-03-04T15:00:00Z", true},
		{"?period=month&calendar=true&to=2026-02-10T00:00:00Z", "2026-02-01T00:00:00Z", "2026-03-01T00:00:00Z", false},
		{"?period=year&calendar=true", "2026-01-01T00:00:00Z", "2026-03-04T15:00:00Z", true},
	} {
		t.Run(tt.query, func(t *testing.T) {
			var got struct {
				From    string           `json:"from"`
				To      string           `json:"to"`
				Changes []map[string]any `json:"changes"`
			}
			b.in(t).call(http.MethodGet, "/api/players/zezima/gains"+tt.query, "").want(http.StatusOK, &got)
			if got.From != tt.from || got.To != tt.to || len(got.Changes) > 0 != tt.gained {
				t.Errorf("%s to %s: %v", got.From, got.To, got.Changes)
			}
		})
	}
	for _, tt := range []struct{ query, location string }{
		{"?period=fortnight", "query.period"},
		{"?calendar=true", "query.period"},
		{"?zone=Europe/Berlin", "query.period"},
		{"?period=day&from=2h", "query.from"},
		{"?period=day&zone=Europe/Berlin", "query.zone"},
		{"?period=day&calendar=true&zone=Mars", "query.zone"},
		{"?period=day&calendar=true&zone=Local", "query.zone"},
		{"?period=day&calendar=true&to=2027-01-01T00:00:00Z", "query.to"},
		{"?period=day&to=soon", "query.to"},
	} {
		t.Run(tt.query, func(t *testing.T) {
			p := b.in(t).call(http.MethodGet, "/api/players/zezima/gains"+tt.query, "").fails(http.StatusUnprocessableEntity)
			if len(p.Errors) != 1 || p.Errors[0].Location != tt.location {
				t.Errorf("problem is %+v, want one about %s", p, tt.location)
			}
		})
	}
}

// newReached is a bench whose player Zezima got 99 Magic between two fetches, the
// last an hour ago.
func newReached(t *testing.T) *bench {
	t.Helper()
	b := newBench(t, nil)
	first := hiscorestest.Set(hiscorestest.Account(50_000_000), "Magic", hiscores.Known(12_999_999))
	p := b.add("Zezima", &first)
	b.record(p, start.Add(4*time.Hour), hiscorestest.Gain(first, "Magic", 100_000))
	b.clock.set(start.Add(5 * time.Hour))
	return b
}

func TestRecordsAndMilestones(t *testing.T) {
	b := newReached(t)
	var records struct {
		Records []struct {
			Metric, Period, From, To string
			Gain                     int64
		}
	}
	b.call(http.MethodGet, "/api/players/zezima/records", "").want(http.StatusOK, &records)
	var got []string
	for _, r := range records.Records {
		got = append(got, fmt.Sprint(r.Metric, " ", r.Period, " ", r.Gain, " ", r.From, " ", r.To))
	}
	when := " 100000 2026-03-04T10:00:00Z 2026-03-04T14:00:00Z"
	want := []string{
		"Overall day" + when, "Overall week" + when, "Overall month" + when, "Magic day" + when, "Magic week" + when, "Magic month" + when,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
	var milestones struct {
		Milestones []struct {
			Metric, Kind, Date string
			Goal               int64
			After, By          *time.Time
		}
	}
	b.call(http.MethodGet, "/api/players/zezima/milestones", "").want(http.StatusOK, &milestones)
	if m := milestones.Milestones; len(m) < 2 || m[0].Metric != "Magic" || m[0].Goal != 99 || m[0].Date != "between" ||
		!m[0].After.Equal(start) || !m[0].By.Equal(start.Add(4*time.Hour)) || m[len(m)-1].Date != "unknown" || m[len(m)-1].By != nil {
		t.Errorf("milestones are %+v", m)
	}
	for _, what := range []string{"records", "milestones"} {
		b.call(http.MethodGet, "/api/players/nobody/"+what, "").fails(http.StatusNotFound)
	}
}

func TestRecordsPage(t *testing.T) {
	b := newReached(t)
	b.call(http.MethodGet, "/players/zezima/records", "").want(http.StatusOK, nil).says(
		`>Magic</a></th><td class="number"><span class="gained">&#43;100,000</span> <span class="note"><time datetime="2026-03-04T14:00:00Z"`)
	b.call(http.MethodGet, "/players/zezima/milestones", "").want(http.StatusOK, nil).says(
		`>Level 99 Magic</a></th><td>between <time datetime="2026-03-04T10:00:00Z"`, "Reached before it was tracked", "Total level 500<")
	b.add("Asleep", nil)
	b.call(http.MethodGet, "/players/asleep/records", "").want(http.StatusOK, nil).says("a record needs two fetches")
	b.call(http.MethodGet, "/players/asleep/milestones", "").want(http.StatusOK, nil).says("None with a known date yet.")
	b.call(http.MethodGet, "/players/nobody/records", "").want(http.StatusNotFound, nil)
	b.call(http.MethodGet, "/players/nobody/milestones", "").want(http.StatusNotFound, nil)
}

func TestVirtualAndCombatLevels(t *testing.T) {
	b := newBench(t, nil)
	first := hiscorestest.Set(hiscorestest.Account(900_000_000), "Magic", hiscores.Known(200_000_000))
	b.add("Zezima", &first)
	res := b.call(http.MethodGet, "/api/players/zezima/snapshot", "").want(http.StatusOK, nil)
	res.says(`"virtual_level":126`, `"combat_level":1`)
	level := `<span class="name">Magic</span>
<span class="level" title="%s"><span class="unseen">level </span>%s<`
	b.call(http.MethodGet, "/players/zezima", "").want(http.StatusOK, nil).says(fmt.Sprintf(level, "level 126 by experience", "99"), "the most there can be")
	b.call(http.MethodGet, "/players/zezima?virtual=1", "").want(http.StatusOK, nil).says(fmt.Sprintf(level, "level 99 in the game", "126"))
	if strings.Count(res.body, "virtual_level") != 24 {
		t.Errorf("virtual levels of other rows than the 24 skills: %s", res.body)
	}
}

func TestChart(t *testing.T) {
	b, p := newGrowing(t)
	grown := hiscorestest.Gain(hiscorestest.Account(50_000_000), "Attack", 5000)
	for i := range 20 {
		grown = hiscorestest.Gain(grown, "Attack", 1)
		b.record(p, start.Add(4*time.Hour+time.Duration(i+1)*time.Minute), grown)
	}
	for query, want := range map[string]int{"": 22, "&points=0": 22, "&points=2000": 22, "&points=1": 1, "&points=2": 2} {
		var got struct{ Points []map[string]any }
		b.call(http.MethodGet, "/api/players/zezima/series/attack?from=2026-03-04T14:00:00Z&to=2026-03-04T14:21:00Z"+query, "").want(http.StatusOK, &got)
		if n := len(got.Points); n != want-1 && n != want && n != want+1 {
			t.Errorf("%q: %d points, want about %d", query, n, want)
		}
	}
	b.call(http.MethodGet, "/api/players/zezima/series/attack?points=-1", "").fails(http.StatusUnprocessableEntity)
	b.call(http.MethodGet, "/api/players/zezima/series/attack?points=2001", "").fails(http.StatusUnprocessableEntity)
}
