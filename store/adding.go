package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/uptrace/bun"

	"github.com/osrsdiff/osrsdiff/player"
)

// addBatch is how many players AddPlayers adds in one transaction.
const addBatch = 500

// AddPlayer tracks a player. Of p it keeps Name, Mode, Status (empty: pending),
// Every (zero: the default), Paused and CreatedAt (zero: now); the rest starts
// afresh. The schedule change is noted in the same transaction. A name that is
// tracked, under whatever spelling, is an *ExistsError. A player of the name that
// was retired comes back with its history instead; its Revision is above 1. A name
// on the opt-out list is an *OptedOutError.
func (s *Store) AddPlayer(ctx context.Context, p player.Player) (player.Player, error) {
	row, err := newPlayerRow(p, s.now())
	if err != nil {
		return player.Player{}, fmt.Errorf("add player: %w", err)
	}
	err = s.inTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if err := s.refuseOptedOut(ctx, tx, row.NameKey); err != nil {
			return err
		}
		if restored, err := s.restore(ctx, tx, &row); err != nil || restored {
			return err
		}
		if _, err := tx.NewInsert().Model(&row).Returning("id").Exec(ctx); err != nil {
			return err
		}
		return noteChanges(ctx, tx, micros(s.now()), player.Change{PlayerID: row.ID, Revision: row.Revision})
	})
	if err != nil {
		return player.Player{}, fmt.Errorf("add player %q: %w", p.Name, s.explainExists(ctx, err, p.Name))
	}
	return row.player()
}

// explainExists turns a violated unique key into the *ExistsError that names
// the player in the way.
func (s *Store) explainExists(ctx context.Context, err error, name player.Name) error {
	if !isUnique(err) {
		return err
	}
	existing, lookupErr := s.PlayerByName(ctx, name)
	if lookupErr != nil {
		return errors.Join(ErrExists, lookupErr)
	}
	return &ExistsError{Existing: existing}
}

// AddPlayers tracks many players, a few hundred in a transaction, and says which
// were added and which were tracked already (a name that comes twice in players
// is the second time). A name on the opt-out list is an *OptedOutError, and nobody
// of the few hundred it came with is added. When it fails in the middle, what it returned as added
// stays added, and a second call with the same players finishes the work.
func (s *Store) AddPlayers(ctx context.Context, players []player.Player) (added, existing []player.Player, err error) {
	rows := make([]playerRow, 0, len(players))
	for _, p := range players {
		row, err := newPlayerRow(p, s.now())
		if err != nil {
			return nil, nil, fmt.Errorf("add players: %w", err)
		}
		rows = append(rows, row)
	}
	for len(rows) > 0 {
		n := min(addBatch, len(rows))
		a, e, err := s.addBatch(ctx, rows[:n])
		if err != nil {
			return added, existing, fmt.Errorf("add players from %q on: %w", rows[0].Name, err)
		}
		added, existing, rows = append(added, a...), append(existing, e...), rows[n:]
	}
	return added, existing, nil
}

func (s *Store) addBatch(ctx context.Context, rows []playerRow) (added, existing []player.Player, err error) {
	fresh := make(map[string]bool, len(rows))
	stored := make(map[string]player.Player, len(rows))
	err = s.inTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		// Its lock also keeps two batches that name the same players in another
		// order from waiting for each other for ever.
		if err := s.refuseOptedOut(ctx, tx, keysOf(rows)...); err != nil {
			return err
		}
		if err := s.restoreSome(ctx, tx, rows, fresh); err != nil {
			return err
		}
		if err := s.insertNew(ctx, tx, rows, fresh); err != nil {
			return err
		}
		return readByKey(ctx, tx, rows, stored)
	})
	if err != nil {
		return nil, nil, err
	}
	for _, r := range rows {
		p := stored[r.NameKey]
		if fresh[r.NameKey] {
			added, fresh[r.NameKey] = append(added, p), false
		} else {
			existing = append(existing, p)
		}
	}
	return added, existing, nil
}

// insertNew inserts the rows whose names are free and marks them in fresh.
func (s *Store) insertNew(ctx context.Context, tx bun.Tx, rows []playerRow, fresh map[string]bool) error {
	var inserted []struct {
		ID      int64  `bun:"id"`
		NameKey string `bun:"name_key"`
	}
	err := tx.NewInsert().Model(&rows).On("CONFLICT (name_key) DO NOTHING").
		Returning("id, name_key").Scan(ctx, &inserted)
	if err != nil {
		return err
	}
	changes := make([]player.Change, 0, len(inserted))
	for _, in := range inserted {
		fresh[in.NameKey] = true
		changes = append(changes, player.Change{PlayerID: in.ID, Revision: 1})
	}
	return noteChanges(ctx, tx, micros(s.now()), changes...)
}

func readByKey(ctx context.Context, tx bun.Tx, rows []playerRow, into map[string]player.Player) error {
	return readKeys(ctx, tx, keysOf(rows), into)
}

func keysOf(rows []playerRow) []string {
	keys := make([]string, 0, len(rows))
	for _, r := range rows {
		keys = append(keys, r.NameKey)
	}
	return keys
}

// readKeys reads the players whose names have some keys.
func readKeys(ctx context.Context, tx bun.Tx, keys []string, into map[string]player.Player) error {
	var found []playerRow
	if err := tx.NewSelect().Model(&found).Where("p.name_key IN (?)", bun.List(keys)).Scan(ctx); err != nil {
		return err
	}
	players, err := playersOf(found)
	for _, p := range players {
		into[p.Name.Key()] = p
	}
	return err
}
