package web_test

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/osrsdiff/osrsdiff/events"
	"github.com/osrsdiff/osrsdiff/hiscores"
)

type activityPage struct {
	Activity   []events.Event `json:"activity"`
	NextCursor string         `json:"next_cursor"`
}

func TestActivity(t *testing.T) {
	b := newBench(t, nil)
	b.call(http.MethodGet, "/api/activity", "").want(http.StatusOK, nil).says(`"activity":[]`)
	first := board(3_000_000, hiscores.Number{})
	for _, name := range []string{"Zezima", "Other"} {
		p := b.add(name, &first)
		for i := range int64(3) {
			b.record(p, start.Add(time.Duration(i+1)*time.Hour), board(3_100_000+i*100_000, hiscores.Number{}))
		}
	}
	var all []events.Event
	query := url.Values{"limit": {"2"}, "player": {"zezima"}, "kind": {"level_up,milestone"}}
	for {
		var page activityPage
		b.call(http.MethodGet, "/api/activity?"+query.Encode(), "").want(http.StatusOK, &page)
		all = append(all, page.Activity...)
		if page.NextCursor == "" {
			break
		}
		query.Set("cursor", page.NextCursor)
	}
	if len(all) != 3 || all[0].Text != "Zezima reached level 86 in Attack" || all[2].LevelBefore != 83 {
		t.Errorf("got %+v", all)
	}
	b.send("/groups", "name", "Clan").want(http.StatusSeeOther, nil)
	b.send("/groups/Clan/roster", "roster", "Other", "do", "apply").want(http.StatusSeeOther, nil)
	b.call(http.MethodGet, "/api/activity?group=clan&kind=level_up", "").want(http.StatusOK, nil).says("Other reached").lacks("Zezima")
	for path, status := range map[string]int{
		"?group=Nobody": http.StatusNotFound, "?group=!": http.StatusUnprocessableEntity,
		"?player=Nobody": http.StatusNotFound, "?player=a_very_long_name_it_is": http.StatusUnprocessableEntity,
		"?kind=fetched": http.StatusUnprocessableEntity, "?cursor=x": http.StatusUnprocessableEntity, "?limit=0": http.StatusUnprocessableEntity,
	} {
		b.call(http.MethodGet, "/api/activity"+path, "").want(status, nil)
	}
}
