package store

import (
	"time"

	"github.com/osrsdiff/osrsdiff/events"
	"github.com/osrsdiff/osrsdiff/hiscores"
	"github.com/osrsdiff/osrsdiff/player"
)

// news are the events of an answer: what rose enough to be told.
func (r rise) news(name string) []events.Event {
	var news []events.Event
	add := func(kind events.Kind, d events.Detail) {
		news = append(news, events.Event{Kind: kind, At: fromMicros(r.at), PlayerID: r.playerID, Player: name, Detail: d})
	}
	for _, c := range r.counted {
		before, known := c.LevelBefore.Get()
		after, _ := c.LevelAfter.Get()
		switch {
		case c.What != hiscores.Gained || c.Kind != hiscores.Skill:
		case hiscores.MetricKey(c.Metric) == hiscores.MetricKey(hiscores.Overall):
			if c.Gain >= events.LargeGainFrom && believable(c.Gain) {
				add(events.LargeGain, events.Detail{Metric: c.Metric, Gain: c.Gain})
			}
		case known && before < after && after < hiscores.MaxLevel:
			add(events.LevelUp, events.Detail{Metric: c.Metric, LevelBefore: before, Level: after})
		}
	}
	for _, m := range r.reached {
		add(events.Milestone, events.Detail{Metric: m.Metric, Milestone: m.Kind, Goal: m.Goal})
	}
	return news
}

// turned is the event of a player who went missing or came back.
func (r *fetchedRow) turned(was playerColumns, at time.Time) []events.Event {
	e := events.Event{At: at, PlayerID: r.ID, Player: r.Name}
	switch {
	case was.Status != player.Missing && r.Status == player.Missing:
		e.Kind = events.Missing
	case was.Status == player.Missing && r.Status != player.Missing && was.LastFetchedAt != 0:
		e.Kind = events.Returned
	default:
		return nil
	}
	return []events.Event{e}
}

// ended is the event that a fetch came to an end.
func (r *fetchedRow) ended(at time.Time, result player.Result) events.Event {
	e := events.Event{Kind: events.Fetched, At: at, PlayerID: r.ID, Player: r.Name}
	if result != player.Changed {
		e.Result = result
		return e.Told()
	}
	e.Kind, e.Changes = events.Changed, len(r.changes)
	for _, c := range r.changes {
		if c.What == hiscores.Gained && c.Metric == hiscores.Overall {
			e.Gain = c.Gain
		}
	}
	return e.Told()
}
