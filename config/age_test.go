package config_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/osrsdiff/osrsdiff/config"
)

func TestThinAfter(t *testing.T) {
	const day = 24 * time.Hour
	for text, want := range map[string]time.Duration{
		"0": 0, "0d": 0, "0s": 0, "32d": 32 * day, "365d": 365 * day, "8760h": 365 * day, "36500d": 36500 * day,
	} {
		c, err := config.Load(config.Sources{Dir: t.TempDir(), Flags: map[string]string{"store.thin_after": text}})
		if err != nil || c.Settings.Store.ThinAfter != want {
			t.Errorf("%q: %v, want %v", text, err, want)
		}
	}
	for _, text := range []string{"", "31d", "1h", "-365d", "365", "36501d", "99999999999d", "a year"} {
		_, err := config.Load(config.Sources{Dir: t.TempDir(), Flags: map[string]string{"store.thin_after": text}})
		if !errors.Is(err, config.ErrInvalid) || !strings.Contains(err.Error(), "must be 0, or days such as 365d, from 32d on") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestThinAfterInAFile(t *testing.T) {
	dir := t.TempDir()
	for text, want := range map[string]time.Duration{"0": 0, "90d": 90 * 24 * time.Hour} {
		write(t, dir+"/"+config.FileName, "store:\n  thin_after: "+text+"\n")
		if c, err := config.Load(config.Sources{Dir: dir}); err != nil || c.Settings.Store.ThinAfter != want {
			t.Errorf("%q: %v, want %v", text, err, want)
		}
	}
}
