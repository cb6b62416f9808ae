package web_test

import (
	"net/http"
	"strings"
	"testing"
)

func TestWebhooksOverTheAPI(t *testing.T) {
	b := newBench(t, nil)
	const body = `{"url":"https://discord.com/api/webhooks/1/s3cret","name":"clan","kinds":["milestone"]}`
	b.call(http.MethodPost, "/api/webhooks", body).want(http.StatusCreated, nil)
	b.call(http.MethodPost, "/api/webhooks/1/test", "").want(http.StatusAccepted, nil)
	b.call(http.MethodPost, "/api/webhooks/1/test", "").want(http.StatusAccepted, nil)
	for path, says := range map[string]string{
		"/api/webhooks":                            `"url":"https://discord.com/…"`,
		"/api/webhooks/1":                          `"kinds":["milestone"]`,
		"/api/webhooks/1/deliveries?limit=1":       `"next_cursor":"2"`,
		"/api/webhooks/1/deliveries?cursor=2":      `"status":"waiting"`,
		"/api/audit":                               `webhook.add`,
		"/api/tasks/executions?queue=webhooks":     `webhook_delivery_1`,
		"/api/tasks/executions/webhook_delivery_2": `webhook:deliver`,
	} {
		b.call(http.MethodGet, path, "").says(says).lacks("s3cret").want(http.StatusOK, nil)
	}
	p := b.call(http.MethodPost, "/api/webhooks", `{"url":"ftp://example.org/s3cret"}`).fails(http.StatusUnprocessableEntity)
	if !strings.Contains(p.Detail, "https or http") || strings.Contains(p.Detail, "s3cret") {
		t.Errorf("detail is %q", p.Detail)
	}
	b.call(http.MethodPost, "/api/webhooks", `{"url":"https://example.org/x","player":"nobody"}`).fails(http.StatusNotFound)
	b.call(http.MethodDelete, "/api/webhooks/1", "").want(http.StatusNoContent, nil)
	for _, path := range []string{"/api/webhooks/1", "/api/webhooks/1/deliveries"} {
		b.call(http.MethodGet, path, "").fails(http.StatusNotFound)
	}
	b.call(http.MethodPost, "/api/webhooks/1/test", "").fails(http.StatusNotFound)
}
