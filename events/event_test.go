package events_test

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/osrsdiff/osrsdiff/events"
	"github.com/osrsdiff/osrsdiff/gains"
	"github.com/osrsdiff/osrsdiff/player"
)

func TestEventsAreToldInASentence(t *testing.T) {
	tests := map[string]events.Event{
		"Ivy was fetched: not found":                             {Kind: events.Fetched, Detail: events.Detail{Result: player.NotFound}},
		"Ivy was fetched: 12 values changed":                     {Kind: events.Changed, Detail: events.Detail{Changes: 12}},
		"Ivy reached level 57 in Agility":                        {Kind: events.LevelUp, Detail: events.Detail{Metric: "Agility", LevelBefore: 55, Level: 57}},
		"Ivy reached level 99 in Cooking":                        {Kind: events.Milestone, Detail: events.Detail{Metric: "Cooking", Milestone: gains.Level99, Goal: 99}},
		"Ivy maxed: level 99 in every skill":                     {Kind: events.Milestone, Detail: events.Detail{Milestone: gains.Maxed, Goal: 99}},
		"Ivy reached 1,000 in Zulrah":                            {Kind: events.Milestone, Detail: events.Detail{Metric: "Zulrah", Milestone: gains.Score, Goal: 1000}},
		"Ivy gained 1,234,567 experience between two fetches":    {Kind: events.LargeGain, Detail: events.Detail{Gain: 1234567}},
		"Ivy was hardcore ironman and is ironman now":            {Kind: events.ModeChange, Detail: events.Detail{From: "hardcore_ironman", To: "ironman"}},
		"The hiscores do not list Ivy":                           {Kind: events.Missing},
		"The hiscores list Ivy again":                            {Kind: events.Returned},
		"Ivy may be another account by now: 3 rows fell":         {Kind: events.Flagged, Detail: events.Detail{Reason: "3 rows fell"}},
		"Ivy is called Iris now":                                 {Kind: events.Renamed, Detail: events.Detail{From: "Ivy", To: "Iris"}},
		"The hiscores fail too often: fetches wait (status 503)": {Kind: events.Breaker, Detail: events.Detail{State: events.BreakerOpen, Reason: "status 503"}},
		"The hiscores answer again: fetches go on":               {Kind: events.Breaker, Detail: events.Detail{State: events.BreakerClosed}},
	}
	told := map[events.Kind]bool{}
	for want, e := range tests {
		e.Player = "Ivy"
		if got := e.Told().Text; got != want {
			t.Errorf("%s: got %q, want %q", e.Kind, got, want)
		}
		told[e.Kind] = true
	}
	for _, k := range events.Kinds() {
		if !told[k] {
			t.Errorf("no sentence of %s is tested", k)
		}
	}
}

func TestParseKind(t *testing.T) {
	for _, k := range events.Kinds() {
		if got, err := events.ParseKind(string(k)); err != nil || got != k {
			t.Errorf("ParseKind(%q): %q, %v", k, got, err)
		}
	}
	if _, err := events.ParseKind("levelup"); !errors.Is(err, events.ErrInvalidKind) {
		t.Errorf("got %v, want ErrInvalidKind", err)
	}
	for _, k := range events.KeptKinds() {
		if k.Quiet() {
			t.Errorf("%s is kept and quiet", k)
		}
	}
}

func TestAnEventIsOneFlatObject(t *testing.T) {
	got, err := json.Marshal(events.Event{ID: 3, Kind: events.LevelUp, PlayerID: 7, Player: "Ivy", Detail: events.Detail{Metric: "Agility", Level: 2}}.Told())
	const want = `{"id":3,"kind":"level_up","at":"0001-01-01T00:00:00Z","player_id":7,"player":"Ivy",` +
		`"text":"Ivy reached level 2 in Agility","metric":"Agility","level":2}`
	if err != nil || string(got) != want {
		t.Errorf("got %s, %v; want %s", got, err, want)
	}
}
