package web_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/osrsdiff/osrsdiff/permits"
)

// TestBannerSaysThatTheSiteRests shows on every page why nobody is fetched.
func TestBannerSaysThatTheSiteRests(t *testing.T) {
	b := newBench(t, nil)
	office := permits.New(b.rdb, permits.Options{Rate: 1})
	page := func() string {
		t.Helper()
		b.clock.set(b.clock.Now().Add(3 * time.Second)) // what is known is read anew
		return b.call(http.MethodGet, "/docs", "").want(http.StatusOK, nil).body
	}
	if body := page(); strings.Contains(body, "ribbon") {
		t.Errorf("with the hiscores answering the page has a banner: %s", body)
	}
	for range 5 {
		if err := office.Report(t.Context(), permits.Permit{}, permits.Answer{Outcome: permits.Failed, Cause: "503 <Service Unavailable>"}); err != nil {
			t.Fatal(err)
		}
	}
	body := page()
	for _, want := range []string{"The hiscores are in trouble.", "5 requests failed in a row: 503 &lt;Service Unavailable&gt;", "one request tries them out at", "UTC. Pages show what was last known"} {
		if !strings.Contains(body, want) {
			t.Errorf("with an open breaker the page does not say %q", want)
		}
	}
	if err := office.Pause(t.Context(), time.Minute); err != nil {
		t.Fatal(err)
	}
	if body := page(); !strings.Contains(body, "asked everybody to stay away</strong> until ") {
		t.Error("the page does not say that the hiscores asked for a pause")
	}
}
