package web_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/hibiken/asynq"

	"github.com/osrsdiff/osrsdiff/tasks"
)

// mostEntries is the most entries the scheduler registers, whatever the number of
// players.
const mostEntries = 600

// TestDashboardInChromium opens asynqmon's pages directly and reloads them: their
// content comes, from this server alone, under the policy that is sent.
func TestDashboardInChromium(t *testing.T) {
	b := newBench(t, nil)
	fetch, err := tasks.NewFetch(tasks.Fetch{PlayerID: 7, Player: "Zezima", Tick: start.Unix()}, tasks.QueueFetch)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.queue().EnqueueContext(t.Context(), fetch); err != nil {
		t.Fatal(err)
	}
	b.registerEntries(mostEntries)
	chrome := newBrowser(t, b.base)
	for path, words := range map[string]string{
		"/monitoring/": "fetch",
		"/monitoring/queues/fetch?status=pending":       "player:fetch",
		"/monitoring/queues/fetch/tasks/player_fetch_7": "2026-03-04T10:00:00Z",
		"/monitoring/schedulers":                        "player_fetch_600",
		"/monitoring/servers":                           "Servers",
		"/monitoring/settings":                          "Settings",
		"/monitoring/redis":                             "Redis Info",
	} {
		t.Run(path, func(t *testing.T) {
			shows := fmt.Sprintf(`//*[@id="root"]//*[contains(text(), %q)]`, words)
			chrome.run(t, chromedp.EmulateViewport(1280, 800), chromedp.Navigate(b.base+path), chromedp.WaitVisible(shows, chromedp.BySearch),
				page.Reload(), chromedp.WaitVisible(shows, chromedp.BySearch))
			chrome.clean(t)
		})
	}
	t.Run("all entries", func(t *testing.T) {
		var rows int
		chrome.run(t, chromedp.Navigate(b.base+"/monitoring/schedulers"), chromedp.WaitVisible(`//*[contains(text(), "player_fetch_600")]`, chromedp.BySearch),
			chromedp.Evaluate(`document.querySelectorAll("#root tbody tr").length`, &rows))
		chrome.keepPicture(t, "schedulers.png")
		if rows < mostEntries {
			t.Errorf("shows %d entries, want all %d", rows, mostEntries)
		}
	})
}

// registerEntries runs a scheduler with so many entries while the test runs.
func (b *bench) registerEntries(n int) {
	b.t.Helper()
	s := asynq.NewSchedulerFromRedisClient(b.rdb, &asynq.SchedulerOpts{HeartbeatInterval: 500 * time.Millisecond, LogLevel: asynq.FatalLevel})
	for i := range n {
		payload := fmt.Sprintf(`{"schedule":"player_fetch_%d","player":"Player %d","every":"1h"}`, i+1, i+1)
		if _, err := s.Register(fmt.Sprintf("%d * * * *", i%60), asynq.NewTask("player:due", []byte(payload), asynq.Queue(tasks.QueueSchedules))); err != nil {
			b.t.Fatal(err)
		}
	}
	if err := s.Start(); err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(s.Shutdown)
}
