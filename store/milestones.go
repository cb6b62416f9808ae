package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/uptrace/bun"

	"github.com/osrsdiff/osrsdiff/gains"
	"github.com/osrsdiff/osrsdiff/hiscores"
)

// milestoneRow is a milestone whose date is known. Those without a date are read
// off the latest snapshot.
type milestoneRow struct {
	bun.BaseModel `bun:"table:milestones,alias:m"`
	PlayerID      int64               `bun:"player_id,pk"`
	MetricID      int64               `bun:"metric_id,pk"`
	Kind          gains.MilestoneKind `bun:"kind,pk"`
	Goal          int64               `bun:"goal,pk"`
	AfterAt       int64               `bun:"after_at"`
	ByAt          int64               `bun:"by_at"`
}

// saveMilestones keeps the dates of milestones. What was reached before, and
// reached again after a fall, keeps its first date.
func (s *Store) saveMilestones(ctx context.Context, tx bun.Tx, playerID int64, reached []gains.Milestone) error {
	if len(reached) == 0 {
		return nil
	}
	rows := make([]milestoneRow, 0, len(reached))
	for _, r := range reached {
		m, err := s.metricByName(ctx, r.Metric)
		if err != nil {
			return fmt.Errorf("milestones: %w", err)
		}
		rows = append(rows, milestoneRow{
			PlayerID: playerID, MetricID: m.ID, Kind: r.Kind, Goal: r.Goal,
			AfterAt: micros(r.After), ByAt: micros(r.By),
		})
	}
	if _, err := tx.NewInsert().Model(&rows).On("CONFLICT DO NOTHING").Exec(ctx); err != nil {
		return fmt.Errorf("milestones: %w", err)
	}
	return nil
}

// Milestones returns what a player reached, the latest first. Each lies between
// two fetches; those that the first known values showed already have no date and
// come last. An unknown player matches ErrNotFound; one without a snapshot has
// none.
func (s *Store) Milestones(ctx context.Context, playerID int64) ([]gains.Milestone, error) {
	latest, err := s.Latest(ctx, playerID)
	if errors.Is(err, ErrNotFound) {
		if _, lookupErr := latestOf(ctx, s.read, playerID); lookupErr == nil {
			return nil, nil
		}
	}
	if err != nil {
		return nil, fmt.Errorf("milestones of player %d: %w", playerID, err)
	}
	dated, err := s.datedMilestones(ctx, playerID)
	if err != nil {
		return nil, fmt.Errorf("milestones of player %d: %w", playerID, err)
	}
	return gains.Merge(dated, latest), nil
}

func (s *Store) datedMilestones(ctx context.Context, playerID int64) ([]gains.Milestone, error) {
	var rows []milestoneRow
	err := s.read.NewSelect().Model(&rows).Where("m.player_id = ?", playerID).
		OrderExpr("m.by_at DESC, m.metric_id, m.kind, m.goal DESC").Scan(ctx)
	if err != nil {
		return nil, err
	}
	dated := make([]gains.Milestone, 0, len(rows))
	for _, r := range rows {
		m, err := s.metricByID(ctx, r.MetricID)
		if err != nil {
			return nil, err
		}
		dated = append(dated, gains.Milestone{
			Metric: m.Name, Kind: r.Kind, Goal: r.Goal, After: fromMicros(r.AfterAt), By: fromMicros(r.ByAt),
		})
	}
	return dated, nil
}

// crossed lists the milestones between two snapshots by which gains are counted.
// A first snapshot dates none.
func crossed(before, after hiscores.Snapshot) []gains.Milestone {
	if before.At.IsZero() {
		return nil
	}
	return gains.Crossed(before, after)
}
