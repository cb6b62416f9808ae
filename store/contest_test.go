package store_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/osrsdiff/osrsdiff/gains"
	"github.com/osrsdiff/osrsdiff/groups"
	"github.com/osrsdiff/osrsdiff/hiscores"
	"github.com/osrsdiff/osrsdiff/store"
)

func places(standings []groups.Standing) []string {
	all := []string{}
	for _, s := range standings {
		all = append(all, fmt.Sprint(s.Place, " ", s.Player, " ", s.Gain))
	}
	return all
}

// results are the standings of a competition as lines.
func (b bench) results(tb testing.TB, c groups.Competition) []string {
	tb.Helper()
	standings, err := b.CompetitionStandings(tb.Context(), c)
	if err != nil {
		tb.Fatal(err)
	}
	return places(standings)
}

func TestCompetition(t *testing.T) {
	onEach(t, func(t *testing.T, b bench) {
		g := b.group(t, "Clan", "ann", "bob", "cid", "dan")
		id := map[string]int64{}
		for _, n := range []string{"ann", "bob", "cid", "dan"} {
			p, err := b.PlayerByName(t.Context(), name(t, n))
			if err != nil {
				t.Fatal(err)
			}
			id[n] = p.ID
		}
		from := morning.Add(24 * time.Hour)
		wanted := groups.Competition{Title: " Race ", Metric: "zulrah", Window: gains.Window{From: from, To: from.Add(48 * time.Hour)}, GroupID: g.ID}
		if _, err := b.AddCompetition(t.Context(), wanted, groups.Roster{}); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("before the metric was seen: %v", err)
		}
		b.fetch(t, id["ann"], morning, skill("Overall", 1, 100), activity("Zulrah", 10))
		b.fetch(t, id["bob"], morning, skill("Overall", 1, 100), activity("Zulrah", 90))
		b.fetch(t, id["cid"], morning, skill("Overall", 1, 100), unknown("Zulrah"))
		c, err := b.AddCompetition(t.Context(), wanted, groups.Roster{})
		if err != nil || c.Title != "Race" || c.Metric != "Zulrah" || c.Group != "Clan" || c.Players != 4 || !c.From.Equal(from) {
			t.Fatal(c, err)
		}
		diff(t, "before the start", []string{"0 ann unknown", "0 bob unknown", "0 cid unknown", "0 dan unknown"}, b.results(t, c))
		b.fetch(t, id["ann"], from, skill("Overall", 1, 200), activity("Zulrah", 12)) // is the baseline
		b.clock.Advance(30 * time.Hour)
		b.fetch(t, id["ann"], from.Add(time.Hour), skill("Overall", 1, 300), activity("Zulrah", 15))
		b.fetch(t, id["bob"], from.Add(time.Hour), skill("Overall", 1, 300), activity("Zulrah", 93))
		b.fetch(t, id["cid"], from.Add(time.Hour), skill("Overall", 1, 300), activity("Zulrah", 50))
		diff(t, "running", []string{"1 ann 3", "1 bob 3", "3 cid 0", "0 dan unknown"}, b.results(t, c))
		b.fetch(t, id["cid"], from.Add(2*time.Hour), skill("Overall", 1, 400), activity("Zulrah", 52))
		b.fetch(t, id["dan"], from.Add(2*time.Hour), skill("Overall", 1, 400), activity("Zulrah", 700))
		b.fetch(t, id["dan"], from.Add(48*time.Hour), skill("Overall", 1, 500), activity("Zulrah", 704))
		final := []string{"1 dan 4", "2 ann 3", "2 bob 3", "4 cid 2"}
		diff(t, "at the end", final, b.results(t, c))
		standings, err := b.CompetitionStandings(t.Context(), c)
		if err != nil || !standings[0].FirstSeen.Equal(from.Add(2*time.Hour)) || !standings[1].FirstSeen.IsZero() {
			t.Errorf("first seen: %+v, %v", standings, err)
		}

		// Who joins and leaves before the end takes part or does not; later it does not matter.
		b.sync(t, groups.SyncRequest{Group: g.Name, Roster: roster(t, "ann", "bob", "cid", "dan", "eve")})
		diff(t, "somebody joined", append(final, "0 eve unknown"), b.results(t, c))
		b.sync(t, groups.SyncRequest{Group: g.Name, Roster: roster(t, "ann", "bob", "cid", "dan")})
		diff(t, "and left", final, b.results(t, c))
		b.clock.Advance(100 * time.Hour)
		b.fetch(t, id["bob"], from.Add(49*time.Hour), skill("Overall", 1, 900), activity("Zulrah", 999))
		b.sync(t, groups.SyncRequest{Group: g.Name, Roster: roster(t, "ann", "fay")})
		diff(t, "long after the end", final, b.results(t, c))
		if _, err := b.RemoveGroup(t.Context(), g.Name); err != nil {
			t.Fatal(err)
		}
		c, err = b.Competition(t.Context(), c.ID)
		if err != nil || c.GroupID != 0 || c.Group != "" {
			t.Errorf("without its group: %+v, %v", c, err)
		}
		diff(t, "without its group", final, b.results(t, c))
	})
}

func TestCompetitionOfAList(t *testing.T) {
	onEach(t, func(t *testing.T, b bench) {
		b.fetch(t, b.add(t, "ann").ID, morning, skill("Overall", 1, 100))
		c := groups.Competition{Title: "Duel", Metric: "overall", Window: gains.Window{From: morning, To: morning.Add(time.Hour)}}
		first, err := b.AddCompetition(t.Context(), c, roster(t, "ann,Red", "bob,Blue"))
		if err != nil || first.Players != 2 {
			t.Fatal(first, err)
		}
		if _, err := b.PlayerByName(t.Context(), name(t, "bob")); err != nil {
			t.Errorf("bob is not tracked: %v", err)
		}
		standings, err := b.CompetitionStandings(t.Context(), first)
		if err != nil || standings[0].Rank != "Red" || standings[1].Rank != "Blue" {
			t.Errorf("teams: %+v, %v", standings, err)
		}
		last, err := b.AddCompetition(t.Context(), c, roster(t, "ann"))
		if err != nil {
			t.Fatal(err)
		}
		page, err := b.Competitions(t.Context(), store.CompetitionFilter{Limit: 1})
		if err != nil || len(page) != 1 || page[0].ID != last.ID {
			t.Errorf("first page: %v, %v", page, err)
		}
		if page, err := b.Competitions(t.Context(), store.CompetitionFilter{BeforeID: last.ID}); err != nil || len(page) != 1 || page[0].ID != first.ID {
			t.Errorf("second page: %v, %v", page, err)
		}
		if _, err := b.RemoveCompetition(t.Context(), last.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := b.RemoveCompetition(t.Context(), last.ID); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("remove again: %v", err)
		}
		c.GroupID = 99
		if _, err := b.AddCompetition(t.Context(), c, groups.Roster{}); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("of no group: %v", err)
		}
		c.To = c.From
		if _, err := b.AddCompetition(t.Context(), c, groups.Roster{}); !errors.Is(err, groups.ErrInvalid) {
			t.Errorf("of no time: %v", err)
		}
	})
}

// TestGroupGainsAgreeWithAModel records players over months, a rating that comes,
// goes and falls, and asks for the gains of any window: they are the differences of
// what each player's snapshots say.
func TestGroupGainsAgreeWithAModel(t *testing.T) {
	const metric = "LMS - Rank"
	onEach(t, func(t *testing.T, b bench) {
		b.clock.Advance(400 * 24 * time.Hour)
		n := 0
		rapid.Check(t, func(rt *rapid.T) {
			n++
			g := b.group(t, fmt.Sprint("Group ", n), fmt.Sprint("m", n, " 0"), fmt.Sprint("m", n, " 1"))
			members, err := b.Members(t.Context(), g.ID)
			if err != nil {
				rt.Fatal(err)
			}
			said := map[int64]model{}
			for _, member := range members {
				at, m := morning, model{}
				for range rapid.IntRange(0, 6).Draw(rt, "fetches") {
					at = drawLater(rt, at)
					snap := hiscores.Snapshot{At: at, Rows: rows(skill("Overall", 1, 5))}
					if v := rapid.Int64Range(-1, 50).Draw(rt, "value"); v >= 0 {
						snap.Rows = append(snap.Rows, activity(metric, v))
					}
					b.fetch(t, member.Player.ID, at, snap.Rows...)
					m.record(snap)
				}
				said[member.Player.ID] = m
			}
			for range 4 {
				w := gains.Window{From: drawLater(rt, morning.AddDate(0, 0, -3))}
				w.To = drawLater(rt, w.From)
				standings, err := b.GroupGains(t.Context(), g.ID, metric, w)
				if errors.Is(err, store.ErrNotFound) {
					continue // as long as nobody had it
				}
				if err != nil {
					rt.Fatal(err)
				}
				total := int64(0)
				for _, s := range standings {
					gain := said[s.PlayerID].gained(metric, w)
					known, _ := gain.Get()
					total += known
					same(rt, fmt.Sprint("gain of ", s.Player, " in ", w), gain.String(), s.Gain.String())
				}
				same(rt, "total", total, groups.Total(standings))
			}
		})
	})
}

// gained is the last value known in a window less the first one that counts.
func (m model) gained(metric string, w gains.Window) hiscores.Number {
	var start, end hiscores.Number
	for _, snap := range m {
		if snap.At.After(w.To) {
			break
		}
		row, _ := snap.Row(metric)
		if !snap.At.After(w.From) || !start.IsKnown() {
			start = row.Value
		}
		if row.Value.IsKnown() {
			end = row.Value
		}
	}
	first, ok1 := start.Get()
	last, ok2 := end.Get()
	if !ok1 || !ok2 {
		return hiscores.Number{}
	}
	return hiscores.Known(last - first)
}
