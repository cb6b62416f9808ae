package main

import (
	"errors"
	"testing"
	"time"
)

func TestParseMoment(t *testing.T) {
	now := time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)
	for text, want := range map[string]time.Time{
		"24h":                       now.Add(-24 * time.Hour),
		"90m":                       now.Add(-90 * time.Minute),
		"7d":                        now.Add(-7 * 24 * time.Hour),
		"0s":                        now,
		"2026-01-31":                time.Date(2026, 1, 31, 0, 0, 0, 0, time.UTC),
		"2026-01-31T12:00:00Z":      time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC),
		"2026-01-31T12:00:00+02:00": time.Date(2026, 1, 31, 10, 0, 0, 0, time.UTC),
	} {
		got, err := parseMoment("since", text, now)
		if err != nil || !got.Equal(want) {
			t.Errorf("parseMoment(%q) = %v, %v; want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "soon", "-1h", "-7d", "1.5d", "24", "99999999d", "2000000h", "2026-13-01"} {
		if got, err := parseMoment("since", text, now); !errors.Is(err, errUsage) {
			t.Errorf("parseMoment(%q) = %v, %v; want an error of usage", text, got, err)
		}
	}
}
