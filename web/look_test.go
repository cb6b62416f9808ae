package web_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// Where TestLooks keeps pictures of the pages, and the axe.min.js it judges them
// with. Unset: it does neither.
const (
	screenshotsVariable = "OSRSDIFF_TEST_SCREENSHOTS"
	axeVariable         = "OSRSDIFF_TEST_AXE"
)

// looks are the pages that TestLooks looks at, with what each waits for.
func looks() []struct{ name, path, shows string } {
	return []struct{ name, path, shows string }{
		{"home", "/", "#feed"},
		{"players", "/players", "#players"},
		{"search", "/search?q=e", "table"},
		{"search-unknown", "/search?q=Somebody", "#add"},
		{"player", "/players/lynx%20titan", ".u-over"},
		{"player-virtual", "/players/lynx%20titan?virtual=1", "#skills"},
		{"player-gains", "/players/lynx%20titan/gains", ".gained"},
		{"player-gains-wrong", "/players/lynx%20titan/gains?from=soon", ".error"},
		{"player-chart", "/players/lynx%20titan/chart?metric=Slayer&period=day", ".u-over"},
		{"player-activities", "/players/lynx%20titan/activities", "table"},
		{"player-diff", "/players/lynx%20titan/diff?all=1", "table"},
		{"player-records", "/players/lynx%20titan/records", "table"},
		{"player-milestones", "/players/lynx%20titan/milestones", ".undated"},
		{"player-history", "/players/lynx%20titan/history", "#modes"},
		{"player-schedule", "/players/lynx%20titan/schedule", "#change"},
		{"player-remove", "/players/lynx%20titan/remove", "#remove"},
		{"leaderboards", "/leaderboards", "table"},
		{"leaderboards-gains", "/leaderboards?metric=Slayer&period=day&calendar=true&player=lynx+titan", ".rank-of"},
		{"schedules", "/schedules", "table"},
		{"schedule", "/schedules/player_fetch_1", "#runs"},
		{"change", "/schedules/change?action=pause&scope=all", "h1"},
		{"system", "/system", "#tasks"},
		{"compare", "/compare?players=lynx+titan,iron+hyger,ultimo+wick", ".u-over"},
		{"compare-nobody", "/compare", ".empty"},
		{"compare-alone", "/compare?players=zezima", ".empty"},
		{"groups", "/groups", "table"},
		{"group", "/groups/iron%20clan", "table"},
		{"group-gains", "/groups/iron%20clan/gains?period=week", "table"},
		{"group-leaderboard", "/groups/iron%20clan/leaderboard", "table"},
		{"group-competitions", "/groups/iron%20clan/competitions", "#compete"},
		{"group-roster", "/groups/iron%20clan/roster", "#roster"},
		{"competition", "/competitions/1", "#competition"},
		{"audit", "/audit", "table"},
		{"optouts", "/optouts", "table"},
		{"webhooks", "/webhooks", "table"},
		{"webhook", "/webhooks/1", "#log"},
		{"tokens", "/tokens", ".empty"},
		{"sign-in", "/signin", "h1"},
		{"api", "/docs", "#trigger-task"},
		{"error", "/players/nobody", ".error"},
	}
}

// showcase is a gallery with a paused player, one whose name the hiscores do not
// have, a group and its competition.
func showcase(t *testing.T) *bench {
	t.Helper()
	b := gallery(t)
	now := b.clock.Now()
	for _, name := range []string{"le me", "Nobody Now"} {
		b.add(name, nil)
	}
	b.call(http.MethodPost, "/api/players/le%20me/pause", "").want(http.StatusOK, nil)
	b.send("/groups", "name", "Iron Clan", "description", "Who stands alone together", "zone", "Europe/Berlin").want(http.StatusSeeOther, nil)
	b.send("/groups/Iron%20Clan/roster", "roster", "Lynx Titan,Owner\nIron Hyger,Captain\nUltimo Wick\nle me", "do", "apply").want(http.StatusSeeOther, nil)
	at := func(hours int) string { return now.Add(time.Duration(hours) * time.Hour).Format("2006-01-02T15:04") }
	b.send("/groups/Iron%20Clan/competitions", "title", "Slayer week", "metric", "Slayer", "from", at(-100), "to", at(68)).want(http.StatusSeeOther, nil)
	b.send("/optouts", "name", "Hidden Away", "reason", "asked for it").want(http.StatusSeeOther, nil)
	b.send("/webhooks", "url", "https://discord.com/api/webhooks/1/secret", "name", "Clan channel", "group", "Iron Clan", "kind", "milestone").want(http.StatusSeeOther, nil)
	b.send("/webhooks/1/test").want(http.StatusSeeOther, nil)
	return b
}

// TestLooks looks at each page on a phone and on a desktop, light and dark: no
// console error, no request to another host, contrast, labels, nothing wider than
// the window, and nothing serious that axe finds, where there is one.
func TestLooks(t *testing.T) {
	b := showcase(t)
	script, err := os.ReadFile(filepath.Join("testdata", "look.js"))
	if err != nil {
		t.Fatal(err)
	}
	axe := readAxe(t)
	chrome := newBrowser(t, b.base)
	for _, look := range looks() {
		for _, width := range []int64{360, 1280} {
			for _, scheme := range []string{"light", "dark"} {
				name := fmt.Sprintf("%s-%d-%s", look.name, width, scheme)
				t.Run(name, func(t *testing.T) {
					var troubles []string
					chrome.run(t,
						emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}),
						chromedp.EmulateViewport(width, 800), chromedp.Navigate(b.base+look.path), chromedp.WaitReady(look.shows, chromedp.ByQuery),
						chromedp.Evaluate(string(script), &troubles))
					for _, trouble := range troubles {
						t.Error(trouble)
					}
					// Both widths and both schemes, for half the time.
					if (width == 360) == (scheme == "light") {
						chrome.judge(t, axe)
					}
					chrome.forgive("the server responded with a status of 404 (Not Found) " + b.base + "/players/nobody")
					chrome.forgive("the server responded with a status of 422 (Unprocessable Entity) " + b.base + look.path)
					chrome.clean(t)
					chrome.keepPicture(t, name+".png")
				})
			}
		}
	}
}

// readAxe is the source of axe-core, and empty where the variable names none.
func readAxe(t *testing.T) string {
	t.Helper()
	path := os.Getenv(axeVariable)
	if path == "" {
		t.Logf("%s names no axe.min.js: the pages are not judged by it", axeVariable)
		return ""
	}
	source, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(source)
}

// judge fails the test with what axe calls serious or critical on the page.
func (b *browser) judge(t *testing.T, axe string) {
	t.Helper()
	if axe == "" {
		return
	}
	const verdict = `axe.run({resultTypes: ["violations"]}).then((found) => found.violations
		.filter((v) => v.impact === "serious" || v.impact === "critical")
		.map((v) => v.id + ": " + v.help + ": " + v.nodes.slice(0, 3).map((n) => n.html.slice(0, 200)).join(" | ")))`
	var violations []string
	awaited := func(p *runtime.EvaluateParams) *runtime.EvaluateParams { return p.WithAwaitPromise(true) }
	b.run(t, chromedp.Evaluate(axe, nil), chromedp.Evaluate(verdict, &violations, awaited))
	for _, violation := range violations {
		t.Error("axe: " + violation)
	}
}

// keepPicture keeps how the page looks, in the folder for that.
func (b *browser) keepPicture(t *testing.T, name string) {
	t.Helper()
	folder := os.Getenv(screenshotsVariable)
	if folder == "" {
		return
	}
	var picture []byte
	b.run(t, chromedp.FullScreenshot(&picture, 100))
	if err := os.MkdirAll(folder, 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, name), picture, 0o600); err != nil {
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
