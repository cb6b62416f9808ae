package store

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/osrsdiff/osrsdiff/player"
)

// PlayerPatch is a change a person makes to a player. A nil field stays as it is.
type PlayerPatch struct {
	// Every is the new interval.
	Every *player.Interval
	// Paused stops or resumes the schedule.
	Paused *bool
	// Mode corrects the game mode; "" lets the next fetch detect it.
	Mode *player.Mode
	// Name renames the player; its history stays.
	Name *player.Name
}

// Alters reports whether the patch changes anything of a player.
func (p PlayerPatch) Alters(of player.Player) bool {
	return p.Every != nil && *p.Every != of.Every || p.Mode != nil && *p.Mode != of.Mode ||
		p.Paused != nil && *p.Paused != of.Paused || p.Name != nil && p.Name.String() != of.Name.String()
}

// UpdatePlayer applies a patch and returns the player as it is then. A change
// of Name, Every or Paused raises Revision and notes the schedule change in the
// same transaction; a patch that changes nothing writes nothing. Concurrent
// patches are applied one after another. An unknown id matches ErrNotFound, and
// a name of another player is an *ExistsError, one on the opt-out list an
// *OptedOutError. A flagged player keeps its name
// (ErrFlagged), an archived one also stays paused (ErrArchived).
func (s *Store) UpdatePlayer(ctx context.Context, id int64, patch PlayerPatch) (player.Player, error) {
	var after player.Player
	err := s.inTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if patch.Name != nil {
			if err := s.refuseOptedOut(ctx, tx, patch.Name.Key()); err != nil {
				return err
			}
		}
		row, err := playerRowOf(ctx, s.forUpdate(tx.NewSelect().Where("p.id = ?", id)))
		if err != nil {
			return err
		}
		if err := patch.allowed(row); err != nil {
			return err
		}
		was := row.playerColumns
		patch.apply(row, s.now())
		if after, err = row.player(); err != nil {
			return err
		}
		if err := validate(after); err != nil || row.playerColumns == was {
			return err
		}
		return savePatched(ctx, tx, row, was.Revision)
	})
	if err != nil {
		if patch.Name != nil {
			err = s.explainExists(ctx, err, *patch.Name)
		}
		return player.Player{}, fmt.Errorf("update player %d: %w", id, err)
	}
	return after, nil
}

// apply writes what differs, and with it the times and the revision.
func (p PlayerPatch) apply(row *playerRow, now time.Time) {
	was, at := row.playerColumns, micros(now)
	if p.Name != nil {
		row.Name, row.NameKey = p.Name.String(), p.Name.Key()
	}
	if p.Mode != nil {
		row.Mode = *p.Mode
	}
	if p.Every != nil && int(*p.Every) != row.Every {
		row.Every, row.IntervalChangedAt = int(*p.Every), at
	}
	if p.Paused != nil && *p.Paused != row.Paused {
		row.Paused = *p.Paused
		if !row.Paused {
			row.ResumedAt = at
		}
	}
	if row.Name != was.Name || row.Every != was.Every || row.Paused != was.Paused {
		row.Revision++
	}
	if row.playerColumns != was {
		row.UpdatedAt = at
	}
}

func savePatched(ctx context.Context, tx bun.Tx, row *playerRow, oldRevision int64) error {
	_, err := tx.NewUpdate().Model(row).WherePK().
		Column("name", "name_key", "mode", "every_minutes", "paused", "revision",
			"updated_at", "interval_changed_at", "resumed_at").Exec(ctx)
	if err != nil || row.Revision == oldRevision {
		return err
	}
	return noteChanges(ctx, tx, row.UpdatedAt, player.Change{PlayerID: row.ID, Revision: row.Revision})
}

// RemovePlayer deletes a tracked player with its history at once and returns it as it was, but
// with the revision of the removal, which is noted in the same transaction. An
// unknown id matches ErrNotFound.
func (s *Store) RemovePlayer(ctx context.Context, id int64) (player.Player, error) {
	var gone player.Player
	err := s.inTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		row, err := playerRowOf(ctx, s.forUpdate(tx.NewSelect().Where("p.id = ?", id)))
		if err != nil {
			return err
		}
		row.Revision++
		if gone, err = row.player(); err != nil {
			return err
		}
		if _, err := tx.NewDelete().Model(row).WherePK().Exec(ctx); err != nil {
			return err
		}
		return noteChanges(ctx, tx, micros(s.now()), player.Change{PlayerID: id, Revision: row.Revision})
	})
	if err != nil {
		return player.Player{}, fmt.Errorf("remove player %d: %w", id, err)
	}
	return gone, nil
}
