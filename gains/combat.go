package gains

import "github.com/osrsdiff/osrsdiff/hiscores"

// The least levels that an account has: what is lower is not the level.
const (
	leastLevel     = 1
	leastHitpoints = 10
)

// CombatLevel is the combat level that a snapshot's skills amount to, from 3 to
// 126. It is unknown as long as the level of one of the seven skills is.
func CombatLevel(s hiscores.Snapshot) hiscores.Number {
	levels := make(map[string]int64, len(s.Rows))
	for _, r := range s.Rows {
		if level, known := r.Level.Get(); known && r.Kind == hiscores.Skill {
			levels[hiscores.MetricKey(r.Metric)] = max(level, leastLevel)
		}
	}
	for _, skill := range []string{"attack", "strength", "defence", "hitpoints", "ranged", "prayer", "magic"} {
		if levels[skill] == 0 {
			return hiscores.Number{}
		}
	}
	hitpoints := max(levels["hitpoints"], leastHitpoints)
	defensive := levels["defence"] + hitpoints + levels["prayer"]/2
	offensive := max(levels["attack"]+levels["strength"], levels["ranged"]*3/2, levels["magic"]*3/2)
	// The game's 0.25 and 0.325, in fortieths, so that nothing is rounded early.
	return hiscores.Known((10*defensive + 13*offensive) / 40)
}
