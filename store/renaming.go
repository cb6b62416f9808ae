package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/uptrace/bun"

	"github.com/osrsdiff/osrsdiff/events"
	"github.com/osrsdiff/osrsdiff/player"
)

// ErrArchived means something cannot be done to the history of an account that
// is not tracked any more.
var ErrArchived = errors.New("player is archived")

// allowed says why a patch cannot be, or nil: only RenamePlayer tracks an
// archived player again, and nobody renames a flagged one.
func (p PlayerPatch) allowed(row *playerRow) error {
	renames := p.Name != nil && p.Name.Key() != row.NameKey
	switch {
	case renames && row.Status == player.Flagged:
		return fmt.Errorf("%w: decide first whose the values held aside of %q are", ErrFlagged, row.Name)
	case row.Status == player.Archived && (renames || p.Paused != nil && !*p.Paused):
		return fmt.Errorf("%w: rename %q to the name that its account has today to track it again", ErrArchived, row.Name)
	}
	return nil
}

// Renaming is a change of an account's name.
type Renaming struct {
	// To is the new name.
	To player.Name
	// Forced means the hiscores were not asked whether it is the same account.
	Forced bool
}

// RenamePlayer gives a player another name and keeps its id, its schedule and
// its history; the change is kept as an event. An archived player is tracked
// again under the new name. Another spelling of the same name is no event. A name
// of another player is an *ExistsError, one on the opt-out list an *OptedOutError; a
// flagged player matches ErrFlagged,
// because first somebody must decide which account has the old name; an unknown
// one matches ErrNotFound.
func (s *Store) RenamePlayer(ctx context.Context, id int64, renaming Renaming) (player.Player, error) {
	var after player.Player
	var told []events.Event
	err := s.inTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if err := s.refuseOptedOut(ctx, tx, renaming.To.Key()); err != nil {
			return err
		}
		row, err := playerRowOf(ctx, s.forUpdate(tx.NewSelect().Where("p.id = ?", id)))
		if err != nil {
			return err
		}
		if told, err = s.rename(ctx, tx, row, renaming); err != nil {
			return err
		}
		after, err = row.player()
		return err
	})
	if err != nil {
		return player.Player{}, fmt.Errorf("rename player %d: %w", id, s.explainExists(ctx, err, renaming.To))
	}
	s.tell(ctx, told...)
	return after, nil
}

// rename returns what there is to tell of it.
func (s *Store) rename(ctx context.Context, tx bun.Tx, row *playerRow, renaming Renaming) ([]events.Event, error) {
	was, same := row.playerColumns, row.NameKey == renaming.To.Key()
	patch := PlayerPatch{Name: &renaming.To}
	if !same && row.Status == player.Archived {
		row.Status, patch.Paused = player.Active, new(false)
	}
	if err := patch.allowed(row); err != nil {
		return nil, err
	}
	patch.apply(row, s.now())
	after, err := row.player()
	if err != nil {
		return nil, err
	}
	if err := validate(after); err != nil || row.playerColumns == was {
		return nil, err
	}
	if err := savePatched(ctx, tx, row, was.Revision); err != nil || same {
		return nil, err
	}
	if _, err := tx.NewUpdate().Model(row).WherePK().Column("status").Exec(ctx); err != nil {
		return nil, err
	}
	err = noteEvent(ctx, tx, Event{PlayerID: row.ID, At: s.now(), Kind: WasRenamed, EventDetail: EventDetail{
		From: was.Name, To: row.Name, Forced: renaming.Forced,
	}})
	if err != nil {
		return nil, err
	}
	return s.keep(ctx, tx, events.Event{
		Kind: events.Renamed, At: s.now(), PlayerID: row.ID, Player: row.Name, Detail: events.Detail{From: was.Name, To: row.Name},
	})
}
