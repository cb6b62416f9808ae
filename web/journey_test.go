package web_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"

	"github.com/osrsdiff/osrsdiff/access"
	"github.com/osrsdiff/osrsdiff/hiscores/hiscorestest"
	"github.com/osrsdiff/osrsdiff/internal/testenv"
	"github.com/osrsdiff/osrsdiff/player"
	"github.com/osrsdiff/osrsdiff/tasks"
)

// visitor is a person at a browser window of some width.
type visitor struct {
	*bench
	chrome *browser
	// mark is on what this visitor makes, since visitors share a server.
	mark string
}

// open goes to a page by its address.
func (v *visitor) open(path string) {
	v.t.Helper()
	v.chrome.run(v.t, chromedp.Navigate(v.base+path))
}

// fill puts text where what was there before stood.
func (v *visitor) fill(selector, text string) {
	v.t.Helper()
	v.chrome.run(v.t, chromedp.WaitVisible(selector, chromedp.ByQuery), chromedp.Evaluate(fmt.Sprintf(`document.querySelector(%q).select()`, selector), nil), chromedp.SendKeys(selector, text, chromedp.ByQuery))
}

// choose sets a control that a person does not type into: a list, a date.
func (v *visitor) choose(selector, value string) {
	v.t.Helper()
	v.chrome.run(v.t, chromedp.WaitVisible(selector, chromedp.ByQuery), chromedp.SetValue(selector, value, chromedp.ByQuery))
}

func (v *visitor) click(selector string) {
	v.t.Helper()
	v.press(selector, chromedp.Click(selector, chromedp.ByQuery, chromedp.NodeVisible))
}

// follow clicks the link that says so, as it is to be seen.
func (v *visitor) follow(words string) {
	v.t.Helper()
	v.press(words, chromedp.Click(fmt.Sprintf(`//main//a[normalize-space()=%q]`, words), chromedp.BySearch, chromedp.NodeVisible))
}

// press clicks, again where it went for a page that was just being left.
func (v *visitor) press(what string, click chromedp.Action) {
	v.t.Helper()
	ctx, cancel := context.WithTimeout(v.chrome.ctx, 20*time.Second)
	defer cancel()
	for {
		err := chromedp.Run(ctx, click)
		if err == nil {
			return
		}
		if ctx.Err() != nil || !strings.Contains(err.Error(), "Could not find node") && !strings.Contains(err.Error(), "No node with given id") {
			v.t.Fatalf("click %s: %v", what, err)
		}
	}
}

// sees waits until an element, the first that the selector finds, says all the words.
func (v *visitor) sees(selector string, words ...string) {
	v.t.Helper()
	var shown string
	read := chromedp.Evaluate(fmt.Sprintf(`document.readyState === "complete" && document.querySelector(%q)?.innerText || ""`, selector), &shown)
	ctx, cancel := context.WithTimeout(v.chrome.ctx, 20*time.Second)
	defer cancel()
	for {
		// A page that is being left has no answer; the next one has.
		if err := chromedp.Run(ctx, read); err == nil && containsAll(shown, words) {
			return
		}
		if chromedp.Run(ctx, chromedp.Sleep(20*time.Millisecond)) != nil {
			v.t.Fatalf("%s says %q, want %q", selector, shown, words)
		}
	}
}

func containsAll(shown string, words []string) bool {
	for _, w := range words {
		if !strings.Contains(shown, w) {
			return false
		}
	}
	return true
}

// fits fails the test when the page is wider than the window.
func (v *visitor) fits() {
	v.t.Helper()
	var over int
	v.chrome.run(v.t, chromedp.Evaluate(`document.documentElement.scrollWidth - document.documentElement.clientWidth`, &over))
	if over > 0 {
		v.t.Errorf("the page is %d pixels wider than the window", over)
	}
}

// journeys are what people come for, each from where they begin to what they
// wanted to see.
var journeys = []struct {
	name string
	walk func(v *visitor)
}{
	{"find a player", func(v *visitor) {
		v.open("/")
		v.fill(".hero-search input", "lynx")
		v.click(".hero-search button")
		v.sees("caption", "lynx")
		v.follow("Lynx Titan")
		v.sees("h1", "Lynx Titan")
		v.sees("#skills", "Skills")
	}},
	{"add an unknown player", func(v *visitor) {
		name := "Fresh " + v.mark
		v.site.SetAccount(name, player.Regular, hiscorestest.Account(4_000_000))
		v.open("/")
		v.fill(".hero-search input", name)
		v.click(".hero-search button")
		v.sees("#add", "Track "+name)
		v.click("section[aria-labelledby=add] button")
		v.sees("h1", name)
		v.sees(".done", "fetch")
		v.sees(".badges", "Pending")
	}},
	{"gains of a week and of custom dates", func(v *visitor) {
		v.open("/players/Lynx%20Titan")
		v.follow("Gains")
		v.follow("Last 7 days")
		v.sees(".tabs [aria-current]", "Last 7 days")
		v.sees("main", "XP", "+", "Attack", "27 Mar 2026 10:20")
		v.click(".when summary")
		v.choose("#from", "2026-03-10T00:00")
		v.choose("#to", "2026-03-12T00:00")
		v.click(".when details form:first-of-type button")
		v.sees(".when time", "10 Mar 2026 00:00", "12 Mar 2026 00:00")
		v.sees(".gained", "+")
	}},
	{"zoom and hover a chart", chartJourney},
	{"compare two times", func(v *visitor) {
		v.open("/players/Iron%20Hyger")
		v.follow("Compare times")
		v.follow("Last 30 days")
		v.sees("main table", "Before", "After", "Change", "Overall", "+")
	}},
	{"compare players", func(v *visitor) {
		v.open("/players/Lynx%20Titan")
		v.follow("Compare")
		v.fill("#players", "Lynx Titan, Iron Hyger")
		v.click("main form button.primary")
		v.sees("main table", "Lynx Titan", "Iron Hyger", "Ironman")
		v.sees(".u-legend", "Iron Hyger")
	}},
	{"leaderboard with game mode and pages", func(v *visitor) {
		v.open("/leaderboards")
		v.sees("caption", "Overall")
		v.follow("Next page")
		v.sees("table tbody", "51")
		v.follow("First page")
		v.sees("a[rel=next]", "Next page")
		v.choose("#mode", "ironman")
		v.click("main form.filters button")
		v.chrome.run(v.t, chromedp.WaitNotPresent(`table a[href="/players/Lynx%20Titan"]`, chromedp.ByQuery))
		v.sees("table tbody", "Iron Hyger", "Ironman")
	}},
	{"pause, fetch, interval and rename", scheduleJourney},
	{"a group from a text box", groupJourney},
	{"filter schedules and pause many", func(v *visitor) {
		v.open("/schedules")
		v.fill("#search", "Crowd "+v.mark)
		v.chrome.run(v.t, chromedp.WaitNotPresent(`a[href="/players/Lynx%20Titan"]`, chromedp.ByQuery))
		v.sees("#schedules tbody", "Crowd "+v.mark+"1")
		v.choose("#scope", "all")
		v.click(`button[value="pause"]`)
		v.sees("h1", "Pause 3 ")
		v.click("main form button.primary")
		v.sees(".done", "3")
		crowd := fmt.Sprintf("Crowd %[1]s1 Crowd %[1]s2 Crowd %[1]s3", v.mark)
		if got := v.pausedOf("Crowd "+v.mark+"1", "Crowd "+v.mark+"2", "Crowd "+v.mark+"3", "Lynx Titan"); got != crowd {
			v.t.Errorf("paused: %s", got)
		}
	}},
	{"trigger a task", func(v *visitor) {
		v.open("/system")
		v.click(`button[aria-label="Run now: store:prune"]`)
		v.sees(".done", "store:prune")
	}},
	{"deep link into the queue", func(v *visitor) {
		v.open("/monitoring/queues/" + tasks.QueueInteractive + "?status=pending")
		v.sees("#root", "player:fetch")
	}},
}

// scheduleJourney changes how a player is fetched.
func scheduleJourney(v *visitor) {
	v.open("/players/Slow%20" + v.mark)
	v.click(`form[action$="/pause"] button`)
	v.sees(".done", "Paused")
	v.click(`form[action$="/resume"] button`)
	v.sees(".done", "Resumed")
	v.click(`form[action$="/fetch"] button`)
	v.sees(".done", "queue")
	v.follow("Schedule")
	v.fill("#every", "6h")
	v.click(`form[action$="/interval"] button`)
	v.sees(".done", "Saved")
	v.call(http.MethodGet, playerPath("Slow "+v.mark), "").want(http.StatusOK, nil).says(`"every":"6h"`)
	v.follow("Schedule")
	v.site.SetAccount("Quick "+v.mark, player.Regular, hiscorestest.Account(50_000_000))
	v.fill("#to-name", "Quick "+v.mark)
	v.click("#force")
	v.click(`form[action$="/rename"] button`)
	v.sees("h1", "Quick "+v.mark)
}

// groupJourney makes a group, looks at what would change before it does, and
// starts a competition.
func groupJourney(v *visitor) {
	v.open("/groups")
	v.fill("#name", "Clan "+v.mark)
	v.click("section[aria-labelledby=make] button")
	v.fill("#roster", "Lynx Titan,Owner\nIron Hyger\n")
	v.fits()
	v.click(`button[value="preview"]`)
	v.sees("section[aria-labelledby=preview]", "Lynx Titan joins (Owner)", "Nothing has changed yet")
	v.fits()
	v.click(`button[value="apply"]`)
	v.sees("main table", "Lynx Titan", "Owner", "Iron Hyger")
	v.fits()
	v.follow("Gains")
	v.follow("Last 7 days")
	v.sees("caption", "Overall gained: +")
	v.fits()
	v.follow("Competitions")
	v.fill("#title", "Race")
	v.click("section[aria-labelledby=compete] button")
	v.sees("#competition", "Lynx Titan")
}

// chartJourney reads a value under the pointer, draws over a stretch to see it
// alone, and goes back.
func chartJourney(v *visitor) {
	const legend = ".u-legend .u-series:last-child"
	v.open("/players/Lynx%20Titan/chart?metric=Overall")
	v.sees(legend, "level")
	var latest, hovered string
	var box struct{ X, Y, Width, Height float64 }
	read := func(into *string) chromedp.Action { return chromedp.Text(legend, into, chromedp.ByQuery) }
	v.chrome.run(v.t, read(&latest), chromedp.ScrollIntoView(".u-over", chromedp.ByQuery),
		chromedp.Evaluate(`document.querySelector(".u-over").getBoundingClientRect().toJSON()`, &box))
	y, from, to := box.Y+box.Height/2, box.X+0.3*box.Width, box.X+0.6*box.Width
	v.chrome.run(v.t, input.DispatchMouseEvent(input.MouseMoved, from, y))
	testenv.Eventually(v.t, 20*time.Second, "the value under the pointer", func() bool {
		v.chrome.run(v.t, read(&hovered))
		return hovered != latest
	})
	v.chrome.run(v.t,
		input.DispatchMouseEvent(input.MousePressed, from, y).WithButton(input.Left).WithClickCount(1),
		input.DispatchMouseEvent(input.MouseMoved, to, y).WithButton(input.Left),
		input.DispatchMouseEvent(input.MouseReleased, to, y).WithButton(input.Left).WithClickCount(1))
	v.click("[data-zoom-out]")
	v.chrome.run(v.t, chromedp.WaitNotVisible("[data-zoom-out]", chromedp.ByQuery))
}

// TestJourneys goes the main ways of people through the pages, on a phone and on a
// desktop, without a console error or a request to another host.
func TestJourneys(t *testing.T) {
	b := gallery(t)
	widths := []struct {
		mark  string
		width int64
	}{{"phone", 360}, {"desk", 1280}}
	for i := range 60 {
		account := hiscorestest.Account(int64(1_000_000 * (i + 1)))
		b.add(fmt.Sprint("Extra ", i), &account)
	}
	for _, w := range widths {
		for _, name := range []string{"Slow " + w.mark, "Crowd " + w.mark + "1", "Crowd " + w.mark + "2", "Crowd " + w.mark + "3"} {
			account := hiscorestest.Account(50_000_000)
			b.site.SetAccount(name, player.Regular, account)
			if err := b.book.Schedule(t.Context(), b.add(name, &account)); err != nil {
				t.Fatal(err)
			}
		}
	}
	chrome := newBrowser(t, b.base)
	for _, w := range widths {
		chrome.run(t, chromedp.EmulateViewport(w.width, 800))
		for _, j := range journeys {
			t.Run(w.mark+"/"+j.name, func(t *testing.T) {
				v := &visitor{bench: b.in(t), chrome: chrome, mark: w.mark}
				j.walk(v)
				if !strings.HasPrefix(j.name, "deep link") { // not our page
					v.fits()
				}
				chrome.clean(t)
			})
		}
	}
}

// TestJourneyOfRoles signs in as a viewer, who may look, and as an operator, who
// may do more, and out again.
func TestJourneyOfRoles(t *testing.T) {
	b := newBench(t, nil)
	b.add("Zezima", nil)
	secrets := map[access.Role]string{}
	for _, role := range []access.Role{access.Viewer, access.Operator} {
		secrets[role] = strings.TrimPrefix(b.token(role.String(), role), "Bearer ")
	}
	chrome := newBrowser(t, b.base)
	for _, width := range []int64{360, 1280} {
		t.Run(fmt.Sprint(width), func(t *testing.T) {
			v := &visitor{bench: b.in(t), chrome: chrome}
			chrome.run(t, chromedp.EmulateViewport(width, 800))
			v.open("/players/zezima")
			v.fill("#token", secrets[access.Viewer])
			v.click("form.signin button")
			v.sees("h1", "Zezima")
			chrome.run(t, chromedp.WaitNotPresent(`form[action$="/pause"]`, chromedp.ByQuery))
			v.click(`form[action="/signout"] button`)
			v.sees("h1", "Sign in")
			v.open("/players/zezima")
			v.fill("#token", secrets[access.Operator])
			v.click("form.signin button")
			v.click(`form[action$="/pause"] button`)
			v.sees(".done", "Paused")
			v.click(`form[action$="/resume"] button`)
			v.sees(".done", "Resumed")
			v.click(`form[action="/signout"] button`)
			v.sees("h1", "Sign in")
			v.fits()
			chrome.clean(t)
		})
	}
	b.call(http.MethodGet, "/players/zezima", "", "Accept", "text/html").want(http.StatusSeeOther, nil)
}
