package store

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync/atomic"

	"github.com/uptrace/bun"

	"github.com/osrsdiff/osrsdiff/hiscores"
)

// metric is a row of the hiscores that some body had once. Its id stands for
// the name in value rows and stored snapshots.
type metric struct {
	bun.BaseModel `bun:"table:metrics,alias:m"`
	ID            int64         `bun:"id,pk,autoincrement"`
	Key           string        `bun:"metric_key"`
	Name          string        `bun:"name"`
	Kind          hiscores.Kind `bun:"kind"`
}

// dictionary holds all metrics in memory.
type dictionary struct{ known atomic.Pointer[vocabulary] }

// vocabulary is all metrics there were at a time, and does not change. They are only
// ever added, so an old one lacks some but is never wrong.
type vocabulary struct {
	// byKey has each also by the name that it was first spelled with.
	byKey map[string]metric
	byID  map[int64]metric
}

func (d *dictionary) reload(ctx context.Context, db bun.IDB) error {
	var all []metric
	if err := db.NewSelect().Model(&all).Scan(ctx); err != nil {
		return fmt.Errorf("read the metrics: %w", err)
	}
	read := &vocabulary{byKey: make(map[string]metric, 2*len(all)), byID: make(map[int64]metric, len(all))}
	for _, m := range all {
		read.byKey[m.Key], read.byKey[m.Name], read.byID[m.ID] = m, m, m
	}
	// A slower reload of before must not take away what a newer one brought.
	for was := d.known.Load(); was == nil || len(all) >= len(was.byID); was = d.known.Load() {
		if d.known.CompareAndSwap(was, read) {
			break
		}
	}
	return nil
}

// now is all metrics known by now; Open has read them once.
func (d *dictionary) now() *vocabulary { return d.known.Load() }

func (v *vocabulary) key(metricName string) (metric, bool) {
	m, ok := v.byKey[metricName]
	if !ok {
		m, ok = v.byKey[hiscores.MetricKey(metricName)]
	}
	return m, ok
}

// metricByID looks once more in the database for a metric that another process
// may have added.
func (s *Store) metricByID(ctx context.Context, id int64) (metric, error) {
	if m, ok := s.metrics.now().byID[id]; ok {
		return m, nil
	}
	if err := s.metrics.reload(ctx, s.read); err != nil {
		return metric{}, err
	}
	m, ok := s.metrics.now().byID[id]
	if !ok {
		return metric{}, fmt.Errorf("metric %d: %w", id, ErrNotFound)
	}
	return m, nil
}

// metricByName is metricByID for a row name, whatever its letter case.
func (s *Store) metricByName(ctx context.Context, name string) (metric, error) {
	if m, ok := s.metrics.now().key(name); ok {
		return m, nil
	}
	if err := s.metrics.reload(ctx, s.read); err != nil {
		return metric{}, err
	}
	m, ok := s.metrics.now().key(name)
	if !ok {
		return metric{}, fmt.Errorf("metric %q: %w", name, ErrNotFound)
	}
	return m, nil
}

// learn makes sure that every row has a metric. New names are added in a
// transaction of their own, so that an id in memory is never one rolled back.
func (s *Store) learn(ctx context.Context, rows []hiscores.Row) error {
	unknown := s.unknownMetrics(rows)
	if len(unknown) == 0 {
		return nil
	}
	err := s.inTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if err := s.lock(ctx, tx, lockMetrics); err != nil {
			return err
		}
		_, err := tx.NewInsert().Model(&unknown).On("CONFLICT (metric_key) DO NOTHING").Returning("NULL").Exec(ctx)
		return err
	})
	if err != nil {
		return fmt.Errorf("add %d metrics: %w", len(unknown), err)
	}
	s.log.InfoContext(ctx, "learned metrics", "count", len(unknown), "first", unknown[0].Name)
	return s.metrics.reload(ctx, s.read)
}

func (s *Store) unknownMetrics(rows []hiscores.Row) []metric {
	var unknown []metric
	seen, known := make(map[string]bool), s.metrics.now()
	for _, r := range rows {
		if _, ok := known.key(r.Metric); ok {
			continue
		}
		key := hiscores.MetricKey(r.Metric)
		if seen[key] {
			continue
		}
		seen[key] = true
		unknown = append(unknown, metric{Key: key, Name: r.Metric, Kind: r.Kind})
	}
	return unknown
}

// Metric is a row of the hiscores that some stored body had.
type Metric struct {
	// Name is the row's name as it was first spelled.
	Name string `json:"metric"`
	// Kind is the list of the feed the row is in.
	Kind hiscores.Kind `json:"kind"`
}

// Metrics lists every metric that there is something stored of: skills first,
// each in the order they were first seen, which is the feed's for all but rows
// that it added since.
func (s *Store) Metrics(ctx context.Context) ([]Metric, error) {
	if err := s.metrics.reload(ctx, s.read); err != nil {
		return nil, err
	}
	return s.metrics.now().all(), nil
}

func (v *vocabulary) all() []Metric {
	var skills, activities []Metric
	for _, id := range slices.Sorted(maps.Keys(v.byID)) {
		m := v.byID[id]
		if m.Kind == hiscores.Skill {
			skills = append(skills, Metric{Name: m.Name, Kind: m.Kind})
		} else {
			activities = append(activities, Metric{Name: m.Name, Kind: m.Kind})
		}
	}
	return append(skills, activities...)
}

// Metric returns a metric by its name in any case. One that no body ever had
// matches ErrNotFound.
func (s *Store) Metric(ctx context.Context, name string) (Metric, error) {
	m, err := s.metricByName(ctx, name)
	return Metric{Name: m.Name, Kind: m.Kind}, err
}
