package player_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/osrsdiff/osrsdiff/player"
	"pgregory.net/rapid"
)

func TestParseInterval(t *testing.T) {
	tests := []struct {
		typed string
		want  player.Interval
		text  string
	}{
		{"1", 1, "1m"},
		{"30m", 30, "30m"},
		{"60", 60, "1h"},
		{"60m", 60, "1h"},
		{"90m", 90, "90m"},
		{"6h", 360, "6h"},
		{"24h", 1440, "1d"},
		{"36h", 2160, "36h"},
		{"7d", 10080, "7d"},
		{"168h", 10080, "7d"},
		{"10080", 10080, "7d"},
		{"10079m", 10079, "10079m"},
		{"+5m", 5, "5m"},
		{"007m", 7, "7m"},
	}
	for _, tt := range tests {
		t.Run(tt.typed, func(t *testing.T) {
			got, err := player.ParseInterval(tt.typed)
			if err != nil || got != tt.want || got.String() != tt.text {
				t.Errorf("ParseInterval = %d (%s), %v; want %d (%s)", got, got, err, tt.want, tt.text)
			}
		})
	}
}

func TestParseIntervalRefuses(t *testing.T) {
	const form, limits = "whole minutes, hours or days", "between 1 minute and 10080 minutes (7d)"
	tests := []struct{ typed, rule string }{
		{"", form}, {"soon", form}, {"1.5h", form}, {"m", form}, {"1w", form}, {"1h30m", form}, {"30 m", form},
		{" 30m", form}, {"30M", form}, {"30s", form}, {"1e3", form}, {"0x10", form}, {"٣m", form},
		{"0", limits}, {"0m", limits}, {"-1", limits}, {"-1h", limits}, {"10081", limits}, {"10081m", limits},
		{"169h", limits}, {"8d", limits}, {"999999999d", limits}, {"2982616d", limits},
		{"12297829382473034411m", limits}, {"99999999999999999999", limits}, {"-99999999999999999999", limits},
	}
	for _, tt := range tests {
		t.Run(tt.typed, func(t *testing.T) {
			got, err := player.ParseInterval(tt.typed)
			if !errors.Is(err, player.ErrInvalidInterval) || got != 0 {
				t.Fatalf("ParseInterval = %d, %v; want ErrInvalidInterval", got, err)
			}
			for _, part := range []string{tt.rule, fmt.Sprintf("interval %q", tt.typed)} {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("err = %v, want it to say %s", err, part)
				}
			}
		})
	}
}

func TestEveryIntervalIsReadBack(t *testing.T) {
	for every := player.MinInterval; every <= player.MaxInterval; every++ {
		for _, text := range []string{every.String(), fmt.Sprint(int(every))} {
			if got, err := player.ParseInterval(text); err != nil || got != every {
				t.Fatalf("%d minutes written %q are read %d, %v", every, text, got, err)
			}
		}
		if every.Validate() != nil || every.Duration() != time.Duration(every)*time.Minute {
			t.Fatalf("%d minutes: %v, %v", every, every.Validate(), every.Duration())
		}
	}
}

func TestIntervalValidate(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		every := player.Interval(rapid.IntRange(-20_000, 20_000).Draw(t, "minutes"))
		valid := every >= 1 && every <= 10080
		err := every.Validate()
		if valid != (err == nil) || !valid && !errors.Is(err, player.ErrInvalidInterval) {
			t.Fatalf("%d minutes: %v", every, err)
		}
		if !valid && !strings.Contains(err.Error(), fmt.Sprintf("%d minutes", int(every))) {
			t.Fatalf("err = %v does not name the value", err)
		}
	})
}

func FuzzParseInterval(f *testing.F) {
	for _, typed := range []string{"", "0", "1", "30m", "6h", "7d", "8d", "1.5h", "-1", "999999999d", "99999999999999999999", "soon"} {
		f.Add(typed)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		every, err := player.ParseInterval(typed)
		if err != nil {
			if !errors.Is(err, player.ErrInvalidInterval) || every != 0 {
				t.Errorf("ParseInterval(%q) = %d, %v", typed, every, err)
			}
			return
		}
		if err := every.Validate(); err != nil {
			t.Errorf("ParseInterval(%q) = %d: %v", typed, every, err)
		}
		if back, err := player.ParseInterval(every.String()); err != nil || back != every {
			t.Errorf("%s read again is %s, %v", every, back, err)
		}
	})
}

func TestIntervalTravelsAsText(t *testing.T) {
	type schedule struct {
		Every player.Interval `json:"every"`
	}
	data, err := json.Marshal(schedule{360})
	if err != nil || string(data) != `{"every":"6h"}` {
		t.Errorf("JSON = %s, %v", data, err)
	}
	var back schedule
	if err := json.Unmarshal(data, &back); err != nil || back.Every != 360 {
		t.Errorf("read back %v, %v", back, err)
	}
	if err := json.Unmarshal([]byte(`{"every":"0m"}`), &back); !errors.Is(err, player.ErrInvalidInterval) || back.Every != 360 {
		t.Errorf("an invalid interval: %v, %v", back, err)
	}
}
