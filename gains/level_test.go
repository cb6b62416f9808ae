package gains_test

import (
	"testing"

	"github.com/osrsdiff/osrsdiff/gains"
	"github.com/osrsdiff/osrsdiff/hiscores"
)

func TestVirtualLevel(t *testing.T) {
	for xp, want := range map[int64]int64{
		-1: 1, 0: 1, 82: 1, 83: 2, 1_154: 10, 13_034_430: 98, 13_034_431: 99, 14_391_160: 100,
		188_884_739: 125, 188_884_740: 126, 200_000_000: 126,
	} {
		if got := gains.VirtualLevel(xp); got != want {
			t.Errorf("%d experience is level %d, want %d", xp, got, want)
		}
	}
	for level := int64(1); level <= gains.MaxVirtualLevel; level++ {
		xp := gains.VirtualLevelXP(level)
		if gains.VirtualLevel(xp) != level || level > 1 && gains.VirtualLevel(xp-1) != level-1 {
			t.Errorf("level %d begins at %d", level, xp)
		}
		if level <= hiscores.MaxLevel && xp != hiscores.LevelXP(level) {
			t.Errorf("level %d is at %d and at %d", level, xp, hiscores.LevelXP(level))
		}
	}
	if gains.VirtualLevelXP(0) != 0 || gains.VirtualLevelXP(999) != 188_884_740 {
		t.Error("levels outside do not count as the nearest one")
	}
}

func TestCombatLevel(t *testing.T) {
	// In the order attack, strength, defence, hitpoints, ranged, prayer, magic.
	tests := map[string]struct {
		levels [7]int64
		want   int64
	}{
		"all 99":               {[7]int64{99, 99, 99, 99, 99, 99, 99}, 126},
		"fresh":                {[7]int64{1, 1, 1, 10, 1, 1, 1}, 3},
		"99 ranged only":       {[7]int64{1, 1, 1, 10, 99, 1, 1}, 50},
		"99 magic only":        {[7]int64{1, 1, 1, 10, 1, 1, 99}, 50},
		"an odd prayer":        {[7]int64{60, 60, 45, 70, 1, 43, 1}, 73},
		"hitpoints stated low": {[7]int64{1, 1, 1, 1, 1, 1, 1}, 3},
	}
	names := [7]string{"Attack", "Strength", "Defence", "Hitpoints", "Ranged", "Prayer", "Magic"}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var rows []hiscores.Row
			for i, level := range test.levels {
				rows = append(rows, hiscores.Row{Metric: names[i], Kind: hiscores.Skill, Level: hiscores.Known(level)})
			}
			if got := gains.CombatLevel(snapshot(noon, rows...)); got != hiscores.Known(test.want) {
				t.Errorf("combat level %v, want %d", got, test.want)
			}
			rows[3].Level = hiscores.Number{}
			if got := gains.CombatLevel(snapshot(noon, rows...)); got.IsKnown() {
				t.Errorf("combat level %v without hitpoints", got)
			}
		})
	}
}
