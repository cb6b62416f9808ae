package web_test

import (
	"math"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"

	"github.com/osrsdiff/osrsdiff/hiscores"
	"github.com/osrsdiff/osrsdiff/hiscores/hiscorestest"
	"github.com/osrsdiff/osrsdiff/player"
)

// gallery is a bench with players who have a history worth looking at.
func gallery(t *testing.T) *bench {
	t.Helper()
	b := newBench(t, nil)
	for name, who := range map[string]struct {
		xp, pace int64
		mode     player.Mode
	}{
		"Lynx Titan":  {1_400_000_000, 2_100_000, player.Regular},
		"Iron Hyger":  {310_000_000, 1_300_000, player.Ironman},
		"Ultimo Wick": {48_000_000, 700_000, player.UltimateIronman},
	} {
		account := hiscorestest.Account(who.xp)
		account = hiscorestest.Set(account, "Vorkath", hiscores.Number{})
		p := b.add(name, &account)
		b.call("PATCH", "/api/players/"+url.PathEscape(name), `{"mode":"`+string(who.mode)+`"}`).want(200, nil)
		for i := range 90 {
			at := start.Add(time.Duration(i+1) * 8 * time.Hour)
			grown := hiscorestest.Account(who.xp + int64(float64(who.pace)*(float64(i+1)+math.Sin(float64(i)/3))))
			grown = hiscorestest.Set(grown, "Vorkath", hiscores.Number{})
			b.record(p, at, grown)
		}
		if err := b.book.Schedule(t.Context(), p); err != nil {
			t.Fatal(err)
		}
	}
	b.clock.set(start.Add(90*8*time.Hour + 20*time.Minute))
	return b
}

// TestChartInChromium reads a value off a chart, zooms in and out again, and sees
// what is there without scripts.
func TestChartInChromium(t *testing.T) {
	b := gallery(t)
	chrome := newBrowser(t, b.base)
	address := b.base + "/players/Lynx%20Titan/chart?metric=Slayer"
	var latest, hovered, zoomed string
	var box struct{ X, Y, Width, Height float64 }
	legend := `document.querySelector(".u-legend .u-series:last-child .u-value").textContent`
	ticks := `document.querySelector("[data-zoom-out]").hidden ? "" : "zoomed"`
	chrome.run(t,
		chromedp.EmulateViewport(1200, 900), chromedp.Navigate(address), chromedp.WaitVisible(".u-over", chromedp.ByQuery),
		chromedp.Evaluate(legend, &latest),
		chromedp.Evaluate(`document.querySelector(".u-over").scrollIntoView()`, nil),
		chromedp.Evaluate(`(({x, y, width, height}) => ({x, y, width, height}))(document.querySelector(".u-over").getBoundingClientRect())`, &box))
	at := func(share float64) (x, y float64) { return box.X + share*box.Width, box.Y + box.Height/2 }
	x, y := at(0.3)
	x2, _ := at(0.6)
	chrome.run(t,
		input.DispatchMouseEvent(input.MouseMoved, x, y),
		chromedp.Poll(legend+` !== "`+latest+`"`, nil), chromedp.Evaluate(legend, &hovered),
		input.DispatchMouseEvent(input.MousePressed, x, y).WithButton(input.Left).WithClickCount(1),
		input.DispatchMouseEvent(input.MouseMoved, x2, y).WithButton(input.Left),
		input.DispatchMouseEvent(input.MouseReleased, x2, y).WithButton(input.Left).WithClickCount(1),
		chromedp.Poll(ticks, nil), chromedp.Poll(`!document.querySelector("[aria-busy=true]")`, nil), chromedp.Evaluate(ticks, &zoomed),
		chromedp.Click("[data-zoom-out]", chromedp.ByQuery), chromedp.Poll(`!(`+ticks+`)`, nil))
	if !strings.Contains(latest, "level 99") || !strings.Contains(hovered, "level 99") || zoomed == "" {
		t.Errorf("latest is %q, hovered %q, zoomed %q", latest, hovered, zoomed)
	}
	var source string
	chrome.run(t, emulation.SetScriptExecutionDisabled(true), chromedp.Navigate(address), chromedp.Text(".sources", &source, chromedp.ByQuery))
	if !strings.Contains(source, "Lynx Titan") {
		t.Errorf("without scripts it says %q", source)
	}
	chrome.clean(t)
}
