package groups_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/osrsdiff/osrsdiff/groups"
	"github.com/osrsdiff/osrsdiff/hiscores"
	"github.com/osrsdiff/osrsdiff/player"
)

func named(tb testing.TB, typed string) player.Name {
	tb.Helper()
	n, err := player.ParseName(typed)
	if err != nil {
		tb.Fatal(err)
	}
	return n
}

// standing is a player who went from a value to another; -1 is unknown.
func standing(tb testing.TB, typed string, start, end int64) groups.Standing {
	tb.Helper()
	number := func(n int64) hiscores.Number {
		if n < 0 {
			return hiscores.Number{}
		}
		return hiscores.Known(n)
	}
	return groups.Standing{Player: named(tb, typed), Start: number(start), End: number(end)}
}

func lines(standings []groups.Standing) string {
	var all []string
	for _, s := range standings {
		all = append(all, fmt.Sprint(s.Place, " ", s.Player, " ", s.Gain))
	}
	return strings.Join(all, ", ")
}

func TestRank(t *testing.T) {
	all := []groups.Standing{
		standing(t, "none", -1, -1), standing(t, "low", 5, 6), standing(t, "even b", 10, 30), standing(t, "fell", 9, 3),
		standing(t, "even a", 0, 20), standing(t, "lost", 7, -1), standing(t, "top", 1, 100),
	}
	for metric, want := range map[string]string{
		"Zulrah":     "1 top 99, 2 even a 20, 2 even b 20, 4 low 1, 5 fell 0, 0 lost unknown, 0 none unknown",
		"LMS - Rank": "1 top 99, 2 even a 20, 2 even b 20, 4 low 1, 5 fell -6, 0 lost unknown, 0 none unknown",
	} {
		if diff := cmp.Diff(want, lines(groups.Rank(metric, all))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", metric, diff)
		}
	}
	if got := lines(groups.Winners(groups.Rank("Zulrah", all))); got != "1 top 99" {
		t.Errorf("winners %s", got)
	}
	if got := lines(groups.Winners(groups.Rank("Zulrah", []groups.Standing{standing(t, "a", 1, 3), standing(t, "b", 2, 4)}))); got != "1 a 2, 1 b 2" {
		t.Errorf("winners of a tie %s", got)
	}
	if got := groups.Winners(groups.Rank("Zulrah", []groups.Standing{standing(t, "a", 1, 1)})); len(got) != 0 {
		t.Errorf("winners where nobody gained: %v", got)
	}
}

// TestRankProperties holds for any players: what they gained adds up to the
// differences of their values, places follow the gains, and the order in which
// players come does not matter.
func TestRankProperties(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		var all []groups.Standing
		sum := int64(0)
		for i := range rapid.IntRange(0, 12).Draw(rt, "players") {
			start := rapid.Int64Range(-1, 9).Draw(rt, "start")
			end := rapid.Int64Range(start, 12).Draw(rt, "end")
			if start >= 0 {
				sum += end - start
			}
			all = append(all, standing(t, fmt.Sprint("p", i), start, end))
		}
		ranked := groups.Rank("Zulrah", all)
		if got := groups.Total(ranked); got != sum {
			rt.Fatalf("gains add up to %d, values differ by %d", got, sum)
		}
		for i, s := range ranked {
			better := 0
			for _, other := range ranked {
				a, known := other.Gain.Get()
				b, _ := s.Gain.Get()
				if known && a > b {
					better++
				}
			}
			if s.Gain.IsKnown() && s.Place != better+1 || !s.Gain.IsKnown() && s.Place != 0 {
				rt.Fatalf("place %d of %s at %d, %d are better", s.Place, s.Player, i, better)
			}
		}
		seed := rapid.Uint64().Draw(rt, "seed")
		rand.New(rand.NewPCG(seed, 1)).Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		if diff := cmp.Diff(lines(ranked), lines(groups.Rank("Zulrah", all))); diff != "" {
			rt.Fatalf("in another order:\n%s", diff)
		}
	})
}

func TestTeams(t *testing.T) {
	var all []groups.Standing
	for name, team := range map[string]string{"a": "Red", "b": "Red", "c": "Blue", "d": "", "e": "Gold"} {
		s := standing(t, name, 0, 5)
		s.Rank = team
		if team == "Blue" {
			s.End = hiscores.Known(10)
		}
		all = append(all, s)
	}
	want := []groups.Team{{1, "Blue", 1, 10}, {1, "Red", 2, 10}, {3, "Gold", 1, 5}}
	if diff := cmp.Diff(want, groups.Teams(groups.Rank("Zulrah", all))); diff != "" {
		t.Errorf("teams (-want +got):\n%s", diff)
	}
}

func TestCompetition(t *testing.T) {
	from := time.Date(2026, 10, 9, 8, 0, 0, 0, time.UTC)
	c := groups.Competition{Title: " Race "}
	c.From, c.To = from, from.Add(time.Hour)
	if c, err := c.Validate(); err != nil || c.Title != "Race" {
		t.Errorf("%+v, %v", c, err)
	}
	for at, want := range map[time.Duration]groups.Phase{-1: groups.Upcoming, 0: groups.Running, time.Hour - 1: groups.Running, time.Hour: groups.Ended} {
		if got := c.Phase(from.Add(at)); got != want {
			t.Errorf("%v after the start it is %s", at, got)
		}
	}
	for what, bad := range map[string]func(*groups.Competition){
		"no title": func(c *groups.Competition) { c.Title = " " }, "two lines": func(c *groups.Competition) { c.Title = "a\nb" },
		"backwards": func(c *groups.Competition) { c.To = c.From }, "for ever": func(c *groups.Competition) { c.To = c.From.AddDate(6, 0, 0) },
	} {
		broken := c
		bad(&broken)
		if _, err := broken.Validate(); err == nil {
			t.Errorf("%s is allowed", what)
		}
	}
}
