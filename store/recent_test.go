package store_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/osrsdiff/osrsdiff/hiscores"
	"github.com/osrsdiff/osrsdiff/player"
	"github.com/osrsdiff/osrsdiff/store"
)

func recent(t testing.TB, b bench, id int64) []store.Run {
	t.Helper()
	runs, err := b.RecentRuns(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return runs
}

func results(runs []store.Run) []player.Result {
	list := []player.Result{}
	for _, r := range runs {
		list = append(list, r.Result)
	}
	return list
}

func TestRecentRunsTellWhateverCameOfThem(t *testing.T) {
	onEach(t, func(t *testing.T, b bench) {
		p := b.add(t, "Zezima")
		if runs := recent(t, b, p.ID); len(runs) != 0 {
			t.Errorf("a new player has runs: %v", runs)
		}
		at := func(n int) time.Time { return morning.Add(time.Duration(n) * time.Hour) }
		b.fetch(t, p.ID, at(0), skill("Overall", 100, 1000))
		b.fetch(t, p.ID, at(1), skill("Overall", 100, 1000))
		if err := b.RecordFailure(t.Context(), attempt(p.ID, at(2)), "no route to host"); err != nil {
			t.Fatal(err)
		}
		if err := b.RecordMissing(t.Context(), byHand(attempt(p.ID, at(3)))); err != nil {
			t.Fatal(err)
		}
		got := recent(t, b, p.ID)
		want := []store.Run{
			{Result: player.NotFound, TaskID: "player_fetch_1"},
			{Result: player.Failed, TaskID: "player_fetch_1", Error: "no route to host", Tick: at(2).Add(-time.Second)},
			{Result: player.Unchanged, Tick: at(1).Add(-time.Second)},
			{Result: player.Changed, Tick: at(0).Add(-time.Second)},
		}
		for i := range want {
			want[i].PlayerID = p.ID
			want[i].StartedAt, want[i].EndedAt = at(3-i).Add(-time.Second), at(3-i)
		}
		for i := range got {
			got[i].ID = 0
		}
		diff(t, "runs", want, got)
	})
}

func TestRecentRunsAreTheLastTenEachOnce(t *testing.T) {
	onEach(t, func(t *testing.T, b bench) {
		p := b.add(t, "Zezima")
		for n := range 25 {
			at := morning.Add(time.Duration(n) * time.Minute)
			if n%2 == 0 {
				b.fetch(t, p.ID, at, skill("Overall", 100, int64(1000+n)))
				continue
			}
			for range 2 { // as when its recording is repeated
				if err := b.RecordFailure(t.Context(), attempt(p.ID, at), fmt.Sprint(n)); err != nil {
					t.Fatal(err)
				}
			}
		}
		runs := recent(t, b, p.ID)
		want := slices.Repeat([]player.Result{player.Changed, player.Failed}, 5)
		diff(t, "results", want, results(runs))
		if runs[1].Error != "23" || runs[9].Error != "15" {
			t.Errorf("errors are %q and %q, want those of the last runs", runs[1].Error, runs[9].Error)
		}
	})
}

// A database from before all runs were remembered, or whose memory is damaged.
func TestRecentRunsWithoutAMemory(t *testing.T) {
	onEach(t, func(t *testing.T, b bench) {
		p := b.add(t, "Zezima")
		b.fetch(t, p.ID, morning, skill("Overall", 100, 1000))
		if err := b.RecordFailure(t.Context(), attempt(p.ID, morning.Add(time.Hour)), "no luck"); err != nil {
			t.Fatal(err)
		}
		set := func(packed []byte) {
			t.Helper()
			if err := b.SetRecent(t.Context(), p.ID, packed); err != nil {
				t.Fatal(err)
			}
		}
		set(nil)
		diff(t, "without a memory", []player.Result{player.Failed}, results(recent(t, b, p.ID)))
		set([]byte{1, 0x80, 0x80})
		if _, err := b.RecentRuns(t.Context(), p.ID); err == nil {
			t.Error("damaged runs were read")
		}
		b.fetch(t, p.ID, morning.Add(2*time.Hour), skill("Overall", 100, 1000))
		diff(t, "after a fetch over the damage", []player.Result{player.Unchanged, player.Failed}, results(recent(t, b, p.ID)))
	})
}

func TestRecentRunsStaySmallAndInOrder(t *testing.T) {
	b := open(t, freshSQLite(t))
	names := 0
	rapid.Check(t, func(rt *rapid.T) {
		names++
		p := b.add(t, fmt.Sprintf("P %d", names))
		for range rapid.IntRange(0, 30).Draw(rt, "runs") {
			at := morning.Add(time.Duration(rapid.IntRange(0, 50).Draw(rt, "minute")) * time.Minute)
			if _, err := b.RecordSnapshot(t.Context(), attempt(p.ID, at), hiscores.Snapshot{At: at, Rows: oneRow.Rows}); err != nil {
				rt.Fatal(err)
			}
		}
		runs := recent(t, b, p.ID)
		if len(runs) > 10 || !slices.IsSortedFunc(runs, func(a, b store.Run) int { return b.StartedAt.Compare(a.StartedAt) }) {
			rt.Fatalf("%d runs, in the order %v", len(runs), runs)
		}
	})
}
