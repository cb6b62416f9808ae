package store_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/osrsdiff/osrsdiff/hiscores"
	"github.com/osrsdiff/osrsdiff/store"
)

// TestWritesThatWaitTogether lets answers of many players wait for the database at
// once, one of them for a player that is gone and one whose caller gives up: all
// others are stored, each once.
func TestWritesThatWaitTogether(t *testing.T) {
	onEach(t, func(t *testing.T, b bench) {
		const n = 40
		for i := range n {
			b.add(t, fmt.Sprint("player ", i+1))
		}
		const gone, givenUp = 7, 9
		if _, err := b.RemovePlayer(t.Context(), gone); err != nil {
			t.Fatal(err)
		}
		b.fetch(t, 1, morning, skill(hiscores.Overall, 1, 1)) // so that no metric has to be learned meanwhile
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
		time.AfterFunc(200*time.Millisecond, release)
		all.Wait()
		for id := int64(1); id <= n; id++ {
			switch id {
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
