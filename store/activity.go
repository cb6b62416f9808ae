package store

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/uptrace/bun"

	"github.com/osrsdiff/osrsdiff/events"
)

// activityRow is an event that is kept.
type activityRow struct {
	bun.BaseModel `bun:"table:activity,alias:a"`
	ID            int64       `bun:"id,pk,autoincrement"`
	At            int64       `bun:"at"`
	PlayerID      int64       `bun:"player_id,nullzero"`
	Kind          events.Kind `bun:"kind"`
	Detail        string      `bun:"detail"`
	// Relayed says that the webhooks have it, or do not want it.
	Relayed bool   `bun:"relayed"`
	Player  string `bun:"player,scanonly"`
	// Removed says that the player is tracked no more.
	Removed bool `bun:"removed,scanonly"`
}

// event is the inverse of what keep wrote.
func (r activityRow) event() (events.Event, error) {
	e := events.Event{ID: r.ID, Kind: r.Kind, At: fromMicros(r.At), PlayerID: r.PlayerID, Player: r.Player}
	if err := json.Unmarshal([]byte(r.Detail), &e.Detail); err != nil {
		return events.Event{}, fmt.Errorf("read event %d: %w", r.ID, err)
	}
	return e.Told(), nil
}

// keep writes events in the transaction that makes them true and returns them
// with their numbers, ready to be told once it is committed.
func (s *Store) keep(ctx context.Context, db bun.IDB, happened ...events.Event) ([]events.Event, error) {
	if len(happened) == 0 {
		return nil, nil
	}
	rows := make([]activityRow, 0, len(happened))
	for _, e := range happened {
		detail, err := json.Marshal(e.Detail)
		if err != nil {
			return nil, fmt.Errorf("keep event %s: %w", e.Kind, err)
		}
		rows = append(rows, activityRow{At: micros(e.At), PlayerID: e.PlayerID, Kind: e.Kind, Detail: string(detail)})
	}
	if _, err := db.NewInsert().Model(&rows).Returning("id").Exec(ctx); err != nil {
		return nil, fmt.Errorf("keep events: %w", err)
	}
	kept := make([]events.Event, 0, len(happened))
	for i, e := range happened {
		e.ID = rows[i].ID
		kept = append(kept, e.Told())
	}
	return kept, nil
}

// tell hands over what happened, once it is committed.
func (s *Store) tell(ctx context.Context, happened ...events.Event) {
	if s.onEvents != nil && len(happened) > 0 {
		s.onEvents(ctx, happened)
	}
}

// RecordEvent keeps an event that belongs to no change of the database, such as
// one of the circuit breaker, and tells it.
func (s *Store) RecordEvent(ctx context.Context, e events.Event) error {
	kept, err := s.keep(ctx, s.write, e)
	if err != nil {
		return err
	}
	s.tell(ctx, kept...)
	return nil
}

// ActivityFilter chooses from the activity feed. The zero filter is the latest of
// everything.
type ActivityFilter struct {
	// PlayerID leaves out all that is not about this player. Zero: nothing.
	PlayerID int64
	// GroupID leaves out all that is not about a member of this group. Zero: nothing.
	GroupID int64
	// Kinds are those wanted. None: all.
	Kinds []events.Kind
	// BeforeID is the number of the last event of the page before. Zero: this is
	// the first page.
	BeforeID int64
	// Limit is the most events to return. Zero or less: 100.
	Limit int
}

// Activity returns what happened, the latest first, as far back as events are
// kept: level-ups, milestones, large gains, changes of mode and name, players
// gone missing, come back or flagged, and the circuit breaker.
func (s *Store) Activity(ctx context.Context, f ActivityFilter) ([]events.Event, error) {
	if f.Limit <= 0 {
		f.Limit = defaultLimit
	}
	var rows []activityRow
	q := s.read.NewSelect().Model(&rows).ColumnExpr("a.*").ColumnExpr("COALESCE(p.name, '') AS player").
		Join("LEFT JOIN players AS p ON p.id = a.player_id").OrderExpr("a.id DESC").Limit(int64(f.Limit))
	q.Where("p.id IS NULL OR p.removed_at = 0")
	if f.PlayerID != 0 {
		q.Where("a.player_id = ?", f.PlayerID)
	}
	if f.GroupID != 0 {
		q.Where("a.player_id IN (SELECT player_id FROM group_members WHERE group_id = ?)", f.GroupID)
	}
	if len(f.Kinds) > 0 {
		q.Where("a.kind IN (?)", bun.List(f.Kinds))
	}
	if f.BeforeID != 0 {
		q.Where("a.id < ?", f.BeforeID)
	}
	if err := q.Scan(ctx); err != nil {
		return nil, fmt.Errorf("read activity: %w", err)
	}
	happened := make([]events.Event, 0, len(rows))
	for _, r := range rows {
		e, err := r.event()
		if err != nil {
			return nil, fmt.Errorf("read activity: %w", err)
		}
		happened = append(happened, e)
	}
	return happened, nil
}
