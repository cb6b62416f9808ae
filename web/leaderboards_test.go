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

// newContest is a bench with three players: Ann ahead in Attack, Bob the busiest
// today, and Cid, an ironman.
func newContest(t *testing.T) *bench {
	t.Helper()
	b := newBench(t, nil)
	for i, name := range []string{"Ann", "Bob", "Cid"} {
		first := hiscorestest.Set(hiscorestest.Account(50_000_000), "Attack", hiscores.Known(int64(14_000_000-1_000_000*i)))
		p := b.add(name, &first)
		b.record(p, start.Add(time.Hour), hiscorestest.Gain(first, "Attack", int64(i*100)))
	}
	b.call(http.MethodPatch, "/api/players/cid", `{"mode":"ironman"}`).want(http.StatusOK, nil)
	b.clock.set(start.Add(2 * time.Hour))
	return b
}

type boardAnswer struct {
	Metric string
	From   *time.Time
	Places []struct {
		Place        int
		Player, Mode string
		Value        int64
		VirtualLevel *int64 `json:"virtual_level"`
	}
	Next string `json:"next_cursor"`
}

func (a boardAnswer) lines() string {
	var all []string
	for _, p := range a.Places {
		all = append(all, fmt.Sprint(p.Place, " ", p.Player, " ", p.Value))
	}
	return strings.Join(all, ", ")
}

func TestLeaderboards(t *testing.T) {
	b := newContest(t)
	for _, tt := range []struct {
		path, want string
		next       string
	}{
		{"attack", "1 Ann 14000000, 2 Bob 13000100, 3 Cid 12000200", ""},
		{"Attack?limit=2", "1 Ann 14000000, 2 Bob 13000100", "2"},
		{"Attack?limit=2&cursor=2", "3 Cid 12000200", ""},
		{"Attack?mode=ironman", "1 Cid 12000200", ""},
		{"Attack?cursor=9", "", ""},
		{"Attack?player=bob", "2 Bob 13000100", ""},
		{"Attack/gains?player=BOB", "2 Bob 100", ""},
		{"Attack/gains", "1 Cid 200, 2 Bob 100", ""},
		{"Attack/gains?limit=1", "1 Cid 200", "1"},
		{"Overall/gains?period=day&calendar=true", "1 Cid 200, 2 Bob 100", ""},
		{"Overall/gains?period=month&calendar=true&zone=Asia/Tokyo", "1 Cid 200, 2 Bob 100", ""},
		{"Attack/gains?from=30m", "", ""},
		{"Attack/gains?period=year&to=90m", "", ""},
	} {
		t.Run(tt.path, func(t *testing.T) {
			var got boardAnswer
			b.in(t).call(http.MethodGet, "/api/leaderboards/"+tt.path, "").want(http.StatusOK, &got)
			if diff := cmp.Diff(tt.want, got.lines()); diff != "" || got.Next != tt.next {
				t.Errorf("places (-want +got):\n%s, next %q", diff, got.Next)
			}
		})
	}
	var got boardAnswer
	b.call(http.MethodGet, "/api/leaderboards/ATTACK", "").want(http.StatusOK, &got)
	if got.Metric != "Attack" || *got.Places[0].VirtualLevel != 99 || got.Places[2].Mode != "ironman" || got.From != nil {
		t.Errorf("leaderboard is %+v", got)
	}
	b.call(http.MethodGet, "/api/leaderboards/attack?player=nobody", "").fails(http.StatusNotFound)
	b.call(http.MethodGet, "/api/leaderboards/sailng", "").fails(http.StatusNotFound)
	b.call(http.MethodGet, "/api/leaderboards/sailng/gains", "").fails(http.StatusNotFound)
	for _, bad := range []string{"?limit=0", "?limit=201", "?cursor=-1", "?cursor=x", "?mode=group", "?period=day"} {
		b.call(http.MethodGet, "/api/leaderboards/attack"+bad, "").fails(http.StatusUnprocessableEntity)
	}
	b.call(http.MethodGet, "/api/leaderboards/attack/gains?period=day&from=1h", "").fails(http.StatusUnprocessableEntity)
}

func TestLeaderboardPage(t *testing.T) {
	b := newContest(t)
	b.call(http.MethodGet, "/leaderboards", "").want(http.StatusOK, nil).says(
		`<option value="Overall" selected>Overall</option>`, `<optgroup label="Bosses">`, "<caption>Overall</caption>", `aria-current="true">Values`)
	b.call(http.MethodGet, "/leaderboards?metric=attack&period=week&calendar=true", "").want(http.StatusOK, nil).says(
		"<caption>Attack gained</caption>", "2 Mar 2026 00:00 to", `<a href="/players/Cid">Cid</a></th>`, `<span class="mode ironman">Ironman</span>`,
		`<td class="number" data-label="Gained">&#43;200</td>`, `aria-current="true">This week`, `<option value="Attack" selected>Attack</option>`)
	b.call(http.MethodGet, "/leaderboards?metric=Attack&period=day", "").want(http.StatusOK, nil).says("take longer")
	b.call(http.MethodGet, "/leaderboards?metric=Attack&mode=ironman&player=cid", "").want(http.StatusOK, nil).says(
		"Cid is 1st", `<option value="ironman" selected>`, `aria-current="true"`)
	b.call(http.MethodGet, "/leaderboards?metric=Zulrah&period=day&calendar=true&player=cid", "").want(http.StatusOK, nil).says("Cid is not on it")
	b.call(http.MethodGet, "/leaderboards?player=nobody", "").want(http.StatusNotFound, nil).says("nobody", `role="alert"`, "<caption>Overall</caption>")
	b.call(http.MethodGet, "/leaderboards?metric=Attack&cursor=50", "").want(http.StatusOK, nil).says("Nobody", `href="/leaderboards?metric=Attack">First page`)
	b.call(http.MethodGet, "/leaderboards?metric=%3Cscript%3E", "").want(http.StatusNotFound, nil).says("&lt;script&gt;")
	b.call(http.MethodGet, "/leaderboards?period=fortnight", "").want(http.StatusUnprocessableEntity, nil).says("invalid period")
	b.call(http.MethodGet, "/leaderboards?mode=group", "").want(http.StatusUnprocessableEntity, nil)
	for i := range 51 {
		first := hiscorestest.Account(int64(1_000_000 + i))
		b.add(fmt.Sprint("Player ", i), &first)
	}
	b.call(http.MethodGet, "/leaderboards", "").want(http.StatusOK, nil).says(`href="/leaderboards?cursor=50" rel="next"`)
	b.call(http.MethodGet, "/leaderboards?cursor=50", "").want(http.StatusOK, nil).says(`<td class="number" data-label="Place">54</td>`, `href="/leaderboards">First page`)
}

func TestLeaderboardPageWithoutPlayers(t *testing.T) {
	newBench(t, nil).call(http.MethodGet, "/leaderboards", "").want(http.StatusOK, nil).says("Nobody")
}
