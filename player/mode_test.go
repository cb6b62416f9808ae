package player_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/osrsdiff/osrsdiff/player"
)

func TestModes(t *testing.T) {
	for i, m := range player.Modes() {
		got, err := player.ParseMode(string(m))
		if err != nil || got != m || !m.Valid() {
			t.Errorf("ParseMode(%q) = %q, %v", m, got, err)
		}
		if m.Iron() != (i > 0) {
			t.Errorf("%s.Iron() = %v", m, m.Iron())
		}
	}
	if got := player.Modes()[0]; got != player.Regular {
		t.Errorf("the loosest mode is %s", got)
	}
}

func TestParseModeRefuses(t *testing.T) {
	for _, s := range []string{"", "Ironman", "uim", "group_ironman", " regular"} {
		got, err := player.ParseMode(s)
		if !errors.Is(err, player.ErrInvalidMode) || got != "" {
			t.Errorf("ParseMode(%q) = %q, %v", s, got, err)
			continue
		}
		if !strings.Contains(err.Error(), "regular, ironman, hardcore_ironman, ultimate_ironman") {
			t.Errorf("err = %v does not list what exists", err)
		}
		if player.Mode(s).Valid() || player.Mode(s).Iron() {
			t.Errorf("Mode(%q) is valid or iron", s)
		}
	}
}

func TestAttemptOfATickIsNotManual(t *testing.T) {
	if (player.Attempt{Tick: time.Unix(60, 0)}).Manual() {
		t.Error("a tick's attempt is called manual")
	}
	if !(player.Attempt{}).Manual() {
		t.Error("an attempt without a tick is not called manual")
	}
}
