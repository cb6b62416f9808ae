package store

import (
	"context"
	"fmt"
	"strconv"

	"github.com/uptrace/bun"

	"github.com/osrsdiff/osrsdiff/hiscores"
	"github.com/osrsdiff/osrsdiff/identity"
	"github.com/osrsdiff/osrsdiff/player"
)

// AcceptHeld takes the values held aside for the player's own: they go into its
// history at the times they came. Rows that end lower than they stood start anew
// there, so what they gain from then on counts. The player is active again. One
// that is not flagged matches ErrNotFlagged, an unknown one ErrNotFound.
func (s *Store) AcceptHeld(ctx context.Context, id int64) (player.Player, error) {
	var after player.Player
	err := s.inTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		row, err := s.lockFlagged(ctx, tx, id)
		if err != nil {
			return err
		}
		was := row.playerColumns
		held, err := s.release(ctx, tx, id)
		if err != nil {
			return err
		}
		falls, err := s.acceptFalls(ctx, row, held)
		if err != nil {
			return err
		}
		if err := s.applyHeld(ctx, tx, row, held); err != nil {
			return err
		}
		if micros(held[len(held)-1].Until) < was.LastAttemptAt { // something else came since
			row.LastResult, row.LastError, row.MissingSince = was.LastResult, was.LastError, was.MissingSince
		}
		if err := s.prepared.saved.save(ctx, tx, []*fetchedRow{row}); err != nil {
			return err
		}
		if after, err = row.player(); err != nil {
			return err
		}
		return noteEvent(ctx, tx, Event{PlayerID: id, At: s.now(), Kind: WasAccepted, EventDetail: EventDetail{Falls: falls}})
	})
	if err != nil {
		return player.Player{}, fmt.Errorf("accept what is held of player %d: %w", id, err)
	}
	return after, nil
}

// lockFlagged locks the row of a flagged player.
func (s *Store) lockFlagged(ctx context.Context, tx bun.Tx, id int64) (*fetchedRow, error) {
	rows, err := s.lockFetched(ctx, tx, id)
	if err != nil {
		return nil, err
	}
	row := rows[id]
	if row == nil {
		return nil, ErrNotFound
	}
	if row.Status != player.Flagged {
		return nil, fmt.Errorf("%w: %q is %s", ErrNotFlagged, row.Name, row.Status)
	}
	return row, nil
}

// acceptFalls marks the rows that end lower than they stood. Those that only
// dipped in between are not: an answer with wrong values is no new beginning.
func (s *Store) acceptFalls(ctx context.Context, row *fetchedRow, held []HeldSnapshot) ([]hiscores.Change, error) {
	if len(held) == 0 {
		return nil, fmt.Errorf("nothing is held: %w", ErrNotFound)
	}
	before, err := s.unpackLatest(ctx, row.latest())
	if err != nil {
		return nil, err
	}
	falls := identity.Falls(before, held[len(held)-1].Snapshot)
	row.accepted = make(map[string]bool, len(falls))
	for _, c := range falls {
		row.accepted[hiscores.MetricKey(c.Metric)] = true
	}
	return falls, nil
}

// Split is what became of a flagged player whose name another account has.
type Split struct {
	// Archived is the player as it was, with its id and its history, under a free
	// name and never fetched.
	Archived player.Player
	// Fresh is the account that has the name now: a new player that begins with
	// the values that were held aside.
	Fresh player.Player
}

// SplitPlayer takes the values held aside for another account's. The player
// keeps its history but not its name, and a new player with the same interval
// begins with what was held; its mode is for the next fetch to detect. Both
// schedule changes are noted. A player that is not flagged matches
// ErrNotFlagged, an unknown one ErrNotFound.
func (s *Store) SplitPlayer(ctx context.Context, id int64) (Split, error) {
	var split Split
	err := s.inTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		row, err := s.lockFlagged(ctx, tx, id)
		if err != nil {
			return err
		}
		was := row.playerColumns
		held, err := s.release(ctx, tx, id)
		if err != nil {
			return err
		}
		if split.Archived, err = s.archive(ctx, tx, was); err != nil {
			return err
		}
		if split.Fresh, err = s.begin(ctx, tx, was, held); err != nil {
			return err
		}
		return s.noteSplit(ctx, tx, split)
	})
	if err != nil {
		return Split{}, fmt.Errorf("split player %d: %w", id, err)
	}
	return split, nil
}

// archive gives a player's name away and stops its schedule.
func (s *Store) archive(ctx context.Context, tx bun.Tx, was playerColumns) (player.Player, error) {
	free, err := freeArchiveName(ctx, tx, was.ID)
	if err != nil {
		return player.Player{}, err
	}
	row := &playerRow{playerColumns: was}
	PlayerPatch{Name: &free, Paused: new(true)}.apply(row, s.now())
	row.Status = player.Archived
	if _, err := tx.NewUpdate().Model(row).WherePK().Column("status").Exec(ctx); err != nil {
		return player.Player{}, err
	}
	if err := savePatched(ctx, tx, row, was.Revision); err != nil {
		return player.Player{}, err
	}
	return row.player()
}

// freeArchiveName is a name that nobody tracks, as near to the player's id as
// there is one. It is cut to what a name may have.
func freeArchiveName(ctx context.Context, tx bun.Tx, id int64) (player.Name, error) {
	for n := id; ; n++ {
		digits := strconv.FormatInt(n, 10)
		word := "archive"
		word = word[:max(1, min(len(word), player.MaxNameLength-1-len(digits)))]
		name, err := player.ParseName(word + " " + digits)
		if err != nil {
			return player.Name{}, err
		}
		taken, err := tx.NewSelect().Table("players").Where("name_key = ?", name.Key()).Exists(ctx)
		if err != nil || !taken {
			return name, err
		}
	}
}

// begin adds the account that has the name now.
func (s *Store) begin(ctx context.Context, tx bun.Tx, was playerColumns, held []HeldSnapshot) (player.Player, error) {
	name, err := player.ParseName(was.Name)
	if err != nil {
		return player.Player{}, err
	}
	row, err := newPlayerRow(player.Player{Name: name, Every: player.Interval(was.Every), Paused: was.Paused}, s.now())
	if err != nil {
		return player.Player{}, err
	}
	if _, err := tx.NewInsert().Model(&row).Returning("id").Exec(ctx); err != nil {
		return player.Player{}, err
	}
	fresh := &fetchedRow{playerColumns: row.playerColumns}
	if err := s.applyHeld(ctx, tx, fresh, held); err != nil {
		return player.Player{}, err
	}
	if err := s.prepared.saved.save(ctx, tx, []*fetchedRow{fresh}); err != nil {
		return player.Player{}, err
	}
	return fresh.player()
}

// noteSplit keeps the event with both players, and the new schedule.
func (s *Store) noteSplit(ctx context.Context, tx bun.Tx, split Split) error {
	detail := EventDetail{From: split.Fresh.Name.String(), To: split.Archived.Name.String(), Other: split.Fresh.ID}
	err := noteEvent(ctx, tx, Event{PlayerID: split.Archived.ID, At: s.now(), Kind: WasSplit, EventDetail: detail})
	if err != nil {
		return err
	}
	detail.Other = split.Archived.ID
	err = noteEvent(ctx, tx, Event{PlayerID: split.Fresh.ID, At: s.now(), Kind: WasSplit, EventDetail: detail})
	if err != nil {
		return err
	}
	return noteChanges(ctx, tx, micros(s.now()), player.Change{PlayerID: split.Fresh.ID, Revision: split.Fresh.Revision})
}
