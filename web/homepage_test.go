package web_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/osrsdiff/osrsdiff/hiscores"
)

func TestHomeOfNobody(t *testing.T) {
	b := newBench(t, nil)
	page := b.call(http.MethodGet, "/", "").want(http.StatusOK, nil).says("Nobody is tracked yet", `action="/players"`, "osrsdiff up --demo")
	if strings.Contains(page.body, "players tracked") {
		t.Error("counts nobody")
	}
}

func TestHome(t *testing.T) {
	b := newTown(t)
	page := b.call(http.MethodGet, "/", "").want(http.StatusOK, nil)
	golden(t, "home.html", page.body)
	part := b.call(http.MethodGet, "/", "", "HX-Request", "true").want(http.StatusOK, nil)
	if !strings.HasPrefix(part.body, `<div id="home"`) || !strings.Contains(page.body, part.body) {
		t.Errorf("the part is not what the page holds: %s", part.body)
	}
}

// TestHomeShowsTheFirstTen lists no more than the ten who gained the most.
func TestHomeShowsTheFirstTen(t *testing.T) {
	b := newBench(t, nil)
	for i := range int64(12) {
		first := board(3_000_000, hiscores.Number{})
		p := b.add(fmt.Sprintf("Player %d", i), &first)
		b.record(p, start.Add(time.Hour), board(3_000_001+i, hiscores.Number{}))
	}
	b.clock.set(start.Add(2 * time.Hour))
	page := b.call(http.MethodGet, "/", "").want(http.StatusOK, nil).says("Player 11", "&#43;12<", "Player 2<", `href="/leaderboards?calendar=true&amp;metric=Overall&amp;period=day"`)
	if strings.Contains(page.body, ">Player 1<") {
		t.Error("lists an eleventh")
	}
}
