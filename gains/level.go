package gains

import "math"

// MaxVirtualLevel is the highest level that a skill's experience amounts to by
// the game's formula; the hiscores state none above 99.
const MaxVirtualLevel = 126

// virtualXP[i] is the least experience of level i+1.
var virtualXP = func() (table [MaxVirtualLevel]int64) {
	sum := 0.0
	for level := 1; level < MaxVirtualLevel; level++ {
		sum += math.Floor(float64(level) + 300*math.Pow(2, float64(level)/7))
		table[level] = int64(sum / 4)
	}
	return table
}()

// VirtualLevel is the level of a skill with that much experience, from 1 to
// MaxVirtualLevel.
func VirtualLevel(xp int64) int64 {
	level := int64(1)
	for level < MaxVirtualLevel && xp >= virtualXP[level] {
		level++
	}
	return level
}

// VirtualLevelXP is the least experience at which VirtualLevel gives that level.
// Levels outside 1 to MaxVirtualLevel count as the nearest one inside.
func VirtualLevelXP(level int64) int64 {
	return virtualXP[min(max(level, 1), MaxVirtualLevel)-1]
}
