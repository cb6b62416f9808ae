package web_test

import (
	"flag"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/osrsdiff/osrsdiff/hiscores/hiscorestest"
	"github.com/osrsdiff/osrsdiff/player"
)

var screenshots = flag.String("screenshots", "", "the `folder` to keep pictures of the pages in")

// looks are the pages that TestLooks looks at, with what each waits for.
func looks() []struct{ name, path, shows string } {
	return []struct{ name, path, shows string }{
		{"home", "/", "#feed"},
		{"players", "/players", "#players"},
		{"search", "/search?q=e", "table"},
		{"search-unknown", "/search?q=Somebody", "#add"},
		{"player", "/players/zezima", ".u-over"},
		{"player-virtual", "/players/zezima?virtual=1", "#skills"},
		{"player-gains", "/players/zezima/gains", ".gained"},
		{"player-gains-wrong", "/players/zezima/gains?from=soon", ".error"},
		{"player-chart", "/players/zezima/chart?metric=Slayer&period=day", ".u-over"},
		{"player-activities", "/players/zezima/activities", "table"},
		{"player-diff", "/players/zezima/diff?all=1", "table"},
		{"player-records", "/players/zezima/records", "table"},
		{"player-milestones", "/players/zezima/milestones", ".undated"},
		{"player-history", "/players/zezima/history", "#modes"},
		{"player-schedule", "/players/zezima/schedule", "#change"},
		{"player-remove", "/players/zezima/remove", "#remove"},
		{"leaderboards", "/leaderboards", "table"},
		{"leaderboards-gains", "/leaderboards?metric=Slayer&period=day&calendar=true&player=zezima", ".rank-of"},
		{"schedules", "/schedules", "table"},
		{"schedule", "/schedules/player_fetch_1", "#runs"},
		{"change", "/schedules/change?action=pause&scope=all", "h1"},
		{"system", "/system", "#tasks"},
		{"compare", "/compare?players=zezima,lynx+titan,le+me", ".u-over"},
		{"compare-nobody", "/compare", ".empty"},
		{"api", "/docs", "#trigger-task"},
		{"error", "/players/nobody", ".error"},
	}
}

// TestLooks looks at each page on a phone and on a desktop, light and dark: no
// console error, no request to another host, contrast, labels, and nothing wider
// than the window. With -screenshots it keeps pictures.
func TestLooks(t *testing.T) {
	b := newBench(t, nil)
	account := hiscorestest.Account(50_000_000)
	gained := hiscorestest.Account(50_123_456)
	for i, name := range []string{"Zezima", "Lynx Titan", "Iron Hyger", "le me"} {
		p := b.add(name, &account)
		b.record(p, start.Add(30*time.Minute), gained)
		mode := player.Modes()[i%len(player.Modes())]
		b.call(http.MethodPatch, playerPath(name), fmt.Sprintf(`{"mode":%q,"paused":%t}`, mode, i == 3)).want(http.StatusOK, nil)
		if err := b.book.Schedule(t.Context(), p); err != nil {
			t.Fatal(err)
		}
	}
	b.clock.set(start.Add(40 * time.Minute))
	script, err := os.ReadFile(filepath.Join("testdata", "look.js"))
	if err != nil {
		t.Fatal(err)
	}
	chrome := newBrowser(t, b.base)
	for _, look := range looks() {
		for _, width := range []int64{360, 1280} {
			for _, scheme := range []string{"light", "dark"} {
				name := fmt.Sprintf("%s-%d-%s", look.name, width, scheme)
				t.Run(name, func(t *testing.T) {
					var troubles []string
					var picture []byte
					chrome.run(t,
						emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}),
						chromedp.EmulateViewport(width, 800), chromedp.Navigate(b.base+look.path), chromedp.WaitReady(look.shows, chromedp.ByQuery),
						chromedp.Evaluate(string(script), &troubles), chromedp.FullScreenshot(&picture, 100))
					for _, trouble := range troubles {
						t.Error(trouble)
					}
					chrome.forgive("the server responded with a status of 404 (Not Found) " + b.base + "/players/nobody")
					chrome.forgive("the server responded with a status of 422 (Unprocessable Entity) " + b.base + look.path)
					chrome.clean(t)
					keepPicture(t, name+".png", picture)
				})
			}
		}
	}
}

func playerPath(name string) string { return "/api/players/" + strings.ReplaceAll(name, " ", "%20") }

func keepPicture(t *testing.T, name string, picture []byte) {
	t.Helper()
	if *screenshots == "" {
		return
	}
	if err := os.MkdirAll(*screenshots, 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(*screenshots, name), picture, 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestHeadByKeyboard goes through the head of a page with nothing but a keyboard.
func TestHeadByKeyboard(t *testing.T) {
	b := newBench(t, nil)
	b.add("Zezima", nil)
	chrome := newBrowser(t, b.base)
	focused := func(keys ...string) string {
		t.Helper()
		var at string
		for _, key := range keys {
			chrome.run(t, chromedp.KeyEvent(key))
		}
		chrome.run(t, chromedp.Evaluate(`document.activeElement.textContent.trim() || document.activeElement.id`, &at))
		return at
	}
	chrome.run(t, chromedp.EmulateViewport(360, 800), chromedp.Navigate(b.base+"/docs"), chromedp.WaitReady("#main", chromedp.ByQuery))
	if at := focused(kb.Tab); at != "Skip to the content" {
		t.Errorf("the first stop is %q, want the way past the head", at)
	}
	if at := focused(kb.Tab, kb.Tab); at != "find" {
		t.Errorf("the search box comes as %q", at)
	}
	if at := focused(kb.Tab, kb.Tab); at != "Menu" {
		t.Errorf("the menu of a phone comes as %q", at)
	}
	if at := focused(kb.Enter, kb.Tab); at != "Players" {
		t.Errorf("the opened menu begins with %q", at)
	}
	var path string
	chrome.run(t, chromedp.KeyEvent(kb.Enter), chromedp.WaitVisible("#players", chromedp.ByQuery),
		chromedp.Focus("#find", chromedp.ByQuery), chromedp.KeyEvent("zez"+kb.Enter), chromedp.WaitVisible("h1", chromedp.ByQuery),
		chromedp.WaitVisible(".mast-search input[value=zez]", chromedp.ByQuery), chromedp.Location(&path))
	if !strings.HasSuffix(path, "/search?q=zez") {
		t.Errorf("the search leads to %s", path)
	}
	chrome.clean(t)
}
