package schedules

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/osrsdiff/osrsdiff/internal/testenv"
	"github.com/osrsdiff/osrsdiff/player"
)

func TestMain(m *testing.M) { testenv.Main(m) }

func TestBookListsExactlyTheSchedulesUnderItsPrefix(t *testing.T) {
	b := newBench(t)
	for range 3 {
		b.roll.add(t, 30, b.now)
	}
	b.apply(t)
	keys, err := b.rdb.Keys(t.Context(), "osrsdiff:schedules:*").Result()
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(keys)
	want := []string{"osrsdiff:schedules:player_fetch_1", "osrsdiff:schedules:player_fetch_2", "osrsdiff:schedules:player_fetch_3"}
	if diff := cmp.Diff(want, keys); diff != "" {
		t.Errorf("KEYS (-want +got):\n%s", diff)
	}
}

func TestBookGetShowsTheDefinitionAndTheTick(t *testing.T) {
	b := newBench(t)
	p := b.roll.add(t, 360, b.now)
	b.apply(t)
	got, err := b.book.Get(t.Context(), "player_fetch_1")
	if err != nil {
		t.Fatal(err)
	}
	want := Entry{Schedule: Of(p), NextTick: Grid{}.After(StandingOf(p), b.now)}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Get (-want +got):\n%s", diff)
	}
	for _, id := range []string{"player_fetch_2", "player_fetch_x", "check_game_mode_downgrades"} {
		if _, err := b.book.Get(t.Context(), id); !errors.Is(err, ErrNotFound) {
			t.Errorf("Get(%q) = %v, want ErrNotFound", id, err)
		}
	}
}

func TestBookAppliesChangesPromptlyAndInOrder(t *testing.T) {
	b := newBench(t)
	p := b.roll.add(t, 60, b.now)
	if err := b.book.Schedule(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	paused := b.roll.change(p.ID, func(p *player.Player) { p.Paused = true })
	if err := b.book.Pause(t.Context(), paused); err != nil {
		t.Fatal(err)
	}
	if tick := b.tickOf(t, p.ID); !tick.IsZero() {
		t.Errorf("paused, but waits for %v", tick)
	}
	if err := b.book.Ensure(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	if tick := b.tickOf(t, p.ID); !tick.IsZero() {
		t.Error("a late write of an older revision resumed the schedule")
	}
	resumed := b.roll.change(p.ID, func(p *player.Player) { p.Paused, p.ResumedAt, p.Every = false, b.now, 30 })
	if err := b.book.Resume(t.Context(), resumed); err != nil {
		t.Fatal(err)
	}
	if got, want := b.tickOf(t, p.ID), (Grid{}).After(StandingOf(resumed), b.now); !got.Equal(want) {
		t.Errorf("resumed schedule waits for %v, want %v", got, want)
	}
	gone := b.roll.remove(p.ID)
	if err := b.book.Unschedule(t.Context(), gone.PlayerID, gone.Revision); err != nil {
		t.Fatal(err)
	}
	if err := b.book.Reschedule(t.Context(), resumed); err != nil {
		t.Fatal(err)
	}
	if tick := b.tickOf(t, p.ID); !tick.IsZero() {
		t.Error("a late write brought a removed schedule back")
	}
}

func TestBookKeepsTheTickOfAnUnchangedSchedule(t *testing.T) {
	b := newBench(t)
	p := b.roll.add(t, 60, b.now.Add(-3*time.Hour))
	b.apply(t)
	overdue := b.tickOf(t, p.ID)
	p.CoveredUntil = b.now
	if err := b.book.Ensure(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	if got := b.tickOf(t, p.ID); !got.Equal(overdue) {
		t.Errorf("repeating Ensure moved the tick from %v to %v", overdue, got)
	}
}

func TestBookListPagesByNextTick(t *testing.T) {
	b := newBench(t)
	for i := range 7 {
		b.roll.add(t, 60, b.now.Add(-time.Duration(i)*time.Hour))
	}
	b.roll.change(4, func(p *player.Player) { p.Paused = true })
	b.apply(t)
	var ids []string
	for cursor := ""; ; {
		page, next, err := b.book.List(t.Context(), ListFilter{After: cursor, Limit: 4}, quiet())
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range page {
			ids = append(ids, e.ID)
		}
		if cursor = next; cursor == "" {
			break
		}
	}
	want := []string{"player_fetch_7", "player_fetch_6", "player_fetch_5", "player_fetch_3", "player_fetch_2", "player_fetch_1"}
	if diff := cmp.Diff(want, ids); diff != "" {
		t.Errorf("List (-want +got):\n%s", diff)
	}
	stats, err := b.book.Stats(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if stats.Schedules != 7 || stats.Active != 6 || stats.Due < 4 {
		t.Errorf("Stats = %+v, want 7 schedules, 6 active, at least 4 due", stats)
	}
}
