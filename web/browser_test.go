package web_test

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/osrsdiff/osrsdiff/events"
	"github.com/osrsdiff/osrsdiff/hiscores"
	"github.com/osrsdiff/osrsdiff/hiscores/hiscorestest"
	"github.com/osrsdiff/osrsdiff/internal/testenv"
	"github.com/osrsdiff/osrsdiff/player"
	"github.com/osrsdiff/osrsdiff/web"
)

// browser is a Chromium that notes what goes wrong on the pages it shows.
type browser struct {
	ctx  context.Context
	host string

	mu       sync.Mutex
	troubles []string
	requests int
}

func newBrowser(t *testing.T, base string) *browser {
	t.Helper()
	u, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(testenv.Chromium(t)), chromedp.NoSandbox)
	alloc, cancelAlloc := chromedp.NewExecAllocator(t.Context(), opts...)
	t.Cleanup(cancelAlloc)
	ctx, cancel := chromedp.NewContext(alloc)
	t.Cleanup(cancel)
	ctx, cancelTimeout := context.WithTimeout(ctx, 5*time.Minute)
	t.Cleanup(cancelTimeout)
	b := &browser{ctx: ctx, host: u.Host}
	chromedp.ListenTarget(ctx, b.note)
	b.run(t, network.Enable(), log.Enable(), runtime.Enable())
	return b
}

// note takes down console errors, uncaught exceptions, refused loads, and
// requests that left for another host.
func (b *browser) note(event any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e := event.(type) {
	case *log.EventEntryAdded:
		if e.Entry.Level == log.LevelError || e.Entry.Level == log.LevelWarning {
			b.troubles = append(b.troubles, "log: "+e.Entry.Text+" "+e.Entry.URL)
		}
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.APITypeError || e.Type == runtime.APITypeWarning {
			text := "console:"
			for _, arg := range e.Args {
				text += " " + string(arg.Value) + arg.Description
			}
			b.troubles = append(b.troubles, text)
		}
	case *runtime.EventExceptionThrown:
		b.troubles = append(b.troubles, "exception: "+e.ExceptionDetails.Error())
	case *network.EventRequestWillBeSent:
		b.requests++
		if u, err := url.Parse(e.Request.URL); err != nil || u.Scheme != "data" && u.Host != b.host {
			b.troubles = append(b.troubles, "request to "+e.Request.URL)
		}
	}
}

func (b *browser) run(t *testing.T, actions ...chromedp.Action) {
	t.Helper()
	if err := chromedp.Run(b.ctx, actions...); err != nil {
		t.Fatal(err)
	}
}

// text reads what is shown of the first element that the selector finds, and is
// empty without one. It is one look at the page: chromedp.Text takes two, and
// fails when the page replaces the element between them.
func (b *browser) text(t *testing.T, selector string) string {
	t.Helper()
	var shown string
	b.run(t, chromedp.Evaluate(fmt.Sprintf(`document.querySelector(%q)?.innerText ?? ""`, selector), &shown))
	return shown
}

// forgive forgets a trouble that ends as given: one that the test provoked.
func (b *browser) forgive(trouble string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.troubles = slices.DeleteFunc(b.troubles, func(t string) bool { return strings.HasSuffix(t, trouble) })
}

// clean fails the test with what went wrong so far.
func (b *browser) clean(t *testing.T) {
	t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, trouble := range b.troubles {
		t.Error(trouble)
	}
	b.troubles = nil
	if b.requests == 0 {
		t.Error("the browser asked for nothing")
	}
	b.requests = 0
}

// TestPagesInChromium shows each page under its content security policy.
func TestPagesInChromium(t *testing.T) {
	b := newBench(t, nil)
	account := hiscorestest.Account(50_000_000)
	p := b.add("Zezima", &account)
	if err := b.book.Schedule(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	chrome := newBrowser(t, b.base)
	for _, tt := range []struct{ name, path, shows, words string }{
		{"players", "/players", "#players table tbody th a", "Zezima"},
		{"player", "/players/zezima", "#skills", "Skills"},
		{"documentation", "/docs", "#trigger-task h3", "POST /api/system/trigger-task/{name}"},
		{"schedules", "/monitoring/schedulers", "#root h6", "Scheduler Entries"},
		{"queues", "/monitoring/", "#root h6", "Queue Size"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got string
			chrome.run(t, chromedp.Navigate(b.base+tt.path), chromedp.Text(tt.shows, &got, chromedp.ByQuery, chromedp.NodeVisible))
			if got != tt.words {
				t.Errorf("%s shows %q, want %q", tt.shows, got, tt.words)
			}
			chrome.clean(t)
		})
	}
}

// TestListRefreshes uses the list of players as a person does: its table shows
// who was added meanwhile, its search narrows it, its form leads to the player.
func TestListRefreshes(t *testing.T) {
	b := newBench(t, nil)
	b.add("Zezima", nil)
	b.site.SetAccount("Lynx Titan", player.Regular, hiscorestest.Account(4_600_000_000))
	chrome := newBrowser(t, b.base)
	chrome.run(t, chromedp.Navigate(b.base+"/players"), chromedp.WaitVisible(`a[href="/players/Zezima"]`, chromedp.ByQuery))
	b.add("Later", nil)
	chrome.run(t, chromedp.WaitVisible(`a[href="/players/Later"]`, chromedp.ByQuery),
		chromedp.SendKeys("#q", "lat", chromedp.ByQuery),
		chromedp.WaitNotPresent(`a[href="/players/Zezima"]`, chromedp.ByQuery))
	var heading, shown string
	chrome.run(t, chromedp.SendKeys("#name", "lynx titan", chromedp.ByQuery), chromedp.Submit("#name", chromedp.ByQuery),
		chromedp.WaitVisible("#player", chromedp.ByQuery), chromedp.Text("h1", &heading, chromedp.ByQuery),
		chromedp.Click(`form[action$="/pause"] button`, chromedp.ByQuery),
		chromedp.WaitVisible(`form[action$="/resume"]`, chromedp.ByQuery), chromedp.Text(".done", &shown, chromedp.ByQuery))
	if heading != "lynx titan" || !strings.HasPrefix(shown, "Paused") {
		t.Errorf("shows %q and says %q", heading, shown)
	}
	chrome.clean(t)
}

// TestPlayerPageFollowsEvents waits for less than the page's polling takes.
func TestPlayerPageFollowsEvents(t *testing.T) {
	var hub *events.Hub
	b := newBench(t, func(o *web.Options) { hub = o.Live })
	first := board(3_000_000, hiscores.Number{})
	p := b.add("Zezima", &first)
	b.clock.set(start.Add(time.Hour))
	url, _ := b.running()
	chrome := newBrowser(t, url)
	chrome.run(t, chromedp.Navigate(url+"/players/Zezima"), chromedp.WaitVisible("#player", chromedp.ByQuery))
	testenv.Eventually(t, 20*time.Second, "the page to listen", func() bool { return hub.Clients() == 1 })
	b.record(p, start.Add(time.Minute), board(3_123_456, hiscores.Number{}))
	testenv.Eventually(t, 30*time.Second, "the page to show what changed", func() bool {
		return strings.Contains(chrome.text(t, "#player"), "123,456")
	})
	chrome.clean(t)
}
