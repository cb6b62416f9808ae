package store_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/osrsdiff/osrsdiff/events"
	"github.com/osrsdiff/osrsdiff/gains"
	"github.com/osrsdiff/osrsdiff/hiscores"
	"github.com/osrsdiff/osrsdiff/player"
	"github.com/osrsdiff/osrsdiff/store"
)

// listener remembers what it is told.
type listener struct {
	mu   sync.Mutex
	told []events.Event
}

func (l *listener) hear(_ context.Context, happened []events.Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.told = append(l.told, happened...)
}

// heard are the sentences told since the last call.
func (l *listener) heard() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := texts(l.told)
	l.told = nil
	return all
}

func texts(all []events.Event) []string {
	var list []string
	for _, e := range all {
		list = append(list, e.Text)
	}
	return list
}

// onEachListening is onEach with somebody who is told.
func onEachListening(t *testing.T, test func(t *testing.T, b bench, l *listener)) {
	t.Parallel()
	for name, fresh := range engines {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, l, url := &clock{at: morning}, &listener{}, fresh(t)
			s, err := store.Open(t.Context(), url, store.Options{Now: c.Now, OnEvents: l.hear})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = s.Close() })
			test(t, bench{Store: s, url: url, clock: c}, l)
		})
	}
}

func TestWhatAFetchFoundIsToldOnce(t *testing.T) {
	onEachListening(t, func(t *testing.T, b bench, l *listener) {
		p := b.add(t, "Ivy")
		at := morning
		fetch := func(rows ...hiscores.Row) []string {
			at = at.Add(time.Hour)
			b.fetch(t, p.ID, at, append(rows, skill("Mining", 50, 101_400))...)
			return l.heard()
		}
		diff(t, "the first values are no news", []string{"Ivy was fetched: 4 values changed"},
			fetch(skill(hiscores.Overall, 1500, 20_000_000), skill("Agility", 98, 12_000_000), activity("Zulrah", 499)))
		diff(t, "nothing changed", []string{"Ivy was fetched: unchanged"},
			fetch(skill(hiscores.Overall, 1500, 20_000_000), skill("Agility", 98, 12_000_000), activity("Zulrah", 499)))
		diff(t, "level 99, which is told as a milestone only", []string{
			"Ivy gained 1,100,000 experience between two fetches", "Ivy reached level 99 in Agility", "Ivy reached 500 in Zulrah",
			"Ivy was fetched: 3 values changed",
		}, fetch(skill(hiscores.Overall, 1501, 21_100_000), skill("Agility", 99, 13_100_000), activity("Zulrah", 500)))
		a := attempt(p.ID, at)
		if _, err := b.RecordSnapshot(t.Context(), a, hiscores.Snapshot{At: at, Rows: []hiscores.Row{skill("Agility", 99, 13_100_000)}}); err != nil {
			t.Fatal(err)
		}
		diff(t, "the same answer again", []string(nil), l.heard())
		kept, err := b.Activity(t.Context(), store.ActivityFilter{})
		if err != nil {
			t.Fatal(err)
		}
		diff(t, "kept", []string{
			"Ivy reached 500 in Zulrah", "Ivy reached level 99 in Agility", "Ivy gained 1,100,000 experience between two fetches",
		}, texts(kept))
		diff(t, "the last one", events.Event{
			ID: kept[0].ID, Kind: events.Milestone, At: at, PlayerID: p.ID, Player: "Ivy", Text: "Ivy reached 500 in Zulrah",
			Detail: events.Detail{Metric: "Zulrah", Milestone: gains.Score, Goal: 500},
		}, kept[0])
	})
}

func TestALevelUpSpansWhatWasMissed(t *testing.T) {
	onEachListening(t, func(t *testing.T, b bench, l *listener) {
		p := b.add(t, "Ivy")
		b.fetch(t, p.ID, morning, skill("Agility", 10, 1154))
		b.fetch(t, p.ID, morning.Add(time.Hour), skill("Agility", 12, 1700))
		kept, err := b.Activity(t.Context(), store.ActivityFilter{Kinds: []events.Kind{events.LevelUp}})
		if err != nil || len(kept) != 1 {
			t.Fatalf("got %v, %v", kept, err)
		}
		diff(t, "levels", events.Detail{Metric: "Agility", LevelBefore: 10, Level: 12}, kept[0].Detail)
	})
}

func TestGoneBackRenamedAndChangedPlayersAreTold(t *testing.T) {
	onEachListening(t, func(t *testing.T, b bench, l *listener) {
		ctx, p := t.Context(), b.add(t, "Ivy")
		b.fetch(t, p.ID, morning, skill("Agility", 10, 1154))
		at := morning
		for range 9 {
			at = at.Add(24 * time.Hour)
			if err := b.RecordMissing(ctx, attempt(p.ID, at)); err != nil {
				t.Fatal(err)
			}
		}
		b.fetch(t, p.ID, at.Add(time.Hour), skill("Agility", 10, 1154))
		change := store.ModeChange{PlayerID: p.ID, To: player.HardcoreIronman, At: at, Applied: true}
		for _, c := range []store.ModeChange{change, {PlayerID: p.ID, From: player.HardcoreIronman, To: player.Ironman, At: at, Applied: true}} {
			for range 2 { // the second time is no change
				if err := b.RecordMode(ctx, c); err != nil && c.From != "" {
					t.Fatal(err)
				}
			}
		}
		if _, err := b.RenamePlayer(ctx, p.ID, store.Renaming{To: name(t, "Iris")}); err != nil {
			t.Fatal(err)
		}
		if err := b.RecordEvent(ctx, events.Event{Kind: events.Breaker, At: at, Detail: events.Detail{State: events.BreakerClosed}}); err != nil {
			t.Fatal(err)
		}
		loud := slices.DeleteFunc(l.told, func(e events.Event) bool { return e.Kind.Quiet() })
		want := []string{
			"The hiscores do not list Ivy", "The hiscores list Ivy again", "Ivy was hardcore ironman and is ironman now",
			"Ivy is called Iris now", "The hiscores answer again: fetches go on",
		}
		diff(t, "told", want, texts(loud))
		kept, err := b.Activity(ctx, store.ActivityFilter{PlayerID: p.ID})
		if err != nil || len(kept) != 4 || kept[0].Text != "Ivy is called Iris now" {
			t.Errorf("of the player: %v, %v", texts(kept), err)
		}
	})
}

func TestAFlaggedPlayerIsToldOnce(t *testing.T) {
	onEachListening(t, func(t *testing.T, b bench, l *listener) {
		p := b.add(t, "Ivy")
		b.fetch(t, p.ID, morning, skill(hiscores.Overall, 1500, 20_000_000), skill("Agility", 98, 12_000_000))
		for i := range 3 {
			b.fetch(t, p.ID, morning.Add(time.Duration(i+1)*time.Hour), skill(hiscores.Overall, 40, 2000), skill("Agility", 10, 1154))
		}
		kept, err := b.Activity(t.Context(), store.ActivityFilter{})
		if err != nil || len(kept) != 1 || kept[0].Kind != events.Flagged || kept[0].Reason == "" {
			t.Errorf("got %+v, %v", kept, err)
		}
	})
}

func TestActivityIsReadPageByPageAndPruned(t *testing.T) {
	onEachListening(t, func(t *testing.T, b bench, _ *listener) {
		ctx, p, other := t.Context(), b.add(t, "Ivy"), b.add(t, "Fern")
		for level := int64(10); level < 20; level++ {
			at := morning.Add(time.Duration(level) * time.Hour)
			b.fetch(t, p.ID, at, skill("Agility", level, 1000+level))
			b.fetch(t, other.ID, at, skill("Mining", level, 1000+level))
		}
		var seen []string
		f := store.ActivityFilter{PlayerID: p.ID, Limit: 4}
		for {
			page, err := b.Activity(ctx, f)
			if err != nil {
				t.Fatal(err)
			}
			if len(page) == 0 {
				break
			}
			seen, f.BeforeID = append(seen, texts(page)...), page[len(page)-1].ID
		}
		if len(seen) != 9 || seen[0] != "Ivy reached level 19 in Agility" || seen[8] != "Ivy reached level 11 in Agility" {
			t.Errorf("pages: %v", seen)
		}
		done, err := b.Prune(ctx, store.PruneOptions{EventsBefore: morning.Add(15 * time.Hour)})
		if err != nil || done.Events != 8 {
			t.Errorf("pruned %+v, %v", done, err)
		}
		if left, err := b.Activity(ctx, store.ActivityFilter{}); err != nil || len(left) != 10 {
			t.Errorf("left: %v, %v", texts(left), err)
		}
		if _, err := b.RemovePlayer(ctx, p.ID); err != nil {
			t.Fatal(err)
		}
		if left, err := b.Activity(ctx, store.ActivityFilter{}); err != nil || len(left) != 5 {
			t.Errorf("left after the removal: %v, %v", texts(left), err)
		}
	})
}
