package tasks_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hibiken/asynq"

	"github.com/osrsdiff/osrsdiff/hiscores"
	"github.com/osrsdiff/osrsdiff/hiscores/hiscorestest"
	"github.com/osrsdiff/osrsdiff/player"
	"github.com/osrsdiff/osrsdiff/store"
	"github.com/osrsdiff/osrsdiff/tasks"
)

// readings runs the check of a player and its confirmations, an hour apart, and
// returns how many readings there were.
func (b *bench) readings(p player.Player) (n int) {
	b.tb.Helper()
	h := b.checker()
	for task := b.check(p); task != nil; n++ {
		if err := h.ProcessTask(b.tb.Context(), task); err != nil {
			b.tb.Fatal(err)
		}
		if task = b.followUp(p); task != nil {
			b.advance(tasks.ConfirmAfter)
		}
	}
	return n
}

// followUp takes what waits for its time in the queue out of it.
func (b *bench) followUp(p player.Player) *asynq.Task {
	b.tb.Helper()
	infos, err := b.queues.ListScheduledTasks(tasks.QueueMaintenance)
	if err != nil && !errors.Is(err, asynq.ErrQueueNotFound) {
		b.tb.Fatal(err)
	}
	for _, info := range infos {
		if strings.HasPrefix(info.ID, fmt.Sprintf("check_mode_%d_", p.ID)) {
			if err := b.queues.DeleteTask(tasks.QueueMaintenance, info.ID); err != nil {
				b.tb.Fatal(err)
			}
			return asynq.NewTask(info.Type, info.Payload)
		}
	}
	return nil
}

// evidence is the total of each table that a change of mode was drawn from; -1
// for a table that does not list the player.
func (b *bench) evidence(c store.ModeChange) map[hiscores.Table]int64 {
	b.tb.Helper()
	var readings []hiscores.Reading
	if err := json.Unmarshal(c.Evidence, &readings); err != nil {
		b.tb.Fatal(err)
	}
	totals := map[hiscores.Table]int64{}
	for _, r := range readings {
		totals[r.Table] = -1
		if n, known := r.Overall.Get(); known && r.Found {
			totals[r.Table] = n
		}
	}
	return totals
}

func (b *bench) changes(p player.Player) []store.ModeChange {
	b.tb.Helper()
	changes, err := b.store.ModeChanges(b.tb.Context(), p.ID)
	if err != nil {
		b.tb.Fatal(err)
	}
	return changes
}

func TestCheckModeAppliesWhatIsConfirmed(t *testing.T) {
	const reg, iron, hc, ult = hiscores.RegularTable, hiscores.IronmanTable, hiscores.HardcoreTable, hiscores.UltimateTable
	type totals = map[hiscores.Table]int64
	account := hiscorestest.Account
	for _, test := range []struct {
		name     string
		stored   player.Mode
		listed   func(b *bench, p player.Player)
		to       player.Mode
		readings int
		evidence totals
	}{
		{"dead hardcore, row frozen", player.HardcoreIronman, (*bench).dies, player.Ironman, 2,
			totals{reg: xp + 1000, iron: xp + 1000, hc: xp, ult: -1}},
		{"dead hardcore, row absent", player.HardcoreIronman, func(b *bench, p player.Player) {
			b.dies(p)
			b.site.Remove("Zezima", hc)
		}, player.Ironman, 2, totals{reg: xp + 1000, iron: xp + 1000, hc: -1, ult: -1}},
		{"ultimate became plain", player.UltimateIronman, (*bench).dies, player.Ironman, 2,
			totals{reg: xp + 1000, iron: xp + 1000, hc: -1, ult: xp}},
		{"de-ironed, row frozen", player.Ironman, func(b *bench, _ player.Player) {
			b.site.SetPlayer("Zezima", reg, account(xp+9))
		}, player.Regular, 2, totals{reg: xp + 9, iron: xp, hc: -1, ult: -1}},
		{"dead hardcore who became regular", player.HardcoreIronman, func(b *bench, _ player.Player) {
			b.site.SetPlayer("Zezima", reg, account(xp+99))
			b.site.SetPlayer("Zezima", iron, account(xp+9))
		}, player.Regular, 2, totals{reg: xp + 99, iron: xp + 9, hc: xp, ult: -1}},
		{"off the ironman table, weak evidence", player.Ironman, func(b *bench, _ player.Player) {
			b.site.Remove("Zezima", iron)
		}, player.Regular, 3, totals{reg: xp, iron: -1, hc: -1, ult: -1}},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := newBench(t)
			p := b.ironman("Zezima", test.stored)
			test.listed(b, p)
			if got := b.readings(p); got != test.readings {
				t.Errorf("%d readings, want %d", got, test.readings)
			}
			b.wantMode(p, test.to, true)
			changes := b.changes(p)
			if len(changes) != 1 || !changes[0].Applied || changes[0].From != test.stored || changes[0].To != test.to {
				t.Fatalf("mode changes %+v, want one from %s to %s", changes, test.stored, test.to)
			}
			if diff := cmp.Diff(test.evidence, b.evidence(changes[0])); diff != "" {
				t.Errorf("evidence (-want +got):\n%s", diff)
			}
		})
	}
}

func TestMoveUpIsKeptAndNotApplied(t *testing.T) {
	b := newBench(t)
	p := b.ironman("Zezima", player.Ironman)
	b.site.SetAccount("Zezima", player.HardcoreIronman, hiscorestest.Account(xp))
	for range 3 { // days
		if got := b.readings(p); got != 1 {
			t.Errorf("%d readings, want one", got)
		}
		b.wantMode(p, player.Ironman, true)
		b.advance(24 * time.Hour)
	}
	changes := b.changes(p)
	if len(changes) != 1 || changes[0].Applied || changes[0].To != player.HardcoreIronman || len(b.evidence(changes[0])) != 4 {
		t.Errorf("mode changes %+v, want one that is not applied, with all tables", changes)
	}
}

func TestAbsentRowsAreNoEvidenceDuringAnOutage(t *testing.T) {
	b := newBench(t)
	p := b.ironman("Zezima", player.Ironman)
	b.site.Remove("Zezima", hiscores.IronmanTable)
	for id := range 5 {
		if _, err := b.office.Unlisted(t.Context(), fmt.Sprint(100+id)); err != nil {
			t.Fatal(err)
		}
	}
	if got := b.readings(p); got != 1 {
		t.Errorf("%d readings, want one that leads to nothing", got)
	}
	b.wantMode(p, player.Ironman, true)
	if changes := b.changes(p); len(changes) != 0 {
		t.Errorf("mode changes %+v, want none", changes)
	}
}

// TestChecksGoOnWhereACrashLeftThem kills a worker between two players, by
// ending its requests, and lets another go on.
func TestChecksGoOnWhereACrashLeftThem(t *testing.T) {
	b := newBench(t)
	var all []player.Player
	for i := range 6 {
		all = append(all, b.ironman(fmt.Sprintf("Iron %d", i), player.Ironman))
	}
	job := &tasks.CheckModesJob{Players: b.store, Queue: b.client, Now: b.clock}
	if result, err := job.Run(t.Context(), job.Static().Task()); err != nil || !strings.HasPrefix(result, "6 checks queued") {
		t.Fatalf("Run = %q, %v", result, err)
	}
	b.site.Fault(all[3].Name.String(), hiscorestest.Fault{Kind: hiscorestest.Hang})
	b.site.Fault(all[4].Name.String(), hiscorestest.Fault{Kind: hiscorestest.Hang})
	maintain := func(o *tasks.WorkerOptions) {
		o.Drain = 50 * time.Millisecond
		o.Maintenance = map[string]asynq.Handler{tasks.TypeCheckMode: b.checker()}
	}
	first := b.work(maintain)
	hangs := func() bool {
		return b.site.Requests(all[3].Name.String()) > 0 && b.site.Requests(all[4].Name.String()) > 0
	}
	b.await("two checks to hang", hangs)
	b.await("verdicts written at once", func() bool {
		left, err := b.store.PlayersForModeCheck(t.Context(), b.clock(), 0, 10)
		return err == nil && len(left) == 3
	})
	if err := first.Shutdown(); err != nil {
		t.Fatal(err)
	}
	b.site.Clear(all[3].Name.String())
	b.site.Clear(all[4].Name.String())
	b.work(maintain)
	b.await("all players to be checked", func() bool {
		left, err := b.store.PlayersForModeCheck(t.Context(), b.clock(), 0, 10)
		return err == nil && len(left) == 0
	})
	for i, p := range all {
		if got := b.site.Requests(p.Name.String()); i < 3 && got != 4 {
			t.Errorf("%d requests for %s, checked before the crash; want 4", got, p.Name)
		}
	}
}

func TestFlaggedPlayerKeepsItsMode(t *testing.T) {
	b := newBench(t)
	p, err := b.store.AddPlayer(t.Context(), player.Player{
		Name: must(player.ParseName("Zezima")), Mode: player.HardcoreIronman, Status: player.Flagged, Every: 60,
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := b.readings(p); got != 1 {
		t.Errorf("%d runs, want one", got)
	}
	b.wantRequests(p, 0)
}
