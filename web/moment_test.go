package web

import (
	"errors"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var noon = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)

func TestParseMoment(t *testing.T) {
	fallback := noon.Add(-time.Hour)
	for _, tt := range []struct {
		text string
		want time.Time
	}{
		{"", fallback},
		{"0s", noon},
		{"90m", noon.Add(-90 * time.Minute)},
		{"1h30m", noon.Add(-90 * time.Minute)},
		{"24h", noon.Add(-24 * time.Hour)},
		{"7d", noon.AddDate(0, 0, -7)},
		{"2026-03-04T12:00:00Z", noon},
		{"2026-03-04T14:00:00+02:00", noon},
		{"2026-03-04T14:00:00 02:00", noon},
		{"2026-03-04T12:00:00.5Z", noon.Add(500 * time.Millisecond)},
	} {
		t.Run(tt.text, func(t *testing.T) {
			got, err := parseMoment("at", tt.text, noon, fallback)
			if err != nil || !got.Equal(tt.want) || got.Location() != time.UTC {
				t.Errorf("got %v, %v; want %v", got, err, tt.want)
			}
		})
	}
	for _, text := range []string{"soon", "-1h", "-1d", "d", "1.5d", "36501d", "99999999999d", "2026-03-04", "2026-02-30T00:00:00Z", "10", " "} {
		t.Run("refuses "+text, func(t *testing.T) {
			got, err := parseMoment("at", text, noon, fallback)
			var field *fieldError
			if !errors.Is(err, errInvalidTime) || !errors.As(err, &field) || field.location != "query.at" {
				t.Errorf("got %v, %v", got, err)
			}
		})
	}
}

// TestParseMomentReads reads back whatever a program would write.
func TestParseMomentReads(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		at := time.Unix(rapid.Int64Range(0, 1<<33).Draw(t, "seconds"), 0)
		zone := time.FixedZone("zone", rapid.IntRange(-14*60, 14*60).Draw(t, "zone")*60)
		got, err := parseMoment("at", at.In(zone).Format(time.RFC3339), noon, noon)
		if err != nil || !got.Equal(at) {
			t.Fatalf("got %v, %v; want %v", got, err, at)
		}
		ago := time.Duration(rapid.Int64Range(0, int64(longestAgo)).Draw(t, "ago"))
		if got, err = parseMoment("at", ago.String(), noon, noon); err != nil || !got.Equal(noon.Add(-ago)) {
			t.Fatalf("got %v, %v; want %v before noon", got, err, ago)
		}
	})
}

func TestParsePeriod(t *testing.T) {
	for _, tt := range []struct {
		name, from, to string
		want           period
	}{
		{"neither", "", "", period{noon.Add(-24 * time.Hour), noon}},
		{"only from", "1h", "", period{noon.Add(-time.Hour), noon}},
		{"only to", "", "1h", period{noon.Add(-25 * time.Hour), noon.Add(-time.Hour)}},
		{"both", "7d", "2026-03-04T00:00:00Z", period{noon.AddDate(0, 0, -7), noon.Add(-12 * time.Hour)}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := parsePeriod(tt.from, tt.to, noon)
			if err != nil || got != tt.want {
				t.Errorf("got %v, %v; want %v", got, err, tt.want)
			}
		})
	}
	if got, err := parsePeriod("1h", "1h", noon); !errors.Is(err, errInvalidTime) {
		t.Errorf("an empty period is %v, %v", got, err)
	}
}
