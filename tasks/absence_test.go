package tasks_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hibiken/asynq"

	"github.com/osrsdiff/osrsdiff/hiscores"
	"github.com/osrsdiff/osrsdiff/hiscores/hiscorestest"
	"github.com/osrsdiff/osrsdiff/permits"
	"github.com/osrsdiff/osrsdiff/player"
	"github.com/osrsdiff/osrsdiff/tasks"
)

// listed tracks a player who was found an hour ago.
func (b *bench) listed(name string) player.Player {
	b.tb.Helper()
	p := b.add(name, player.Regular)
	if err := b.answered(p, b.clock().Add(-time.Hour)); err != nil {
		b.tb.Fatal(err)
	}
	return b.player(p.ID)
}

// follow runs a task and whatever it is put back for, moving the clock, until it
// ends for good. It returns how long it was put back each time.
func (b *bench) follow(h asynq.Handler, task *asynq.Task) []time.Duration {
	b.tb.Helper()
	var gaps []time.Duration
	for range 20 {
		err := h.ProcessTask(b.tb.Context(), task)
		if err == nil {
			return gaps
		}
		postponed, ok := errors.AsType[*tasks.PostponedError](err)
		if !ok {
			b.tb.Fatalf("ProcessTask: %v, want it postponed", err)
		}
		gaps = append(gaps, postponed.For)
		b.advance(postponed.For)
	}
	b.tb.Fatal("the task never ends")
	return nil
}

func TestNotFoundIsLookedAtAgain(t *testing.T) {
	b := newBench(t)
	p := b.listed("Zezima")
	b.site.Remove("Zezima")
	h, since := b.fetcher(), b.clock()
	gaps := b.follow(h, b.tick(p))
	want := []time.Duration{1 * time.Minute, 2 * time.Minute, 4 * time.Minute, 8 * time.Minute}
	if diff := cmp.Diff(want, gaps); diff != "" {
		t.Errorf("looked at again after (-want +got):\n%s", diff)
	}
	b.wantRequests(p, 5)
	got := b.player(p.ID)
	if got.Status != player.Active || got.LastResult != player.NotFound || !got.MissingSince.Equal(since) {
		t.Errorf("%s, %s, missing since %v; want active, not found, since %v", got.Status, got.LastResult, got.MissingSince, since)
	}

	b.advance(time.Hour) // then its schedule goes on
	if gaps := b.follow(h, b.tick(p)); len(gaps) != 0 {
		t.Errorf("the next tick was looked at again after %v", gaps)
	}
	b.wantRequests(p, 6)
}

func TestFoundWhenLookedAtAgain(t *testing.T) {
	b := newBench(t)
	p := b.listed("Zezima")
	b.site.Fault("Zezima", hiscorestest.Fault{Kind: hiscorestest.NotFound, Times: 2})
	if gaps := b.follow(b.fetcher(), b.tick(p)); len(gaps) != 2 {
		t.Errorf("looked at again after %v, want twice", gaps)
	}
	got := b.player(p.ID)
	if got.Status != player.Active || got.LastResult != player.Changed || !got.MissingSince.IsZero() {
		t.Errorf("%s, %s, missing since %v; want active, changed, never", got.Status, got.LastResult, got.MissingSince)
	}
}

func TestNotFoundByHandIsSaidAtOnce(t *testing.T) {
	b := newBench(t)
	p := b.listed("Zezima")
	b.site.Remove("Zezima")
	if err := b.fetcher().ProcessTask(t.Context(), b.byHand(p)); err != nil {
		t.Fatal(err)
	}
	b.wantRequests(p, 1)
	b.advance(time.Second)
	if err := b.fetcher().ProcessTask(t.Context(), b.byHand(p)); err != nil { // fresh
		t.Fatal(err)
	}
	b.wantRequests(p, 1)
}

// TestMissingPlayerIsFetchedDailyUntilFound goes through five weeks of an
// hourly schedule.
func TestMissingPlayerIsFetchedDailyUntilFound(t *testing.T) {
	b := newBench(t)
	p := b.listed("Zezima")
	h := b.fetcher()
	b.site.Remove("Zezima")
	gone := b.clock()
	day := func(n int) (requests int) {
		t.Helper()
		b.site.ForgetRequests()
		for b.clock().Before(gone.Add(time.Duration(n) * 24 * time.Hour)) {
			tick := b.tick(p)
			b.follow(h, tick)
			if got := b.player(p.ID); got.CoveredUntil.Before(b.clock().Add(-time.Hour)) {
				t.Fatalf("covered until %v at %v: a tick that makes no request is owed for ever", got.CoveredUntil, b.clock())
			}
			b.mu.Lock()
			b.now = b.now.Truncate(time.Hour).Add(gone.Sub(gone.Truncate(time.Hour)) + time.Hour)
			b.mu.Unlock()
		}
		return b.site.Requests("Zezima")
	}
	if got := day(1); got < 24 || got > 29 {
		t.Errorf("%d requests on the first day, want one an hour and four more", got)
	}
	day(6)
	if got := b.player(p.ID).Status; got != player.Active {
		t.Errorf("after six days it is %s, want active", got)
	}
	day(8)
	if got := b.player(p.ID).Status; got != player.Missing {
		t.Errorf("after eight days it is %s, want missing", got)
	}
	if got := day(28); got < 19 || got > 21 {
		t.Errorf("%d requests in 20 days of being missing, want one a day", got)
	}

	b.site.SetAccount("Zezima", player.Regular, hiscorestest.Account(xp+1))
	day(29)
	got := b.player(p.ID)
	if got.Status != player.Active || !got.MissingSince.IsZero() {
		t.Errorf("once it is listed again: %s, missing since %v; want active", got.Status, got.MissingSince)
	}
	if got := day(30); got != 24 {
		t.Errorf("%d requests on the day after, want one an hour again", got)
	}
}

func TestMissingPlayerIsFetchedByHandAtAnyTime(t *testing.T) {
	b := newBench(t)
	p := b.add("Zezima", player.Regular)
	for _, before := range []time.Duration{8 * 24 * time.Hour, time.Hour} {
		if err := b.missed(p, b.clock().Add(-before)); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.fetcher().ProcessTask(t.Context(), b.tick(p)); err != nil {
		t.Fatal(err)
	}
	b.wantRequests(p, 0)
	if err := b.fetcher().ProcessTask(t.Context(), b.byHand(p)); err != nil {
		t.Fatal(err)
	}
	b.wantRequests(p, 1)
	if got := b.player(p.ID).Status; got != player.Active {
		t.Errorf("status %s after it was found, want active", got)
	}
}

// TestOutageThatAnswersNotFoundMarksNobody lets the site answer 404 for all of
// twenty players: for an hour, then as usual.
func TestOutageThatAnswersNotFoundMarksNobody(t *testing.T) {
	b := newBench(t)
	h := b.fetcher()
	var all []player.Player
	for i := range 20 {
		p := b.listed(fmt.Sprintf("Player %d", i))
		all = append(all, p)
		if err := b.office.Listed(t.Context(), fmt.Sprint(p.ID)); err != nil {
			t.Fatal(err)
		}
	}
	fresh := b.add("Newcomer", player.Regular) // never found so far
	b.site.Fault(hiscorestest.Everyone, hiscorestest.Fault{Kind: hiscorestest.NotFound})
	marked, doubted := 0, 0
	for _, p := range append(all, fresh) {
		err := h.ProcessTask(t.Context(), b.tick(p))
		if errors.Is(err, tasks.ErrDoubtful) {
			doubted++
			if !tasks.IsFailure(err) {
				t.Error("a doubtful answer does not count as a try")
			}
		}
		if got := b.player(p.ID); got.Status == player.Missing || !got.MissingSince.IsZero() {
			marked++
		}
	}
	if marked > 5 || doubted < 16 || b.player(fresh.ID).Status == player.Missing {
		t.Errorf("of 21 players %d are taken for absent and %d are doubted; want the first few at most", marked, doubted)
	}

	again := func(found bool) {
		t.Helper()
		b.advance(time.Hour)
		for _, p := range all {
			if err := b.rdb.Del(t.Context(), "{osrsdiff:hiscores}:marker:"+tasks.ScheduleID(p.ID)).Err(); err != nil {
				t.Fatal(err)
			}
			if err := h.ProcessTask(t.Context(), b.tick(p)); errors.Is(err, tasks.ErrDoubtful) == found {
				t.Fatalf("%s: %v, want it doubted: %t", p.Name, err, !found)
			}
			got := b.player(p.ID)
			if got.Status != player.Active || found && !got.MissingSince.IsZero() {
				t.Errorf("%s is %s, missing since %v; want active", p.Name, got.Status, got.MissingSince)
			}
		}
	}
	again(false)
	b.site.Clear(hiscorestest.Everyone)
	again(true)
}

// TestFirstAnswerAfterAnOutageIsDoubted lets the probe that ends an outage meet
// a "not found".
func TestFirstAnswerAfterAnOutageIsDoubted(t *testing.T) {
	b := newBench(t)
	b.office = permits.New(b.rdb, permits.Options{Breaker: permits.BreakerOptions{After: 1, First: time.Millisecond}})
	p := b.listed("Zezima")
	b.site.Remove("Zezima")
	if err := b.office.Report(t.Context(), permits.Permit{}, permits.Answer{Outcome: permits.Failed}); err != nil {
		t.Fatal(err)
	}
	if err := b.fetcher().ProcessTask(t.Context(), b.tick(p)); !errors.Is(err, tasks.ErrDoubtful) {
		t.Errorf("ProcessTask: %v, want the absence doubted", err)
	}
	if got := b.player(p.ID); !got.MissingSince.IsZero() {
		t.Errorf("missing since %v, want never", got.MissingSince)
	}
	if s, err := b.office.State(t.Context()); err != nil || s.Breaker != permits.Closed {
		t.Errorf("breaker %s, %v: want it closed, since the site answered", s.Breaker, err)
	}
}

func TestUnrankedIsNotMissing(t *testing.T) {
	b := newBench(t)
	p := b.listed("Zezima")
	unranked := hiscorestest.Account(xp)
	for i := range unranked.Rows {
		unranked.Rows[i].Rank = hiscores.Number{}
		if unranked.Rows[i].Metric == hiscores.Overall {
			unranked.Rows[i].Value = hiscores.Number{}
		}
	}
	b.site.SetPlayer("Zezima", hiscores.RegularTable, unranked)
	if err := b.fetcher().ProcessTask(t.Context(), b.tick(p)); err != nil {
		t.Fatal(err)
	}
	got := b.player(p.ID)
	if got.Status != player.Active || got.LastResult != player.Changed || !got.MissingSince.IsZero() {
		t.Errorf("%s, %s, missing since %v; want active", got.Status, got.LastResult, got.MissingSince)
	}
	s, err := b.store.Latest(t.Context(), p.ID)
	if row, _ := s.Row("Attack"); err != nil || row.Rank.IsKnown() || !row.Value.IsKnown() {
		t.Errorf("stored row %+v, %v; want a value without a rank", row, err)
	}
}

func TestArchivedIsNeverFetched(t *testing.T) {
	b := newBench(t)
	p, err := b.store.AddPlayer(t.Context(), player.Player{
		Name: must(player.ParseName("Zezima")), Mode: player.Regular, Status: player.Archived, Every: 60,
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, task := range []*asynq.Task{b.tick(p), b.byHand(p)} {
		if err := b.fetcher().ProcessTask(t.Context(), task); err != nil {
			t.Fatal(err)
		}
	}
	b.wantRequests(p, 0)
}
