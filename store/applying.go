package store

import (
	"context"
	"math"
	"slices"

	"github.com/uptrace/bun"

	"github.com/osrsdiff/osrsdiff/hiscores"
	"github.com/osrsdiff/osrsdiff/identity"
	"github.com/osrsdiff/osrsdiff/player"
)

// valueRow is the value of a metric from one time on, until the next row.
type valueRow struct {
	bun.BaseModel `bun:"table:metric_values,alias:v"`
	PlayerID      int64 `bun:"player_id,pk"`
	MetricID      int64 `bun:"metric_id,pk"`
	At            int64 `bun:"at,pk"`
	// Value is what gains are counted by: the highest so far of a row that
	// cannot fall, so it never falls either unless a person accepted that.
	Value *int64 `bun:"value"`
	Level *int64 `bun:"level"`
	Rank  *int64 `bun:"rank"`
	// Stated is what the hiscores said when that is below Value, else nil.
	Stated *int64 `bun:"stated"`
}

// stated is the row of a metric as the hiscores stated it.
func (v valueRow) stated(m metric) hiscores.Row {
	row := v.counted(m)
	if v.Stated != nil {
		row.Value, row.Level = numberOf(v.Stated), numberOf(v.Level)
	}
	return row
}

// counted is the row of a metric by which gains are counted.
func (v valueRow) counted(m metric) hiscores.Row {
	row := hiscores.Row{
		Metric: m.Name, Kind: m.Kind,
		Rank: numberOf(v.Rank), Level: numberOf(v.Level), Value: numberOf(v.Value),
	}
	if v.Stated != nil {
		return identity.Raised(row, *v.Value)
	}
	return row
}

// applySnapshot writes a snapshot newer than the stored one, whose standing is
// given, to the row and the changed values to their table. It returns what changed
// of what gains are counted by.
func (s *Store) applySnapshot(ctx context.Context, w *writing, row *fetchedRow, before standing, snap hiscores.Snapshot) ([]hiscores.Change, error) {
	after := before.next(snap, row.accepted)
	changes := hiscores.Diff(before.stated, snap)
	values, err := s.valuesOf(ctx, row.ID, after, changes)
	if err != nil {
		return nil, err
	}
	w.values = append(w.values, values...)
	if row.Snapshot, row.Peaks, err = s.packStanding(after); err != nil {
		return nil, err
	}
	at := micros(snap.At)
	if row.FirstAt == 0 {
		row.FirstAt = at
	}
	row.SnapshotAt, row.LastFetchedAt = at, at
	row.Status, row.MissingSince, row.LastError = player.Active, 0, ""
	row.LastResult = player.Unchanged
	if len(changes) > 0 {
		row.LastResult, row.LastChangedAt = player.Changed, at
	}
	was, is := before.counted(), after.counted()
	r := rise{playerID: row.ID, at: at, stated: changes, counted: identity.Gains(was, is), reached: crossed(was, is)}
	row.changes, row.news = r.counted, r.news(row.Name)
	return r.counted, s.rollUp(ctx, w, r)
}

// valuesOf are the rows of the values that changed.
func (s *Store) valuesOf(ctx context.Context, playerID int64, now standing, changes []hiscores.Change) ([][]*int64, error) {
	if len(changes) == 0 {
		return nil, nil
	}
	left := now.stated.Rows // the changes come in their order, and then those of rows that are gone
	values := make([][]*int64, 0, len(changes))
	for _, c := range changes {
		m, err := s.metricByName(ctx, c.Metric)
		if err != nil {
			return nil, err
		}
		var r hiscores.Row // absent: unknown
		if i := slices.IndexFunc(left, func(r hiscores.Row) bool { return r.Metric == c.Metric }); i >= 0 {
			r, left = left[i], left[i+1:]
		}
		v := valueRow{
			PlayerID: playerID, MetricID: m.ID, At: micros(now.stated.At),
			Value: nullable(r.Value), Level: within(r.Level, math.MaxInt16), Rank: within(r.Rank, math.MaxInt32),
		}
		if highest, ok := now.peaks[m.Key]; ok && v.Value != nil {
			v.Value, v.Stated = &highest, v.Value
		}
		values = append(values, []*int64{&v.PlayerID, &v.MetricID, &v.At, v.Value, v.Level, v.Rank, v.Stated})
	}
	return values, nil
}

// nullable is a number as a column: nil when unknown.
func nullable(number hiscores.Number) *int64 {
	if n, known := number.Get(); known {
		return &n
	}
	return nil
}

// within is nullable for a narrow column. What no level or rank can be is unknown.
func within(number hiscores.Number, most int64) *int64 {
	if n, known := number.Get(); known && (n < 0 || n > most) {
		return nil
	}
	return nullable(number)
}

// numberOf is the inverse of nullable.
func numberOf(n *int64) hiscores.Number {
	if n == nil {
		return hiscores.Number{}
	}
	return hiscores.Known(*n)
}
