package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/osrsdiff/osrsdiff/events"
	"github.com/osrsdiff/osrsdiff/hiscores"
	"github.com/osrsdiff/osrsdiff/identity"
	"github.com/osrsdiff/osrsdiff/player"
)

// ErrNotFlagged means there is nothing to decide about a player: no values of it
// are held aside.
var ErrNotFlagged = errors.New("player is not flagged")

// ErrFlagged means something cannot be done to a player before a person has
// decided whose the values held aside are.
var ErrFlagged = errors.New("player is flagged")

// EventKind is what happened to the identity of a player.
type EventKind string

// The kinds of identity events.
const (
	// RolledBack: values fell as a rollback of the game lets them.
	RolledBack EventKind = "rolled_back"
	// WasFlagged: values fell as those of another account would.
	WasFlagged EventKind = "flagged"
	// WasAccepted: a person said that the values held aside are the player's.
	WasAccepted EventKind = "accepted"
	// WasSplit: a person said that they are another account's. The archived
	// player and the fresh one both have this event.
	WasSplit EventKind = "split"
	// WasRenamed: the account changed its name.
	WasRenamed EventKind = "renamed"
)

// Event is one thing that happened to the identity of a player.
type Event struct {
	// PlayerID is the player.
	PlayerID int64 `json:"player_id"`
	// At is when the answer came, or the person decided.
	At time.Time `json:"at"`
	// Kind is what happened.
	Kind EventKind `json:"kind"`
	// EventDetail is what there is to know about it.
	EventDetail
}

// EventDetail is what an event says beside its kind. What does not apply is
// empty.
type EventDetail struct {
	// Reason says why it is no rollback.
	Reason string `json:"reason,omitempty"`
	// Falls are the values that fell.
	Falls []hiscores.Change `json:"falls,omitempty"`
	// From and To are the names before and after.
	From string `json:"from,omitempty"`
	To   string `json:"to,omitempty"`
	// Other is the other player of a split.
	Other int64 `json:"other_player_id,omitempty"`
	// Forced: the hiscores were not to have a say.
	Forced bool `json:"forced,omitempty"`
}

type eventRow struct {
	bun.BaseModel `bun:"table:identity_events,alias:e"`
	ID            int64     `bun:"id,pk,autoincrement"`
	PlayerID      int64     `bun:"player_id"`
	At            int64     `bun:"at"`
	Kind          EventKind `bun:"kind"`
	Detail        string    `bun:"detail"`
}

// noteEvent keeps an event in the transaction that makes it true.
func noteEvent(ctx context.Context, tx bun.Tx, e Event) error {
	detail, err := json.Marshal(e.EventDetail)
	if err != nil {
		return fmt.Errorf("note that player %d was %s: %w", e.PlayerID, e.Kind, err)
	}
	row := &eventRow{PlayerID: e.PlayerID, At: micros(e.At), Kind: e.Kind, Detail: string(detail)}
	if _, err := tx.NewInsert().Model(row).Returning("NULL").Exec(ctx); err != nil {
		return fmt.Errorf("note that player %d was %s: %w", e.PlayerID, e.Kind, err)
	}
	return nil
}

// Events returns what happened to the identity of a player, newest first. A
// player that nothing happened to, and an unknown one, have none.
func (s *Store) Events(ctx context.Context, playerID int64) ([]Event, error) {
	var rows []eventRow
	err := s.read.NewSelect().Model(&rows).Where("e.player_id = ?", playerID).OrderExpr("e.at DESC, e.id DESC").Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("read identity events of player %d: %w", playerID, err)
	}
	events := make([]Event, 0, len(rows))
	for _, r := range rows {
		e := Event{PlayerID: r.PlayerID, At: fromMicros(r.At), Kind: r.Kind}
		if err := json.Unmarshal([]byte(r.Detail), &e.EventDetail); err != nil {
			return nil, fmt.Errorf("read identity event %d: %w", r.ID, err)
		}
		events = append(events, e)
	}
	return events, nil
}

// identify decides whose values an answer has, and applies it or holds it aside.
func (s *Store) identify(ctx context.Context, w *writing, row *fetchedRow, snap hiscores.Snapshot) ([]hiscores.Change, error) {
	switch {
	case row.Status == player.Archived, micros(snap.At) <= row.SnapshotAt:
		return nil, errStale
	case row.Status == player.Flagged:
		return nil, s.hold(ctx, w.Tx, row, snap)
	}
	now, err := s.standingOf(ctx, row.latest())
	if err != nil {
		return nil, err
	}
	falls := identity.Falls(now.stated, snap)
	if len(falls) == 0 {
		return s.applySnapshot(ctx, w, row, now, snap)
	}
	lastFall, err := lastFallOf(ctx, w.Tx, row.ID)
	if err != nil {
		return nil, err
	}
	verdict := identity.Judge(identity.Case{
		Before: now.stated, After: snap, Peaks: now.peaks, LastFall: lastFall, Missing: row.Status == player.Missing,
	})
	event := Event{PlayerID: row.ID, At: snap.At, Kind: RolledBack, EventDetail: EventDetail{Reason: verdict.Reason, Falls: falls}}
	if verdict.Kind == identity.Rollback {
		s.log.InfoContext(ctx, "values were rolled back", "player", row.Name, "falls", len(falls))
		if err := noteEvent(ctx, w.Tx, event); err != nil {
			return nil, err
		}
		return s.applySnapshot(ctx, w, row, now, snap)
	}
	event.Kind = WasFlagged
	if err := noteEvent(ctx, w.Tx, event); err != nil {
		return nil, err
	}
	row.news = append(row.news, events.Event{
		Kind: events.Flagged, At: snap.At, PlayerID: row.ID, Player: row.Name, Detail: events.Detail{Reason: verdict.Reason},
	})
	s.log.WarnContext(ctx, "player flagged; a person must decide", "player", row.Name, "reason", verdict.Reason)
	return nil, s.hold(ctx, w.Tx, row, snap)
}

// lastFallOf is when values of a player fell before and were kept. Zero: never.
func lastFallOf(ctx context.Context, tx bun.Tx, playerID int64) (time.Time, error) {
	var at int64
	err := tx.NewSelect().Table("identity_events").ColumnExpr("COALESCE(MAX(at), 0)").
		Where("player_id = ?", playerID).Where("kind = ?", RolledBack).Scan(ctx, &at)
	return fromMicros(at), err
}
