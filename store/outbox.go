package store

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"

	"github.com/osrsdiff/osrsdiff/player"
)

// changeRow is a schedule change that Redis may not know yet: at most one a
// player, the newest.
type changeRow struct {
	bun.BaseModel `bun:"table:schedule_changes,alias:c"`
	PlayerID      int64 `bun:"player_id,pk"`
	Revision      int64 `bun:"revision"`
	ChangedAt     int64 `bun:"changed_at"`
}

// noteChanges remembers schedule changes in the transaction that makes them.
func noteChanges(ctx context.Context, tx bun.Tx, at int64, changes ...player.Change) error {
	if len(changes) == 0 {
		return nil
	}
	rows := make([]changeRow, 0, len(changes))
	for _, c := range changes {
		rows = append(rows, changeRow{PlayerID: c.PlayerID, Revision: c.Revision, ChangedAt: at})
	}
	_, err := tx.NewInsert().Model(&rows).
		On("CONFLICT (player_id) DO UPDATE").
		Set("revision = EXCLUDED.revision").Set("changed_at = EXCLUDED.changed_at").Exec(ctx)
	if err != nil {
		return fmt.Errorf("note %d schedule changes: %w", len(changes), err)
	}
	return nil
}

// PendingChanges returns schedule changes that were not reported as applied,
// oldest first, at most limit (zero or less: 100). A change of a player that no
// longer exists is a removal.
func (s *Store) PendingChanges(ctx context.Context, limit int) ([]player.Change, error) {
	if limit <= 0 {
		limit = defaultLimit
	}
	var rows []changeRow
	err := s.read.NewSelect().Model(&rows).OrderExpr("c.changed_at, c.player_id").Limit(int64(limit)).Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("read pending schedule changes: %w", err)
	}
	changes := make([]player.Change, 0, len(rows))
	for _, r := range rows {
		changes = append(changes, player.Change{PlayerID: r.PlayerID, Revision: r.Revision})
	}
	return changes, nil
}

// ChangesApplied forgets schedule changes that Redis has now. A newer change of
// the same player stays.
func (s *Store) ChangesApplied(ctx context.Context, changes []player.Change) error {
	if len(changes) == 0 {
		return nil
	}
	pairs := make([]bun.TupleValues, 0, len(changes))
	for _, c := range changes {
		pairs = append(pairs, bun.Tuple([]int64{c.PlayerID, c.Revision}))
	}
	_, err := s.write.NewDelete().Model((*changeRow)(nil)).
		Where("(player_id, revision) IN (VALUES ?)", bun.List(pairs)).Exec(ctx)
	if err != nil {
		return fmt.Errorf("forget %d schedule changes: %w", len(changes), err)
	}
	return nil
}
