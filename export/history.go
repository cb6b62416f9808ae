package export

import (
	"context"
	"fmt"

	"github.com/osrsdiff/osrsdiff/hiscores"
	"github.com/osrsdiff/osrsdiff/store"
)

// Changes lists the stored values of a player; *store.Store does.
type Changes interface {
	// HistoryAfter returns one page of them, metric by metric, oldest first.
	HistoryAfter(ctx context.Context, f store.HistoryFilter) ([]store.Value, error)
}

var _ Changes = (*store.Store)(nil)

// History writes every stored change of a player's values, metric by metric and
// oldest first; the filter's After and Limit are not used.
func History(ctx context.Context, from Changes, f store.HistoryFilter, w *Writer) error {
	if err := w.begin("metric", "kind", "at", "value", "level", "rank"); err != nil {
		return err
	}
	f.After, f.Limit = store.ValueKey{}, pageSize
	for {
		page, err := from.HistoryAfter(ctx, f)
		if err != nil {
			return fmt.Errorf("export the history of player %d after %d rows: %w", f.PlayerID, w.Rows(), err)
		}
		for _, v := range page {
			if err := w.row(v.Metric, string(v.Kind), v.At, number(v.Value), number(v.Level), number(v.Rank)); err != nil {
				return err
			}
		}
		if err := w.flush(); err != nil {
			return err
		}
		if len(page) < pageSize {
			return nil
		}
		f.After = page[len(page)-1].Key
	}
}

// number is nil for an unknown one.
func number(n hiscores.Number) any {
	v, ok := n.Get()
	if !ok {
		return nil
	}
	return v
}
