package store

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"

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

// dictionary holds all metrics in memory. They are only ever added, so an old
// copy lacks some but is never wrong.
type dictionary struct {
	mu sync.RWMutex
	// byKey has each also by the name that it was first spelled with.
	byKey map[string]metric
	byID  map[int64]metric
}

func (d *dictionary) reload(ctx context.Context, db bun.IDB) error {
	var all []metric
	if err := db.NewSelect().Model(&all).Scan(ctx); err != nil {
		return fmt.Errorf("read the metrics: %w", err)
	}
	byKey, byID := make(map[string]metric, len(all)), make(map[int64]metric, len(all))
	for _, m := range all {
		byKey[m.Key], byKey[m.Name], byID[m.ID] = m, m, m
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	// A slower reload of before must not take away what a newer one brought.
	if len(all) >= len(d.byID) {
		d.byKey, d.byID = byKey, byID
	}
	return nil
}

func (d *dictionary) key(metricName string) (metric, bool) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	m, ok := d.byKey[metricName]
	if !ok {
		m, ok = d.byKey[hiscores.MetricKey(metricName)]
	}
	return m, ok
}

func (d *dictionary) id(id int64) (metric, bool) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	m, ok := d.byID[id]
	return m, ok
}

// metricByID looks once more in the database for a metric that another process
// may have added.
func (s *Store) metricByID(ctx context.Context, id int64) (metric, error) {
	if m, ok := s.metrics.id(id); ok {
		return m, nil
	}
	if err := s.metrics.reload(ctx, s.read); err != nil {
		return metric{}, err
	}
	m, ok := s.metrics.id(id)
	if !ok {
		return metric{}, fmt.Errorf("metric %d: %w", id, ErrNotFound)
	}
	return m, nil
}

// metricByName is metricByID for a row name, whatever its letter case.
func (s *Store) metricByName(ctx context.Context, name string) (metric, error) {
	if m, ok := s.metrics.key(name); ok {
		return m, nil
	}
	if err := s.metrics.reload(ctx, s.read); err != nil {
		return metric{}, err
	}
	m, ok := s.metrics.key(name)
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
	seen := make(map[string]bool)
	for _, r := range rows {
		if _, ok := s.metrics.key(r.Metric); ok {
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
	return s.metrics.all(), nil
}

func (d *dictionary) all() []Metric {
	d.mu.RLock()
	defer d.mu.RUnlock()
	var skills, activities []Metric
	for _, id := range slices.Sorted(maps.Keys(d.byID)) {
		m := d.byID[id]
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
