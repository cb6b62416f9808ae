package store_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/osrsdiff/osrsdiff/player"
	"github.com/osrsdiff/osrsdiff/store"
)

func TestAddPlayer(t *testing.T) {
	onEach(t, func(t *testing.T, b bench) {
		got, err := b.AddPlayer(t.Context(), player.Player{
			Name: name(t, " Iron_Mammal"), Mode: player.Ironman, Every: 30, Paused: true,
			Revision: 7, CoveredUntil: morning, LastResult: player.Changed,
		})
		if err != nil {
			t.Fatal(err)
		}
		want := player.Player{
			ID: got.ID, Name: name(t, "Iron_Mammal"), Mode: player.Ironman, Status: player.Pending,
			Every: 30, Paused: true, Revision: 1, CreatedAt: morning, UpdatedAt: morning,
		}
		diff(t, "added", want, got)
		diff(t, "stored", want, b.player(t, got.ID))
		if got.ID < 1 {
			t.Errorf("id %d", got.ID)
		}
		byName, err := b.PlayerByName(t.Context(), name(t, "IRON mammal"))
		if err != nil {
			t.Fatal(err)
		}
		diff(t, "by another spelling", want, byName)
	})
}

func TestAddPlayerFillsInDefaults(t *testing.T) {
	onEach(t, func(t *testing.T, b bench) {
		got := b.add(t, "Zezima")
		want := player.Player{
			ID: got.ID, Name: name(t, "Zezima"), Status: player.Pending, Every: player.DefaultInterval,
			Revision: 1, CreatedAt: morning, UpdatedAt: morning,
		}
		diff(t, "added", want, got)
	})
}

func TestAddPlayerRefuses(t *testing.T) {
	onEach(t, func(t *testing.T, b bench) {
		tests := map[string]struct {
			p    player.Player
			want error
		}{
			"no name":          {player.Player{}, player.ErrInvalidName},
			"unknown mode":     {player.Player{Name: name(t, "a"), Mode: "group"}, player.ErrInvalidMode},
			"interval below":   {player.Player{Name: name(t, "a"), Every: -1}, player.ErrInvalidInterval},
			"interval too big": {player.Player{Name: name(t, "a"), Every: 10081}, player.ErrInvalidInterval},
		}
		for name, test := range tests {
			if _, err := b.AddPlayer(t.Context(), test.p); !errors.Is(err, test.want) {
				t.Errorf("%s: got %v, want %v", name, err, test.want)
			}
		}
		if n, err := b.CountPlayers(t.Context()); n != 0 || err != nil {
			t.Errorf("%d players, %v", n, err)
		}
	})
}

func TestAddPlayerUnderAnotherSpelling(t *testing.T) {
	onEach(t, func(t *testing.T, b bench) {
		first := b.add(t, "Iron Mammal")
		for _, typed := range []string{"Iron Mammal", "iron_mammal", "IRON-MAMMAL", "_iron mammal", "Iron\u00a0Mammal"} {
			_, err := b.AddPlayer(t.Context(), player.Player{Name: name(t, typed)})
			var exists *store.ExistsError
			if !errors.Is(err, store.ErrExists) || !errors.As(err, &exists) {
				t.Fatalf("%q: got %v, want an ExistsError", typed, err)
			}
			diff(t, typed, first, exists.Existing)
		}
		b.add(t, "Iron  Mammal") // inner doubles are another name
	})
}

func TestAddPlayerRaces(t *testing.T) {
	onEach(t, func(t *testing.T, b bench) {
		added, exist := make(chan int64, 20), make(chan int64, 20)
		var g errgroup.Group
		for i := range 20 {
			typed := []string{"Zezima", "zezima", "ZEZIMA_", "-Zezima"}[i%4]
			n := name(t, typed)
			g.Go(func() error {
				p, err := b.AddPlayer(t.Context(), player.Player{Name: n})
				var exists *store.ExistsError
				switch {
				case err == nil:
					added <- p.ID
				case errors.As(err, &exists):
					exist <- exists.Existing.ID
				default:
					return err
				}
				return nil
			})
		}
		if err := g.Wait(); err != nil {
			t.Fatal(err)
		}
		if len(added) != 1 || len(exist) != 19 {
			t.Fatalf("%d added, %d existing", len(added), len(exist))
		}
		id := <-added
		for range 19 {
			if other := <-exist; other != id {
				t.Errorf("existing player %d, want %d", other, id)
			}
		}
	})
}

func TestAddPlayersIsResumable(t *testing.T) {
	onEach(t, func(t *testing.T, b bench) {
		tracked := b.add(t, "player 7")
		var batch []player.Player
		for i := range 1200 {
			batch = append(batch, player.Player{Name: name(t, fmt.Sprintf("Player %d", i)), Every: 15})
		}
		batch = append(batch, player.Player{Name: name(t, "PLAYER_3")})

		added, existing, err := b.AddPlayers(t.Context(), batch)
		if err != nil {
			t.Fatal(err)
		}
		if len(added) != 1199 || len(existing) != 2 {
			t.Fatalf("%d added, %d existing", len(added), len(existing))
		}
		diff(t, "existing before", tracked, existing[0])
		if got := existing[1].Name.String(); got != "Player 3" {
			t.Errorf("the name that came twice is %q", got)
		}
		for i, p := range added {
			if p.ID == 0 || p.Revision != 1 || p.Every != 15 {
				t.Fatalf("added %d: %+v", i, p)
			}
		}
		diff(t, "first added", b.player(t, added[0].ID), added[0])

		added, existing, err = b.AddPlayers(t.Context(), batch)
		if err != nil || len(added) != 0 || len(existing) != 1201 {
			t.Errorf("again: %d added, %d existing, %v", len(added), len(existing), err)
		}
		if n, err := b.CountPlayers(t.Context()); n != 1200 || err != nil {
			t.Errorf("%d players, %v", n, err)
		}
		changes, err := b.PendingChanges(t.Context(), 5000)
		if len(changes) != 1200 || err != nil {
			t.Errorf("%d schedule changes, %v", len(changes), err)
		}
	})
}

func TestAddPlayersRaces(t *testing.T) {
	onEach(t, func(t *testing.T, b bench) {
		var names []player.Player
		for i := range 500 {
			names = append(names, player.Player{Name: name(t, fmt.Sprintf("racer %d", i))})
		}
		counts := make(chan int, 6)
		var g errgroup.Group
		for i := range 6 {
			batch := slices.Clone(names)
			if i%2 == 0 {
				slices.Reverse(batch)
			}
			g.Go(func() error {
				added, _, err := b.AddPlayers(t.Context(), batch)
				counts <- len(added)
				return err
			})
		}
		if err := g.Wait(); err != nil {
			t.Fatal(err)
		}
		total := 0
		for range 6 {
			total += <-counts
		}
		if total != len(names) {
			t.Errorf("%d added in all, want %d", total, len(names))
		}
	})
}

func TestAddPlayersRefusesAllOrNone(t *testing.T) {
	onEach(t, func(t *testing.T, b bench) {
		_, _, err := b.AddPlayers(t.Context(), []player.Player{{Name: name(t, "good")}, {Name: name(t, "bad"), Every: 10081}})
		if !errors.Is(err, player.ErrInvalidInterval) {
			t.Errorf("got %v", err)
		}
		if n, _ := b.CountPlayers(t.Context()); n != 0 {
			t.Errorf("%d players", n)
		}
	})
}

func TestUnknownPlayer(t *testing.T) {
	onEach(t, func(t *testing.T, b bench) {
		ctx := t.Context()
		calls := map[string]func() error{
			"Player":         func() error { _, err := b.Player(ctx, 404); return err },
			"PlayerByName":   func() error { _, err := b.PlayerByName(ctx, name(t, "nobody")); return err },
			"UpdatePlayer":   func() error { _, err := b.UpdatePlayer(ctx, 404, store.PlayerPatch{}); return err },
			"RemovePlayer":   func() error { _, err := b.RemovePlayer(ctx, 404); return err },
			"RecordMissing":  func() error { return b.RecordMissing(ctx, attempt(404, morning)) },
			"RecordFailure":  func() error { return b.RecordFailure(ctx, attempt(404, morning), "down") },
			"RecordMode":     func() error { return b.RecordMode(ctx, store.ModeChange{PlayerID: 404, To: player.Regular}) },
			"Latest":         func() error { _, err := b.Latest(ctx, 404); return err },
			"TrackedSince":   func() error { _, err := b.TrackedSince(ctx, 404); return err },
			"SnapshotAt":     func() error { _, err := b.SnapshotAt(ctx, 404, morning); return err },
			"Gains":          func() error { _, err := b.Gains(ctx, 404, morning, morning); return err },
			"RecordSnapshot": func() error { _, err := b.RecordSnapshot(ctx, attempt(404, morning), oneRow); return err },
		}
		for call, f := range calls {
			if err := f(); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("%s: got %v, want ErrNotFound", call, err)
			}
		}
	})
}

func TestPlayersFilters(t *testing.T) {
	onEach(t, func(t *testing.T, b bench) {
		for _, p := range []player.Player{
			{Name: name(t, "Alpha"), Mode: player.Regular},
			{Name: name(t, "alpha_two"), Mode: player.Ironman, Paused: true},
			{Name: name(t, "Beta"), Mode: player.Ironman},
			{Name: name(t, "B-e-t-a"), Status: player.Active},
		} {
			if _, err := b.AddPlayer(t.Context(), p); err != nil {
				t.Fatal(err)
			}
		}
		tests := map[string]struct {
			filter store.PlayerFilter
			want   []string
		}{
			"all":                       {store.PlayerFilter{}, []string{"Alpha", "alpha_two", "Beta", "B-e-t-a"}},
			"first page":                {store.PlayerFilter{Limit: 2}, []string{"Alpha", "alpha_two"}},
			"by status":                 {store.PlayerFilter{Status: player.Active}, []string{"B-e-t-a"}},
			"by mode":                   {store.PlayerFilter{Mode: player.Ironman}, []string{"alpha_two", "Beta"}},
			"paused":                    {store.PlayerFilter{Paused: new(true)}, []string{"alpha_two"}},
			"running":                   {store.PlayerFilter{Paused: new(false), Mode: player.Ironman}, []string{"Beta"}},
			"search":                    {store.PlayerFilter{Search: "ALPHA"}, []string{"Alpha", "alpha_two"}},
			"search in the middle":      {store.PlayerFilter{Search: "eta"}, []string{"Beta"}},
			"search across a separator": {store.PlayerFilter{Search: "a-t"}, []string{"alpha_two"}},
			"search for separators":     {store.PlayerFilter{Search: "b_e_t"}, []string{"B-e-t-a"}},
			"search percent":            {store.PlayerFilter{Search: "a%a"}, nil},
			"search only a wildcard":    {store.PlayerFilter{Search: "%"}, nil},
			"search underscore":         {store.PlayerFilter{Search: "%_"}, nil},
			"search the escape":         {store.PlayerFilter{Search: "!"}, nil},
			"search a quote":            {store.PlayerFilter{Search: "' OR 1=1 --?"}, nil},
		}
		for what, test := range tests {
			players, err := b.Players(t.Context(), test.filter)
			if err != nil {
				t.Fatalf("%s: %v", what, err)
			}
			var got []string
			for _, p := range players {
				got = append(got, p.Name.String())
			}
			diff(t, what, test.want, got)
		}
	})
}

func TestPlayersPages(t *testing.T) {
	onEach(t, func(t *testing.T, b bench) {
		var want, got []int64
		for i := range 7 {
			want = append(want, b.add(t, fmt.Sprintf("player %d", i)).ID)
		}
		var after int64
		for {
			page, err := b.Players(t.Context(), store.PlayerFilter{AfterID: after, Limit: 3})
			if err != nil {
				t.Fatal(err)
			}
			if len(page) == 0 {
				break
			}
			for _, p := range page {
				got = append(got, p.ID)
			}
			after = page[len(page)-1].ID
		}
		diff(t, "ids over all pages", want, got)

		some, err := b.PlayersByID(t.Context(), []int64{want[4], 404, want[1]})
		if err != nil {
			t.Fatal(err)
		}
		if len(some) != 2 || some[0].ID != want[1] || some[1].ID != want[4] {
			t.Errorf("by id: %+v", some)
		}
		if none, err := b.PlayersByID(t.Context(), nil); len(none) != 0 || err != nil {
			t.Errorf("by no id: %v, %v", none, err)
		}
	})
}

func TestIDsAreNeverReused(t *testing.T) {
	onEach(t, func(t *testing.T, b bench) {
		first := b.add(t, "Zezima")
		if _, err := b.RemovePlayer(t.Context(), first.ID); err != nil {
			t.Fatal(err)
		}
		b.clock.Advance(time.Second)
		if again := b.add(t, "Zezima"); again.ID <= first.ID {
			t.Errorf("id %d after %d", again.ID, first.ID)
		}
	})
}
