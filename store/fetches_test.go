package store_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"golang.org/x/sync/errgroup"

	"github.com/osrsdiff/osrsdiff/hiscores"
	"github.com/osrsdiff/osrsdiff/player"
	"github.com/osrsdiff/osrsdiff/store"
)

// oneRow is a snapshot without a time, which is taken to be the attempt's.
var oneRow = hiscores.Snapshot{Rows: []hiscores.Row{skill(hiscores.Overall, 32, 1154)}}

func TestRecordSnapshot(t *testing.T) {
	onEach(t, func(t *testing.T, b bench) {
		p := b.add(t, "Zezima")
		first := b.fetch(t, p.ID, morning, skill("Overall", 100, 1000), activity("Zulrah", 0), unknown("Nex"))
		diff(t, "first changes", []hiscores.Change{
			{Metric: "Overall", Kind: hiscores.Skill, What: hiscores.FirstSeen, After: hiscores.Known(1000), LevelAfter: hiscores.Known(100)},
			{Metric: "Zulrah", Kind: hiscores.Activity, What: hiscores.FirstSeen, After: hiscores.Known(0)},
		}, first)
		want := p
		want.Status, want.LastResult = player.Active, player.Changed
		want.CoveredUntil, want.LastAttemptAt, want.LastFetchedAt, want.LastChangedAt = morning, morning, morning, morning
		diff(t, "player after the first", want, b.player(t, p.ID))

		noon := morning.Add(4 * time.Hour)
		drifted := []hiscores.Row{skill("Overall", 100, 1000), activity("Zulrah", 0), unknown("Nex")}
		drifted[0].Rank = hiscores.Known(2000)
		values := dump(t, b)["metric_values"]
		if changes := b.fetch(t, p.ID, noon, drifted...); len(changes) != 0 {
			t.Errorf("rank drift is a change: %v", changes)
		}
		diff(t, "values after rank drift", values, dump(t, b)["metric_values"])
		want.LastResult, want.CoveredUntil, want.LastAttemptAt, want.LastFetchedAt = player.Unchanged, noon, noon, noon
		diff(t, "player after rank drift", want, b.player(t, p.ID))
		latest, err := b.Latest(t.Context(), p.ID)
		if err != nil {
			t.Fatal(err)
		}
		diff(t, "latest after rank drift", hiscores.Snapshot{At: noon, Rows: drifted}, latest)

		evening := morning.Add(12 * time.Hour)
		gained := b.fetch(t, p.ID, evening, skill("Overall", 101, 1500), unknown("Nex"), activity("A New Boss", 3))
		diff(t, "changes", []hiscores.Change{
			{
				Metric: "Overall", Kind: hiscores.Skill, What: hiscores.Gained, Gain: 500,
				Before: hiscores.Known(1000), After: hiscores.Known(1500),
				LevelBefore: hiscores.Known(100), LevelAfter: hiscores.Known(101),
			},
			{Metric: "A New Boss", Kind: hiscores.Activity, What: hiscores.FirstSeen, After: hiscores.Known(3)},
			{Metric: "Zulrah", Kind: hiscores.Activity, What: hiscores.Lost, Before: hiscores.Known(0)},
		}, gained)
		want.LastResult, want.CoveredUntil, want.LastAttemptAt = player.Changed, evening, evening
		want.LastFetchedAt, want.LastChangedAt = evening, evening
		diff(t, "player after a change", want, b.player(t, p.ID))
	})
}

func TestRecordSnapshotTwiceStoresNothingNew(t *testing.T) {
	onEach(t, func(t *testing.T, b bench) {
		p := b.add(t, "Zezima")
		a := byHand(attempt(p.ID, morning.Add(123456789*time.Nanosecond)))
		snap := hiscores.Snapshot{At: a.At, Rows: []hiscores.Row{skill("Overall", 100, 1000)}}
		if _, err := b.RecordSnapshot(t.Context(), a, snap); err != nil {
			t.Fatal(err)
		}
		before := dump(t, b)
		a.Covers = a.Covers.Add(-time.Minute)
		for range 3 {
			changes, err := b.RecordSnapshot(t.Context(), a, snap)
			if err != nil || len(changes) != 0 {
				t.Fatalf("again: %v, %v", changes, err)
			}
		}
		diff(t, "the database", before, dump(t, b))
	})
}

// dump is the content of the tables that a fetch may change.
func dump(t *testing.T, b bench) map[string]string {
	t.Helper()
	tables := map[string]string{}
	db := rawConn(t, b.url)
	for table, columns := range map[string]string{
		"players":       "id, status, covered_until, last_attempt_at, last_fetched_at, last_changed_at, last_result, last_error, missing_since, snapshot_at",
		"metric_values": "player_id, metric_id, at, value, level, rank", "runs": "id, player_id, started_at, result",
	} {
		rows, err := db.QueryContext(t.Context(), "SELECT "+columns+" FROM "+table+" ORDER BY 1, 2, 3")
		if err != nil {
			t.Fatal(err)
		}
		var text strings.Builder
		for rows.Next() {
			values := make([]any, strings.Count(columns, ",")+1)
			into := make([]any, len(values))
			for i := range values {
				into[i] = &values[i]
			}
			if err := rows.Scan(into...); err != nil {
				t.Fatal(err)
			}
			writeRow(&text, values)
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil { //nolint:sqlclosecheck // a loop: not deferred
			t.Fatal(err)
		}
		tables[table] = text.String()
	}
	return tables
}

func TestRecordSnapshotOutOfOrder(t *testing.T) {
	onEach(t, func(t *testing.T, b bench) {
		p := b.add(t, "Zezima")
		b.fetch(t, p.ID, morning.Add(2*time.Hour), skill("Overall", 100, 2000))
		want := b.player(t, p.ID)
		a := attempt(p.ID, morning.Add(time.Hour))
		a.Covers = morning.Add(3 * time.Hour)
		changes, err := b.RecordSnapshot(t.Context(), a, hiscores.Snapshot{At: a.At, Rows: []hiscores.Row{skill("Overall", 99, 1000)}})
		if err != nil || len(changes) != 0 {
			t.Fatalf("an older answer: %v, %v", changes, err)
		}
		want.CoveredUntil = a.Covers
		diff(t, "player", want, b.player(t, p.ID))
		points, err := b.Series(t.Context(), p.ID, "overall", time.Time{}, time.Time{})
		if err != nil || len(points) != 1 {
			t.Errorf("points %v, %v", points, err)
		}
	})
}

func TestCoveredUntilNeverGoesBack(t *testing.T) {
	onEach(t, func(t *testing.T, b bench) {
		p := b.add(t, "Zezima")
		exact := morning.Add(1234567 * time.Microsecond)
		a := attempt(p.ID, morning)
		a.Covers = exact
		if err := b.RecordFailure(t.Context(), a, "down"); err != nil {
			t.Fatal(err)
		}
		b.fetch(t, p.ID, morning.Add(time.Second), skill("Overall", 1, 1))
		if got := b.player(t, p.ID).CoveredUntil; !got.Equal(exact) {
			t.Errorf("covered until %v, want %v", got, exact)
		}
	})
}

func TestRecordSnapshotWithoutRows(t *testing.T) {
	onEach(t, func(t *testing.T, b bench) {
		p := b.add(t, "Zezima")
		if _, err := b.RecordSnapshot(t.Context(), attempt(p.ID, morning), hiscores.Snapshot{At: morning}); err == nil {
			t.Error("an empty snapshot was recorded")
		}
		diff(t, "player", p, b.player(t, p.ID))
	})
}

func TestRecordMissing(t *testing.T) {
	onEach(t, func(t *testing.T, b bench) {
		missing := func(id int64, at time.Time) player.Player {
			t.Helper()
			if err := b.RecordMissing(t.Context(), attempt(id, at)); err != nil {
				t.Fatal(err)
			}
			return b.player(t, id)
		}
		never := b.add(t, "never found")
		got := missing(never.ID, morning)
		if got.Status != player.Missing || got.LastResult != player.NotFound || !got.MissingSince.Equal(morning) || !got.CoveredUntil.Equal(morning) {
			t.Errorf("never found: %+v", got)
		}

		found := b.add(t, "found before")
		b.fetch(t, found.ID, morning, skill("Overall", 1, 1))
		since := morning.Add(time.Hour)
		for _, step := range []struct {
			after time.Duration
			want  player.Status
		}{
			{0, player.Active}, {time.Hour, player.Active}, {7*24*time.Hour - time.Microsecond, player.Active}, {7 * 24 * time.Hour, player.Missing},
		} {
			got := missing(found.ID, since.Add(step.after))
			if got.Status != step.want || !got.MissingSince.Equal(since) || got.LastResult != player.NotFound {
				t.Errorf("missing for %v: %+v", step.after, got)
			}
		}
		if _, err := b.Latest(t.Context(), found.ID); err != nil {
			t.Errorf("history of a missing player: %v", err)
		}
		b.fetch(t, found.ID, morning.Add(8*24*time.Hour), skill("Overall", 1, 1))
		if got := b.player(t, found.ID); got.Status != player.Active || !got.MissingSince.IsZero() || got.LastResult != player.Unchanged {
			t.Errorf("found again: %+v", got)
		}
	})
}

func TestRecordFailure(t *testing.T) {
	onEach(t, func(t *testing.T, b bench) {
		p := b.add(t, "Zezima")
		b.fetch(t, p.ID, morning, skill("Overall", 1, 1))
		at := morning.Add(time.Hour)
		if err := b.RecordFailure(t.Context(), attempt(p.ID, at), "503 \x00\xff"+strings.Repeat("ü", 2000)); err != nil {
			t.Fatal(err)
		}
		got := b.player(t, p.ID)
		if got.LastResult != player.Failed || got.Status != player.Active || !got.CoveredUntil.Equal(at) || !got.LastFetchedAt.Equal(morning) {
			t.Errorf("after a failure: %+v", got)
		}
		if !strings.HasPrefix(got.LastError, "503 ") || len(got.LastError) > 1000 || !utf8.ValidString(got.LastError) {
			t.Errorf("last error %q", got.LastError)
		}
		b.fetch(t, p.ID, at.Add(time.Hour), skill("Overall", 1, 1))
		if got := b.player(t, p.ID); got.LastError != "" || got.LastResult != player.Unchanged {
			t.Errorf("after an answer: %+v", got)
		}
	})
}

func TestAnOlderOutcomeDoesNotSpeakForTheLast(t *testing.T) {
	onEach(t, func(t *testing.T, b bench) {
		p := b.add(t, "Zezima")
		b.fetch(t, p.ID, morning.Add(time.Hour), skill("Overall", 1, 1))
		want := b.player(t, p.ID)
		if err := b.RecordFailure(t.Context(), attempt(p.ID, morning), "down"); err != nil {
			t.Fatal(err)
		}
		if err := b.RecordMissing(t.Context(), attempt(p.ID, morning)); err != nil {
			t.Fatal(err)
		}
		diff(t, "player", want, b.player(t, p.ID))
	})
}

func TestRuns(t *testing.T) {
	onEach(t, func(t *testing.T, b bench) {
		p := b.add(t, "Zezima")
		at := func(minutes int) player.Attempt {
			return attempt(p.ID, morning.Add(time.Duration(minutes)*time.Minute))
		}
		b.fetch(t, p.ID, morning, skill("Overall", 1, 1)) // by its schedule: no run
		failed := at(1)
		failed.Tries = 5
		for range 2 {
			if err := b.RecordFailure(t.Context(), failed, "503"); err != nil {
				t.Fatal(err)
			}
		}
		asked := byHand(at(2))
		if _, err := b.RecordSnapshot(t.Context(), asked, oneRow); err != nil {
			t.Fatal(err)
		}
		gone := byHand(at(3))
		if err := b.RecordMissing(t.Context(), gone); err != nil {
			t.Fatal(err)
		}
		if err := b.RecordMissing(t.Context(), at(4)); err != nil { // by its schedule: no run
			t.Fatal(err)
		}
		runs, err := b.Runs(t.Context(), p.ID, 0)
		if err != nil {
			t.Fatal(err)
		}
		for i := range runs {
			runs[i].ID = 0
		}
		diff(t, "runs", []store.Run{
			runOf(gone, player.NotFound, ""), runOf(asked, player.Changed, ""), runOf(failed, player.Failed, "503"),
		}, runs)
		if runs, err := b.Runs(t.Context(), p.ID, 1); len(runs) != 1 || err != nil {
			t.Errorf("limited: %v, %v", runs, err)
		}
	})
}

func runOf(a player.Attempt, result player.Result, cause string) store.Run {
	return store.Run{
		PlayerID: a.PlayerID, TaskID: a.TaskID, Tick: a.Tick,
		StartedAt: a.StartedAt, EndedAt: a.At, Result: result, Error: cause, Attempts: a.Tries,
	}
}

func TestConcurrentAnswersAreOrdered(t *testing.T) {
	onEach(t, func(t *testing.T, b bench) {
		p := b.add(t, "Zezima")
		b.fetch(t, p.ID, morning, skill("Overall", 1, 0))
		other := open(t, b.url)
		const answers = 20
		gains := make(chan int64, answers)
		var g errgroup.Group
		for i := 1; i <= answers; i++ {
			at := morning.Add(time.Duration(i) * time.Second)
			through := []bench{b, other}[i%2]
			snap := hiscores.Snapshot{At: at, Rows: []hiscores.Row{skill("Overall", 1, int64(100*i))}}
			g.Go(func() error {
				changes, err := through.RecordSnapshot(t.Context(), attempt(p.ID, at), snap)
				for _, c := range changes {
					gains <- c.Gain
				}
				return err
			})
		}
		if err := g.Wait(); err != nil {
			t.Fatal(err)
		}
		close(gains)
		var total int64
		for gain := range gains {
			if gain <= 0 {
				t.Errorf("gain of %d: an answer did not see the one before it", gain)
			}
			total += gain
		}
		if total != 100*answers {
			t.Errorf("gains add up to %d, want %d", total, 100*answers)
		}
		if got := b.player(t, p.ID); !got.CoveredUntil.Equal(morning.Add(answers * time.Second)) {
			t.Errorf("covered until %v", got.CoveredUntil)
		}
	})
}

func TestNewMetricsFromManyProcesses(t *testing.T) {
	onEach(t, func(t *testing.T, b bench) {
		var inOrder, reversed []hiscores.Row
		for i := range 300 {
			inOrder = append(inOrder, activity(fmt.Sprint("New Boss ", i), 1))
			reversed = append(reversed, activity(fmt.Sprint(" new BOSS ", 299-i), 1))
		}
		stores, players := make([]bench, 6), make([]player.Player, 6)
		for i := range stores {
			stores[i], players[i] = open(t, b.url), b.add(t, fmt.Sprint("player ", i))
		}
		var g errgroup.Group
		for i, through := range stores {
			p := players[i]
			rows := [][]hiscores.Row{inOrder, reversed}[i%2]
			g.Go(func() error {
				_, err := through.RecordSnapshot(t.Context(), attempt(p.ID, morning), hiscores.Snapshot{At: morning, Rows: rows})
				if err != nil {
					return err
				}
				_, err = b.Latest(t.Context(), p.ID)
				return err
			})
		}
		if err := g.Wait(); err != nil {
			t.Fatal(err)
		}
		var n int
		err := rawConn(t, b.url).QueryRowContext(t.Context(), "SELECT COUNT(*) FROM metrics").Scan(&n)
		if err != nil || n != len(inOrder) {
			t.Errorf("%d metrics, %v; want %d", n, err, len(inOrder))
		}
	})
}
