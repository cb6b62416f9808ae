package store

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/uptrace/bun"

	"github.com/osrsdiff/osrsdiff/gains"
	"github.com/osrsdiff/osrsdiff/hiscores"
)

// metaRollups is set once every player has been counted for the leaderboards.
const metaRollups = "rollups"

// countOnce makes the leaderboards of a database whose values are older than the
// tables for them. It goes on where it was stopped, and any number of processes
// may do it at once.
func (s *Store) countOnce(ctx context.Context) error {
	if done, err := s.Meta(ctx, metaRollups); err != nil || done != "" {
		return err
	}
	after := int64(0)
	for {
		var ids []int64
		err := s.read.NewSelect().Table("players").Column("id").Where("id > ?", after).
			OrderExpr("id").Limit(thinPage).Scan(ctx, &ids)
		if err != nil {
			return fmt.Errorf("count the gains of stored values: %w", err)
		}
		for _, id := range ids {
			if err := s.Recount(ctx, id); err != nil {
				return err
			}
			after = id
		}
		if len(ids) == 0 {
			return s.SetMeta(ctx, metaRollups, "1")
		}
	}
}

// Recount makes a player's part of the leaderboards anew from its stored values,
// and adds milestones that they show. Whoever writes values other than by
// RecordSnapshot calls it. Dates of milestones are then as close as changes are
// to each other. An unknown player is no error.
func (s *Store) Recount(ctx context.Context, playerID int64) error {
	err := s.inTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		var locked []int64
		err := s.forUpdate(tx.NewSelect().Table("players").Column("id").Where("id = ?", playerID)).Scan(ctx, &locked)
		if err != nil || len(locked) == 0 {
			return err
		}
		var values []valueRow
		err = tx.NewSelect().Model(&values).Where("v.player_id = ?", playerID).OrderExpr("v.at, v.metric_id").Scan(ctx)
		if err != nil {
			return err
		}
		for _, table := range []string{"standings", "period_gains"} {
			if _, err := tx.NewDelete().Table(table).Where("player_id = ?", playerID).Exec(ctx); err != nil {
				return err
			}
		}
		return s.replay(ctx, tx, playerID, values)
	})
	if err != nil {
		return fmt.Errorf("recount player %d: %w", playerID, err)
	}
	return nil
}

// replay counts values, which are in order of time, as if they came anew.
func (s *Store) replay(ctx context.Context, tx bun.Tx, playerID int64, values []valueRow) error {
	gained := make(map[gainRow]int64)
	var reached []gains.Milestone
	now := make(map[int64]valueRow)
	var before hiscores.Snapshot
	for len(values) > 0 {
		n := 1
		for n < len(values) && values[n].At == values[0].At {
			n++
		}
		for _, v := range values[:n] {
			m, err := s.metricByID(ctx, v.MetricID)
			if err != nil {
				return err
			}
			gain := gainBetween(now[v.MetricID].Value, v.Value, hiscores.MayFall(m.Key))
			for _, b := range bucketsOf(v.At) {
				gained[gainRow{PlayerID: playerID, MetricID: v.MetricID, Bucket: b}] += gain
			}
			now[v.MetricID] = v
		}
		after, err := s.countedSnapshot(ctx, values[0].At, now)
		if err != nil {
			return err
		}
		reached = append(reached, crossed(before, after)...)
		before, values = after, values[n:]
	}
	return s.saveReplay(ctx, tx, replayed{playerID: playerID, now: now, gained: gained, reached: reached})
}

// gainBetween is what a change from one value to the next adds to the gains.
func gainBetween(before, after *int64, mayFall bool) int64 {
	if before == nil || after == nil || *after < *before && !mayFall {
		return 0
	}
	if gain := *after - *before; believable(gain) {
		return gain
	}
	return 0
}

// countedSnapshot is a snapshot of the values that gains are counted by.
func (s *Store) countedSnapshot(ctx context.Context, at int64, now map[int64]valueRow) (hiscores.Snapshot, error) {
	snap := hiscores.Snapshot{At: fromMicros(at)}
	for _, id := range slices.Sorted(maps.Keys(now)) {
		m, err := s.metricByID(ctx, id)
		if err != nil {
			return snap, err
		}
		v := now[id]
		snap.Rows = append(snap.Rows, hiscores.Row{Metric: m.Name, Kind: m.Kind, Level: numberOf(v.Level), Value: numberOf(v.Value)})
	}
	return snap, nil
}

// replayed is what a replay of a player's values came to.
type replayed struct {
	playerID int64
	now      map[int64]valueRow
	gained   map[gainRow]int64
	reached  []gains.Milestone
}

func (s *Store) saveReplay(ctx context.Context, tx bun.Tx, r replayed) error {
	if err := insertAll(ctx, tx, r.standings()); err != nil {
		return fmt.Errorf("standings: %w", err)
	}
	if err := insertAll(ctx, tx, r.sums()); err != nil {
		return fmt.Errorf("period gains: %w", err)
	}
	for batch := range slices.Chunk(r.reached, addBatch) {
		if err := s.saveMilestones(ctx, tx, r.playerID, batch); err != nil {
			return err
		}
	}
	return nil
}

func (r replayed) standings() []standingRow {
	var rows []standingRow
	for id, v := range r.now {
		stated := v.Value
		if v.Stated != nil {
			stated = v.Stated
		}
		if stated != nil && *stated > 0 {
			rows = append(rows, standingRow{PlayerID: r.playerID, MetricID: id, Value: *stated})
		}
	}
	return rows
}

func (r replayed) sums() []gainRow {
	var rows []gainRow
	for row, gain := range r.gained {
		if gain != 0 {
			row.Gain = gain
			rows = append(rows, row)
		}
	}
	return rows
}

// insertAll inserts new rows, some hundreds in a statement.
func insertAll[T any](ctx context.Context, tx bun.Tx, rows []T) error {
	for batch := range slices.Chunk(rows, addBatch) {
		if _, err := tx.NewInsert().Model(&batch).Exec(ctx); err != nil {
			return err
		}
	}
	return nil
}
