package store_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/osrsdiff/osrsdiff/hiscores"
	"github.com/osrsdiff/osrsdiff/player"
	"github.com/osrsdiff/osrsdiff/store"
)

// hours after the morning.
func hours(n int) time.Time { return morning.Add(time.Duration(n) * time.Hour) }

// totals is a body of an account with that much experience and kills.
func totals(xp, kills int64) []hiscores.Row {
	return []hiscores.Row{skill(hiscores.Overall, 1000, xp), activity("Zulrah", kills)}
}

// gain is what the total and Zulrah gained between two hours.
func (b bench) gain(t *testing.T, id int64, from, to int) [2]int64 {
	t.Helper()
	changes, err := b.Gains(t.Context(), id, hours(from), hours(to))
	if err != nil {
		t.Fatal(err)
	}
	var got [2]int64
	for _, c := range changes {
		got[map[string]int{hiscores.Overall: 0, "Zulrah": 1}[c.Metric]] = c.Gain
	}
	overall, err := b.OverallGains(t.Context(), []int64{id}, hours(from), hours(to))
	if err != nil || overall[id] != got[0] {
		t.Errorf("OverallGains from hour %d to %d: %v, %v; want %d", from, to, overall, err, got[0])
	}
	return got
}

// values is the total and Zulrah's kills as stated at an hour.
func (b bench) values(t *testing.T, id int64, hour int) [2]int64 {
	t.Helper()
	s, err := b.SnapshotAt(t.Context(), id, hours(hour))
	if err != nil {
		t.Fatal(err)
	}
	var got [2]int64
	for i, metric := range []string{hiscores.Overall, "Zulrah"} {
		row, _ := s.Row(metric)
		got[i], _ = row.Value.Get()
	}
	return got
}

// happened are the kinds of what happened to a player, oldest first.
func (b bench) happened(t *testing.T, id int64) []store.EventKind {
	t.Helper()
	events, err := b.Events(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	var kinds []store.EventKind
	for i := range events {
		kinds = append(kinds, events[len(events)-1-i].Kind)
	}
	return kinds
}

func TestRollbackIsKeptAndCountedOnce(t *testing.T) {
	onEach(t, func(t *testing.T, b bench) {
		p := b.add(t, "Zezima")
		b.fetch(t, p.ID, hours(0), totals(90_000_000, 300)...)
		b.fetch(t, p.ID, hours(1), totals(90_500_000, 310)...)
		lost := b.fetch(t, p.ID, hours(2), totals(90_100_000, 302)...)
		regained := b.fetch(t, p.ID, hours(3), totals(90_400_000, 315)...)
		beyond := b.fetch(t, p.ID, hours(4), totals(90_600_000, 316)...)

		if len(lost) != 0 {
			t.Errorf("changes of the rollback: %+v", lost)
		}
		if len(regained) != 1 || regained[0].Metric != "Zulrah" || regained[0].Gain != 5 {
			t.Errorf("changes while regaining: %+v", regained)
		}
		if len(beyond) != 2 || beyond[0].Gain != 100_000 || beyond[1].Gain != 1 {
			t.Errorf("changes beyond: %+v", beyond)
		}
		for _, test := range []struct {
			from, to int
			want     [2]int64
		}{
			{0, 1, [2]int64{500_000, 10}}, {1, 2, [2]int64{}}, {2, 3, [2]int64{0, 5}}, {3, 4, [2]int64{100_000, 1}},
			{0, 4, [2]int64{600_000, 16}}, {2, 4, [2]int64{100_000, 6}}, {0, 2, [2]int64{500_000, 10}},
		} {
			if got := b.gain(t, p.ID, test.from, test.to); got != test.want {
				t.Errorf("gains from hour %d to %d: %v, want %v", test.from, test.to, got, test.want)
			}
		}
		for hour, want := range [][2]int64{{90_000_000, 300}, {90_500_000, 310}, {90_100_000, 302}, {90_400_000, 315}} {
			if got := b.values(t, p.ID, hour); got != want {
				t.Errorf("values at hour %d: %v, want %v", hour, got, want)
			}
		}
		points, err := b.Series(t.Context(), p.ID, "Overall", time.Time{}, time.Time{})
		if err != nil || len(points) != 5 || points[2].Value != hiscores.Known(90_100_000) {
			t.Errorf("series %+v, %v", points, err)
		}
		events, err := b.Events(t.Context(), p.ID)
		if err != nil || len(events) != 1 || events[0].Kind != store.RolledBack || !events[0].At.Equal(hours(2)) || len(events[0].Falls) != 2 {
			t.Errorf("events %+v, %v", events, err)
		}
		if got := b.player(t, p.ID); got.Status != player.Active || got.LastResult != player.Changed {
			t.Errorf("player %+v", got)
		}
	})
}

func TestRollbackIsCountedWhileItLasts(t *testing.T) {
	onEach(t, func(t *testing.T, b bench) {
		p := b.add(t, "Zezima")
		b.fetch(t, p.ID, hours(0), totals(90_000_000, 300)...)
		b.fetch(t, p.ID, hours(1), totals(89_900_000, 300)...)
		latest, err := b.Latest(t.Context(), p.ID)
		if err != nil || latest.Rows[0].Value != hiscores.Known(89_900_000) {
			t.Errorf("latest %+v, %v; want what the hiscores state", latest, err)
		}
		if got := b.gain(t, p.ID, 0, 9); got != [2]int64{} {
			t.Errorf("gains %v", got)
		}
		b.fetch(t, p.ID, hours(2), unknown("Zulrah"), skill(hiscores.Overall, 1000, 89_950_000))
		b.fetch(t, p.ID, hours(3), totals(89_960_000, 290)...)
		if got := b.gain(t, p.ID, 0, 9); got != [2]int64{} {
			t.Errorf("gains after a value was lost and came back lower: %v", got)
		}
		if got := b.happened(t, p.ID); !cmp.Equal(got, []store.EventKind{store.RolledBack}) {
			t.Errorf("events %v: a value from unknown did not fall", got)
		}
	})
}

func TestAnotherAccountIsHeldAside(t *testing.T) {
	onEach(t, func(t *testing.T, b bench) {
		p := b.add(t, "Zezima")
		b.fetch(t, p.ID, hours(0), totals(90_000_000, 300)...)
		history := dump(t, b)["metric_values"]
		latest, err := b.Latest(t.Context(), p.ID)
		if err != nil {
			t.Fatal(err)
		}
		for range 2 { // recorded twice, nothing is kept twice
			for i, xp := range []int64{500_000, 500_000, 600_000} {
				if changes := b.fetch(t, p.ID, hours(i+1), totals(xp, 3)...); len(changes) != 0 {
					t.Errorf("changes at hour %d: %+v", i+1, changes)
				}
			}
		}
		diff(t, "values", history, dump(t, b)["metric_values"])
		still, err := b.Latest(t.Context(), p.ID)
		if err != nil {
			t.Fatal(err)
		}
		diff(t, "latest", latest, still)
		got := b.player(t, p.ID)
		if got.Status != player.Flagged || got.LastResult != player.Held || !got.CoveredUntil.Equal(hours(3)) || !got.LastFetchedAt.Equal(hours(3)) {
			t.Errorf("player %+v", got)
		}
		held, err := b.HeldSnapshots(t.Context(), p.ID)
		if err != nil {
			t.Fatal(err)
		}
		diff(t, "held", []store.HeldSnapshot{
			{Snapshot: hiscores.Snapshot{At: hours(1), Rows: totals(500_000, 3)}, Until: hours(2)},
			{Snapshot: hiscores.Snapshot{At: hours(3), Rows: totals(600_000, 3)}, Until: hours(3)},
		}, held)
		events, err := b.Events(t.Context(), p.ID)
		if err != nil || len(events) != 1 || events[0].Kind != store.WasFlagged || events[0].Reason == "" || len(events[0].Falls) != 2 {
			t.Errorf("events %+v, %v", events, err)
		}
		// The old account's own values do not end it: that is for a person.
		b.fetch(t, p.ID, hours(4), totals(91_000_000, 300)...)
		if got := b.player(t, p.ID).Status; got != player.Flagged {
			t.Errorf("status %s", got)
		}
	})
}

func TestFlagStaysUntilAPersonDecides(t *testing.T) {
	onEach(t, func(t *testing.T, b bench) {
		p := b.flagged(t, "Zezima")
		ctx := t.Context()
		if err := b.RecordFailure(ctx, attempt(p.ID, hours(3)), "no answer"); err != nil {
			t.Fatal(err)
		}
		for _, day := range []int{1, 9} {
			if err := b.RecordMissing(ctx, attempt(p.ID, hours(24*day))); err != nil {
				t.Fatal(err)
			}
		}
		if got := b.player(t, p.ID); got.Status != player.Flagged || got.LastResult != player.NotFound || !got.CoveredUntil.Equal(hours(24*9)) {
			t.Errorf("player %+v", got)
		}
		found, err := b.Players(ctx, store.PlayerFilter{Status: player.Flagged})
		if err != nil || len(found) != 1 {
			t.Errorf("flagged players %v, %v", found, err)
		}
		checked, err := b.PlayersForModeCheck(ctx, hours(1000), 0, 0)
		if err != nil || len(checked) != 0 {
			t.Errorf("mode checks of %v, %v: the mode would be another account's", checked, err)
		}
	})
}

// flagged tracks an ironman whose name another account took.
func (b bench) flagged(t *testing.T, typed string) player.Player {
	t.Helper()
	p := b.add(t, typed)
	mode := player.Ironman
	if _, err := b.UpdatePlayer(t.Context(), p.ID, store.PlayerPatch{Mode: &mode, Every: new(player.Interval(90))}); err != nil {
		t.Fatal(err)
	}
	b.fetch(t, p.ID, hours(0), totals(90_000_000, 300)...)
	b.fetch(t, p.ID, hours(1), totals(500_000, 3)...)
	b.fetch(t, p.ID, hours(2), totals(600_000, 3)...)
	p = b.player(t, p.ID)
	if p.Status != player.Flagged {
		t.Fatalf("status %s", p.Status)
	}
	return p
}

func TestAcceptHeld(t *testing.T) {
	onEach(t, func(t *testing.T, b bench) {
		p := b.flagged(t, "Zezima")
		b.clock.Advance(100 * time.Hour)
		got, err := b.AcceptHeld(t.Context(), p.ID)
		if err != nil {
			t.Fatal(err)
		}
		want := p
		want.Status, want.LastResult, want.LastChangedAt = player.Active, player.Changed, hours(2)
		diff(t, "player", want, got)
		diff(t, "stored player", want, b.player(t, p.ID))
		for hour, want := range [][2]int64{{90_000_000, 300}, {500_000, 3}, {600_000, 3}} {
			if got := b.values(t, p.ID, hour); got != want {
				t.Errorf("values at hour %d: %v, want %v", hour, got, want)
			}
		}
		b.fetch(t, p.ID, hours(3), totals(650_000, 4)...)
		for _, test := range []struct {
			from, to int
			want     [2]int64
		}{{0, 1, [2]int64{}}, {0, 3, [2]int64{}}, {1, 2, [2]int64{100_000, 0}}, {2, 3, [2]int64{50_000, 1}}} {
			if got := b.gain(t, p.ID, test.from, test.to); got != test.want {
				t.Errorf("gains from hour %d to %d: %v, want %v", test.from, test.to, got, test.want)
			}
		}
		diff(t, "events", []store.EventKind{store.WasFlagged, store.WasAccepted}, b.happened(t, p.ID))
		if _, err := b.AcceptHeld(t.Context(), p.ID); !errors.Is(err, store.ErrNotFlagged) {
			t.Errorf("accept again: %v", err)
		}
		if _, err := b.AcceptHeld(t.Context(), 999); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("accept nobody's: %v", err)
		}
	})
}

// An answer with wrong values in between is accepted too, but what it seems to
// regain was never gained.
func TestAcceptAWrongAnswer(t *testing.T) {
	onEach(t, func(t *testing.T, b bench) {
		p := b.add(t, "Zezima")
		b.fetch(t, p.ID, hours(0), totals(90_000_000, 300)...)
		b.fetch(t, p.ID, hours(1), totals(0, 0)...)
		b.fetch(t, p.ID, hours(2), totals(90_000_500, 301)...)
		if _, err := b.AcceptHeld(t.Context(), p.ID); err != nil {
			t.Fatal(err)
		}
		for _, from := range []int{0, 1} {
			if got := b.gain(t, p.ID, from, 9); got != [2]int64{500, 1} {
				t.Errorf("gains from hour %d: %v", from, got)
			}
		}
		if got := b.values(t, p.ID, 1); got != [2]int64{} {
			t.Errorf("values of the wrong answer: %v", got)
		}
	})
}

func TestSplitPlayer(t *testing.T) {
	onEach(t, func(t *testing.T, b bench) {
		p := b.flagged(t, "Zezima")
		b.add(t, fmt.Sprintf("ARCHIVE-%d", p.ID)) // the first name that comes to mind is taken
		b.applyAll(t)
		now := b.clock.Advance(100 * time.Hour)
		split, err := b.SplitPlayer(t.Context(), p.ID)
		if err != nil {
			t.Fatal(err)
		}
		archived := p
		archived.Name, archived.Status, archived.Paused = name(t, fmt.Sprintf("archive %d", p.ID+1)), player.Archived, true
		archived.Revision, archived.UpdatedAt = p.Revision+1, now
		diff(t, "archived player", archived, split.Archived)
		diff(t, "archived player as stored", archived, b.player(t, p.ID))

		fresh := b.player(t, split.Fresh.ID)
		diff(t, "fresh player as stored", split.Fresh, fresh)
		if fresh.ID == p.ID || !fresh.Name.Equal(p.Name) || fresh.Mode != "" || fresh.Every != p.Every || fresh.Paused ||
			fresh.Status != player.Active || !fresh.CoveredUntil.IsZero() || !fresh.LastFetchedAt.Equal(hours(2)) {
			t.Errorf("fresh player %+v", fresh)
		}
		diff(t, "schedule changes", map[int64]int64{p.ID: archived.Revision, fresh.ID: 1}, revisions(b.applyAll(t)))
		if got := b.values(t, p.ID, 99); got != [2]int64{90_000_000, 300} {
			t.Errorf("old history ends with %v", got)
		}
		for hour, want := range map[int][2]int64{1: {500_000, 3}, 2: {600_000, 3}} {
			if got := b.values(t, fresh.ID, hour); got != want {
				t.Errorf("fresh history at hour %d: %v", hour, got)
			}
		}
		if got := b.gain(t, fresh.ID, 0, 9); got != [2]int64{100_000, 0} {
			t.Errorf("fresh gains %v", got)
		}
		held, err := b.HeldSnapshots(t.Context(), p.ID)
		if err != nil || len(held) != 0 {
			t.Errorf("still held: %v, %v", held, err)
		}
		diff(t, "events", []store.EventKind{store.WasFlagged, store.WasSplit}, b.happened(t, p.ID))
		diff(t, "fresh events", []store.EventKind{store.WasSplit}, b.happened(t, fresh.ID))
		if _, err := b.SplitPlayer(t.Context(), p.ID); !errors.Is(err, store.ErrNotFlagged) {
			t.Errorf("split again: %v", err)
		}
	})
}

func revisions(changes []player.Change) map[int64]int64 {
	byID := map[int64]int64{}
	for _, c := range changes {
		byID[c.PlayerID] = c.Revision
	}
	return byID
}

// A fetch that was under way while its player was archived leaves no trace.
func TestArchivedHistoryStaysAsItIs(t *testing.T) {
	onEach(t, func(t *testing.T, b bench) {
		p := b.flagged(t, "Zezima")
		if _, err := b.SplitPlayer(t.Context(), p.ID); err != nil {
			t.Fatal(err)
		}
		values := dump(t, b)["metric_values"]
		b.fetch(t, p.ID, hours(3), totals(700_000, 4)...)
		diff(t, "values", values, dump(t, b)["metric_values"])
		if got := b.player(t, p.ID); got.Status != player.Archived || !got.CoveredUntil.Equal(hours(3)) {
			t.Errorf("player %+v", got)
		}
	})
}
