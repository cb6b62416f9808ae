package hiscores_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/osrsdiff/osrsdiff/hiscores"
	"github.com/osrsdiff/osrsdiff/hiscores/hiscorestest"
	"github.com/osrsdiff/osrsdiff/internal/testenv"
	"github.com/osrsdiff/osrsdiff/player"
)

func named(t testing.TB, s string) player.Name {
	t.Helper()
	name, err := player.ParseName(s)
	if err != nil {
		t.Fatal(err)
	}
	return name
}

// startedSite is a fake site and a client of it with a clock that stands still.
func startedSite(t *testing.T) (*hiscorestest.Site, *hiscores.Client) {
	t.Helper()
	site := hiscorestest.NewSiteAt(func() time.Time { return noon })
	base, stop := site.Start()
	t.Cleanup(stop)
	return site, hiscores.NewClient(hiscores.Options{BaseURL: base + "/", Now: func() time.Time { return noon }})
}

func TestFetchGivesTheRowsOfTheTableAsked(t *testing.T) {
	site, client := startedSite(t)
	for i, table := range hiscores.Tables() {
		site.SetPlayer("Some One", table, hiscorestest.Account(int64(1+i)*1_000_000))
	}
	for i, table := range hiscores.Tables() {
		got, err := client.Fetch(t.Context(), named(t, "some_one"), table)
		if err != nil {
			t.Fatal(err)
		}
		want := hiscorestest.Account(int64(1+i) * 1_000_000)
		want.At = noon
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", table, diff)
		}
	}
}

// outcomes names every error of the package that err matches.
func outcomes(err error) string {
	var names []string
	for _, o := range []struct {
		name string
		err  error
	}{
		{"not found", hiscores.ErrNotFound}, {"invalid name", hiscores.ErrInvalidName},
		{"rate limited", hiscores.ErrRateLimited}, {"blocked", hiscores.ErrBlocked},
		{"unavailable", hiscores.ErrUnavailable}, {"cancelled", context.Canceled},
		{"out of time", context.DeadlineExceeded},
	} {
		if errors.Is(err, o.err) {
			names = append(names, o.name)
		}
	}
	return strings.Join(names, " + ")
}

func TestFetchTellsFaultsApart(t *testing.T) {
	tests := []struct {
		name  string
		fault hiscorestest.Fault
		want  string
		wait  time.Duration
	}{
		{"404", hiscorestest.Fault{Kind: hiscorestest.NotFound}, "not found", 0},
		{"400", hiscorestest.Fault{Kind: hiscorestest.InvalidName}, "invalid name", 0},
		{"429", hiscorestest.Fault{Kind: hiscorestest.RateLimited}, "rate limited", 0},
		{"429 with seconds", hiscorestest.Fault{Kind: hiscorestest.RateLimited, RetryAfter: 90 * time.Second}, "rate limited", 90 * time.Second},
		{"429 with a date", hiscorestest.Fault{Kind: hiscorestest.RateLimited, RetryAfter: time.Minute, AsDate: true}, "rate limited", time.Minute},
		{"403", hiscorestest.Fault{Kind: hiscorestest.Forbidden}, "blocked", 0},
		{"405", hiscorestest.Fault{Kind: hiscorestest.MethodNotAllowed}, "blocked", 0},
		{"503", hiscorestest.Fault{Kind: hiscorestest.Unavailable503}, "unavailable", 0},
		{"503 with seconds", hiscorestest.Fault{Kind: hiscorestest.Unavailable503, RetryAfter: time.Hour}, "rate limited + unavailable", time.Hour},
		{"500", hiscorestest.Fault{Kind: hiscorestest.ServerError500}, "unavailable", 0},
		{"block page", hiscorestest.Fault{Kind: hiscorestest.HTMLBlocked200}, "blocked", 0},
		{"page about trouble", hiscorestest.Fault{Kind: hiscorestest.HTMLUnavailable200}, "unavailable", 0},
		{"empty object", hiscorestest.Fault{Kind: hiscorestest.EmptyObject}, "unavailable", 0},
		{"empty body", hiscorestest.Fault{Kind: hiscorestest.EmptyBody}, "unavailable", 0},
		{"garbage", hiscorestest.Fault{Kind: hiscorestest.Garbage}, "unavailable", 0},
		{"endless body", hiscorestest.Fault{Kind: hiscorestest.EndlessBody}, "unavailable", 0},
		{"redirect to another host", hiscorestest.Fault{Kind: hiscorestest.RedirectElsewhere}, "unavailable", 0},
		{"redirect to a page", hiscorestest.Fault{Kind: hiscorestest.RedirectToPage}, "unavailable", 0},
		{"connection reset", hiscorestest.Fault{Kind: hiscorestest.ConnectionReset}, "unavailable", 0},
	}
	site, client := startedSite(t)
	site.SetPlayer("Someone", hiscores.RegularTable, hiscorestest.Account(5000))
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			site.ForgetRequests()
			site.Fault("Someone", tt.fault)
			_, err := client.Fetch(t.Context(), named(t, "Someone"), hiscores.RegularTable)
			if got := outcomes(err); got != tt.want {
				t.Errorf("err = %v\nmatches %q, want %q", err, got, tt.want)
			}
			var limited *hiscores.RateLimitError
			if errors.As(err, &limited) && limited.RetryAfter != tt.wait {
				t.Errorf("RetryAfter = %v, want %v", limited.RetryAfter, tt.wait)
			}
			if n := site.Requests("Someone"); n != 1 {
				t.Errorf("the site was asked %d times, want once", n)
			}
		})
	}
}

func TestFetchErrorNamesPlayerAndTable(t *testing.T) {
	site, client := startedSite(t)
	site.Fault(hiscorestest.Everyone, hiscorestest.Fault{Kind: hiscorestest.RedirectElsewhere})
	_, err := client.Fetch(t.Context(), named(t, "Some One"), hiscores.IronmanTable)
	for _, part := range []string{`"Some One"`, "hiscore_oldschool_ironman", "302", "elsewhere.invalid"} {
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("err = %v, want it to say %s", err, part)
		}
	}
}

func TestFetchOfAHangingSite(t *testing.T) {
	site, _ := startedSite(t)
	base, stop := site.Start()
	t.Cleanup(stop)
	site.Fault(hiscorestest.Everyone, hiscorestest.Fault{Kind: hiscorestest.Hang})
	client := hiscores.NewClient(hiscores.Options{BaseURL: base, Timeout: 20 * time.Millisecond})
	_, err := client.Fetch(t.Context(), named(t, "Someone"), hiscores.RegularTable)
	if got := outcomes(err); got != "unavailable + out of time" {
		t.Errorf("its own timeout: %v matches %q", err, got)
	}

	patient := hiscores.NewClient(hiscores.Options{BaseURL: base})
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	_, err = patient.Fetch(ctx, named(t, "Someone"), hiscores.RegularTable)
	if got := outcomes(err); got != "unavailable + out of time" {
		t.Errorf("the caller's deadline: %v matches %q", err, got)
	}

	site.ForgetRequests()
	ctx, cancel = context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		_, err := patient.Fetch(ctx, named(t, "Someone"), hiscores.RegularTable)
		done <- err
	}()
	testenv.Eventually(t, 5*time.Second, "the request", func() bool { return site.Requests("Someone") == 1 })
	cancel()
	if err := <-done; outcomes(err) != "cancelled" {
		t.Errorf("cancelled by the caller: %v matches %q", err, outcomes(err))
	}
}

func TestFetchOfNoSite(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	server.Close()
	client := hiscores.NewClient(hiscores.Options{BaseURL: server.URL})
	_, err := client.Fetch(t.Context(), named(t, "Someone"), hiscores.RegularTable)
	if got := outcomes(err); got != "unavailable" {
		t.Errorf("connection refused: %v matches %q", err, got)
	}
	if _, err := client.Fetch(t.Context(), player.Name{}, hiscores.RegularTable); outcomes(err) != "invalid name" {
		t.Errorf("no name: %v", err)
	}
	if _, err := hiscores.NewClient(hiscores.Options{BaseURL: "http://[bad"}).Fetch(t.Context(), named(t, "a"), "t"); err == nil {
		t.Error("an address that is no URL was asked")
	}
}

// transport answers requests without a network.
type transport func(*http.Request) *http.Response

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) { return f(r), nil }

func answer(status int, header http.Header, body string) *http.Response {
	return &http.Response{StatusCode: status, Status: http.StatusText(status), Header: header, Body: io.NopCloser(strings.NewReader(body))}
}

func TestFetchAsksAsAGuest(t *testing.T) {
	var asked *http.Request
	client := hiscores.NewClient(hiscores.Options{HTTP: &http.Client{Transport: transport(func(r *http.Request) *http.Response {
		asked = r
		return answer(http.StatusNotFound, http.Header{}, "")
	})}})
	_, _ = client.Fetch(t.Context(), named(t, "A b_C-d"), hiscores.UltimateTable)
	want := "https://services.runescape.com/m=hiscore_oldschool_ultimate/index_lite.json?player=A%20b_C-d"
	if got := asked.URL.String(); got != want {
		t.Errorf("address = %s, want %s", got, want)
	}
	if got := asked.Header.Get("User-Agent"); got != "osrsdiff (+https://github.com/osrsdiff/osrsdiff)" {
		t.Errorf("User-Agent = %q", got)
	}
}

func TestUserAgent(t *testing.T) {
	tests := []struct{ version, contact, want string }{
		{"", "", "osrsdiff (+https://github.com/osrsdiff/osrsdiff)"},
		{"1.2.0", "me@example.org", "osrsdiff/1.2.0 (+https://github.com/osrsdiff/osrsdiff; contact: me@example.org)"},
		{"", " me\r\nX-Evil: 1 ", "osrsdiff (+https://github.com/osrsdiff/osrsdiff; contact: meX-Evil: 1)"},
	}
	for _, tt := range tests {
		if got := hiscores.UserAgent(tt.version, tt.contact); got != tt.want {
			t.Errorf("UserAgent(%q, %q) = %q, want %q", tt.version, tt.contact, got, tt.want)
		}
	}
}

func TestFetchFollowsRedirectsOnTheSiteOnly(t *testing.T) {
	const first = "https://site.example/m=hiscore_oldschool/index_lite.json?player=a"
	tests := []struct {
		name string
		to   string
		want string
	}{
		{"same site", "https://site.example/again", "not found"},
		{"another host", "https://other.example/again", "unavailable"},
		{"another port", "https://site.example:444/again", "unavailable"},
		{"without encryption", "http://site.example/again", "unavailable"},
		{"in circles", first, "unavailable"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			asked := 0
			client := hiscores.NewClient(hiscores.Options{BaseURL: "https://site.example", HTTP: &http.Client{
				Transport: transport(func(r *http.Request) *http.Response {
					asked++
					if r.URL.Path == "/again" {
						return answer(http.StatusNotFound, http.Header{}, "")
					}
					return answer(http.StatusFound, http.Header{"Location": {tt.to}}, "")
				}),
			}})
			_, err := client.Fetch(t.Context(), named(t, "a"), hiscores.RegularTable)
			if got := outcomes(err); got != tt.want || asked > 3 {
				t.Errorf("err = %v matches %q after %d requests, want %q", err, got, asked, tt.want)
			}
		})
	}
}

func TestFetchTimesOutAfterTenSeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client := hiscores.NewClient(hiscores.Options{HTTP: &http.Client{Transport: transport(func(r *http.Request) *http.Response {
			<-r.Context().Done()
			return answer(http.StatusOK, http.Header{}, "")
		})}})
		began := time.Now()
		_, err := client.Fetch(t.Context(), named(t, "a"), hiscores.RegularTable)
		if took := time.Since(began); took != hiscores.DefaultTimeout || !errors.Is(err, hiscores.ErrUnavailable) {
			t.Errorf("ended after %v with %v", took, err)
		}
	})
}
