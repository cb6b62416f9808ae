package tasks_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/osrsdiff/osrsdiff/hiscores"
	"github.com/osrsdiff/osrsdiff/hiscores/hiscorestest"
	"github.com/osrsdiff/osrsdiff/player"
	"github.com/osrsdiff/osrsdiff/tasks"
)

func TestFetchFindsTheModeOut(t *testing.T) {
	const reg, iron, hc, ult = hiscores.RegularTable, hiscores.IronmanTable, hiscores.HardcoreTable, hiscores.UltimateTable
	low := func(b *bench) { b.site.SetPlayer("Zezima", iron, hiscorestest.Account(2000)) }
	listed := func(mode player.Mode) func(*bench) {
		return func(b *bench) { b.site.SetAccount("Zezima", mode, hiscorestest.Account(xp)) }
	}
	type tables = []hiscores.Table
	for _, test := range []struct {
		name   string
		stored player.Mode
		listed func(*bench)
		mode   player.Mode
		status player.Status
		asked  tables
	}{
		{"regular", "", listed(player.Regular), player.Regular, player.Active, tables{reg, iron}},
		{"ironman", "", listed(player.Ironman), player.Ironman, player.Active, tables{reg, iron, hc, ult}},
		{"hardcore", "", listed(player.HardcoreIronman), player.HardcoreIronman, player.Active, tables{reg, iron, hc, ult}},
		{"ultimate", "", listed(player.UltimateIronman), player.UltimateIronman, player.Active, tables{reg, iron, hc, ult}},
		{"low iron, on its table only", "", low, player.Ironman, player.Active, tables{reg, iron, hc, ult}},
		{"stated mode", player.Ironman, low, player.Ironman, player.Active, tables{iron}},
		{"stated mode is wrong", player.UltimateIronman, listed(player.Ironman), player.Ironman, player.Active, tables{ult, reg, iron, hc}},
		{"stated mode, listed nowhere", player.Regular, func(*bench) {}, player.Regular, player.Missing, tables{reg, iron}},
		{"listed nowhere", "", func(*bench) {}, "", player.Missing, tables{reg, iron}},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := newBench(t)
			p, err := b.store.AddPlayer(t.Context(), player.Player{Name: must(player.ParseName("Zezima")), Mode: test.stored, Every: 60})
			if err != nil {
				t.Fatal(err)
			}
			test.listed(b)
			counted := &takes{Office: b.office}
			h := b.fetcher(func(o *tasks.FetchOptions) {
				o.Guest = b.guest(func(o *tasks.GuestOptions) { o.Permits = counted })
			})
			if err := h.ProcessTask(t.Context(), b.tick(p)); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.asked, b.tables()); diff != "" {
				t.Errorf("tables asked (-want +got):\n%s", diff)
			}
			if got := len(counted.list()); got != len(test.asked) {
				t.Errorf("%d permits taken for %d requests", got, len(test.asked))
			}
			got := b.player(p.ID)
			if got.Mode != test.mode || got.Status != test.status {
				t.Errorf("mode %q, status %s; want %q, %s", got.Mode, got.Status, test.mode, test.status)
			}
			changes, err := b.store.ModeChanges(t.Context(), p.ID)
			if err != nil || (len(changes) == 1) != (test.mode != test.stored) {
				t.Errorf("mode changes %v, %v", changes, err)
			}
			if b.marked(p) {
				t.Error("the run marker is left after a known outcome")
			}
		})
	}
}

// TestFetchLooksOnLooserTables takes iron players off their table: the fetch
// finds them elsewhere, keeps their values, and leaves the mode to a check.
func TestFetchLooksOnLooserTables(t *testing.T) {
	const reg, iron, hc, ult = hiscores.RegularTable, hiscores.IronmanTable, hiscores.HardcoreTable, hiscores.UltimateTable
	type tables = []hiscores.Table
	for _, test := range []struct {
		name    string
		stored  player.Mode
		off     tables
		lag     bool // the ironman row is frozen
		result  player.Result
		from    int64 // the total that is stored
		asked   tables
		suspect player.Mode
	}{
		{"on its table", player.HardcoreIronman, nil, false, player.Changed, xp, tables{hc}, ""},
		{"dead hardcore", player.HardcoreIronman, tables{hc}, false, player.Changed, xp, tables{hc, reg, iron, ult}, player.Ironman},
		{"ultimate who became plain", player.UltimateIronman, tables{ult}, false, player.Changed, xp, tables{ult, reg, iron, hc}, player.Ironman},
		{"low dead hardcore, not on the regular table", player.HardcoreIronman, tables{hc, reg}, false, player.Changed, xp, tables{hc, reg, iron, ult}, player.Ironman},
		{"dead hardcore who became regular", player.HardcoreIronman, tables{hc}, true, player.Changed, xp + 9, tables{hc, reg, iron}, player.Regular},
		{"off the ironman table", player.Ironman, tables{iron}, false, player.Changed, xp, tables{iron, reg}, player.Regular},
		{"off all", player.Ironman, tables{reg, iron, hc, ult}, false, player.NotFound, 1000, tables{iron, reg}, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := newBench(t)
			p := b.ironman("Zezima", test.stored)
			if test.lag {
				b.site.SetPlayer("Zezima", reg, hiscorestest.Account(xp+9))
			}
			if len(test.off) > 0 {
				b.site.Remove("Zezima", test.off...)
			}
			err := b.fetcher().ProcessTask(t.Context(), b.tick(p))
			if err != nil && !errors.Is(err, tasks.ErrRecheck) {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.asked, b.tables()); diff != "" {
				t.Errorf("tables asked (-want +got):\n%s", diff)
			}
			got := b.player(p.ID)
			if got.LastResult != test.result || got.Mode != test.stored {
				t.Errorf("result %s, mode %s; want %s, %s as before", got.LastResult, got.Mode, test.result, test.stored)
			}
			s, err := b.store.Latest(t.Context(), p.ID)
			if row, _ := s.Row(hiscores.Overall); err != nil || row.Value != hiscores.Known(test.from) {
				t.Errorf("stored total %s, %v; want %d", row.Value, err, test.from)
			}
			var c tasks.CheckMode
			if task := b.followUp(p); task != nil {
				if err := json.Unmarshal(task.Payload(), &c); err != nil {
					t.Fatal(err)
				}
			}
			if c.First == nil {
				c.First = &tasks.FirstVerdict{}
			}
			if c.First.To != test.suspect {
				t.Errorf("a check is to confirm %q, want %q", c.First.To, test.suspect)
			}
			if b.marked(p) {
				t.Error("the run marker is left after a known outcome")
			}
		})
	}
}

func TestFetchStoppedBetweenTables(t *testing.T) {
	b := newBench(t)
	p := b.add("Zezima", "")
	b.site.SetAccount("Zezima", player.Ironman, hiscorestest.Account(xp))
	stopping, stop := context.WithCancel(context.Background())
	counted := &takes{Office: b.office, before: func(ctx context.Context, n int) {
		if n == 3 {
			stop()
			<-ctx.Done()
		}
	}}
	h := b.fetcher(func(o *tasks.FetchOptions) {
		o.Guest = b.guest(func(o *tasks.GuestOptions) { o.Permits = counted })
	})
	if err := h.ProcessTask(tasks.WithStopping(t.Context(), stopping), b.tick(p)); !errors.Is(err, tasks.ErrStopping) || tasks.IsFailure(err) {
		t.Fatalf("ProcessTask: %v, want ErrStopping, and no failure", err)
	}
	b.wantRequests(p, 2)
	if !b.marked(p) {
		t.Error("no run marker is left, so another worker would ask the same tables at once")
	}
}
