package schedules

import (
	"errors"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/osrsdiff/osrsdiff/player"
)

// listed goes through all pages of a list and returns the players' ids.
func listed(t *testing.T, b *bench, f ListFilter) []int64 {
	t.Helper()
	ids := []int64{}
	for range 1000 {
		page, next, err := b.book.List(t.Context(), f, quiet())
		if err != nil {
			t.Fatal(err)
		}
		if len(page) > f.Limit {
			t.Fatalf("a page has %d schedules, want at most %d", len(page), f.Limit)
		}
		for _, e := range page {
			ids = append(ids, e.PlayerID)
		}
		if next == "" {
			return ids
		}
		f.After = next
	}
	t.Fatal("the list does not end")
	return nil
}

func TestListChooses(t *testing.T) {
	b := newBench(t)
	for i := range 12 {
		every := []player.Interval{30, 60, 360}[i%3]
		covered := b.now
		if i < 4 {
			covered = b.now.Add(-14 * 24 * time.Hour)
		}
		p := b.roll.add(t, every, covered)
		if i >= 9 {
			b.roll.change(p.ID, func(p *player.Player) { p.Paused = true })
		}
	}
	b.roll.change(6, func(p *player.Player) { p.Name = named(t, "Lynx_Titan") })
	b.apply(t)
	for _, test := range []struct {
		name   string
		filter ListFilter
		want   []int64
	}{
		{"all that are active", ListFilter{}, []int64{1, 2, 3, 4, 5, 6, 7, 8, 9}},
		{"overdue", ListFilter{Overdue: true}, []int64{1, 2, 3, 4}},
		{"of an interval", ListFilter{Every: 60}, []int64{2, 5, 8}},
		{"of an interval and overdue", ListFilter{Every: 60, Overdue: true}, []int64{2}},
		{"of a name", ListFilter{Name: "lynx ti"}, []int64{6}},
		{"of part of many names", ListFilter{Name: "PLAYER_"}, []int64{1, 2, 3, 4, 5, 7, 8, 9}},
		{"of no name", ListFilter{Name: "Zezima"}, []int64{}},
		{"paused", ListFilter{Paused: true}, []int64{10, 11, 12}},
		{"paused, of an interval", ListFilter{Paused: true, Every: 360}, []int64{12}},
		{"paused, of a name", ListFilter{Paused: true, Name: "player 11"}, []int64{11}},
		{"paused and overdue", ListFilter{Paused: true, Overdue: true}, []int64{}},
	} {
		for _, limit := range []int{1, 2, 100} {
			test.filter.Limit = limit
			got := listed(t, b, test.filter)
			slices.Sort(got)
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("%s, %d a page (-want +got):\n%s", test.name, limit, diff)
			}
		}
	}
}

func TestListLeavesNoneOutWhileOthersMoveOn(t *testing.T) {
	b := newBench(t)
	for range 40 {
		b.roll.add(t, 600, b.now)
	}
	for i := range 10 { // these are due
		b.roll.add(t, 1, b.now.Add(-time.Duration(i+5)*time.Minute))
	}
	b.apply(t)
	page, next, err := b.book.List(t.Context(), ListFilter{Limit: 5}, quiet())
	if err != nil || len(page) != 5 || page[0].PlayerID <= 40 {
		t.Fatalf("first page: %v, %v; want five that are due", page, err)
	}
	if _, err := b.claimer(0).Claim(t.Context()); err != nil { // all ten move behind the cursor, and the cursor's own
		t.Fatal(err)
	}
	seen := map[int64]bool{}
	for _, id := range listed(t, b, ListFilter{Limit: 7, After: next}) {
		seen[id] = true
	}
	for id := int64(1); id <= 40; id++ {
		if !seen[id] {
			t.Errorf("schedule %d stayed where it was and is on no page", id)
		}
	}
}

func TestListIsByNextTickAcrossLongTies(t *testing.T) {
	b := newBench(t)
	const n = 1300 // more than are read at once, many with one tick
	for range n {
		b.roll.add(t, 1, b.now)
	}
	b.apply(t)
	ids := listed(t, b, ListFilter{Limit: 700})
	slices.Sort(ids)
	if len(ids) != n || len(slices.Compact(ids)) != n {
		t.Errorf("%d schedules on the pages, want %d, each once", len(ids), n)
	}
	// From a cursor whose schedule is gone, the list goes on where it was.
	tick := strconv.FormatInt(b.tickOf(t, 1).Unix(), 10)
	if rest := listed(t, b, ListFilter{Limit: 700, After: tick + ":99999999"}); len(rest) != 0 {
		t.Errorf("%d schedules behind the last place, want none", len(rest))
	}
	if all := listed(t, b, ListFilter{Limit: 700, After: tick + ":0"}); len(all) != n {
		t.Errorf("%d schedules behind the first place, want %d", len(all), n)
	}
}

func TestListRefusesOtherCursors(t *testing.T) {
	b := newBench(t)
	for _, f := range []ListFilter{{After: "x"}, {After: "12"}, {After: "12:3", Paused: true}, {After: "paused:1", Paused: true}, {After: "paused:1:1"}} {
		if _, _, err := b.book.List(t.Context(), f, quiet()); !errors.Is(err, ErrBadCursor) {
			t.Errorf("%+v: %v, want ErrBadCursor", f, err)
		}
	}
}

func TestDemandIsWhatIntervalsAskFor(t *testing.T) {
	b := newBench(t)
	for range 6 {
		b.roll.add(t, 1, b.now)
	}
	paused := b.roll.add(t, 1, b.now)
	b.roll.change(paused.ID, func(p *player.Player) { p.Paused = true })
	b.roll.add(t, 10, b.now)
	b.apply(t)
	got, err := b.book.Demand(t.Context())
	if want := 6.0/60 + 1.0/600; err != nil || got < want-1e-9 || got > want+1e-9 {
		t.Errorf("Demand = %v, %v; want %v", got, err, want)
	}
}

func TestLastTick(t *testing.T) {
	b := newBench(t)
	at := func(minutes int) time.Time {
		return time.Unix(1_800_000_000, 0).UTC().Add(time.Duration(minutes) * time.Minute)
	}
	every, id := player.Interval(60), int64(7)
	next := b.book.grid.After(Standing{Every: every, Phase: Phase(id, every)}, at(0))
	entry := Entry{Schedule: Schedule{ID: "player_fetch_7", PlayerID: id, Every: every, Phase: Phase(id, every)}, NextTick: next}
	for _, test := range []struct {
		name   string
		entry  Entry
		player player.Player
		want   time.Time
	}{
		{"an interval before", entry, player.Player{CreatedAt: at(-6000)}, next.Add(-time.Hour)},
		{"none since it was added", entry, player.Player{CreatedAt: next.Add(-time.Minute)}, time.Time{}},
		{"none since it was resumed", entry, player.Player{CreatedAt: at(-6000), ResumedAt: next.Add(-time.Minute)}, time.Time{}},
		{"paused", Entry{Schedule: entry.Schedule}, player.Player{}, time.Time{}},
	} {
		if got := b.book.LastTick(test.entry, test.player); !got.Equal(test.want) {
			t.Errorf("%s: %v, want %v", test.name, got, test.want)
		}
	}
}

func named(t *testing.T, typed string) player.Name {
	t.Helper()
	n, err := player.ParseName(typed)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
