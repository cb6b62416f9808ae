package store_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/osrsdiff/osrsdiff/hiscores"
	"github.com/osrsdiff/osrsdiff/store"
)

// TestRecordingsThatWaitTogether lets answers of many players wait for the database at
// once. One is for a player that is gone, one for a player whose stored snapshot is
// damaged, one has a caller who gives up, and of one player there are two: all but
// those three are stored, each once.
func TestRecordingsThatWaitTogether(t *testing.T) {
	onEach(t, func(t *testing.T, b bench) {
		const n = 40
		for i := range n {
			b.add(t, fmt.Sprint("player ", i+1))
		}
		const gone, givenUp, damaged, twice = 7, 9, 11, 13
		if _, err := b.RemovePlayer(t.Context(), gone); err != nil {
			t.Fatal(err)
		}
		b.fetch(t, 1, morning, skill(hiscores.Overall, 1, 1)) // so that no metric has to be learned meanwhile
		b.fetch(t, damaged, morning, skill(hiscores.Overall, 1, 1))
		damage(t, b, damaged)
		release := holdWriteLock(t, b)
		errs := make([]error, n+1)
		var all sync.WaitGroup
		for id := int64(1); id <= n; id++ {
			ctx, cancel := context.WithCancel(t.Context())
			if id == givenUp {
				time.AfterFunc(50*time.Millisecond, cancel)
			}
			all.Go(func() {
				defer cancel()
				snapshot := hiscores.Snapshot{At: morning.Add(time.Hour), Rows: []hiscores.Row{skill(hiscores.Overall, 1, 100+id)}}
				_, errs[id] = b.RecordSnapshot(ctx, attempt(id, morning.Add(time.Hour)), snapshot)
			})
		}
		var early error
		all.Go(func() {
			at := morning.Add(30 * time.Minute)
			_, early = b.RecordSnapshot(t.Context(), attempt(twice, at), hiscores.Snapshot{At: at, Rows: []hiscores.Row{skill(hiscores.Overall, 1, 50)}})
		})
		time.AfterFunc(200*time.Millisecond, release)
		all.Wait()
		if early != nil {
			t.Errorf("the first of two answers of player %d: %v", twice, early)
		}
		for id := int64(1); id <= n; id++ {
			switch id {
			case damaged:
				if errs[id] == nil || !strings.Contains(errs[id].Error(), "damaged") {
					t.Errorf("damaged player %d: %v, want it to say so", id, errs[id])
				}
				continue
			case gone:
				if !errors.Is(errs[id], store.ErrNotFound) {
					t.Errorf("removed player %d: %v, want ErrNotFound", id, errs[id])
				}
				continue
			case givenUp:
				if !errors.Is(errs[id], context.Canceled) {
					t.Errorf("player %d, given up: %v, want context.Canceled", id, errs[id])
				}
				continue
			}
			if errs[id] != nil {
				t.Errorf("player %d: %v", id, errs[id])
				continue
			}
			s, err := b.Latest(t.Context(), id)
			if row, _ := s.Row(hiscores.Overall); err != nil || row.Value != hiscores.Known(100+id) {
				t.Errorf("player %d is stored with %+v, %v", id, row, err)
			}
			if got := b.player(t, id); !got.CoveredUntil.Equal(morning.Add(time.Hour)) {
				t.Errorf("player %d is covered until %v", id, got.CoveredUntil)
			}
		}
	})
}

// damage spoils what is stored of a player.
func damage(t *testing.T, b bench, id int64) {
	t.Helper()
	nothing := "X'00'"
	if strings.HasPrefix(b.url, "postgres") {
		nothing = `'\x00'`
	}
	if _, err := rawConn(t, b.url).ExecContext(t.Context(), fmt.Sprintf("UPDATE players SET snapshot = %s WHERE id = %d", nothing, id)); err != nil {
		t.Fatal(err)
	}
}

// TestLookupsThatComeTogether asks for many players at once, one of them gone and one
// for a caller who has given up.
func TestLookupsThatComeTogether(t *testing.T) {
	onEach(t, func(t *testing.T, b bench) {
		const n, gone, givenUp = 200, 7, 9
		for i := range n {
			b.add(t, fmt.Sprint("player ", i+1))
		}
		if _, err := b.RemovePlayer(t.Context(), gone); err != nil {
			t.Fatal(err)
		}
		cancelled, cancel := context.WithCancel(t.Context())
		cancel()
		var all sync.WaitGroup
		for id := int64(1); id <= n; id++ {
			all.Go(func() {
				ctx, want := t.Context(), error(nil)
				switch id {
				case gone:
					want = store.ErrNotFound
				case givenUp:
					ctx, want = cancelled, context.Canceled
				}
				p, err := b.Player(ctx, id)
				if !errors.Is(err, want) || err == nil && (p.ID != id || p.Name.String() != fmt.Sprint("player ", id)) {
					t.Errorf("player %d: %+v, %v; want error %v", id, p, err, want)
				}
			})
		}
		all.Wait()
	})
}
