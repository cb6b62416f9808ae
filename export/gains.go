package export

import (
	"context"
	"fmt"
	"time"

	"github.com/osrsdiff/osrsdiff/gains"
	"github.com/osrsdiff/osrsdiff/hiscores"
	"github.com/osrsdiff/osrsdiff/player"
	"github.com/osrsdiff/osrsdiff/store"
)

// Gainers lists players and what they gained; *store.Store does.
type Gainers interface {
	PlayerPages
	// Gains returns what differs between two times.
	Gains(ctx context.Context, playerID int64, from, to time.Time) ([]hiscores.Change, error)
}

var _ Gainers = (*store.Store)(nil)

// Gains writes what changed in a window for each player that a filter chooses, by
// id; its AfterID and Limit are not used.
func Gains(ctx context.Context, from Gainers, f store.PlayerFilter, window gains.Window, w *Writer) error {
	err := w.begin("player", "mode", "metric", "kind", "what", "before", "after", "level_before", "level_after", "gain", "from", "to")
	if err != nil {
		return err
	}
	err = eachPage(ctx, from, f, w, func(p player.Player) error {
		changes, err := from.Gains(ctx, p.ID, window.From, window.To)
		if err != nil {
			return err
		}
		for _, c := range changes {
			err := w.row(p.Name.String(), string(p.Mode), c.Metric, string(c.Kind), string(c.What), number(c.Before), number(c.After),
				number(c.LevelBefore), number(c.LevelAfter), c.Gain, window.From, window.To)
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("export gains after %d rows: %w", w.Rows(), err)
	}
	return nil
}
