package hiscores_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/osrsdiff/osrsdiff/hiscores"
	"github.com/osrsdiff/osrsdiff/hiscores/hiscorestest"
	"github.com/osrsdiff/osrsdiff/player"
)

// What a table says in the tests below, other than a total.
const (
	absent  = -1 // the player is not listed
	noTotal = -2 // listed, without a total
	notRead = -3 // nobody asked
)

// readings are those of the regular, ironman, hardcore and ultimate tables.
type readings [4]int64

func (r readings) list() []hiscores.Reading {
	var list []hiscores.Reading
	for i, xp := range r {
		reading := hiscores.Reading{Table: hiscores.Tables()[i], Found: xp != absent}
		if xp >= 0 {
			reading.Overall = known(xp)
		}
		if xp != notRead {
			list = append(list, reading)
		}
	}
	return list
}

func TestDetect(t *testing.T) {
	tests := []struct {
		name     string
		readings readings
		want     player.Mode
	}{
		{"regular", readings{500, absent, notRead, notRead}, player.Regular},
		{"regular, all tables read", readings{500, absent, absent, absent}, player.Regular},
		{"ironman", readings{500, 500, absent, absent}, player.Ironman},
		{"ironman who logged out between two reads", readings{500, 600, absent, absent}, player.Ironman},
		{"low ironman, not on the regular table", readings{absent, 40, absent, absent}, player.Ironman},
		{"hardcore", readings{500, 500, 500, absent}, player.HardcoreIronman},
		{"hardcore who logged out between two reads", readings{500, 510, 520, absent}, player.HardcoreIronman},
		{"low hardcore", readings{absent, 40, 40, absent}, player.HardcoreIronman},
		{"ultimate", readings{500, 500, absent, 500}, player.UltimateIronman},
		{"hardcore who died", readings{500, 500, 300, absent}, player.Ironman},
		{"ultimate who became plain", readings{500, 500, absent, 300}, player.Ironman},
		{"ultimate who was hardcore", readings{500, 500, 300, 500}, player.UltimateIronman},
		{"ironman who became regular", readings{500, 400, notRead, notRead}, player.Regular},
		{"hardcore who died and became regular", readings{500, 400, 300, absent}, player.Regular},
		{"no total on the regular table", readings{noTotal, 400, absent, absent}, player.Regular},
		{"no total on the ironman table", readings{500, noTotal, absent, absent}, player.Regular},
		{"no total, on the ironman table only", readings{absent, noTotal, absent, absent}, player.Ironman},
		{"no total on the hardcore table", readings{500, 500, noTotal, absent}, player.Ironman},
		{"on the hardcore table only", readings{absent, absent, 30, absent}, player.HardcoreIronman},
		{"on the ultimate table only", readings{absent, absent, absent, 30}, player.UltimateIronman},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got, err := hiscores.Detect(tt.readings.list()); got != tt.want || err != nil {
				t.Errorf("Detect = %q, %v; want %q", got, err, tt.want)
			}
		})
	}
	for _, nowhere := range []readings{{absent, absent, notRead, notRead}, {absent, absent, absent, absent}} {
		if mode, err := hiscores.Detect(nowhere.list()); mode != "" || !errors.Is(err, hiscores.ErrNotFound) {
			t.Errorf("on no table: %q, %v", mode, err)
		}
	}
}

func TestDowngrade(t *testing.T) {
	const (
		stays    = "stays"
		strict   = "stays, stricter table keeps up"
		changes  = "changes"
		weakly   = "changes on weak evidence"
		oddly    = "changes, stricter table keeps up"
		unproven = "unknown"
	)
	regular, iron, hardcore, ultimate := player.Regular, player.Ironman, player.HardcoreIronman, player.UltimateIronman
	tests := []struct {
		name     string
		stored   player.Mode
		readings readings
		mode     player.Mode
		what     string
		above    player.Mode // that keeps up and cannot
	}{
		{"hardcore lives", hardcore, readings{500, 500, 500, absent}, hardcore, stays, ""},
		{"hardcore lives, logged out between reads", hardcore, readings{500, 510, 520, absent}, hardcore, stays, ""},
		{"low hardcore lives", hardcore, readings{absent, 40, 40, absent}, hardcore, stays, ""},
		{"hardcore died", hardcore, readings{500, 500, 499, absent}, iron, changes, ""},
		{"low hardcore died", hardcore, readings{absent, 40, 30, absent}, iron, changes, ""},
		{"hardcore row gone", hardcore, readings{500, 500, absent, absent}, iron, weakly, ""},
		{"hardcore became regular", hardcore, readings{500, 400, notRead, notRead}, regular, changes, ""},
		{"hardcore died, then became regular", hardcore, readings{500, 400, 300, absent}, regular, changes, ""},
		{"hardcore table not read", hardcore, readings{500, 500, notRead, absent}, hardcore, unproven, ""},
		{"hardcore without a total", hardcore, readings{500, 500, noTotal, absent}, hardcore, unproven, ""},
		{"hardcore, another account's ultimate row", hardcore, readings{500, 500, 300, 500}, iron, oddly, ultimate},
		{"ultimate goes on", ultimate, readings{500, 500, absent, 500}, ultimate, stays, ""},
		{"ultimate goes on, was hardcore", ultimate, readings{500, 500, 300, 500}, ultimate, stays, ""},
		{"ultimate became plain", ultimate, readings{500, 500, absent, 400}, iron, changes, ""},
		{"ultimate row gone", ultimate, readings{500, 500, absent, absent}, iron, weakly, ""},
		{"ultimate is not judged by the hardcore row", ultimate, readings{500, 500, 400, 500}, ultimate, stays, ""},
		{"ultimate became regular", ultimate, readings{500, 400, absent, 400}, regular, changes, ""},
		{"ultimate without a total", ultimate, readings{500, 500, absent, noTotal}, ultimate, unproven, ""},
		{"ironman goes on", iron, readings{500, 500, absent, absent}, iron, stays, ""},
		{"ironman who died before goes on", iron, readings{500, 500, 300, absent}, iron, stays, ""},
		{"ironman, frozen row without a total", iron, readings{500, 500, noTotal, absent}, iron, stays, ""},
		{"low ironman goes on", iron, readings{absent, 40, absent, absent}, iron, stays, ""},
		{"ironman became regular", iron, readings{500, 499, notRead, notRead}, regular, changes, ""},
		{"ironman row gone", iron, readings{500, absent, notRead, notRead}, regular, weakly, ""},
		{"ironman who looks hardcore", iron, readings{500, 500, 500, absent}, iron, strict, hardcore},
		{"ironman who looks ultimate", iron, readings{500, 500, absent, 500}, iron, strict, ultimate},
		{"regular", regular, readings{500, absent, notRead, notRead}, regular, stays, ""},
		{"regular who was an ironman", regular, readings{500, 400, notRead, notRead}, regular, stays, ""},
		{"regular who looks like an ironman", regular, readings{500, 500, absent, absent}, regular, strict, iron},
		{"on neither table", iron, readings{absent, absent, notRead, notRead}, iron, unproven, ""},
		{"on the hardcore table only", hardcore, readings{absent, absent, 40, absent}, hardcore, unproven, ""},
		{"no total on the regular table", iron, readings{noTotal, 500, absent, absent}, iron, unproven, ""},
		{"no total on the ironman table", hardcore, readings{500, noTotal, 500, absent}, hardcore, unproven, ""},
		{"ironman table not read", iron, readings{500, notRead, notRead, notRead}, iron, unproven, ""},
		{"nothing read", iron, readings{notRead, notRead, notRead, notRead}, iron, unproven, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := hiscores.Downgrade(tt.stored, tt.readings.list())
			want := hiscores.Verdict{
				Mode: tt.mode, Known: tt.what != unproven,
				Changed:  slices.Contains([]string{changes, weakly, oddly}, tt.what),
				Weak:     tt.what == weakly,
				Stricter: tt.above,
				Reason:   got.Reason,
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if got.Reason == "" {
				t.Error("no reason is given")
			}
		})
	}
}

// counted counts the tables asked.
type counted struct {
	hiscores.Fetcher
	asked []hiscores.Table
}

func (c *counted) Fetch(ctx context.Context, name player.Name, table hiscores.Table) (hiscores.Snapshot, error) {
	c.asked = append(c.asked, table)
	return c.Fetcher.Fetch(ctx, name, table)
}

func TestReadTablesAsksNoMoreThanItNeeds(t *testing.T) {
	site, client := startedSite(t)
	for _, mode := range player.Modes() {
		site.SetAccount(string(mode)[:7], mode, hiscorestest.Account(1_000_000))
	}
	site.SetAccount("deironed", player.Ironman, hiscorestest.Account(1_000_000))
	site.SetPlayer("deironed", hiscores.RegularTable, hiscorestest.Account(1_000_001))
	site.SetPlayer("low iron", hiscores.IronmanTable, hiscorestest.Account(2000))
	tests := []struct {
		name string
		asks int
		mode player.Mode
	}{
		{"regular", 2, player.Regular},
		{"ironman", 4, player.Ironman},
		{"hardcor", 4, player.HardcoreIronman},
		{"ultimat", 4, player.UltimateIronman},
		{"deironed", 2, player.Regular},
		{"low iron", 4, player.Ironman},
		{"nobody", 2, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := &counted{Fetcher: client}
			got, err := hiscores.ReadTables(t.Context(), f, named(t, tt.name))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(hiscores.Tables()[:tt.asks], f.asked); diff != "" {
				t.Errorf("tables asked (-want +got):\n%s", diff)
			}
			mode, err := hiscores.Detect(got)
			if mode != tt.mode || (tt.mode == "") != errors.Is(err, hiscores.ErrNotFound) {
				t.Errorf("Detect = %q, %v; want %q", mode, err, tt.mode)
			}
			if got[0].Found && (got[0].Snapshot.At != noon || got[0].Overall == unknown) {
				t.Errorf("the first reading lacks its snapshot: %+v", got[0].Overall)
			}
		})
	}
}

func TestReadTablesGivesNoReadingsWhenOneTableFails(t *testing.T) {
	for _, table := range hiscores.Tables() {
		for _, kind := range []hiscorestest.FaultKind{hiscorestest.ServerError500, hiscorestest.EmptyObject, hiscorestest.RateLimited, hiscorestest.HTMLBlocked200} {
			t.Run(string(table)+" "+string(kind), func(t *testing.T) {
				site, client := startedSite(t)
				site.SetAccount("Someone", player.UltimateIronman, hiscorestest.Account(1_000_000))
				site.Fault("Someone", hiscorestest.Fault{Kind: kind, Table: table})
				got, err := hiscores.ReadTables(t.Context(), client, named(t, "Someone"))
				if err == nil || errors.Is(err, hiscores.ErrNotFound) || len(got) != 0 {
					t.Errorf("readings %v, err %v", got, err)
				}
			})
		}
	}
}
