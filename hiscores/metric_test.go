package hiscores_test

import (
	"testing"

	"github.com/osrsdiff/osrsdiff/hiscores"
)

func TestGroupOf(t *testing.T) {
	for metric, want := range map[string]hiscores.Group{
		"Clue Scrolls (all)": hiscores.Clues, "clue scrolls (master)": hiscores.Clues,
		"League Points": hiscores.Activities, "Bounty Hunter (Legacy) - Rogue": hiscores.Activities, "LMS - Rank": hiscores.Activities,
		"Rifts closed": hiscores.Activities, "Collections Logged": hiscores.Activities,
		"Barrows Chests": hiscores.Bosses, "Zulrah": hiscores.Bosses, "A boss of next year": hiscores.Bosses,
	} {
		if got := hiscores.GroupOf(metric, hiscores.Activity); got != want {
			t.Errorf("%s is of %s, want %s", metric, got, want)
		}
	}
	if got := hiscores.GroupOf("Sailing", hiscores.Skill); got != hiscores.Skills {
		t.Errorf("a skill is of %s", got)
	}
}

// TestGroupsOfTheLayouts counts the rows of the newest layout in each group, so
// that a row that is put into the wrong one shows.
func TestGroupsOfTheLayouts(t *testing.T) {
	layouts, err := hiscores.Layouts()
	if err != nil {
		t.Fatal(err)
	}
	counts := map[hiscores.Group]int{}
	for _, name := range layouts[len(layouts)-1].Activities {
		counts[hiscores.GroupOf(name, hiscores.Activity)]++
	}
	if counts[hiscores.Clues] != 7 || counts[hiscores.Activities] != 13 || counts[hiscores.Bosses] != 71 {
		t.Errorf("clues, activities and bosses are %v, want 7, 13 and 71", counts)
	}
}

func TestGameName(t *testing.T) {
	for feed, want := range map[string]string{
		"Kree'Arra": "Kree'arra", "NIGHTMARE": "The Nightmare", "K'ril Tsutsaroth": "K'ril Tsutsaroth", "TzKal-Zuk": "TzKal-Zuk",
		"Theatre of Blood: Hard Mode": "Theatre of Blood: Hard Mode",
	} {
		if got := hiscores.GameName(feed); got != want {
			t.Errorf("the feed's %s is called %s, want %s", feed, got, want)
		}
	}
}
