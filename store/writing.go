package store

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"
)

// writing is a transaction that gathers what answers change, so that it takes one
// statement a table, however many answers there are. Between two answers of one
// player it has to be flushed: the second builds on what the first left.
type writing struct {
	bun.Tx
	prepared *prepared

	rows                     []*fetchedRow
	values, standings, gains [][]*int64
}

// save writes what a fetch may change of a player's row, which may change until the
// flush.
func (w *writing) save(row *fetchedRow) { w.rows = append(w.rows, row) }

// flush writes what was gathered.
func (w *writing) flush(ctx context.Context) error {
	if err := w.prepared.saved.save(ctx, w.Tx, w.rows); err != nil {
		return fmt.Errorf("save %d players: %w", len(w.rows), err)
	}
	if err := w.prepared.values.insert(ctx, w.Tx, w.values); err != nil {
		return fmt.Errorf("values: %w", err)
	}
	if err := w.prepared.standings.insert(ctx, w.Tx, w.standings); err != nil {
		return fmt.Errorf("standings: %w", err)
	}
	if err := w.prepared.gains.insert(ctx, w.Tx, w.gains); err != nil {
		return fmt.Errorf("period gains: %w", err)
	}
	w.rows, w.values, w.standings, w.gains = nil, nil, nil, nil
	return nil
}
