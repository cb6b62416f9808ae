package store

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/osrsdiff/osrsdiff/hiscores"
	"github.com/osrsdiff/osrsdiff/identity"
)

// standing is where a player stands: the latest snapshot as the hiscores stated
// it, and the peaks that its gains are counted by.
type standing struct {
	stated hiscores.Snapshot
	peaks  identity.Peaks
}

func (s *Store) standingOf(ctx context.Context, row *latestRow) (standing, error) {
	stated, err := s.unpackLatest(ctx, row)
	if err != nil || len(row.Peaks) == 0 {
		return standing{stated: stated}, err
	}
	rows, err := s.unpack(ctx, row.Peaks)
	if err != nil {
		return standing{}, fmt.Errorf("peaks: %w", err)
	}
	peaks := make(identity.Peaks, len(rows))
	for _, r := range rows {
		peaks[hiscores.MetricKey(r.Metric)], _ = r.Value.Get()
	}
	return standing{stated: stated, peaks: peaks}, nil
}

// counted is the snapshot that gains are counted by.
func (s standing) counted() hiscores.Snapshot { return s.peaks.Count(s.stated) }

// next is where the player stands after an answer. A row whose fall was accepted
// starts anew.
func (s standing) next(snap hiscores.Snapshot, accepted map[string]bool) standing {
	peaks := s.peaks.Next(s.stated, snap)
	for key := range accepted {
		delete(peaks, key)
	}
	return standing{stated: snap, peaks: peaks}
}

// packStanding is the inverse of standingOf; no peaks are nil.
func (s *Store) packStanding(now standing) (snapshot, peaks []byte, err error) {
	if snapshot, err = s.pack(now.stated.Rows); err != nil || len(now.peaks) == 0 {
		return snapshot, nil, err
	}
	rows := make([]hiscores.Row, 0, len(now.peaks))
	for _, key := range slices.Sorted(maps.Keys(now.peaks)) {
		rows = append(rows, hiscores.Row{Metric: key, Value: hiscores.Known(now.peaks[key])})
	}
	peaks, err = s.pack(rows)
	return snapshot, peaks, err
}
