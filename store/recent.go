package store

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/osrsdiff/osrsdiff/player"
)

const (
	// recentRuns is how many runs a player's row remembers, whatever came of them.
	recentRuns = 10
	// recentVersion is the first byte of packed runs.
	recentVersion = 1
)

// resultCodes are how packed runs spell results; a code never gets a second
// meaning. Zero is for one that this program does not know.
var resultCodes = map[player.Result]byte{
	player.Changed: 1, player.Unchanged: 2, player.Held: 3, player.NotFound: 4, player.Failed: 5,
}

// remember adds a run to those packed in a player's row and drops the oldest.
// They take about 18 bytes each and are written with the row that a fetch writes
// anyway, so that remembering the runs that went well costs no row of its own.
// What cannot be read is forgotten: it must not keep a fetch from being recorded.
func remember(packed []byte, a player.Attempt, result player.Result) []byte {
	runs, err := unpackRuns(packed)
	if err != nil {
		runs = nil
	}
	fresh := Run{Tick: a.Tick, StartedAt: a.StartedAt, EndedAt: a.At, Result: result}
	if slices.ContainsFunc(runs, fresh.same) {
		return packed
	}
	return packRuns(newest(append(runs, fresh), recentRuns))
}

// same reports whether two are one run. Its times were stored as microseconds.
func (r Run) same(other Run) bool {
	return micros(r.StartedAt) == micros(other.StartedAt) && micros(r.EndedAt) == micros(other.EndedAt) &&
		r.Tick.Unix() == other.Tick.Unix()
}

// newest sorts runs, the latest first, and leaves out what is beyond limit.
func newest(runs []Run, limit int) []Run {
	slices.SortStableFunc(runs, func(a, b Run) int {
		if order := b.StartedAt.Compare(a.StartedAt); order != 0 {
			return order
		}
		return b.EndedAt.Compare(a.EndedAt)
	})
	return runs[:min(len(runs), limit)]
}

func packRuns(runs []Run) []byte {
	packed := []byte{recentVersion}
	for _, r := range runs {
		packed = binary.AppendUvarint(packed, uint64(max(0, micros(r.StartedAt))))
		packed = binary.AppendUvarint(packed, uint64(max(0, r.EndedAt.Sub(r.StartedAt).Microseconds())))
		tick := int64(0)
		if !r.Tick.IsZero() {
			tick = r.Tick.Unix()
		}
		packed = binary.AppendUvarint(packed, uint64(max(0, tick)))
		packed = append(packed, resultCodes[r.Result])
	}
	return packed
}

var errRecent = errors.New("stored runs are damaged")

// unpackRuns is the inverse of packRuns.
func unpackRuns(packed []byte) ([]Run, error) {
	if len(packed) == 0 {
		return nil, nil
	}
	if packed[0] != recentVersion {
		return nil, fmt.Errorf("%w: no version %d", errRecent, recentVersion)
	}
	results := make(map[byte]player.Result, len(resultCodes))
	for result, code := range resultCodes {
		results[code] = result
	}
	r := packReader{left: packed[1:]}
	var runs []Run
	for len(r.left) > 0 {
		started, took, tick := int64(r.uvarint()), int64(r.uvarint()), int64(r.uvarint())
		run := Run{StartedAt: fromMicros(started), EndedAt: fromMicros(started + took), Result: results[r.byte()]}
		if tick > 0 {
			run.Tick = time.Unix(tick, 0).UTC()
		}
		if r.failed {
			return nil, fmt.Errorf("%w: they end within run %d", errRecent, len(runs))
		}
		runs = append(runs, run)
	}
	return runs, nil
}

// RecentRuns returns the last ten runs of a player, newest first, whatever came
// of them; those that failed or that a person asked for with their task and the
// reason. Of the time before a database remembered all, only those are known. An
// unknown player has none.
func (s *Store) RecentRuns(ctx context.Context, playerID int64) ([]Run, error) {
	var packed [][]byte
	err := s.read.NewSelect().Table("players").Column("recent").Where("id = ?", playerID).Scan(ctx, &packed)
	if err != nil {
		return nil, fmt.Errorf("recent runs of player %d: %w", playerID, err)
	}
	runs, err := s.Runs(ctx, playerID, recentRuns)
	if err != nil || len(packed) == 0 {
		return runs, err
	}
	recent, err := unpackRuns(packed[0])
	if err != nil {
		return nil, fmt.Errorf("recent runs of player %d: %w", playerID, err)
	}
	for _, r := range recent {
		r.PlayerID = playerID
		if !slices.ContainsFunc(runs, r.same) {
			runs = append(runs, r)
		}
	}
	return newest(runs, recentRuns), nil
}
