package web_test

import (
	"net/http"
	"testing"

	"github.com/osrsdiff/osrsdiff/webhooks"
)

// TestWebhooksPage adds, tests and removes a webhook with forms. Nothing shows its
// address or its secret.
func TestWebhooksPage(t *testing.T) {
	b := newBench(t, nil)
	b.add("Zezima", nil)
	b.send("/groups", "name", "Iron Clan").want(http.StatusSeeOther, nil)
	b.call(http.MethodGet, "/webhooks", "").want(http.StatusOK, nil).says("nobody is told by itself", `value="milestone"`, "mode change").lacks(`value="fetched"`)
	for _, tt := range []struct {
		form []string
		code int
		says string
	}{
		{[]string{"url", "ftp://example.org/s3cret"}, http.StatusUnprocessableEntity, "must be https or http"},
		{[]string{"url", "https://example.org/s3cret", "player", "nobody"}, http.StatusNotFound, "nobody"},
		{[]string{"url", "https://example.org/s3cret", "group", "no clan"}, http.StatusNotFound, "no clan"},
		{[]string{"url", "https://example.org/s3cret", "kind", "fetched"}, http.StatusUnprocessableEntity, "almost every fetch"},
		{[]string{"url", "https://discord.com/s3cret", "secret", "s3cret"}, http.StatusUnprocessableEntity, "Discord reads no signature"},
	} {
		b.send("/webhooks", append(tt.form, "name", "typed before")...).want(tt.code, nil).says(`role="alert"`, tt.says, `value="typed before"`).lacks("s3cret")
	}
	res := b.send("/webhooks", "url", "https://example.org/s3cret", "secret", "s3cret", "group", "iron clan", "kind", "milestone", "kind", "level_up")
	if at := res.want(http.StatusSeeOther, nil).header.Get("Location"); at != "/webhooks/1?done=added" {
		t.Errorf("it leads to %s", at)
	}
	b.call(http.MethodGet, "/webhooks", "").want(http.StatusOK, nil).says("example.org", "milestone, level up", "the group Iron Clan").lacks("s3cret")
	b.call(http.MethodGet, "/webhooks/1?done=added", "").want(http.StatusOK, nil).says("It is added", "json, signed", "Nothing in the last 30 days").lacks("s3cret")
	b.send("/webhooks/1/test").want(http.StatusSeeOther, nil)
	b.call(http.MethodGet, "/webhooks/1?done=tested", "").want(http.StatusOK, nil).says("on its way", "not sent yet", "waiting")

	d, err := b.store.Delivery(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.store.RecordDelivery(t.Context(), d, webhooks.Attempt{At: start, Status: webhooks.Failed, Answer: 404, Error: "answered 404", Gone: true}); err != nil {
		t.Fatal(err)
	}
	b.call(http.MethodGet, "/webhooks/1", "").want(http.StatusOK, nil).says("404 Not Found", "failed", "switched off")
	b.call(http.MethodGet, "/webhooks/1", "", "HX-Request", "true").want(http.StatusOK, nil).says("What was sent").lacks("<html", "Send a test")
	b.send("/webhooks/1/remove").want(http.StatusSeeOther, nil)
	b.call(http.MethodGet, "/webhooks/1", "").want(http.StatusNotFound, nil)
	for _, path := range []string{"/webhooks/1/test", "/webhooks/1/remove", "/webhooks/x/remove"} {
		b.send(path).want(http.StatusNotFound, nil)
	}
}

// TestLogOfAWebhookHasPages goes back in a long log.
func TestLogOfAWebhookHasPages(t *testing.T) {
	b := newBench(t, nil)
	h, err := b.store.AddHook(t.Context(), webhooks.Hook{URL: "https://example.org/x"})
	if err != nil {
		t.Fatal(err)
	}
	for range 101 {
		if _, err := b.store.AddTestDelivery(t.Context(), h.ID); err != nil {
			t.Fatal(err)
		}
	}
	b.call(http.MethodGet, "/webhooks/1", "").want(http.StatusOK, nil).says("/webhooks/1?after=").lacks("Latest")
	b.call(http.MethodGet, "/webhooks/1?after=2", "").want(http.StatusOK, nil).says("Latest", "not sent yet").lacks("Earlier")
	b.call(http.MethodGet, "/webhooks/1?after=1", "").want(http.StatusOK, nil).says("Nothing more in the last 30 days")
	b.call(http.MethodGet, "/webhooks/1?after=x", "").want(http.StatusUnprocessableEntity, nil)
}
