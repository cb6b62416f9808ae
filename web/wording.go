package web

import (
	"fmt"
	"strconv"
	"time"

	"github.com/osrsdiff/osrsdiff/hiscores"
	"github.com/osrsdiff/osrsdiff/player"
)

// moment is a time as a page shows it: in words, with the exact time beside it.
type moment struct {
	// Words say how far away it is.
	Words string
	// Exact is the time in RFC 3339. Empty: there is no time.
	Exact string
}

// ago shows a past time; never is said of the zero time.
func ago(now, t time.Time, never string) moment {
	if t.IsZero() {
		return moment{Words: never}
	}
	m := moment{Exact: t.UTC().Format(time.RFC3339)}
	if d := now.Sub(t); d >= time.Second {
		m.Words = roughly(d) + " ago"
	} else {
		m.Words = "just now"
	}
	return m
}

// ahead shows a time to come; one that has passed is due.
func ahead(now, t time.Time, never string) moment {
	if t.IsZero() {
		return moment{Words: never}
	}
	m := moment{Exact: t.UTC().Format(time.RFC3339), Words: "due now"}
	switch d := t.Sub(now); {
	case d >= time.Second:
		m.Words = "in " + roughly(d)
	case d <= -time.Minute:
		m.Words = "overdue by " + roughly(-d)
	}
	return m
}

// roughly says a duration in its one largest unit.
func roughly(d time.Duration) string {
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%d s", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h", int(d.Hours()))
	}
	return fmt.Sprintf("%d days", int(d.Hours()/24))
}

// grouped writes a number with commas, as the game does.
func grouped(n int64) string {
	digits := strconv.FormatInt(n, 10)
	sign := ""
	if n < 0 {
		sign, digits = "-", digits[1:]
	}
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return sign + digits
}

// signed is grouped with a plus sign before a gain.
func signed(n int64) string {
	if n > 0 {
		return "+" + grouped(n)
	}
	return grouped(n)
}

// numberWord is a number, or the word for not knowing it.
func numberWord(n hiscores.Number, unknown string) string {
	v, ok := n.Get()
	if !ok {
		return unknown
	}
	return grouped(v)
}

// modeName is a game mode as the game spells it.
func modeName(m player.Mode) string {
	switch m {
	case player.Regular:
		return "Regular"
	case player.Ironman:
		return "Ironman"
	case player.HardcoreIronman:
		return "Hardcore Ironman"
	case player.UltimateIronman:
		return "Ultimate Ironman"
	}
	return "unknown"
}

// statusName says how a player stands with the hiscores.
func statusName(p player.Player) string {
	switch {
	case p.Status == player.Pending:
		return "Pending"
	case p.Status == player.Missing:
		return "Missing"
	case p.Status == player.Flagged:
		return "Flagged"
	case p.Status == player.Archived:
		return "Archived"
	case p.LastResult == player.Failed:
		return "Last fetch failed"
	case p.LastResult == player.NotFound:
		return "Not found"
	}
	return "Active"
}
