package webhooks_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/osrsdiff/osrsdiff/events"
	"github.com/osrsdiff/osrsdiff/webhooks"
)

var noon = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

// receiver is a fake Discord: it keeps the last request and answers as told.
type receiver struct {
	*httptest.Server
	header http.Header
	body   []byte
	answer func(w http.ResponseWriter)
}

func newReceiver(t *testing.T, answer func(w http.ResponseWriter)) *receiver {
	t.Helper()
	r := &receiver{answer: answer}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		r.header = req.Header
		r.body, _ = io.ReadAll(req.Body)
		r.answer(w)
	}))
	t.Cleanup(r.Close)
	return r
}

func status(code int) func(w http.ResponseWriter) {
	return func(w http.ResponseWriter) { w.WriteHeader(code) }
}

func (r *receiver) delivery(format webhooks.Format) webhooks.Delivery {
	return webhooks.Delivery{
		ID: 7, Hook: webhooks.Hook{URL: webhooks.Address(r.URL + "/api/webhooks/1/s3cret"), Format: format},
		Events: []events.Event{events.Event{ID: 3, Kind: events.LevelUp, At: noon, PlayerID: 1, Player: "a_b_c", Detail: events.Detail{Metric: "Agility", Level: 50}}.Told()},
	}
}

var open = webhooks.SenderOptions{AllowPrivate: true, UserAgent: "osrsdiff/test", Now: func() time.Time { return noon }}

func TestDiscordGetsEmbeds(t *testing.T) {
	r := newReceiver(t, status(http.StatusNoContent))
	answer, err := webhooks.NewSender(open).Send(t.Context(), r.delivery(webhooks.Discord))
	if err != nil || answer != http.StatusNoContent {
		t.Fatalf("got %d, %v", answer, err)
	}
	const want = `{"embeds":[{"title":"Level up","description":"a\\_b\\_c reached level 50 in Agility","timestamp":"2026-05-01T12:00:00Z","color":3046706}],"allowed_mentions":{"parse":[]}}`
	if diff := cmp.Diff(want, string(r.body)); diff != "" {
		t.Errorf("body (-want +got):\n%s", diff)
	}
	if got := r.header.Get(webhooks.SignatureHeader); got != "" {
		t.Errorf("signed without a secret: %s", got)
	}
}

func TestManyLongEventsFitDiscord(t *testing.T) {
	r := newReceiver(t, status(http.StatusNoContent))
	d := r.delivery(webhooks.Discord)
	long := events.Event{Kind: events.Flagged, At: noon, Text: strings.Repeat("ä", 5000)}
	d.Events = nil
	for range webhooks.MaxEvents {
		d.Events = append(d.Events, long)
	}
	if _, err := webhooks.NewSender(open).Send(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	var body struct {
		Embeds []struct{ Title, Description string }
	}
	if err := json.Unmarshal(r.body, &body); err != nil {
		t.Fatal(err)
	}
	letters := 0
	for _, e := range body.Embeds {
		letters += len([]rune(e.Title + e.Description))
	}
	if len(body.Embeds) != 10 || letters > 6000 {
		t.Errorf("%d embeds of %d characters; Discord takes 10 of 6,000", len(body.Embeds), letters)
	}
}

func TestJSONIsSigned(t *testing.T) {
	r := newReceiver(t, status(http.StatusOK))
	d := r.delivery(webhooks.JSON)
	d.Hook.Secret = "key"
	if _, err := webhooks.NewSender(open).Send(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	var body webhooks.Body
	if err := json.Unmarshal(r.body, &body); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(webhooks.Body{Delivery: 7, Events: d.Events}, body); diff != "" {
		t.Errorf("body (-want +got):\n%s", diff)
	}
	if got := r.header.Get(webhooks.SignatureHeader); got != webhooks.Sign(r.body, "key") || got == webhooks.Sign(r.body, "other") {
		t.Errorf("signature %q", got)
	}
	// The known answer of RFC 4231's second test case.
	const known = "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
	if got := webhooks.Sign([]byte("what do ya want for nothing?"), "Jefe"); got != known {
		t.Errorf("HMAC %s, want %s", got, known)
	}
}

func TestAnswersOfReceivers(t *testing.T) {
	limited := func(after string) func(w http.ResponseWriter) {
		return func(w http.ResponseWriter) {
			w.Header().Set("Retry-After", after)
			w.WriteHeader(http.StatusTooManyRequests)
		}
	}
	elsewhere := newReceiver(t, status(http.StatusOK))
	for name, test := range map[string]struct {
		answer func(w http.ResponseWriter)
		wait   time.Duration
		gone   bool
		says   string
	}{
		"error":            {answer: status(http.StatusBadGateway), says: "answered 502"},
		"deleted":          {answer: status(http.StatusNotFound), gone: true, says: "answered 404"},
		"gone":             {answer: status(http.StatusGone), gone: true, says: "answered 410"},
		"wait":             {answer: limited("1.5"), wait: 1500 * time.Millisecond, says: "asked to wait"},
		"wait until":       {answer: limited(noon.Add(time.Minute).Format(http.TimeFormat)), wait: time.Minute},
		"wait, not said":   {answer: limited(""), wait: time.Second},
		"wait for ever":    {answer: limited("1e300"), wait: time.Hour},
		"wait, not number": {answer: limited("NaN"), wait: time.Second},
		"redirect": {answer: func(w http.ResponseWriter) {
			w.Header().Set("Location", elsewhere.URL)
			w.WriteHeader(http.StatusTemporaryRedirect)
		}, says: "redirects are not followed"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newReceiver(t, test.answer)
			_, err := webhooks.NewSender(open).Send(t.Context(), r.delivery(webhooks.Discord))
			if err == nil || !strings.Contains(err.Error(), test.says) || strings.Contains(err.Error(), "s3cret") {
				t.Errorf("got %v, want %q and no secret", err, test.says)
			}
			if errors.Is(err, webhooks.ErrGone) != test.gone {
				t.Errorf("gone: %v", err)
			}
			limit, _ := errors.AsType[*webhooks.LimitedError](err)
			if (limit == nil && test.wait != 0) || (limit != nil && limit.RetryAfter != test.wait) {
				t.Errorf("got %v, want to wait %s", err, test.wait)
			}
		})
	}
	if elsewhere.body != nil {
		t.Error("a redirect was followed")
	}
}

func TestPrivateAddressesAreRefused(t *testing.T) {
	r := newReceiver(t, status(http.StatusOK))
	d := r.delivery(webhooks.Discord)
	closed := webhooks.NewSender(webhooks.SenderOptions{})
	for _, address := range []string{
		string(d.Hook.URL), strings.Replace(string(d.Hook.URL), "127.0.0.1", "localhost", 1), "http://[::1]/s3cret", "http://10.0.0.1/s3cret",
		"http://169.254.169.254/s3cret", "http://[::ffff:127.0.0.1]/s3cret", "http://0.0.0.0/s3cret",
	} {
		d.Hook.URL = webhooks.Address(address)
		if _, err := closed.Send(t.Context(), d); !errors.Is(err, webhooks.ErrPrivate) || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: %v", address, err)
		}
	}
	if r.body != nil {
		t.Error("a private address was reached")
	}
}

func TestPublic(t *testing.T) {
	for address, want := range map[string]bool{
		"162.159.128.233": true, "2606:4700::6810:84e5": true, "127.0.0.1": false, "10.1.2.3": false, "172.16.0.1": false, "192.168.0.1": false,
		"169.254.169.254": false, "100.64.0.1": false, "0.0.0.0": false, "224.0.0.1": false, "255.255.255.255": false, "240.0.0.1": false,
		"::1": false, "::": false, "fe80::1": false, "fc00::1": false, "ff02::1": false, "::ffff:10.0.0.1": false, "64:ff9b::a00:1": false, "2002:a00:1::": false,
	} {
		if got := webhooks.Public(netip.MustParseAddr(address)); got != want {
			t.Errorf("Public(%s) = %t", address, got)
		}
	}
}

func TestHooksThatCannotBe(t *testing.T) {
	const address = "https://discord.com/api/webhooks/1/s3cret"
	for says, h := range map[string]webhooks.Hook{
		"url: must be":      {URL: "s3cret"},
		`scheme "ftp"`:      {URL: "ftp://example.org/s3cret"},
		"at most 2000":      {URL: address + webhooks.Address(strings.Repeat("s3cret", 400))},
		"fragment":          {URL: address + "#x"},
		`format "xml"`:      {URL: address, Format: "xml"},
		"Discord reads no":  {URL: address, Secret: "s3cret"},
		"almost every":      {URL: address, Kinds: []events.Kind{events.Fetched}},
		`"nonsense"`:        {URL: address, Kinds: []events.Kind{"nonsense"}},
		"control character": {URL: address, Name: "a\nb"},
		"name: must have":   {URL: address, Name: strings.Repeat("n", 65)},
	} {
		_, err := h.Checked()
		if !errors.Is(err, webhooks.ErrInvalid) || !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%v; want %q and no secret", err, says)
		}
	}
	h, err := webhooks.Hook{URL: address}.Checked()
	if err != nil || h.Format != webhooks.Discord || h.Name != "discord.com" {
		t.Errorf("got %+v, %v", h, err)
	}
	h.Secret = "s3cret"
	shown, err := json.Marshal(h)
	if text := fmt.Sprintf("%v %+v %#v %s", h, h, h, shown); err != nil || strings.Contains(text, "s3cret") {
		t.Errorf("a hook prints what is secret of it: %s, %v", text, err)
	}
}
