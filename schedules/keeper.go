package schedules

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"

	"github.com/hibiken/asynq"
	"github.com/redis/go-redis/v9"
	"golang.org/x/sync/errgroup"

	"github.com/osrsdiff/osrsdiff/player"
)

const (
	// syncBatch is how many players are read from the database and written to
	// Redis at once: memory does not grow with their number.
	syncBatch = 500
	// rebuildWriters is how many batches are written at once while the next is
	// read: one is made ready while Redis works on the other.
	rebuildWriters = 3
)

// Players is the truth about who is tracked; package store keeps it.
type Players interface {
	// DatabaseID tells databases apart.
	DatabaseID() string
	// PlayersAfter lists players by ascending id, those after an id first.
	PlayersAfter(ctx context.Context, afterID int64, limit int) ([]player.Player, error)
	// PlayersByID returns those of the ids that exist, in any order.
	PlayersByID(ctx context.Context, ids []int64) ([]player.Player, error)
}

// Outbox lists schedule changes that are in the database and not yet in Redis.
type Outbox interface {
	// PendingChanges returns up to limit of them.
	PendingChanges(ctx context.Context, limit int) ([]player.Change, error)
	// ChangesApplied forgets those, unless a newer change of the player came.
	ChangesApplied(ctx context.Context, changes []player.Change) error
}

// Keeper keeps a Book in line with the database: it fills an empty one, applies
// changes as they come and repairs drift.
type Keeper struct {
	book      *Book
	players   Players
	outbox    Outbox
	inspector *asynq.Inspector
	log       *slog.Logger
}

// KeeperOptions are what a Keeper works with; all are required.
type KeeperOptions struct {
	// Book is the image to keep.
	Book *Book
	// Players is the truth.
	Players Players
	// Outbox lists the changes to apply.
	Outbox Outbox
	// Inspector looks into the queue: what is outstanding, archived, registered.
	Inspector *asynq.Inspector
	// Log hears what was repaired.
	Log *slog.Logger
}

// NewKeeper returns a Keeper.
func NewKeeper(o KeeperOptions) *Keeper {
	return &Keeper{book: o.Book, players: o.Players, outbox: o.Outbox, inspector: o.Inspector, log: o.Log}
}

// EnsureReady rebuilds the Book when it is empty or was filled from another
// database, and reports whether it did.
func (k *Keeper) EnsureReady(ctx context.Context) (bool, error) {
	ready, err := k.book.ready(ctx)
	if err != nil || ready == k.players.DatabaseID() {
		return false, err
	}
	n, err := k.Rebuild(ctx, func(int) {})
	if err != nil {
		return false, err
	}
	k.log.InfoContext(ctx, "schedules rebuilt from the database", "schedules", n)
	return true, nil
}

// Rebuild fills the Book from the database, whatever it held, and returns how
// many players it wrote. Progress is called with that number after every batch,
// by one goroutine at a time. The mark that the Book is ready is written last, so
// that an interrupted rebuild is done again.
func (k *Keeper) Rebuild(ctx context.Context, progress func(done int)) (int, error) {
	if err := k.book.clear(ctx); err != nil {
		return 0, err
	}
	var mu sync.Mutex
	done, fill := 0, filling{book: k.book}
	g, batchCtx := errgroup.WithContext(ctx)
	g.SetLimit(rebuildWriters)
	err := k.eachBatch(batchCtx, func(batch []player.Player) {
		g.Go(func() error {
			if err := fill.write(batchCtx, batch); err != nil {
				return err
			}
			mu.Lock()
			defer mu.Unlock()
			done += len(batch)
			progress(done)
			return nil
		})
	})
	// A failed write ends the reading as well; its error is the one that says why.
	if err := cmp.Or(g.Wait(), err); err != nil {
		return done, fmt.Errorf("rebuild schedules: %w", err)
	}
	return done, k.book.setReady(ctx, k.players.DatabaseID())
}

// filling writes players to a Book that was empty a moment ago.
type filling struct {
	book *Book
	// known says that definitions were found, as when only the index was lost: then
	// it is not worth trying whether there are more players without.
	known atomic.Bool
}

// write writes a batch of players.
func (f *filling) write(ctx context.Context, ps []player.Player) error {
	rest := ps
	if !f.known.Load() {
		var err error
		if rest, err = f.book.defineNew(ctx, ps); err != nil {
			return err
		}
		f.known.Store(len(rest) > 0)
	}
	if err := f.book.define(ctx, rest); err != nil {
		return err
	}
	return f.book.place(ctx, ps, keepTicks)
}

// eachBatch reads all players, a batch at a time.
func (k *Keeper) eachBatch(ctx context.Context, f func([]player.Player)) error {
	for after := int64(0); ; {
		batch, err := k.players.PlayersAfter(ctx, after, syncBatch)
		if err != nil || len(batch) == 0 {
			return err
		}
		after = batch[len(batch)-1].ID
		f(batch)
	}
}

// ApplyChanges brings the changes that wait in the outbox into the Book and
// returns how many there were.
func (k *Keeper) ApplyChanges(ctx context.Context) (int, error) {
	total := 0
	for {
		changes, err := k.outbox.PendingChanges(ctx, syncBatch)
		if err != nil || len(changes) == 0 {
			return total, err
		}
		if err := k.applyChanges(ctx, changes); err != nil {
			return total, fmt.Errorf("apply %d schedule changes: %w", len(changes), err)
		}
		total += len(changes)
	}
}

func (k *Keeper) applyChanges(ctx context.Context, changes []player.Change) error {
	ids := make([]int64, len(changes))
	for i, c := range changes {
		ids[i] = c.PlayerID
	}
	rows, err := k.players.PlayersByID(ctx, ids)
	if err != nil {
		return err
	}
	if err := k.book.apply(ctx, rows, keepTicks); err != nil {
		return err
	}
	if err := k.book.remove(ctx, without(changes, rows)); err != nil {
		return err
	}
	return k.outbox.ChangesApplied(ctx, changes)
}

// without returns the changes of players that no longer exist.
func without(changes []player.Change, rows []player.Player) []player.Change {
	exists := make(map[int64]bool, len(rows))
	for _, p := range rows {
		exists[p.ID] = true
	}
	var gone []player.Change
	for _, c := range changes {
		if !exists[c.PlayerID] {
			gone = append(gone, c)
		}
	}
	return gone
}

// ready is the id of the database that the Book was filled from; empty when it
// was not filled.
func (b *Book) ready(ctx context.Context) (string, error) {
	id, err := b.rdb.Get(ctx, b.keys.ready()).Result()
	if err != nil && !errors.Is(err, redis.Nil) {
		return "", fmt.Errorf("read whether schedules are ready: %w", err)
	}
	return id, nil
}

func (b *Book) setReady(ctx context.Context, databaseID string) error {
	if err := b.rdb.MSet(ctx, b.keys.version(), newVersion(), b.keys.ready(), databaseID).Err(); err != nil {
		return fmt.Errorf("mark the schedules ready: %w", err)
	}
	return nil
}

// clear empties the index. Definitions stay: the rebuild overwrites those of
// players, and reconcile deletes the rest.
func (b *Book) clear(ctx context.Context) error {
	err := b.rdb.Unlink(ctx, b.keys.ready(), b.keys.due(), b.keys.index(), b.keys.intervals()).Err()
	if err != nil {
		return fmt.Errorf("clear the schedule index: %w", err)
	}
	return nil
}
