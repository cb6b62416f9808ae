package web_test

import (
	"net/http"
	"strings"
	"testing"
)

func TestSearch(t *testing.T) {
	b := newBench(t, nil)
	b.add("Lynx Titan", nil)
	b.add("Titan", nil)
	for query, want := range map[string]string{"lynx_titan": "/players/Lynx%20Titan", "TITAN": "/players/Titan"} {
		t.Run("the name "+query, func(t *testing.T) {
			res := b.in(t).call(http.MethodGet, "/search?q="+query, "").want(http.StatusFound, nil)
			if got := res.header.Get("Location"); got != want {
				t.Errorf("leads to %s, want %s", got, want)
			}
		})
	}
	t.Run("part of names", func(t *testing.T) {
		b.in(t).call(http.MethodGet, "/search?q=tita", "").want(http.StatusOK, nil).
			says(`href="/players/Lynx%20Titan"`, `href="/players/Titan"`, "Track tita", `name="name" required maxlength="24" value="tita"`, `maxlength="32" required autocomplete="off" spellcheck="false" value="tita"`)
	})
	t.Run("no name at all", func(t *testing.T) {
		res := b.in(t).call(http.MethodGet, "/search?q=%3Cb%3E!", "").want(http.StatusOK, nil).says("called anything like <q>&lt;b&gt;!</q>")
		if strings.Contains(res.body, `action="/players"`) {
			t.Error("offers to add what is no name")
		}
	})
	t.Run("nothing typed", func(t *testing.T) {
		b.in(t).call(http.MethodGet, "/search?q=+", "").want(http.StatusFound, nil)
	})
}
