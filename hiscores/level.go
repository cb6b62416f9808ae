package hiscores

import "math"

const (
	// MaxLevel is the highest level the feed states for a skill; levels beyond it
	// exist only by computation.
	MaxLevel = 99
	// MaxVirtualLevel is the highest level that a skill's experience amounts to by
	// the game's formula.
	MaxVirtualLevel = 126
)

// MaxSkillXP is the most experience a skill can hold.
const MaxSkillXP = 200_000_000

// levelXP[i] is the least experience of level i+1, by the game's own formula.
var levelXP = func() (table [MaxVirtualLevel]int64) {
	sum := 0.0
	for level := 1; level < MaxVirtualLevel; level++ {
		sum += math.Floor(float64(level) + 300*math.Pow(2, float64(level)/7))
		table[level] = int64(sum / 4)
	}
	return table
}()

// Level is the level of a skill with that much experience, from 1 to MaxLevel.
func Level(xp int64) int64 { return min(VirtualLevel(xp), MaxLevel) }

// LevelXP is the least experience at which Level gives that level. Levels
// outside 1 to MaxLevel count as the nearest one inside.
func LevelXP(level int64) int64 { return VirtualLevelXP(min(level, MaxLevel)) }

// VirtualLevel is the level of a skill with that much experience, from 1 to
// MaxVirtualLevel.
func VirtualLevel(xp int64) int64 {
	level := int64(1)
	for level < MaxVirtualLevel && xp >= levelXP[level] {
		level++
	}
	return level
}

// VirtualLevelXP is the least experience at which VirtualLevel gives that level.
// Levels outside 1 to MaxVirtualLevel count as the nearest one inside.
func VirtualLevelXP(level int64) int64 {
	return levelXP[min(max(level, 1), MaxVirtualLevel)-1]
}
