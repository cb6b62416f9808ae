package events

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/osrsdiff/osrsdiff/gains"
	"github.com/osrsdiff/osrsdiff/player"
)

// Event is one thing that happened.
type Event struct {
	// ID is its number in the activity feed, where later ones have higher
	// numbers. Zero: it is not kept there.
	ID int64 `json:"id,omitempty" doc:"number in the activity feed; left out of events that are not kept there"`
	// Kind is what happened.
	Kind Kind `json:"kind" enum:"fetched,changed,level_up,milestone,large_gain,mode_change,missing,returned,flagged,renamed,breaker"`
	// At is when it was seen.
	At time.Time `json:"at" doc:"when it was seen"`
	// PlayerID is the player it is about. Zero: none.
	PlayerID int64 `json:"player_id,omitempty"`
	// Player is the player's name.
	Player string `json:"player,omitempty"`
	// Text says it in a sentence.
	Text string `json:"text" doc:"the event in a sentence" example:"Zezima reached level 57 in Agility"`
	Detail
}

// Detail is what there is to know beside the kind. What does not apply is empty.
type Detail struct {
	// Metric is the row a level, a milestone or a gain is about.
	Metric string `json:"metric,omitempty"`
	// LevelBefore and Level are those of a LevelUp.
	LevelBefore int64 `json:"level_before,omitempty"`
	Level       int64 `json:"level,omitempty"`
	// Milestone and Goal are the kind and the number of a Milestone.
	Milestone gains.MilestoneKind `json:"milestone,omitempty" doc:"kind of a milestone: level, xp, score, base, total_level or maxed"`
	Goal      int64               `json:"goal,omitempty"`
	// Gain is the experience, all skills together, of a Changed or a LargeGain.
	Gain int64 `json:"gain,omitempty" doc:"experience gained, all skills together"`
	// Changes is how many values of a Changed differ.
	Changes int `json:"changes,omitempty" doc:"how many values differ"`
	// From and To are the game modes of a ModeChange, the names of a Renamed.
	From string `json:"from,omitempty"`
	To   string `json:"to,omitempty"`
	// Result is what came of a Fetched.
	Result player.Result `json:"result,omitempty" doc:"unchanged, held, not_found or failed"`
	// State is that of the breaker: open or closed.
	State string `json:"state,omitempty" doc:"of the circuit breaker: open or closed"`
	// Reason is why a player was Flagged, or the breaker opened.
	Reason string `json:"reason,omitempty"`
}

// The states of a Breaker event.
const (
	BreakerOpen   = "open"
	BreakerClosed = "closed"
)

// Told returns the event with its Text.
func (e Event) Told() Event {
	e.Text = e.sentence()
	return e
}

func (e Event) sentence() string {
	switch e.Kind {
	case Fetched:
		return fmt.Sprintf("%s was fetched: %s", e.Player, words(string(e.Result)))
	case Changed:
		return fmt.Sprintf("%s was fetched: %d values changed", e.Player, e.Changes)
	case LevelUp:
		return fmt.Sprintf("%s reached level %d in %s", e.Player, e.Level, e.Metric)
	case Milestone:
		return e.Player + " " + e.milestone()
	case LargeGain:
		return fmt.Sprintf("%s gained %s experience between two fetches", e.Player, thousands(e.Gain))
	case ModeChange:
		return fmt.Sprintf("%s was %s and is %s now", e.Player, words(e.From), words(e.To))
	case Missing:
		return fmt.Sprintf("The hiscores do not list %s", e.Player)
	case Returned:
		return fmt.Sprintf("The hiscores list %s again", e.Player)
	case Flagged:
		return fmt.Sprintf("%s may be another account by now: %s", e.Player, e.Reason)
	case Renamed:
		return fmt.Sprintf("%s is called %s now", e.From, e.To)
	case Breaker:
		return e.breaker()
	}
	return string(e.Kind)
}

func (e Event) milestone() string {
	switch e.Milestone {
	case gains.Maxed:
		return "maxed: level 99 in every skill"
	case gains.Score:
		return fmt.Sprintf("reached %s in %s", thousands(e.Goal), e.Metric)
	}
	return "reached " + gains.Milestone{Metric: e.Metric, Kind: e.Milestone, Goal: e.Goal}.String()
}

func (e Event) breaker() string {
	if e.State == BreakerClosed {
		return "The hiscores answer again: fetches go on"
	}
	return "The hiscores fail too often: fetches wait (" + e.Reason + ")"
}

// words are those of a name for programs.
func words(name string) string { return strings.ReplaceAll(name, "_", " ") }

// thousands is a number with commas between thousands.
func thousands(n int64) string {
	digits := strconv.FormatInt(n, 10)
	for i := len(digits) - 3; i > 0 && digits[i-1] != '-'; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}
