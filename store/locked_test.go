package store_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/osrsdiff/osrsdiff/hiscores"
	"github.com/osrsdiff/osrsdiff/internal/testenv"
	"github.com/osrsdiff/osrsdiff/store"
)

// holdWriteLock locks the whole database, or on PostgreSQL all players, from
// another connection until release is called.
func holdWriteLock(t *testing.T, b bench) (release func()) {
	t.Helper()
	tx, err := rawConn(t, b.url).BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.ExecContext(t.Context(), "UPDATE players SET last_error = 'locked'"); err != nil {
		t.Fatal(err)
	}
	return func() { _ = tx.Rollback() }
}

func TestADatabaseLockedForFiveSecondsFailsNothing(t *testing.T) {
	onEach(t, func(t *testing.T, b bench) {
		p := b.add(t, "Zezima")
		release := holdWriteLock(t, b)
		released := make(chan struct{})
		time.AfterFunc(5*time.Second, func() {
			close(released)
			release()
		})
		// Readers do not wait.
		if got := b.player(t, p.ID); got.LastError != "" {
			t.Errorf("read what was not committed: %+v", got)
		}
		select {
		case <-released:
			t.Error("a read waited for the lock")
		default:
		}
		b.fetch(t, p.ID, morning, skill(hiscores.Overall, 1, 1))
		select {
		case <-released:
		default:
			t.Error("the write did not wait for the lock")
		}
		// So does a program that starts meanwhile.
		release = holdWriteLock(t, b)
		time.AfterFunc(time.Second, release)
		open(t, b.url).fetch(t, p.ID, morning.Add(time.Hour), skill(hiscores.Overall, 1, 2))
	})
}

func TestWaitingForALockEndsWithTheContext(t *testing.T) {
	onEach(t, func(t *testing.T, b bench) {
		p := b.add(t, "Zezima")
		release := holdWriteLock(t, b)
		defer release()
		for range 2 { // the second waits in the queue of the store's own writer
			ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
			_, err := b.UpdatePlayer(ctx, p.ID, store.PlayerPatch{Paused: new(true)})
			cancel()
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("got %v, want the deadline", err)
			}
		}
		release()
		if got, err := b.UpdatePlayer(t.Context(), p.ID, store.PlayerPatch{Paused: new(true)}); err != nil || !got.Paused {
			t.Errorf("afterwards: %+v, %v", got, err)
		}
	})
}

func TestAConnectionThatDiesIsReplaced(t *testing.T) {
	t.Parallel()
	b := open(t, testenv.Postgres(t))
	p := b.add(t, "Zezima")
	exec1(t, b, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")
	testenv.Eventually(t, 10*time.Second, "the store writes again", func() bool {
		_, err := b.RecordSnapshot(t.Context(), attempt(p.ID, morning), oneRow)
		return err == nil
	})
	if got := b.player(t, p.ID); !got.CoveredUntil.Equal(morning) {
		t.Errorf("covered until %v", got.CoveredUntil)
	}
}

func TestCloseTwice(t *testing.T) {
	onEach(t, func(t *testing.T, b bench) {
		for range 2 {
			if err := b.Close(); err != nil {
				t.Error(err)
			}
		}
		if err := b.Ping(t.Context()); err == nil {
			t.Error("a closed store answers")
		}
	})
}
