package main

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func TestBrief(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0s", 45*time.Second + 400*time.Millisecond: "45s", 59*time.Second + 600*time.Millisecond: "1m00s",
		12*time.Minute + 5*time.Second: "12m05s", 3*time.Hour + 5*time.Minute: "3h05m", 52 * time.Hour: "2d04h",
	} {
		if got := brief(d); got != want {
			t.Errorf("brief(%v) = %q, want %q", d, got, want)
		}
	}
}

func TestAgo(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for want, at := range map[string]time.Time{
		"never": {}, "5s ago": now.Add(-5 * time.Second), "0s ago": now, "in 1m00s": now.Add(time.Minute),
	} {
		if got := ago(at, now); got != want {
			t.Errorf("ago(%v) = %q, want %q", at, got, want)
		}
	}
}

func TestGrouped(t *testing.T) {
	for n, want := range map[int64]string{
		0: "0", 7: "7", 999: "999", 1000: "1,000", -1000: "-1,000", -999: "-999", 4_600_000_000: "4,600,000,000",
	} {
		if got := grouped(n); got != want {
			t.Errorf("grouped(%d) = %q, want %q", n, got, want)
		}
	}
}

// Colours never reach a file or a pipe, and NO_COLOR turns them off.
func TestPainter(t *testing.T) {
	var b strings.Builder
	a := &app{}
	if a.painter(&b) {
		t.Error("colours on what is no terminal")
	}
	if got := painter(true).green("x"); got != "\x1b[32mx\x1b[0m" {
		t.Errorf("green = %q", got)
	}
	if got := painter(false).red("x"); got != "x" {
		t.Errorf("red without colours = %q", got)
	}
	if !noColor([]string{"NO_COLOR=1"}) || noColor([]string{"NO_COLOR=", "NO_COLORS=1"}) {
		t.Error("NO_COLOR is not read as no-color.org says")
	}
}

type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) { return 0, errors.New("broken pipe") }

func TestTableReportsAFailedWrite(t *testing.T) {
	tab := newTable(brokenPipe{}, "A", "B")
	tab.row("1", "2")
	if err := tab.flush(); err == nil {
		t.Error("a table that could not be written is reported as written")
	}
}
