package hiscores_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/osrsdiff/osrsdiff/hiscores"
	"github.com/osrsdiff/osrsdiff/player"
	"pgregory.net/rapid"
)

func TestNumberTellsUnknownFromZero(t *testing.T) {
	tests := []struct {
		number hiscores.Number
		text   string
		json   string
	}{
		{unknown, "unknown", "null"},
		{known(0), "0", "0"},
		{known(4_800_000_000), "4800000000", "4800000000"},
	}
	for _, tt := range tests {
		if got := tt.number.String(); got != tt.text {
			t.Errorf("String = %q, want %q", got, tt.text)
		}
		data, err := json.Marshal(tt.number)
		if err != nil || string(data) != tt.json {
			t.Errorf("JSON = %s, %v; want %s", data, err, tt.json)
		}
		back := known(77)
		if err := json.Unmarshal(data, &back); err != nil || !back.Equal(tt.number) {
			t.Errorf("read back %v, %v; want %v", back, err, tt.number)
		}
	}
	var n hiscores.Number
	if err := json.Unmarshal([]byte(`"many"`), &n); err == nil {
		t.Error("a string was read as a number")
	}
}

func TestSnapshotRowIgnoresCase(t *testing.T) {
	s := hiscores.Snapshot{Rows: []hiscores.Row{{Metric: "K'ril Tsutsaroth", Value: known(3)}}}
	if row, ok := s.Row(" k'RIL tsutsaroth "); !ok || row.Value != known(3) {
		t.Errorf("Row = %+v, %v", row, ok)
	}
	if _, ok := s.Row("Zulrah"); ok {
		t.Error("a row that is not there was found")
	}
}

func TestTablesFollowTheModes(t *testing.T) {
	var got []hiscores.Table
	for _, m := range player.Modes() {
		got = append(got, hiscores.TableOf(m))
		if back := hiscores.TableOf(m).Mode(); back != m {
			t.Errorf("table of %s is of mode %s", m, back)
		}
	}
	if diff := cmp.Diff(hiscores.Tables(), got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := hiscores.TableOf(""); got != hiscores.RegularTable {
		t.Errorf("table of no mode = %s", got)
	}
	if got := hiscores.Table("hiscore_oldschool_deadman").Mode(); got != "" {
		t.Errorf("mode of another table = %s", got)
	}
}

func TestLevel(t *testing.T) {
	tests := []struct{ xp, level int64 }{
		{-5, 1}, {0, 1}, {82, 1}, {83, 2}, {1153, 9}, {1154, 10}, {101332, 49}, {101333, 50},
		{13_034_430, 98}, {13_034_431, 99}, {hiscores.MaxSkillXP, 99},
	}
	for _, tt := range tests {
		if got := hiscores.Level(tt.xp); got != tt.level {
			t.Errorf("Level(%d) = %d, want %d", tt.xp, got, tt.level)
		}
	}
}

func TestLevelXPIsWhereALevelBegins(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		level := rapid.Int64Range(2, hiscores.MaxLevel).Draw(t, "level")
		xp := hiscores.LevelXP(level)
		if hiscores.Level(xp) != level || hiscores.Level(xp-1) != level-1 {
			t.Fatalf("LevelXP(%d) = %d, and there the level is %d, below it %d",
				level, xp, hiscores.Level(xp), hiscores.Level(xp-1))
		}
	})
	if low, high := hiscores.LevelXP(-3), hiscores.LevelXP(500); low != 0 || high != 13_034_431 {
		t.Errorf("outside the levels: %d and %d", low, high)
	}
}
