package web

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/osrsdiff/osrsdiff/hiscores"
	"github.com/osrsdiff/osrsdiff/player"
)

func TestMoments(t *testing.T) {
	for _, tt := range []struct {
		past        time.Duration
		ago, coming string
	}{
		{0, "just now", "due now"},
		{time.Second, "1 s ago", "due now"},
		{59 * time.Second, "59 s ago", "due now"},
		{time.Minute, "1 min ago", "overdue by 1 min"},
		{119 * time.Minute, "1 h ago", "overdue by 1 h"},
		{47 * time.Hour, "47 h ago", "overdue by 47 h"},
		{48 * time.Hour, "2 days ago", "overdue by 2 days"},
		{-30 * time.Second, "just now", "in 30 s"},
		{-90 * time.Minute, "just now", "in 1 h"},
	} {
		t.Run(tt.past.String(), func(t *testing.T) {
			at := noon.Add(-tt.past)
			if got := ago(noon, at, "never"); got.Words != tt.ago || got.Exact != at.Format(time.RFC3339) {
				t.Errorf("ago says %+v, want %s", got, tt.ago)
			}
			if got := ahead(noon, at, "never"); got.Words != tt.coming {
				t.Errorf("ahead says %+v, want %s", got, tt.coming)
			}
		})
	}
	if got := ago(noon, time.Time{}, "never"); got != (moment{Words: "never"}) {
		t.Errorf("never is %+v", got)
	}
	if got := ahead(noon, time.Time{}, "paused"); got != (moment{Words: "paused"}) {
		t.Errorf("no tick is %+v", got)
	}
}

func TestNumbers(t *testing.T) {
	for n, want := range map[int64]string{0: "0", 7: "+7", 999: "+999", 1000: "+1,000", 4_600_000_000: "+4,600,000,000", -1: "-1", -1234: "-1,234", -100: "-100"} {
		if got := signed(n); got != want {
			t.Errorf("signed(%d) = %q, want %q", n, got, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Int64().Draw(t, "n")
		if got := strings.ReplaceAll(grouped(n), ",", ""); got != strconv.FormatInt(n, 10) {
			t.Fatalf("grouped(%d) = %q", n, grouped(n))
		}
	})
	if got := numberWord(hiscores.Number{}, "unranked"); got != "unranked" {
		t.Errorf("unknown rank is %q", got)
	}
	if got := numberWord(hiscores.Known(0), "unranked"); got != "0" {
		t.Errorf("zero is %q", got)
	}
}

func TestGainWords(t *testing.T) {
	for _, tt := range []struct {
		change      hiscores.Change
		gain, level string
	}{
		{hiscores.Change{What: hiscores.Gained, Gain: 5000, LevelBefore: hiscores.Known(98), LevelAfter: hiscores.Known(99)}, "+5,000", "98 to 99"},
		{hiscores.Change{What: hiscores.Gained, Gain: 1, LevelBefore: hiscores.Known(99), LevelAfter: hiscores.Known(99)}, "+1", ""},
		{hiscores.Change{What: hiscores.FirstSeen, After: hiscores.Known(50)}, "first seen", ""},
		{hiscores.Change{What: hiscores.Fell, Gain: -20}, "-20", ""},
		{hiscores.Change{What: hiscores.Lost}, "no longer listed", ""},
	} {
		t.Run(string(tt.change.What), func(t *testing.T) {
			if got := gainWord(tt.change); got != tt.gain {
				t.Errorf("gain is %q, want %q", got, tt.gain)
			}
			if got := levelWord(tt.change); got != tt.level {
				t.Errorf("level is %q, want %q", got, tt.level)
			}
		})
	}
}

func TestStatusNames(t *testing.T) {
	for _, tt := range []struct {
		status player.Status
		result player.Result
		want   string
	}{
		{player.Pending, "", "Pending"},
		{player.Active, player.Changed, "Active"},
		{player.Active, player.Unchanged, "Active"},
		{player.Active, player.NotFound, "Not found"},
		{player.Active, player.Failed, "Last fetch failed"},
		{player.Missing, player.NotFound, "Missing"},
	} {
		if got := statusName(player.Player{Status: tt.status, LastResult: tt.result}); got != tt.want {
			t.Errorf("%s and %s is %q, want %q", tt.status, tt.result, got, tt.want)
		}
	}
	for mode, want := range map[player.Mode]string{
		player.Regular: "Regular", player.Ironman: "Ironman", player.HardcoreIronman: "Hardcore Ironman", player.UltimateIronman: "Ultimate Ironman", "": "unknown",
	} {
		if got := modeName(mode); got != want {
			t.Errorf("mode %q is %q, want %q", mode, got, want)
		}
	}
}
