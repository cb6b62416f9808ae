package store

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/osrsdiff/osrsdiff/player"
)

// Run is one fetch worth remembering by itself: one that failed or that a
// person asked for. Prune removes old ones.
type Run struct {
	// ID is never reused.
	ID int64
	// PlayerID is the player fetched.
	PlayerID int64
	// TaskID names the queued task.
	TaskID string
	// Tick is the tick that asked for the fetch. Zero: a person did.
	Tick time.Time
	// StartedAt and EndedAt bound the work, waiting for the limit included.
	StartedAt, EndedAt time.Time
	// Result is how it ended.
	Result player.Result
	// Error says why it failed. Empty unless Result is player.Failed.
	Error string
	// Attempts is how many runs of the task began. Zero: it is not known, since an
	// earlier version of this program wrote it.
	Attempts int
}

type runRow struct {
	bun.BaseModel `bun:"table:runs,alias:r"`
	ID            int64         `bun:"id,pk,autoincrement"`
	PlayerID      int64         `bun:"player_id"`
	TaskID        string        `bun:"task_id"`
	Tick          int64         `bun:"tick"`
	StartedAt     int64         `bun:"started_at"`
	EndedAt       int64         `bun:"ended_at"`
	Result        player.Result `bun:"result"`
	Error         string        `bun:"error"`
	Attempts      int           `bun:"attempts"`
}

// run is how an attempt ended, for its row.
type run struct {
	result player.Result
	cause  string
}

// writeRun remembers an attempt that failed or was asked for by hand, once.
func writeRun(ctx context.Context, tx bun.Tx, a player.Attempt, ran run) error {
	if !a.Manual() && ran.result != player.Failed {
		return nil
	}
	row := &runRow{
		PlayerID: a.PlayerID, TaskID: a.TaskID, Tick: micros(a.Tick),
		StartedAt: micros(a.StartedAt), EndedAt: micros(a.At),
		Result: ran.result, Error: ran.cause, Attempts: a.Tries,
	}
	_, err := tx.NewInsert().Model(row).On("CONFLICT DO NOTHING").Returning("NULL").Exec(ctx)
	if err != nil {
		return fmt.Errorf("write run: %w", err)
	}
	return nil
}

// Runs returns a player's remembered runs, newest first, at most limit (zero or
// less: 100).
func (s *Store) Runs(ctx context.Context, playerID int64, limit int) ([]Run, error) {
	if limit <= 0 {
		limit = defaultLimit
	}
	var rows []runRow
	err := s.read.NewSelect().Model(&rows).Where("r.player_id = ?", playerID).
		OrderExpr("r.started_at DESC, r.ended_at DESC, r.id DESC").Limit(int64(limit)).Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("read runs of player %d: %w", playerID, err)
	}
	return runsOf(rows), nil
}

func runsOf(rows []runRow) []Run {
	runs := make([]Run, 0, len(rows))
	for _, r := range rows {
		runs = append(runs, Run{
			ID: r.ID, PlayerID: r.PlayerID, TaskID: r.TaskID, Tick: fromMicros(r.Tick),
			StartedAt: fromMicros(r.StartedAt), EndedAt: fromMicros(r.EndedAt),
			Result: r.Result, Error: r.Error, Attempts: r.Attempts,
		})
	}
	return runs
}

// Outcome chooses runs by how they ended.
type Outcome int

// The outcomes of a RunFilter.
const (
	// AnyOutcome chooses all runs.
	AnyOutcome Outcome = iota
	// Succeeded chooses those that did not fail.
	Succeeded
	// Unsuccessful chooses those that failed.
	Unsuccessful
)

// RunFilter chooses remembered runs. The zero filter is the last hundred of all.
type RunFilter struct {
	// Before continues a listing: only ids below it. Zero: from the newest.
	Before int64
	// From leaves out ids below it. Zero: none.
	From int64
	// PlayerID and TaskID choose those of one player and of one task. Zero and
	// empty: any.
	PlayerID int64
	TaskID   string
	// Outcome chooses by how they ended.
	Outcome Outcome
	// Limit is the most runs to return. Zero or less: 100.
	Limit int
}

// RunsBefore lists remembered runs of all players by id, the newest first. The
// next page is before the last id returned.
func (s *Store) RunsBefore(ctx context.Context, f RunFilter) ([]Run, error) {
	if f.Limit <= 0 {
		f.Limit = defaultLimit
	}
	var rows []runRow
	q := s.read.NewSelect().Model(&rows).Where("r.id >= ?", f.From).OrderExpr("r.id DESC").Limit(int64(f.Limit))
	if f.Before > 0 {
		q = q.Where("r.id < ?", f.Before)
	}
	if f.PlayerID > 0 {
		q = q.Where("r.player_id = ?", f.PlayerID)
	}
	if f.TaskID != "" {
		q = q.Where("r.task_id = ?", f.TaskID)
	}
	switch f.Outcome {
	case Succeeded:
		q = q.Where("r.result <> ?", player.Failed)
	case Unsuccessful:
		q = q.Where("r.result = ?", player.Failed)
	case AnyOutcome:
	}
	if err := q.Scan(ctx); err != nil {
		return nil, fmt.Errorf("list runs before %d: %w", f.Before, err)
	}
	return runsOf(rows), nil
}
