package web_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/osrsdiff/osrsdiff/hiscores"
)

// newRivals is a bench at 11:00 with two players who gained Attack since 10:00.
func newRivals(t *testing.T) *bench {
	t.Helper()
	b := newBench(t, nil)
	for name, gained := range map[string]int64{"Zezima": 123_456, "Lynx Titan": 654_321} {
		first := board(3_000_000, hiscores.Known(50))
		p := b.add(name, &first)
		b.record(p, start.Add(30*time.Minute), board(3_000_000+gained, hiscores.Known(50)))
	}
	b.add("Asleep", nil)
	b.clock.set(start.Add(time.Hour))
	return b
}

func TestCompare(t *testing.T) {
	b := newRivals(t)
	type cell struct {
		Value int64
		Level *int64
		What  string
		Gain  int64
	}
	type row struct {
		Metric, Leader string
		GainLeader     string `json:"gain_leader"`
		Cells          []cell
	}
	var got struct {
		Players []struct {
			Player string
			Leads  int
		}
		Rows []row
	}
	b.call(http.MethodGet, "/api/compare?players=zezima,LYNX_TITAN&period=day&metric=attack", "").want(http.StatusOK, &got)
	level := func(n int64) *int64 { return &n }
	want := []row{{Metric: "Attack", Leader: "Lynx Titan", GainLeader: "Lynx Titan", Cells: []cell{
		{3_123_456, level(84), "gained", 123_456}, {3_654_321, level(89), "gained", 654_321},
	}}}
	if diff := cmp.Diff(want, got.Rows); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	if len(got.Players) != 2 || got.Players[0].Player != "Zezima" || got.Players[1].Leads != 2 {
		t.Errorf("players are %+v", got.Players)
	}
	for query, status := range map[string]int{
		"":                                    http.StatusUnprocessableEntity,
		"?players=zezima":                     http.StatusUnprocessableEntity,
		"?players=zezima,zezima":              http.StatusUnprocessableEntity,
		"?players=zezima,a.b":                 http.StatusUnprocessableEntity,
		"?players=a,b,c,d,e,f,g,h,i":          http.StatusUnprocessableEntity,
		"?players=zezima,nobody":              http.StatusNotFound,
		"?players=zezima,asleep&metric=x":     http.StatusNotFound,
		"?players=zezima,asleep&period=x":     http.StatusUnprocessableEntity,
		"?players=zezima,asleep&calendar=yes": http.StatusUnprocessableEntity,
	} {
		b.call(http.MethodGet, "/api/compare"+query, "").fails(status)
	}
}

func TestComparePage(t *testing.T) {
	b := newRivals(t)
	b.call(http.MethodGet, "/compare", "").want(http.StatusOK, nil).says("Two to eight tracked players")
	b.call(http.MethodGet, "/compare?players=zezima,+lynx+titan&metric=Attack&zone=Europe/Berlin", "").want(http.StatusOK, nil).says(
		`value="zezima, lynx titan"`, "&#43;654,321", "gained most", `<td class="number lead">`, `<option value="Attack" selected>`,
		"/api/players/Zezima/series/Attack?from=", "/api/players/Lynx%20Titan/series/Attack?from=", "Europe/Berlin")
	b.call(http.MethodGet, "/compare?players=zezima,lynx+titan,asleep", "").want(http.StatusOK, nil).says(
		`href="/compare?players=Zezima%2CLynx&#43;Titan">Leave out`, ">unknown<")
	b.call(http.MethodGet, "/compare?players=zezima", "").want(http.StatusOK, nil).says("Compare zezima with whom?", `value="zezima, "`)
	b.call(http.MethodGet, "/compare?players=zezima,nobody", "").want(http.StatusNotFound, nil).says("nobody", `role="alert"`)
	b.call(http.MethodGet, "/compare?players=zezima,lynx+titan&from=soon", "").want(http.StatusUnprocessableEntity, nil).says("invalid time")
}
