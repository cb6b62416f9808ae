package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/uptrace/bun"

	"github.com/osrsdiff/osrsdiff/events"
	"github.com/osrsdiff/osrsdiff/hiscores"
	"github.com/osrsdiff/osrsdiff/player"
)

const (
	// missingAfter is how long the hiscores must not list a player they once
	// listed before it counts as missing: short gaps are their own trouble.
	missingAfter = 7 * 24 * time.Hour
	// maxErrorText bounds an error kept for people to read.
	maxErrorText = 1000
)

// fetchedRow is what one fetch may change of a player's row.
type fetchedRow struct {
	bun.BaseModel `bun:"table:players,alias:p"`
	playerColumns
	FirstAt    int64  `bun:"first_at"`
	SnapshotAt int64  `bun:"snapshot_at"`
	Snapshot   []byte `bun:"snapshot"`
	Peaks      []byte `bun:"peaks"`
	Recent     []byte `bun:"recent"`
	// accepted are the rows, by key, whose fall a person accepted.
	accepted map[string]bool
	// changes are what an answer changed, and news what of it is worth telling.
	changes []hiscores.Change
	news    []events.Event
}

// targets are where the columns of a row go, in the order that bun selects them.
func (r *fetchedRow) targets() []any {
	return append(r.playerColumns.targets(), &r.FirstAt, &r.SnapshotAt, &r.Snapshot, &r.Peaks, &r.Recent)
}

// latest is the part of the row that holds the latest snapshot.
func (r *fetchedRow) latest() *latestRow {
	return &latestRow{ID: r.ID, FirstAt: r.FirstAt, SnapshotAt: r.SnapshotAt, Snapshot: r.Snapshot, Peaks: r.Peaks}
}

// RecordSnapshot stores an answer of the hiscores: a value row for each metric
// whose value differs from the latest snapshot, the snapshot itself, and the
// player's covered_until, all in one transaction. It returns what changed; of
// the first snapshot that is every known value, as first seen. Concurrent
// answers are applied one after another. An answer no newer than the stored one,
// such as the same again, only raises covered_until. A player that was removed
// meanwhile matches ErrNotFound.
//
// Where values fell that cannot, package identity judges. After a rollback the
// changes returned leave out what fell and what is regained. What may be another
// account's is held aside instead, the player is flagged, and so are all answers
// until AcceptHeld or SplitPlayer; nothing is returned as changed then.
func (s *Store) RecordSnapshot(ctx context.Context, a player.Attempt, snap hiscores.Snapshot) ([]hiscores.Change, error) {
	if len(snap.Rows) == 0 {
		return nil, fmt.Errorf("record snapshot of player %d: it has no rows", a.PlayerID)
	}
	s.fillTimes(&a)
	if snap.At.IsZero() {
		snap.At = a.At
	}
	if err := s.learn(ctx, snap.Rows); err != nil {
		return nil, fmt.Errorf("record snapshot of player %d: %w", a.PlayerID, err)
	}
	var changes []hiscores.Change
	err := s.record(ctx, a, func(ctx context.Context, w *writing, row *fetchedRow) (string, error) {
		var err error
		changes, err = s.identify(ctx, w, row, snap)
		return "", err
	})
	if err != nil {
		return nil, fmt.Errorf("record snapshot of player %d: %w", a.PlayerID, err)
	}
	return changes, nil
}

// RecordMissing stores that the hiscores do not list the player. What is stored
// of it stays. The player's status turns to missing at once when it was never
// found, and otherwise when it has been missing for seven days.
func (s *Store) RecordMissing(ctx context.Context, a player.Attempt) error {
	s.fillTimes(&a)
	err := s.record(ctx, a, func(_ context.Context, _ *writing, row *fetchedRow) (string, error) {
		at := micros(a.At)
		row.LastResult, row.LastError = player.NotFound, ""
		if row.MissingSince == 0 {
			row.MissingSince = at
		}
		if row.LastFetchedAt == 0 || at-row.MissingSince >= missingAfter.Microseconds() {
			row.Status = player.Missing
		}
		return "", nil
	})
	if err != nil {
		return fmt.Errorf("record player %d as missing: %w", a.PlayerID, err)
	}
	return nil
}

// RecordFailure stores that the tries for a tick were used up, and why. It
// covers the tick like an answer would.
func (s *Store) RecordFailure(ctx context.Context, a player.Attempt, cause string) error {
	s.fillTimes(&a)
	cause = shorten(cause)
	err := s.record(ctx, a, func(_ context.Context, _ *writing, row *fetchedRow) (string, error) {
		row.LastResult, row.LastError = player.Failed, cause
		return cause, nil
	})
	if err != nil {
		return fmt.Errorf("record failed fetch of player %d: %w", a.PlayerID, err)
	}
	return nil
}

// errStale means an outcome is older than what the row already says.
var errStale = errors.New("outcome is older than the stored one")

func (r *fetchedRow) keepStanding(was playerColumns) {
	if r.Status == player.Flagged {
		was.Status = player.Flagged
	}
	r.Status, r.LastResult, r.LastError, r.MissingSince = was.Status, was.LastResult, was.LastError, was.MissingSince
}

// keepDecision leaves to people what only they decide.
func (r *fetchedRow) keepDecision(was playerColumns) {
	if was.Status == player.Flagged || was.Status == player.Archived {
		r.Status = was.Status
	}
}

// fillTimes gives an attempt without times the present.
func (s *Store) fillTimes(a *player.Attempt) {
	if a.At.IsZero() {
		a.At = s.now()
	}
	if a.StartedAt.IsZero() {
		a.StartedAt = a.At
	}
}

// shorten cuts an error text to what is worth keeping, between two characters.
func shorten(text string) string {
	text = strings.ToValidUTF8(strings.ReplaceAll(text, "\x00", ""), "\ufffd")
	if len(text) <= maxErrorText {
		return text
	}
	n := maxErrorText
	for !utf8.RuneStart(text[n]) {
		n--
	}
	return text[:n]
}
