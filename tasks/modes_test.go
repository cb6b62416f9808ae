package tasks_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
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

func (b *bench) checker(change ...func(*tasks.CheckModeOptions)) *tasks.CheckModeHandler {
	b.tb.Helper()
	opts := tasks.CheckModeOptions{
		Players: b.store, NotFound: store.ErrNotFound, RecordMode: b.recordMode,
		MarkModeChecked: b.store.MarkModeChecked, Guest: b.guest(), Queue: b.client, Now: b.clock,
	}
	for _, c := range change {
		c(&opts)
	}
	return tasks.NewCheckModeHandler(opts)
}

func (b *bench) check(p player.Player) *asynq.Task {
	b.tb.Helper()
	return must(tasks.NewCheckMode(tasks.CheckMode{PlayerID: p.ID, Player: p.Name.String(), Date: b.clock().Format(time.DateOnly)}))
}

// ironman tracks an active player in the mode.
func (b *bench) ironman(name string, mode player.Mode) player.Player {
	b.tb.Helper()
	p := b.add(name, mode)
	if err := b.answered(p, b.clock().Add(-time.Hour)); err != nil {
		b.tb.Fatal(err)
	}
	return b.player(p.ID)
}

func (b *bench) wantMode(p player.Player, mode player.Mode, checked bool) {
	b.tb.Helper()
	if got := b.player(p.ID).Mode; got != mode {
		b.tb.Errorf("mode %s, want %s", got, mode)
	}
	waiting, err := b.store.PlayersForModeCheck(b.tb.Context(), b.clock(), 0, 10)
	if err != nil {
		b.tb.Fatal(err)
	}
	if mode.Iron() && b.player(p.ID).Status == player.Active && (len(waiting) == 0) != checked {
		b.tb.Errorf("players that wait for a check: %v; want checked = %t", waiting, checked)
	}
}

// confirmation takes the follow-up out of the queue.
func (b *bench) confirmation(p player.Player) *asynq.Task {
	b.tb.Helper()
	id := fmt.Sprintf("check_mode_%d_%s_confirm", p.ID, b.clock().Format(time.DateOnly))
	info := b.task(tasks.QueueMaintenance, id)
	if info == nil {
		return nil
	}
	if info.State != asynq.TaskStateScheduled {
		b.tb.Errorf("confirmation is %s, want scheduled", info.State)
	}
	if err := b.queues.DeleteTask(tasks.QueueMaintenance, id); err != nil {
		b.tb.Fatal(err)
	}
	return asynq.NewTask(info.Type, info.Payload)
}

// dies freezes the player's row of its own table: the others go on.
func (b *bench) dies(p player.Player) {
	b.site.SetPlayer(p.Name.String(), hiscores.RegularTable, hiscorestest.Account(xp+1000))
	b.site.SetPlayer(p.Name.String(), hiscores.IronmanTable, hiscorestest.Account(xp+1000))
}

func TestCheckModeConfirmsBeforeItApplies(t *testing.T) {
	b := newBench(t)
	p := b.ironman("Zezima", player.HardcoreIronman)
	b.dies(p)
	h := b.checker()
	if err := h.ProcessTask(t.Context(), b.check(p)); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(hiscores.Tables(), b.tables()); diff != "" {
		t.Errorf("tables asked (-want +got):\n%s", diff)
	}
	b.wantMode(p, player.HardcoreIronman, false)
	confirm := b.confirmation(p)
	if confirm == nil {
		t.Fatal("no confirmation is queued")
	}
	var c tasks.CheckMode
	if err := json.Unmarshal(confirm.Payload(), &c); err != nil {
		t.Fatal(err)
	}
	want := &tasks.FirstVerdict{From: player.HardcoreIronman, To: player.Ironman, At: b.clock()}
	if diff := cmp.Diff(want, c.First); diff != "" {
		t.Errorf("first verdict (-want +got):\n%s", diff)
	}

	b.site.ForgetRequests()
	b.advance(tasks.ConfirmAfter - time.Second)
	err := h.ProcessTask(t.Context(), confirm)
	var postponed *tasks.PostponedError
	if !errors.As(err, &postponed) || postponed.For != time.Second {
		t.Errorf("a second too early: %v, want it postponed for a second", err)
	}
	b.wantRequests(p, 0)

	b.advance(time.Second)
	for range 2 { // the second time changes nothing
		if err := h.ProcessTask(t.Context(), confirm); err != nil {
			t.Fatal(err)
		}
	}
	b.wantMode(p, player.Ironman, true)
	changes, err := b.store.ModeChanges(t.Context(), p.ID)
	if err != nil || len(changes) != 1 || !changes[0].Applied || changes[0].To != player.Ironman {
		t.Errorf("mode changes %+v, %v; want one", changes, err)
	}
	b.wantRequests(p, 4)
}

func TestCheckModeVerdicts(t *testing.T) {
	account := hiscorestest.Account
	for _, test := range []struct {
		name    string
		stored  player.Mode
		listed  func(b *bench)
		to      player.Mode // of the confirmation; empty: none is queued
		checked bool
	}{
		{"hardcore lives", player.HardcoreIronman, func(*bench) {}, "", true},
		{"ultimate lives", player.UltimateIronman, func(*bench) {}, "", true},
		{"ironman lives", player.Ironman, func(*bench) {}, "", true},
		{"low iron, on its table only", player.Ironman, func(b *bench) { b.site.Remove("Zezima", hiscores.RegularTable) }, "", true},
		{"de-ironed", player.Ironman, func(b *bench) { b.site.SetPlayer("Zezima", hiscores.RegularTable, account(xp+9)) }, player.Regular, false},
		{"off the ironman table", player.Ironman, func(b *bench) { b.site.Remove("Zezima", hiscores.IronmanTable) }, player.Regular, false},
		{"off all tables", player.Ironman, func(b *bench) { b.site.Remove("Zezima") }, "", true},
		{"off the hardcore table", player.HardcoreIronman, func(b *bench) { b.site.Remove("Zezima", hiscores.HardcoreTable) }, player.Ironman, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := newBench(t)
			p := b.ironman("Zezima", test.stored)
			test.listed(b)
			if err := b.checker().ProcessTask(t.Context(), b.check(p)); err != nil {
				t.Fatal(err)
			}
			b.wantMode(p, test.stored, test.checked)
			var c tasks.CheckMode
			if confirm := b.confirmation(p); confirm != nil {
				if err := json.Unmarshal(confirm.Payload(), &c); err != nil {
					t.Fatal(err)
				}
			}
			if c.First == nil {
				c.First = &tasks.FirstVerdict{}
			}
			if c.First.To != test.to {
				t.Errorf("to be confirmed: %q, want %q", c.First.To, test.to)
			}
		})
	}
}

func TestCheckModeSecondReadingDisagrees(t *testing.T) {
	for name, listed := range map[string]func(b *bench, p player.Player){
		"lives after all": func(b *bench, p player.Player) {
			b.site.SetAccount("Zezima", p.Mode, hiscorestest.Account(xp+5000))
		},
		"another mode": func(b *bench, _ player.Player) {
			b.site.SetPlayer("Zezima", hiscores.RegularTable, hiscorestest.Account(xp+5000))
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			p := b.ironman("Zezima", player.HardcoreIronman)
			b.dies(p)
			h := b.checker()
			if err := h.ProcessTask(t.Context(), b.check(p)); err != nil {
				t.Fatal(err)
			}
			confirm := b.confirmation(p)
			b.advance(time.Hour)
			listed(b, p)
			if err := h.ProcessTask(t.Context(), confirm); err != nil {
				t.Fatal(err)
			}
			b.wantMode(p, player.HardcoreIronman, true)
			if b.confirmation(p) != nil {
				t.Error("another confirmation is queued")
			}
		})
	}
}

func TestCheckModeFailedTableIsNoVerdict(t *testing.T) {
	for _, table := range hiscores.Tables() {
		for _, kind := range []hiscorestest.FaultKind{hiscorestest.Unavailable503, hiscorestest.HTMLBlocked200, hiscorestest.RateLimited} {
			t.Run(string(table)+" "+string(kind), func(t *testing.T) {
				b := newBench(t)
				p := b.ironman("Zezima", player.HardcoreIronman)
				b.dies(p)
				b.site.Fault("Zezima", hiscorestest.Fault{Kind: kind, Table: table})
				err := b.checker().ProcessTask(t.Context(), b.check(p))
				if err == nil || tasks.IsFailure(err) != (kind != hiscorestest.RateLimited) {
					t.Errorf("ProcessTask: %v", err)
				}
				b.wantMode(p, player.HardcoreIronman, false)
				if b.confirmation(p) != nil {
					t.Error("a confirmation is queued")
				}
			})
		}
	}
}

func TestCheckModeHasNothingToDo(t *testing.T) {
	b := newBench(t)
	h := b.checker()
	gone, regular := b.ironman("A", player.Ironman), b.ironman("B", player.Regular)
	if err := b.remove(gone); err != nil {
		t.Fatal(err)
	}
	for _, p := range []player.Player{gone, regular} {
		if err := h.ProcessTask(t.Context(), b.check(p)); err != nil {
			t.Errorf("player %s: %v", p.Name, err)
		}
		b.wantRequests(p, 0)
	}
}

// ironmen is a database with many players to check.
type ironmen struct {
	players []player.Player
	before  []time.Time
}

func (m *ironmen) PlayersForModeCheck(_ context.Context, before time.Time, afterID int64, limit int) ([]player.Player, error) {
	m.before = append(m.before, before)
	var page []player.Player
	for _, p := range m.players {
		if p.ID > afterID && len(page) < limit {
			page = append(page, p)
		}
	}
	return page, nil
}

func TestCheckModesFansOut(t *testing.T) {
	const count = 1203
	b := newBench(t)
	b.now = time.Date(2026, 11, 25, 2, 0, 3, 0, time.UTC)
	var m ironmen
	for id := range int64(count) {
		m.players = append(m.players, player.Player{ID: id + 1, Name: must(player.ParseName(fmt.Sprintf("Iron %d", id)))})
	}
	job := &tasks.CheckModesJob{Players: &m, Queue: b.client, Now: b.clock}
	static := job.Static()
	for _, test := range []struct {
		task   *asynq.Task
		result string
		before time.Time
	}{
		{static.Task(), "1203 checks queued, 0 were waiting already", time.Date(2026, 11, 25, 0, 0, 0, 0, time.UTC)},
		{static.Task(), "0 checks queued, 1203 were waiting already", time.Date(2026, 11, 25, 0, 0, 0, 0, time.UTC)},
		{static.ManualTask(), "0 checks queued, 1203 were waiting already", b.now},
	} {
		m.before = nil
		result, err := job.Run(t.Context(), test.task)
		if err != nil || result != test.result {
			t.Errorf("Run = %q, %v; want %q", result, err, test.result)
		}
		for _, before := range m.before {
			if !before.Equal(test.before) {
				t.Errorf("players not checked since %v, want %v", before, test.before)
			}
		}
	}
	info, err := b.queues.GetQueueInfo(tasks.QueueMaintenance)
	if err != nil || info.Pending != count {
		t.Errorf("%d checks are pending, %v; want %d", info.Pending, err, count)
	}
	if b.task(tasks.QueueMaintenance, "check_mode_1203_2026-11-25") == nil {
		t.Error("no task with the id of the last player and the date")
	}
}

func TestPruneJob(t *testing.T) {
	b := newBench(t)
	var before time.Time
	job := &tasks.PruneJob{Now: b.clock, Prune: func(_ context.Context, t time.Time) (int64, error) {
		before = t
		return 3, nil
	}}
	result, err := job.Run(t.Context(), nil)
	if err != nil || result != "3 records of runs removed" || !before.Equal(b.clock().Add(-tasks.DefaultKeepRuns)) {
		t.Errorf("Run = %q, %v, before %v", result, err, before)
	}
}
