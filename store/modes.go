package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/osrsdiff/osrsdiff/events"
	"github.com/osrsdiff/osrsdiff/player"
)

// ModeChange is a verdict on a player's game mode: one that was applied, or one
// that is kept for a person to see, since it cannot happen in the game.
type ModeChange struct {
	// PlayerID is the player judged.
	PlayerID int64
	// From and To are the modes before and after. From is "" when the mode was
	// not known.
	From, To player.Mode
	// At is when the tables were read.
	At time.Time
	// Evidence is what the tables said, as JSON. Nil: not kept.
	Evidence json.RawMessage
	// Applied verdicts changed the player.
	Applied bool
}

type modeChangeRow struct {
	bun.BaseModel `bun:"table:mode_changes,alias:c"`
	ID            int64       `bun:"id,pk,autoincrement"`
	PlayerID      int64       `bun:"player_id"`
	From          player.Mode `bun:"from_mode"`
	To            player.Mode `bun:"to_mode"`
	At            int64       `bun:"at"`
	Applied       bool        `bun:"applied"`
	Evidence      string      `bun:"evidence"`
}

// RecordMode keeps a verdict and, when it is to be applied, sets the player's
// mode; the schedule's revision stays, since no schedule depends on the mode.
// The same verdict again stores nothing new, nor does one that is not applied
// and is the player's latest already, whenever that was. One that starts from another mode
// than the player has by now matches ErrModeMoved and stores nothing; an unknown
// player matches ErrNotFound.
func (s *Store) RecordMode(ctx context.Context, c ModeChange) error {
	if _, err := player.ParseMode(string(c.To)); err != nil {
		return fmt.Errorf("record mode of player %d: %w", c.PlayerID, err)
	}
	var told []events.Event
	err := s.inTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		row, err := playerRowOf(ctx, s.forUpdate(tx.NewSelect().Where("p.id = ?", c.PlayerID)))
		if err != nil {
			return err
		}
		if c.Applied && row.Mode != c.To {
			if row.Mode != c.From {
				return fmt.Errorf("%w: from %q to %q, but it is %q", ErrModeMoved, c.From, c.To, row.Mode)
			}
			row.Mode, row.UpdatedAt = c.To, micros(s.now())
			if _, err := tx.NewUpdate().Model(row).Column("mode", "updated_at").WherePK().Exec(ctx); err != nil {
				return err
			}
			if told, err = s.keep(ctx, tx, c.events(row.Name)...); err != nil {
				return err
			}
		}
		return insertModeChange(ctx, tx, c)
	})
	if err != nil {
		return fmt.Errorf("record mode of player %d: %w", c.PlayerID, err)
	}
	s.tell(ctx, told...)
	return nil
}

// events are what a change tells: nothing when the mode was not known before.
func (c ModeChange) events(name string) []events.Event {
	if c.From == "" {
		return nil
	}
	return []events.Event{{
		Kind: events.ModeChange, At: c.At, PlayerID: c.PlayerID, Player: name,
		Detail: events.Detail{From: string(c.From), To: string(c.To)},
	}}
}

func insertModeChange(ctx context.Context, tx bun.Tx, c ModeChange) error {
	if !c.Applied {
		known, err := tx.NewSelect().TableExpr("(?) AS latest", tx.NewSelect().Model((*modeChangeRow)(nil)).
			Where("c.player_id = ?", c.PlayerID).OrderExpr("c.at DESC, c.id DESC").Limit(1)).
			Where("from_mode = ?", c.From).Where("to_mode = ?", c.To).Where("applied = ?", false).Exists(ctx)
		if err != nil || known {
			return err
		}
	}
	_, err := tx.NewInsert().Model(&modeChangeRow{
		PlayerID: c.PlayerID, From: c.From, To: c.To, At: micros(c.At),
		Applied: c.Applied, Evidence: string(c.Evidence),
	}).On("CONFLICT DO NOTHING").Returning("NULL").Exec(ctx)
	return err
}

// ModeChanges returns the verdicts on a player, newest first.
func (s *Store) ModeChanges(ctx context.Context, playerID int64) ([]ModeChange, error) {
	var rows []modeChangeRow
	err := s.read.NewSelect().Model(&rows).Where("c.player_id = ?", playerID).OrderExpr("c.at DESC, c.id DESC").Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("read mode changes of player %d: %w", playerID, err)
	}
	changes := make([]ModeChange, 0, len(rows))
	for _, r := range rows {
		c := ModeChange{PlayerID: r.PlayerID, From: r.From, To: r.To, At: fromMicros(r.At), Applied: r.Applied}
		if r.Evidence != "" {
			c.Evidence = json.RawMessage(r.Evidence)
		}
		changes = append(changes, c)
	}
	return changes, nil
}

// MarkModeChecked remembers that a player's mode was looked at; an earlier time
// than the one stored changes nothing. An unknown player is no error.
func (s *Store) MarkModeChecked(ctx context.Context, playerID int64, at time.Time) error {
	_, err := s.write.NewUpdate().Table("players").Set("mode_checked_at = ?", micros(at)).
		Where("id = ?", playerID).Where("mode_checked_at < ?", micros(at)).Exec(ctx)
	if err != nil {
		return fmt.Errorf("mark mode of player %d as checked: %w", playerID, err)
	}
	return nil
}

// PlayersForModeCheck lists, by id and behind afterID, ironman players whose
// mode was last looked at before checkedBefore. Only active ones that are not
// paused are listed, at most limit (zero or less: 100).
func (s *Store) PlayersForModeCheck(ctx context.Context, checkedBefore time.Time, afterID int64, limit int) ([]player.Player, error) {
	if limit <= 0 {
		limit = defaultLimit
	}
	var irons []player.Mode
	for _, m := range player.Modes() {
		if m.Iron() {
			irons = append(irons, m)
		}
	}
	var rows []playerRow
	err := s.read.NewSelect().Model(&rows).
		Where("p.id > ?", afterID).Where("p.mode IN (?)", bun.List(irons)).
		Where("p.status = ?", player.Active).Where("p.paused = ?", false).
		Where("p.mode_checked_at < ?", micros(checkedBefore)).
		OrderExpr("p.id").Limit(int64(limit)).Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("list players whose mode was not checked since %v: %w", checkedBefore, err)
	}
	return playersOf(rows)
}
