package hiscorestest_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/osrsdiff/osrsdiff/hiscores"
	"github.com/osrsdiff/osrsdiff/hiscores/hiscorestest"
	"github.com/osrsdiff/osrsdiff/internal/testenv"
	"github.com/osrsdiff/osrsdiff/player"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m, goleak.IgnoreCurrent()) }

func started(t *testing.T) (*hiscorestest.Site, string) {
	t.Helper()
	site := hiscorestest.NewSite()
	base, stop := site.Start()
	t.Cleanup(stop)
	return site, base
}

func get(t *testing.T, base string, table hiscores.Table, name string) (status int, header http.Header, body string) {
	t.Helper()
	client := &http.Client{
		Transport:     &http.Transport{DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet,
		base+"/m="+string(table)+"/index_lite.json?player="+url.QueryEscape(name), http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, resp.Header, string(data)
}

func TestSiteListsAnAccountOnTheTablesOfItsMode(t *testing.T) {
	site, base := started(t)
	for i, mode := range player.Modes() {
		site.SetAccount(fmt.Sprintf("Mode %d", i), mode, hiscorestest.Account(1_000_000))
	}
	want := map[player.Mode][]int{
		player.Regular:         {200, 404, 404, 404},
		player.Ironman:         {200, 200, 404, 404},
		player.HardcoreIronman: {200, 200, 200, 404},
		player.UltimateIronman: {200, 200, 404, 200},
	}
	for i, mode := range player.Modes() {
		var got []int
		for _, table := range hiscores.Tables() {
			status, _, _ := get(t, base, table, fmt.Sprintf("mode_%d", i))
			got = append(got, status)
		}
		if diff := cmp.Diff(want[mode], got); diff != "" {
			t.Errorf("%s on %v (-want +got):\n%s", mode, hiscores.Tables(), diff)
		}
	}
	site.Remove("mode 1", hiscores.IronmanTable)
	if status, _, _ := get(t, base, hiscores.IronmanTable, "Mode 1"); status != 404 {
		t.Errorf("after Remove from a table: %d, want 404", status)
	}
	site.Remove("mode 1")
	if status, _, _ := get(t, base, hiscores.RegularTable, "Mode 1"); status != 404 {
		t.Errorf("after Remove: %d, want 404", status)
	}
}

func TestSiteEchoesTheNameAsAsked(t *testing.T) {
	site, base := started(t)
	site.SetPlayer("Some One", hiscores.RegularTable, hiscorestest.Account(5000))
	_, header, body := get(t, base, hiscores.RegularTable, "sOME_oNE")
	if !strings.HasPrefix(body, `{"name":"sOME_oNE","skills":[{"id":0,"name":"Overall",`) {
		t.Errorf("body begins %.60s", body)
	}
	if got := header.Get("Content-Type"); got != "application/json" {
		t.Errorf("Content-Type = %q", got)
	}
}

func TestSiteRefusesWhatTheRealOneDoes(t *testing.T) {
	_, base := started(t)
	if status, _, _ := get(t, base, hiscores.RegularTable, "thirteen chars"); status != 400 {
		t.Errorf("invalid name: %d, want 400", status)
	}
	if status, _, _ := get(t, base, "hiscore_nowhere", "Someone"); status != 404 {
		t.Errorf("unknown table: %d, want 404", status)
	}
}

func TestFaultsOfOneAnswer(t *testing.T) {
	tests := []struct {
		fault  hiscorestest.Fault
		status int
		body   string // a part of it
		header string // Retry-After or Location
	}{
		{hiscorestest.Fault{Kind: hiscorestest.NotFound}, 404, "", ""},
		{hiscorestest.Fault{Kind: hiscorestest.InvalidName}, 400, "", ""},
		{hiscorestest.Fault{Kind: hiscorestest.RateLimited}, 429, "", ""},
		{hiscorestest.Fault{Kind: hiscorestest.RateLimited, RetryAfter: 1500 * time.Millisecond}, 429, "", "2"},
		{hiscorestest.Fault{Kind: hiscorestest.Forbidden}, 403, "temporarily blocked", ""},
		{hiscorestest.Fault{Kind: hiscorestest.MethodNotAllowed}, 405, "temporarily blocked", ""},
		{hiscorestest.Fault{Kind: hiscorestest.Unavailable503, RetryAfter: time.Minute}, 503, "unavailable", "60"},
		{hiscorestest.Fault{Kind: hiscorestest.ServerError500}, 500, "unavailable", ""},
		{hiscorestest.Fault{Kind: hiscorestest.HTMLBlocked200}, 200, "temporarily blocked", ""},
		{hiscorestest.Fault{Kind: hiscorestest.HTMLUnavailable200}, 200, "unavailable", ""},
		{hiscorestest.Fault{Kind: hiscorestest.EmptyObject}, 200, "{}", ""},
		{hiscorestest.Fault{Kind: hiscorestest.EmptyBody}, 200, "", ""},
		{hiscorestest.Fault{Kind: hiscorestest.Garbage}, 200, "\x00\xff", ""},
		{hiscorestest.Fault{Kind: hiscorestest.RedirectElsewhere}, 302, "", "http://elsewhere.invalid/unavailable"},
		{hiscorestest.Fault{Kind: hiscorestest.RedirectToPage}, 302, "", "/unavailable"},
		{hiscorestest.Fault{Kind: hiscorestest.Slow, Delay: time.Millisecond}, 200, `"Overall"`, ""},
	}
	site, base := started(t)
	site.SetPlayer("Someone", hiscores.RegularTable, hiscorestest.Account(5000))
	for _, tt := range tests {
		t.Run(string(tt.fault.Kind), func(t *testing.T) {
			site.Fault("someone", tt.fault)
			status, header, body := get(t, base, hiscores.RegularTable, "Someone")
			if status != tt.status || !strings.Contains(body, tt.body) {
				t.Errorf("status %d, body %.80q; want %d, %q", status, body, tt.status, tt.body)
			}
			if got := header.Get("Retry-After") + header.Get("Location"); got != tt.header {
				t.Errorf("Retry-After or Location = %q, want %q", got, tt.header)
			}
		})
	}
}

func TestFaultLastsForItsTimesAndItsTable(t *testing.T) {
	site, base := started(t)
	site.SetAccount("Someone", player.Ironman, hiscorestest.Account(5000))
	site.Fault(hiscorestest.Everyone, hiscorestest.Fault{Kind: hiscorestest.ServerError500, Times: 3})
	site.Fault("Someone", hiscorestest.Fault{Kind: hiscorestest.NotFound, Table: hiscores.IronmanTable})
	var got []int
	for range 3 {
		status, _, _ := get(t, base, hiscores.RegularTable, "Someone")
		got = append(got, status)
		status, _, _ = get(t, base, hiscores.IronmanTable, "Someone")
		got = append(got, status)
	}
	site.Clear("Someone")
	for range 2 {
		status, _, _ := get(t, base, hiscores.IronmanTable, "Someone")
		got = append(got, status)
	}
	if diff := cmp.Diff([]int{500, 404, 500, 404, 500, 404, 200, 200}, got); diff != "" {
		t.Errorf("statuses (-want +got):\n%s", diff)
	}
}

func TestRequestsAreCountedWithTimes(t *testing.T) {
	clock := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	site := hiscorestest.NewSiteAt(func() time.Time { return clock })
	site.Fault("b", hiscorestest.Fault{Kind: hiscorestest.NotFound})
	for _, name := range []string{"A a", "a_a", "b"} {
		req := httptest.NewRequestWithContext(t.Context(), http.MethodGet,
			"/m=hiscore_oldschool/index_lite.json?player="+url.QueryEscape(name), http.NoBody)
		req.Header.Set("User-Agent", "tester")
		site.ServeHTTP(httptest.NewRecorder(), req)
		clock = clock.Add(time.Second)
	}
	if a, b, all := site.Requests("a a"), site.Requests("B"), site.Requests(hiscorestest.Everyone); a != 2 || b != 1 || all != 3 {
		t.Errorf("requests = %d, %d, %d; want 2, 1, 3", a, b, all)
	}
	want := hiscorestest.Request{
		Player: "b", Table: hiscores.RegularTable, At: clock.Add(-time.Second),
		Fault: hiscorestest.NotFound, UserAgent: "tester",
	}
	if diff := cmp.Diff(want, site.RequestLog()[2], cmpopts.EquateComparable()); diff != "" {
		t.Errorf("last request (-want +got):\n%s", diff)
	}
	site.ForgetRequests()
	if n := site.Requests("a a"); n != 0 {
		t.Errorf("after ForgetRequests: %d", n)
	}
}

func TestRetryAfterAsDateComesWithADate(t *testing.T) {
	clock := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	site := hiscorestest.NewSiteAt(func() time.Time { return clock })
	site.Fault("*", hiscorestest.Fault{Kind: hiscorestest.RateLimited, RetryAfter: time.Minute, AsDate: true})
	rec := httptest.NewRecorder()
	site.ServeHTTP(rec, httptest.NewRequestWithContext(t.Context(), http.MethodGet,
		"/m=hiscore_oldschool/index_lite.json?player=x", http.NoBody))
	if got := rec.Header().Get("Retry-After"); got != "Wed, 25 Nov 2026 12:01:00 GMT" {
		t.Errorf("Retry-After = %q", got)
	}
}

func TestHangAnswersOnceCleared(t *testing.T) {
	site, base := started(t)
	site.SetPlayer("Someone", hiscores.RegularTable, hiscorestest.Account(5000))
	site.Fault("Someone", hiscorestest.Fault{Kind: hiscorestest.Hang})
	got := make(chan error, 1)
	name, err := player.ParseName("Someone")
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		_, err := hiscores.NewClient(hiscores.Options{BaseURL: base}).Fetch(t.Context(), name, hiscores.RegularTable)
		got <- err
	}()
	testenv.Eventually(t, 5*time.Second, "a request", func() bool { return site.Requests("Someone") > 0 })
	select {
	case err := <-got:
		t.Fatalf("answered while hanging: %v", err)
	default:
	}
	site.Clear("Someone")
	if err := <-got; err != nil {
		t.Errorf("after Clear: %v", err)
	}
}

func TestStopEndsHangingRequests(t *testing.T) {
	site := hiscorestest.NewSite()
	base, stop := site.Start()
	site.Fault("*", hiscorestest.Fault{Kind: hiscorestest.Hang})
	name, err := player.ParseName("Someone")
	if err != nil {
		t.Fatal(err)
	}
	got := make(chan error, 1)
	go func() {
		_, err := hiscores.NewClient(hiscores.Options{BaseURL: base}).Fetch(t.Context(), name, hiscores.RegularTable)
		got <- err
	}()
	testenv.Eventually(t, 5*time.Second, "a request", func() bool { return site.Requests("Someone") > 0 })
	stop()
	stop()
	if err := <-got; !errors.Is(err, hiscores.ErrUnavailable) {
		t.Errorf("err = %v, want ErrUnavailable", err)
	}
}

func TestSiteServesManyAtOnce(t *testing.T) {
	site, base := started(t)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			name := fmt.Sprintf("p%d", i)
			site.SetPlayer(name, hiscores.RegularTable, hiscorestest.Account(5000))
			site.Fault(name, hiscorestest.Fault{Kind: hiscorestest.ServerError500, Times: 1})
			parsed, err := player.ParseName(name)
			if err != nil {
				t.Error(err)
				return
			}
			client := hiscores.NewClient(hiscores.Options{BaseURL: base})
			for range 3 {
				_, _ = client.Fetch(t.Context(), parsed, hiscores.RegularTable)
			}
			if n := site.Requests(name); n != 3 {
				t.Errorf("%s was asked for %d times, want 3", name, n)
			}
		})
	}
	wg.Wait()
}
