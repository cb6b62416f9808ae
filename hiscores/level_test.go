package hiscores_test

import (
	"testing"

	"github.com/osrsdiff/osrsdiff/hiscores"
)

func TestVirtualLevel(t *testing.T) {
	for xp, want := range map[int64]int64{
		-1: 1, 0: 1, 82: 1, 83: 2, 1_154: 10, 13_034_430: 98, 13_034_431: 99, 14_391_160: 100,
		188_884_739: 125, 188_884_740: 126, 200_000_000: 126,
	} {
		if got := hiscores.VirtualLevel(xp); got != want {
			t.Errorf("%d experience is level %d, want %d", xp, got, want)
		}
	}
	for level := int64(1); level <= hiscores.MaxVirtualLevel; level++ {
		xp := hiscores.VirtualLevelXP(level)
		if hiscores.VirtualLevel(xp) != level || level > 1 && hiscores.VirtualLevel(xp-1) != level-1 {
			t.Errorf("level %d begins at %d", level, xp)
		}
		if level <= hiscores.MaxLevel && xp != hiscores.LevelXP(level) {
			t.Errorf("level %d is at %d and at %d", level, xp, hiscores.LevelXP(level))
		}
	}
	if hiscores.VirtualLevelXP(0) != 0 || hiscores.VirtualLevelXP(999) != 188_884_740 {
		t.Error("levels outside do not count as the nearest one")
	}
}
