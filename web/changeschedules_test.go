package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/osrsdiff/osrsdiff/player"
	"github.com/osrsdiff/osrsdiff/tasks"
)

// paused reports which of the players with these names are paused.
func (b *bench) pausedOf(names ...string) string {
	b.t.Helper()
	var paused []string
	for _, name := range names {
		var p playerAnswer
		b.call(http.MethodGet, playerPath(name), "").want(http.StatusOK, &p)
		if p.Paused {
			paused = append(paused, name)
		}
	}
	return strings.Join(paused, " ")
}

// TestChangeSchedules asks before it changes, and changes what it asked about.
func TestChangeSchedules(t *testing.T) {
	b := newBench(t, nil)
	scheduled(b, "Zezima", "Lynx", "Titan", "Asleep")
	b.call(http.MethodGet, "/schedules", "").want(http.StatusOK, nil).says(`name="id" value="player_fetch_1"`, "All that are not paused</option>")

	b.call(http.MethodGet, "/schedules/change?action=pause&id=player_fetch_1&id=player_fetch_3", "").want(http.StatusOK, nil).
		says("<h1>Pause 2 schedules?</h1>", "Zezima, Titan.", `name="id" value="player_fetch_3"`)
	if got := b.pausedOf("Zezima", "Lynx", "Titan"); got != "" {
		t.Errorf("the question paused %s", got)
	}
	res := b.send("/schedules/change", "action", "pause", "scope", "marked", "id", "player_fetch_1", "search", "e").want(http.StatusSeeOther, nil)
	if to := res.header.Get("Location"); to != "/schedules?done=pause&n=1&search=e" {
		t.Errorf("leads to %s", to)
	}
	if got := b.pausedOf("Zezima", "Lynx", "Titan"); got != "Zezima" {
		t.Errorf("paused are %q", got)
	}
	b.call(http.MethodGet, "/schedules?done=pause&n=1", "").want(http.StatusOK, nil).says("1 schedule paused.")

	b.call(http.MethodGet, "/schedules/change?action=pause&scope=all&search=t", "").want(http.StatusOK, nil).says("Pause 1 schedule?", "Titan.", `name="scope" value="all"`, `name="search" value="t"`)
	b.send("/schedules/change", "action", "resume", "scope", "all", "state", "paused").want(http.StatusSeeOther, nil)
	if got := b.pausedOf("Zezima", "Lynx", "Titan", "Asleep"); got != "" {
		t.Errorf("after all were resumed %s are paused", got)
	}
	b.send("/schedules/change", "action", "interval", "to", "6h", "scope", "all").want(http.StatusSeeOther, nil)
	b.call(http.MethodGet, "/schedules?every=6h", "").want(http.StatusOK, nil).says("Zezima", "Lynx", "Titan", "Asleep")
	b.send("/schedules/change", "action", "fetch", "id", "player_fetch_2").want(http.StatusSeeOther, nil)
	if _, err := b.inspector().GetTaskInfo(tasks.QueueInteractive, "player_fetch_2"); err != nil {
		t.Errorf("the fetch is not in the queue: %v", err)
	}
}

func TestChangeSchedulesRefusals(t *testing.T) {
	b := newBench(t, nil)
	scheduled(b, "Zezima", "Asleep")
	for query, says := range map[string]string{
		"action=pause":                        "nothing is chosen",
		"action=remove&id=player_fetch_1":     "choose pause, resume, interval or fetch",
		"action=interval&id=player_fetch_1":   "interval",
		"action=pause&id=1":                   "no such schedule",
		"action=pause&id=player_fetch_9":      "nothing is chosen",
		"action=pause&scope=all&search=never": "nothing is chosen",
		"action=pause&scope=all&every=x":      "whole minutes",
	} {
		t.Run(query, func(t *testing.T) {
			form, err := url.ParseQuery(query)
			if err != nil {
				t.Fatal(err)
			}
			asked := b.in(t).call(http.MethodGet, "/schedules/change?"+query, "").says(says)
			sent := b.in(t).call(http.MethodPost, "/schedules/change", form.Encode(), "Content-Type", "application/x-www-form-urlencoded", "Sec-Fetch-Site", "same-origin").says(says)
			if asked.status < 400 || asked.status != sent.status {
				t.Errorf("the question answers %d, the change %d", asked.status, sent.status)
			}
		})
	}
	if got := b.pausedOf("Zezima"); got != "" {
		t.Error("a refused change paused a player")
	}
	if res := b.call(http.MethodGet, "/schedules?done=pause&n=You+won", ""); strings.Contains(res.body, "role=\"status\"") {
		t.Error("the page says what the address says")
	}
}

// TestManyFetchesByHandAreRefused keeps a form from putting everybody before
// everybody else.
func TestManyFetchesByHandAreRefused(t *testing.T) {
	b := newBench(t, nil)
	players := make([]player.Player, 0, 101)
	for i := range 101 {
		p, err := player.ParseName("Player " + string(rune('a'+i/26)) + string(rune('a'+i%26)))
		if err != nil {
			t.Fatal(err)
		}
		players = append(players, player.Player{Name: p, Mode: player.Regular, Status: player.Pending, Every: player.DefaultInterval})
	}
	added, _, err := b.store.AddPlayers(t.Context(), players)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range added {
		if err := b.book.Schedule(t.Context(), p); err != nil {
			t.Fatal(err)
		}
	}
	b.send("/schedules/change", "action", "fetch", "scope", "all").want(http.StatusUnprocessableEntity, nil).says("at most 100 players")
	b.call(http.MethodGet, "/schedules/change?action=pause&scope=all", "").want(http.StatusOK, nil).says("Pause 101 schedules?", "and 91 more")
}
