package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/osrsdiff/osrsdiff/access"
	"github.com/osrsdiff/osrsdiff/web"
)

// signIn sends the form of the sign-in page.
func (b *bench) signIn(secret, next string) answer {
	b.t.Helper()
	form := url.Values{"token": {secret}, "next": {next}}.Encode()
	return b.call(http.MethodPost, "/signin", form, "Content-Type", "application/x-www-form-urlencoded", "Sec-Fetch-Site", "same-origin")
}

func TestSignIn(t *testing.T) {
	b := newBench(t, nil)
	b.add("Zezima", nil)
	secret := strings.TrimPrefix(b.token("me", access.Viewer), "Bearer ")
	sent := b.call(http.MethodGet, "/players/zezima?done=queued", "", "Accept", "text/html").want(http.StatusSeeOther, nil)
	if at := sent.header.Get("Location"); at != "/signin?next=%2Fplayers%2Fzezima%3Fdone%3Dqueued" {
		t.Errorf("sent to %s", at)
	}
	b.signIn("wrong", "/").want(http.StatusUnauthorized, nil).says(`role="alert"`)
	in := b.signIn(" "+secret+"\n", "/players/zezima").want(http.StatusSeeOther, nil)
	if at := in.header.Get("Location"); at != "/players/zezima" {
		t.Errorf("sent on to %s", at)
	}
	cookie := in.header.Get("Set-Cookie")
	for _, attribute := range []string{"osrsdiff=", "HttpOnly", "SameSite=Lax", "Path=/", "Max-Age="} {
		if !strings.Contains(cookie, attribute) {
			t.Errorf("the cookie lacks %s", attribute)
		}
	}
	if strings.Contains(cookie, "Secure") || strings.Contains(cookie, secret) {
		t.Error("the cookie is only for TLS, or holds the token")
	}
	b.call(http.MethodGet, "/", "", "Accept", "text/html").want(http.StatusOK, nil).says("Signed in as me", "Sign out").lacks("Add a player")
	b.call(http.MethodGet, "/api/players", "").want(http.StatusOK, nil)
	b.call(http.MethodPost, "/api/players/zezima/pause", "").want(http.StatusForbidden, nil)
	b.call(http.MethodPost, "/signout", "").want(http.StatusSeeOther, nil)
	b.call(http.MethodGet, "/api/players", "").want(http.StatusUnauthorized, nil)
	name, value, _ := strings.Cut(strings.SplitN(cookie, ";", 2)[0], "=")
	b.call(http.MethodGet, "/api/players", "", "Cookie", name+"="+value).want(http.StatusUnauthorized, nil)
}

func TestCookieOverTLS(t *testing.T) {
	b := newBench(t, func(o *web.Options) { o.Access.PublicURL = "https://osrs.example.org" })
	secret := strings.TrimPrefix(b.token("me", access.Viewer), "Bearer ")
	cookie := b.signIn(secret, "").want(http.StatusSeeOther, nil).header.Get("Set-Cookie")
	if !strings.HasPrefix(cookie, "__Host-osrsdiff=") || !strings.Contains(cookie, "Secure") {
		t.Errorf("the cookie of a site with TLS is for others too")
	}
	b.http.Jar = nil // it takes this test for a site with TLS
	for host, status := range map[string]int{"osrs.example.org": http.StatusUnauthorized, "127.0.0.1:80": http.StatusUnauthorized, "evil.example": http.StatusMisdirectedRequest} {
		b.call(http.MethodGet, "/api/players", "", "Host", host).want(status, nil)
	}
	b.call(http.MethodGet, "/healthz", "", "Host", "10.0.0.7:8080").want(http.StatusOK, nil)
	// Behind a proxy that changes the host, the origin is still the site's own.
	b.call(http.MethodPost, "/signout", "", "Origin", "https://osrs.example.org").want(http.StatusSeeOther, nil)
	b.call(http.MethodPost, "/signout", "", "Origin", "https://evil.example").want(http.StatusForbidden, nil)
}

func TestSignInSendsNobodyElsewhere(t *testing.T) {
	b := newBench(t, nil)
	secret := strings.TrimPrefix(b.token("me", access.Viewer), "Bearer ")
	for _, next := range []string{"", "https://evil.example/", "//evil.example/", "/\\evil.example", "evil", "/\t/evil.example", "javascript:alert(1)"} {
		if at := b.signIn(secret, next).want(http.StatusSeeOther, nil).header.Get("Location"); at != "/" {
			t.Errorf("next=%q sends to %q", next, at)
		}
	}
}

// TestGuessingIsThrottled tries wrong secrets at the form and at the API, from
// two addresses.
func TestGuessingIsThrottled(t *testing.T) {
	for name, guess := range map[string]func(b *bench, from string) answer{
		"form": func(b *bench, from string) answer {
			form := url.Values{"token": {"wrong"}}.Encode()
			return b.call(http.MethodPost, "/signin", form, "Content-Type", "application/x-www-form-urlencoded", "X-Forwarded-For", from)
		},
		"API": func(b *bench, from string) answer {
			return b.call(http.MethodGet, "/api/players", "", "Authorization", "Bearer wrong", "X-Forwarded-For", from)
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, func(o *web.Options) { o.Access.TrustedProxies = prefixes(t, "127.0.0.0/8") })
			b.token("me", access.Viewer)
			for range 5 {
				guess(b, "192.0.2.7").want(http.StatusUnauthorized, nil)
			}
			res := guess(b, "192.0.2.7").want(http.StatusTooManyRequests, nil)
			if res.header.Get("Retry-After") == "" {
				t.Error("it does not say when to try again")
			}
			guess(b, "192.0.2.8").want(http.StatusUnauthorized, nil)
		})
	}
}

// TestSignInInChromium signs in and out as a person does.
func TestSignInInChromium(t *testing.T) {
	b := newBench(t, nil)
	b.add("Zezima", nil)
	secret := strings.TrimPrefix(b.token("me", access.Operator), "Bearer ")
	chrome := newBrowser(t, b.base)
	var heading, at string
	chrome.run(t, chromedp.Navigate(b.base+"/players/zezima"), chromedp.WaitVisible("#token", chromedp.ByQuery),
		chromedp.SendKeys("#token", secret, chromedp.ByQuery), chromedp.Submit("#token", chromedp.ByQuery),
		chromedp.WaitVisible("#player", chromedp.ByQuery), chromedp.Text("h1", &heading, chromedp.ByQuery),
		chromedp.Click(`form[action$="/pause"] button`, chromedp.ByQuery), chromedp.WaitVisible(`form[action$="/resume"]`, chromedp.ByQuery))
	if heading != "Zezima" {
		t.Errorf("signed in, it shows %q", heading)
	}
	chrome.run(t, chromedp.Navigate(b.base+"/monitoring/schedulers"), chromedp.WaitVisible("#root h6", chromedp.ByQuery),
		chromedp.Navigate(b.base+"/"), chromedp.Click(`form[action="/signout"] button`, chromedp.ByQuery),
		chromedp.WaitVisible("#token", chromedp.ByQuery), chromedp.Location(&at))
	if at != b.base+"/signin" {
		t.Errorf("signed out, it is at %s", at)
	}
	chrome.clean(t)
}
