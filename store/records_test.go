package store_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/osrsdiff/osrsdiff/gains"
	"github.com/osrsdiff/osrsdiff/hiscores"
	"github.com/osrsdiff/osrsdiff/store"
)

// shown are records as lines: metric, period, gain, and the hours since morning.
func shown(records []gains.Record) []string {
	all := []string{}
	for _, r := range records {
		all = append(all, fmt.Sprint(r.Metric, " ", r.Period, " ", r.Gain, " ", r.From.Sub(morning).Hours(), "-", r.To.Sub(morning).Hours()))
	}
	return all
}

func (b bench) records(tb testing.TB, id int64) []string {
	tb.Helper()
	records, err := b.Records(tb.Context(), id)
	if err != nil {
		tb.Fatal(err)
	}
	return shown(records)
}

func TestRecords(t *testing.T) {
	onEach(t, func(t *testing.T, b bench) {
		p := b.add(t, "Zezima")
		diff(t, "before a snapshot", []string{}, b.records(t, p.ID))
		at := func(hours int) time.Time { return morning.Add(time.Duration(hours) * time.Hour) }
		b.fetch(t, p.ID, at(0), skill("Overall", 1, 1000), activity("Nex", 0), activity("Zulrah", 5))
		b.fetch(t, p.ID, at(20), skill("Overall", 1, 1100), activity("Nex", 300), activity("Zulrah", 5), activity("Collections Logged", 489))
		b.fetch(t, p.ID, at(30), skill("Overall", 1, 1250), activity("Nex", 301), activity("Zulrah", 5), activity("Collections Logged", 489))
		b.fetch(t, p.ID, at(100), skill("Overall", 1, 1350), activity("Nex", 301), activity("Zulrah", 5), activity("Collections Logged", 490))
		want := []string{
			"Overall day 250 6-30", "Overall week 350 0-100", "Overall month 350 0-100",
			"Nex day 1 20-30", "Nex week 1 20-30", "Nex month 1 20-30",
			"Collections Logged day 1 76-100", "Collections Logged week 1 20-100", "Collections Logged month 1 20-100",
		}
		diff(t, "records", want, b.records(t, p.ID))
		if _, err := b.Records(t.Context(), 404); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("of nobody: %v", err)
		}
	})
}

func TestMilestones(t *testing.T) {
	type reached struct {
		What      string
		After, By time.Time
	}
	list := func(t *testing.T, b bench, id int64) []reached {
		ms, err := b.Milestones(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		all := []reached{}
		for _, m := range ms {
			all = append(all, reached{fmt.Sprint(m.Metric, " ", m.Kind, " ", m.Goal), m.After, m.By})
		}
		return all
	}
	onEach(t, func(t *testing.T, b bench) {
		p := b.add(t, "Zezima")
		diff(t, "before a snapshot", []reached{}, list(t, b, p.ID))
		hour := func(n int) time.Time { return morning.Add(time.Duration(n) * time.Hour) }
		body := func(xp, kills int64) []hiscores.Row {
			return rows(skill("Overall", 450, xp+10), skill("Cooking", 1, 10), skill("Magic", 90, xp), activity("Zulrah", kills))
		}
		b.fetch(t, p.ID, hour(0), body(14_000_000, 120)...)
		b.fetch(t, p.ID, hour(1), body(14_000_000, 120)...) // nothing changed, and yet it bounds
		b.fetch(t, p.ID, hour(2), body(15_000_001, 120)...)
		b.fetch(t, p.ID, hour(3), body(15_000_001, 500)...)
		none := time.Time{}
		want := []reached{
			{"Zulrah score 500", hour(2), hour(3)}, {"Magic xp 15000000", hour(1), hour(2)},
			{"Magic level 99", none, none}, {"Zulrah score 50", none, none}, {"Zulrah score 100", none, none},
		}
		diff(t, "milestones", want, list(t, b, p.ID))
		// What a rollback took and play brings back has its date already.
		b.fetch(t, p.ID, hour(4), body(14_999_000, 499)...)
		b.fetch(t, p.ID, hour(5), body(15_000_002, 500)...)
		diff(t, "after a rollback", want, list(t, b, p.ID))
		if err := b.Recount(t.Context(), p.ID); err != nil {
			t.Fatal(err)
		}
		diff(t, "recounted", want, list(t, b, p.ID))
		if _, err := b.Milestones(t.Context(), 404); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("of nobody: %v", err)
		}
	})
}

// dump is what the tables of the leaderboards hold of a player.
func (b bench) dump(tb testing.TB, id int64) []string {
	tb.Helper()
	lines, err := b.Rollups(tb.Context(), id)
	if err != nil {
		tb.Fatal(err)
	}
	slices.Sort(lines)
	return lines
}

// TestRecountMakesTheSame compares what fetches kept up with what a recount makes.
func TestRecountMakesTheSame(t *testing.T) {
	onEach(t, func(t *testing.T, b bench) {
		p := b.add(t, "Zezima")
		at, xp, kills, rating := morning, int64(60_000_000), int64(40), int64(500)
		for i := range int64(60) {
			at = at.Add(time.Duration(i%7+1) * 5 * time.Hour)
			xp, kills, rating = xp+i%4*300_000, kills+i%3*9, rating+(i%5-2)*10
			if i == 30 {
				xp, kills = xp-5000, kills-2 // a rollback
			}
			body := rows(skill("Overall", 1990+i, xp+83), skill("Magic", 1, xp), skill("Cooking", 1, 83), activity("Zulrah", kills), activity("LMS - Rank", rating))
			if i%11 == 5 {
				body = body[:3] // the hiscores state no scores
			}
			b.fetch(t, p.ID, at, body...)
		}
		before := b.dump(t, p.ID)
		if len(before) < 40 {
			t.Fatalf("only %d rows", len(before))
		}
		if err := b.Recount(t.Context(), p.ID); err != nil {
			t.Fatal(err)
		}
		diff(t, "rows", before, b.dump(t, p.ID))
		if err := b.Recount(t.Context(), 404); err != nil {
			t.Errorf("of nobody: %v", err)
		}
	})
}

// TestOpenCountsOldValues opens a database whose leaderboards were lost.
func TestOpenCountsOldValues(t *testing.T) {
	onEach(t, func(t *testing.T, b bench) {
		id, _ := threeDays(t, b)
		before := b.dump(t, id)
		if err := b.ForgetRollups(t.Context()); err != nil {
			t.Fatal(err)
		}
		diff(t, "forgotten", []string(nil), b.dump(t, id))
		again := open(t, b.url)
		diff(t, "counted again", before, again.dump(t, id))
	})
}

// TestOpenKeepsOldValues opens a database of before the leaderboards, with values
// that no column of today would hold.
func TestOpenKeepsOldValues(t *testing.T) {
	t.Parallel()
	for engine, fresh := range engines {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			url := fresh(t)
			at := morning.UnixMicro()
			err := store.ExecAt(t.Context(), url, 2,
				`INSERT INTO players (name, name_key, mode, status, every_minutes, paused, revision, created_at, updated_at, first_at, snapshot_at)
					VALUES ('Zezima', 'zezima', 'regular', 'active', 60, FALSE, 1, 1, 1, 1, 1)`,
				`INSERT INTO metrics (metric_key, name, kind) VALUES ('overall', 'Overall', 'skill')`,
				fmt.Sprintf(`INSERT INTO metric_values (player_id, metric_id, at, value, level, rank, stated) VALUES
					(1, 1, %d, 4800000000, 2376, 7, NULL), (1, 1, %d, 4800000009, 99999, 9999999999, 4800000005)`, at, at+1))
			if err != nil {
				t.Fatal(err)
			}
			b := open(t, url)
			points, err := b.Series(t.Context(), 1, "Overall", morning, time.Time{})
			if err != nil {
				t.Fatal(err)
			}
			known := hiscores.Known
			diff(t, "values", []store.Point{
				{At: morning, Value: known(4_800_000_000), Level: known(2376), Rank: known(7)},
				{At: morning.Add(time.Microsecond), Value: known(4_800_000_005)},
			}, points)
			diff(t, "leaderboard", []string{"1 Zezima 4800000005"}, b.board(t, store.LeaderboardFilter{Metric: "Overall"}))
			diff(t, "gains", []string{"1 Zezima 9"}, b.gainsBoard(t, store.LeaderboardFilter{Metric: "Overall"}, gains.Year.Calendar(morning, time.UTC)))
		})
	}
}
