package web_test

import (
	"net/http"
	"net/netip"
	"testing"

	"github.com/osrsdiff/osrsdiff/access"
	"github.com/osrsdiff/osrsdiff/web"
)

func prefixes(t *testing.T, words ...string) []netip.Prefix {
	t.Helper()
	var all []netip.Prefix
	for _, w := range words {
		p, err := netip.ParsePrefix(w)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	return all
}

func TestClientOf(t *testing.T) {
	trusted := prefixes(t, "10.0.0.0/8", "127.0.0.1/32", "2001:db8::/32")
	for _, tt := range []struct {
		name, peer string
		said       []string
		want       string
	}{
		{"no proxy", "192.0.2.7:1234", nil, "192.0.2.7"},
		{"a stranger who pretends", "192.0.2.7:1234", []string{"198.51.100.1"}, "192.0.2.7"},
		{"one proxy", "10.0.0.1:1234", []string{"198.51.100.1"}, "198.51.100.1"},
		{"a client that pretends, behind a proxy", "10.0.0.1:1234", []string{"203.0.113.9, 198.51.100.1"}, "198.51.100.1"},
		{"two proxies", "127.0.0.1:1234", []string{"203.0.113.9, 198.51.100.1, 10.9.9.9"}, "198.51.100.1"},
		{"two headers", "127.0.0.1:1234", []string{"203.0.113.9", "198.51.100.1,10.9.9.9"}, "198.51.100.1"},
		{"only proxies", "10.0.0.1:1234", []string{"10.0.0.2, 10.0.0.3"}, "10.0.0.2"},
		{"with a port", "10.0.0.1:1234", []string{"198.51.100.1:4711"}, "198.51.100.1"},
		{"IPv6", "[2001:db8::1]:1234", []string{"[2001:470::7]:4711"}, "2001:470::7"},
		{"IPv4 in IPv6", "[::ffff:10.0.0.1]:1234", []string{"198.51.100.1"}, "198.51.100.1"},
		{"nonsense from the proxy", "10.0.0.1:1234", []string{"203.0.113.9, unknown"}, "10.0.0.1"},
		{"nothing from the proxy", "10.0.0.1:1234", []string{""}, "10.0.0.1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := &http.Request{RemoteAddr: tt.peer, Header: http.Header{"X-Forwarded-For": tt.said}}
			if got := web.ClientOf(r, trusted); got.String() != tt.want {
				t.Errorf("client is %s, want %s", got, tt.want)
			}
		})
	}
}

// TestRateOfClients slows down one client and no other, and not this machine.
func TestRateOfClients(t *testing.T) {
	b := newBench(t, func(o *web.Options) {
		o.Access.Rate, o.Access.TrustedProxies = 2, prefixes(t, "127.0.0.0/8")
	})
	authorization := b.token("me", access.Viewer)
	ask := func(from string) answer {
		return b.call(http.MethodGet, "/api/players", "", "Authorization", authorization, "X-Forwarded-For", from)
	}
	for range 10 {
		ask("192.0.2.7").want(http.StatusOK, nil)
	}
	slow := ask("192.0.2.7").want(http.StatusTooManyRequests, nil)
	if slow.header.Get("Retry-After") != "1" {
		t.Errorf("try again after %q", slow.header.Get("Retry-After"))
	}
	ask("192.0.2.8").want(http.StatusOK, nil)
	for range 10 {
		ask("2001:db8::1").want(http.StatusOK, nil)
	}
	ask("2001:db8::2").want(http.StatusTooManyRequests, nil) // the same customer
	for range 30 {
		b.call(http.MethodGet, "/api/players", "", "Authorization", authorization).want(http.StatusOK, nil)
	}
	b.clock.set(start.Add(1e9))
	ask("192.0.2.7").want(http.StatusOK, nil)
}
