package hiscores

import (
	"net/http"
	"testing"
	"time"
)

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	tests := []struct {
		name  string
		value string
		date  string
		want  time.Duration
	}{
		{"nothing said", "", "", 0},
		{"seconds", "120", "", 2 * time.Minute},
		{"seconds with spaces", " 5 ", "", 5 * time.Second},
		{"zero", "0", "", 0},
		{"negative", "-5", "", 0},
		{"fraction", "1.5", "", 0},
		{"words", "soon", "", 0},
		{"beyond belief", "99999999", "", MaxRetryAfter},
		{"beyond 64 bits", "99999999999999999999", "", 0},
		{"date", "Wed, 25 Nov 2026 12:00:30 GMT", "", 30 * time.Second},
		{"date that has passed", "Wed, 25 Nov 2026 11:00:00 GMT", "", 0},
		{"date beyond belief", "Wed, 25 Nov 2099 12:00:00 GMT", "", MaxRetryAfter},
		{"date by the site's clock", "Wed, 25 Nov 2026 12:10:30 GMT", "Wed, 25 Nov 2026 12:10:00 GMT", 30 * time.Second},
		{"date beside an unreadable Date", "Wed, 25 Nov 2026 12:00:30 GMT", "yesterday", 30 * time.Second},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := http.Header{}
			h.Set("Retry-After", tt.value)
			h.Set("Date", tt.date)
			if got := retryAfter(h, now); got != tt.want {
				t.Errorf("retryAfter = %v, want %v", got, tt.want)
			}
		})
	}
}

func FuzzRetryAfter(f *testing.F) {
	for _, v := range []string{"", "120", "-1", "1e9", "18446744073709551615", "Wed, 25 Nov 2026 12:00:30 GMT", "Wednesday, 25-Nov-26 12:00:30 GMT"} {
		f.Add(v, "Wed, 25 Nov 2026 12:10:00 GMT")
	}
	f.Fuzz(func(t *testing.T, value, date string) {
		h := http.Header{"Retry-After": {value}, "Date": {date}}
		if got := retryAfter(h, time.Unix(1_800_000_000, 0)); got < 0 || got > MaxRetryAfter {
			t.Errorf("retryAfter(%q) = %v", value, got)
		}
	})
}

func FuzzIsBlockPage(f *testing.F) {
	for _, page := range []string{"", "{}", " {\"captcha\":1}", "<p>Temporarily BLOCKED</p>", "<p>unavailable</p>"} {
		f.Add([]byte(page))
	}
	f.Fuzz(func(t *testing.T, page []byte) {
		if isBlockPage(page) && isObject(page) {
			t.Error("a JSON object is no page")
		}
	})
}
