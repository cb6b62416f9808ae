package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/uptrace/bun"

	"github.com/osrsdiff/osrsdiff/player"
)

// RetirePlayer stops to track a player and keeps its history: nothing lists,
// schedules or fetches it any more, its name is free, and adding the name again
// restores it until PurgeRetired deletes it. The player is returned as it was, but
// with the revision of the removal, which is noted in the same transaction. An
// unknown id matches ErrNotFound.
func (s *Store) RetirePlayer(ctx context.Context, id int64) (player.Player, error) {
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
		return s.retire(ctx, tx, row)
	})
	if err != nil {
		return player.Player{}, fmt.Errorf("remove player %d: %w", id, err)
	}
	return gone, nil
}

// retire writes that a player is removed, at the revision its row has by now.
func (s *Store) retire(ctx context.Context, tx bun.Tx, row *playerRow) error {
	at := micros(s.now())
	_, err := tx.NewUpdate().Table("players").Set("removed_at = ?", at).Set("removed_key = name_key").
		Set("name_key = ?", "~"+strconv.FormatInt(row.ID, 10)).Set("revision = ?", row.Revision).Where("id = ?", row.ID).Exec(ctx)
	if err != nil {
		return err
	}
	return noteChanges(ctx, tx, at, player.Change{PlayerID: row.ID, Revision: row.Revision})
}

// restore tracks a retired player of the name again, with its history and the
// interval that was asked for, and reports whether there was one. The one retired
// last comes back.
func (s *Store) restore(ctx context.Context, tx bun.Tx, want *playerRow) (bool, error) {
	row := new(playerRow)
	err := s.forUpdate(tx.NewSelect().Model(row).Where("p.removed_at > 0 AND p.removed_key = ?", want.NameKey).
		OrderExpr("p.removed_at DESC, p.id DESC").Limit(1)).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	row.Name, row.NameKey, row.Every = want.Name, want.NameKey, want.Every
	row.Paused = want.Paused || row.Status == player.Archived
	if want.Mode != "" {
		row.Mode = want.Mode
	}
	at := micros(s.now())
	row.Revision, row.UpdatedAt, row.ResumedAt = row.Revision+1, at, at
	_, err = tx.NewUpdate().Model(row).WherePK().
		Column("name", "name_key", "mode", "every_minutes", "paused", "revision", "updated_at", "resumed_at").
		Set("removed_at = 0").Set("removed_key = ''").Exec(ctx)
	if err != nil {
		return false, err
	}
	*want = *row
	return true, noteChanges(ctx, tx, at, player.Change{PlayerID: row.ID, Revision: row.Revision})
}

// restoreSome restores those of the rows whose names only retired players have,
// and marks them in fresh.
func (s *Store) restoreSome(ctx context.Context, tx bun.Tx, rows []playerRow, fresh map[string]bool) error {
	var retired []string
	err := tx.NewSelect().TableExpr("players AS p").ColumnExpr("DISTINCT p.removed_key").
		Where("p.removed_at > 0 AND p.removed_key IN (?)", bun.List(keysOf(rows))).
		Where("NOT EXISTS (SELECT 1 FROM players AS l WHERE l.name_key = p.removed_key)").Scan(ctx, &retired)
	if err != nil || len(retired) == 0 {
		return err
	}
	wanted := make(map[string]bool, len(retired))
	for _, key := range retired {
		wanted[key] = true
	}
	for _, r := range rows {
		if !wanted[r.NameKey] {
			continue
		}
		wanted[r.NameKey] = false
		if fresh[r.NameKey], err = s.restore(ctx, tx, &r); err != nil {
			return err
		}
	}
	return nil
}

// PurgeRetired deletes players retired before a time, with their history, and
// says how many. When it fails, those counted are gone.
func (s *Store) PurgeRetired(ctx context.Context, before time.Time) (int, error) {
	return s.purge(ctx, s.read.NewSelect().Where("p.removed_at > 0 AND p.removed_at < ?", micros(before)))
}

// PurgeName deletes the retired players that had a name, with their history, and
// says how many there were.
func (s *Store) PurgeName(ctx context.Context, name player.Name) (int, error) {
	return s.purge(ctx, s.read.NewSelect().Where("p.removed_at > 0 AND p.removed_key = ?", name.Key()))
}

func (s *Store) purge(ctx context.Context, which *bun.SelectQuery) (int, error) {
	var ids []int64
	if err := which.TableExpr("players AS p").Column("p.id").OrderExpr("p.id").Scan(ctx, &ids); err != nil {
		return 0, fmt.Errorf("list removed players: %w", err)
	}
	for done, id := range ids {
		if _, err := s.write.NewDelete().Table("players").Where("id = ? AND removed_at > 0", id).Exec(ctx); err != nil {
			return done, fmt.Errorf("purge player %d: %w", id, err)
		}
	}
	return len(ids), nil
}
