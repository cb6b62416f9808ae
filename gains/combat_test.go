package gains_test

import (
	"testing"

	"github.com/osrsdiff/osrsdiff/gains"
	"github.com/osrsdiff/osrsdiff/hiscores"
)

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
