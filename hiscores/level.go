package hiscores

import "math"

// MaxLevel is the highest level the feed states for a skill; levels beyond it
// exist only by computation.
const MaxLevel = 99

// MaxSkillXP is the most experience a skill can hold.
const MaxSkillXP = 200_000_000

// levelXP[i] is the least experience of level i+1.
var levelXP = func() (table [MaxLevel]int64) {
	sum := 0.0
	for level := 1; level < MaxLevel; level++ {
		sum += math.Floor(float64(level) + 300*math.Pow(2, float64(level)/7))
		table[level] = int64(sum / 4)
	}
	return table
}()

// Level is the level of a skill with that much experience, from 1 to MaxLevel,
// by the game's own formula.
func Level(xp int64) int64 {
	level := int64(1)
	for level < MaxLevel && xp >= levelXP[level] {
		level++
	}
	return level
}

// LevelXP is the least experience at which Level gives that level. Levels
// outside 1 to MaxLevel count as the nearest one inside.
func LevelXP(level int64) int64 {
	return levelXP[min(max(level, 1), MaxLevel)-1]
}
