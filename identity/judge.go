package identity

import (
	"fmt"
	"time"

	"github.com/osrsdiff/osrsdiff/hiscores"
)

// What a rollback of the game may look like at most. Beyond any of these a
// person is asked, because a wrong question costs a minute and a wrong answer
// mixes two accounts in one history. docs/identity.md says where they come from.
const (
	// MaxXP is the most experience that a skill or the total may lose, about
	// twelve hours of play, and the most that another may gain beside it.
	MaxXP = 1_000_000
	// MaxScore is the same for an activity.
	MaxScore = 50
	// MaxShare is the part of the total, one in so many, that may be lost.
	MaxShare = 10
	// MaxRows is how many rows beside the total may differ: what is played
	// within hours touches few, and two accounts differ in nearly all.
	MaxRows = 12
	// Quiet is how long a player must not have fallen before: the game is rolled
	// back once in years, and a name that goes to and fro falls again and again.
	Quiet = 7 * 24 * time.Hour
)

// Kind is what a fall means.
type Kind string

// The kinds of verdict.
const (
	// Steady means nothing fell that cannot fall.
	Steady Kind = "steady"
	// Rollback means the game lost some hours of the same account's play.
	Rollback Kind = "rollback"
	// OtherAccount means the name probably belongs to another account now.
	OtherAccount Kind = "other_account"
)

// Case is what is known when an answer of the hiscores comes.
type Case struct {
	// Before is the last answer that was taken for the player's.
	Before hiscores.Snapshot
	// After is the answer to be judged.
	After hiscores.Snapshot
	// Peaks are the highest values of rows that stood below them at Before.
	Peaks Peaks
	// LastFall is when values fell before. Zero: never.
	LastFall time.Time
	// Missing means that the hiscores had not listed the name for days.
	Missing bool
}

// Verdict is what Judge makes of a case.
type Verdict struct {
	// Kind is what the falls mean.
	Kind Kind
	// Falls are the rows that fell and cannot. Empty: steady.
	Falls []hiscores.Change
	// Reason says in words why it is no rollback. Empty for the other kinds.
	Reason string
}

// Falls lists the values that shrank between two answers although the game never
// lowers them. A value that was unknown before or is unknown after did not fall.
func Falls(before, after hiscores.Snapshot) []hiscores.Change {
	var falls []hiscores.Change
	for _, c := range hiscores.Diff(before, after) {
		if c.What == hiscores.Fell && !hiscores.MayFall(c.Metric) {
			falls = append(falls, c)
		}
	}
	return falls
}

// Judge decides what the falls of an answer mean. How deep a value fell is
// measured from the highest it ever was, so that many small falls add up.
func Judge(c Case) Verdict {
	v := Verdict{Kind: Steady, Falls: Falls(c.Before, c.After)}
	if len(v.Falls) == 0 {
		return v
	}
	v.Kind = Rollback
	for _, rule := range []func(Case) string{renewed, repeated, tooWide, tooFar, totalTooFar} {
		if v.Reason = rule(c); v.Reason != "" {
			v.Kind = OtherAccount
			break
		}
	}
	return v
}

// renewed says that the name was free in between.
func renewed(c Case) string {
	if !c.Missing {
		return ""
	}
	return "the hiscores had stopped listing the name, and list it with lower values now"
}

// repeated says that this is not the first fall lately.
func repeated(c Case) string {
	if c.LastFall.IsZero() || c.After.At.Sub(c.LastFall) >= Quiet {
		return ""
	}
	return fmt.Sprintf("values fell already at %s, and the game is not rolled back twice in a week", c.LastFall.UTC().Format(time.RFC3339))
}

// tooWide says that more differs than hours of play can touch.
func tooWide(c Case) string {
	rows := 0
	for _, d := range hiscores.Diff(c.Before, c.After) {
		if d.Gain != 0 && !isTotal(d) && !hiscores.MayFall(d.Metric) {
			rows++
		}
	}
	if rows <= MaxRows {
		return ""
	}
	return fmt.Sprintf("%d rows differ, and a rollback touches %d at most", rows, MaxRows)
}

// tooFar says that a row moved further than hours of play move it.
func tooFar(c Case) string {
	for _, d := range hiscores.Diff(c.Before, c.After) {
		most := int64(MaxScore)
		if d.Kind == hiscores.Skill {
			most = MaxXP
		}
		switch lost := c.Peaks.lost(d); {
		case hiscores.MayFall(d.Metric):
		case d.What == hiscores.Fell && lost > most:
			return fmt.Sprintf("%s lost %d, and a rollback takes %d at most", d.Metric, lost, most)
		case d.Gain > most:
			return fmt.Sprintf("%s gained %d while others fell", d.Metric, d.Gain)
		}
	}
	return ""
}

// totalTooFar says that the total lost too large a part, or cannot be compared.
func totalTooFar(c Case) string {
	before, _ := c.Before.Row(hiscores.Overall)
	after, _ := c.After.Row(hiscores.Overall)
	highest, ok1 := before.Value.Get()
	is, ok2 := after.Value.Get()
	if !ok1 || !ok2 {
		return "the total experience is not known on both sides"
	}
	highest = max(highest, c.Peaks[hiscores.MetricKey(hiscores.Overall)])
	if lost := highest - is; lost > highest/MaxShare {
		return fmt.Sprintf("%s lost %d of %d, and a rollback takes a tenth at most", hiscores.Overall, lost, highest)
	}
	return ""
}

func isTotal(c hiscores.Change) bool {
	return hiscores.MetricKey(c.Metric) == hiscores.MetricKey(hiscores.Overall)
}
