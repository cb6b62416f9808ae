package export

import (
	"context"
	"fmt"

	"github.com/osrsdiff/osrsdiff/player"
	"github.com/osrsdiff/osrsdiff/store"
)

// pageSize is how many players or values are in memory at once.
const pageSize = 1000

// PlayerPages lists players; *store.Store does.
type PlayerPages interface {
	// Players returns one page of players, by id.
	Players(ctx context.Context, f store.PlayerFilter) ([]player.Player, error)
}

var _ PlayerPages = (*store.Store)(nil)

// Players writes the players that a filter chooses, by id; its AfterID and Limit
// are not used.
func Players(ctx context.Context, from PlayerPages, f store.PlayerFilter, w *Writer) error {
	err := w.begin("id", "name", "mode", "status", "every_minutes", "paused", "created_at", "last_fetched_at", "last_changed_at",
		"last_result", "last_error", "missing_since")
	if err != nil {
		return err
	}
	err = eachPage(ctx, from, f, w, func(p player.Player) error {
		return w.row(p.ID, p.Name.String(), string(p.Mode), string(p.Status), int(p.Every), p.Paused, p.CreatedAt, p.LastFetchedAt, p.LastChangedAt,
			string(p.LastResult), p.LastError, p.MissingSince)
	})
	if err != nil {
		return fmt.Errorf("export players after %d rows: %w", w.Rows(), err)
	}
	return nil
}

// eachPage calls do for each player and flushes after every page.
func eachPage(ctx context.Context, from PlayerPages, f store.PlayerFilter, w *Writer, do func(player.Player) error) error {
	f.AfterID, f.Limit = 0, pageSize
	for {
		page, err := from.Players(ctx, f)
		if err != nil {
			return err
		}
		for _, p := range page {
			if err := do(p); err != nil {
				return err
			}
		}
		if err := w.flush(); err != nil {
			return err
		}
		if len(page) < pageSize {
			return nil
		}
		f.AfterID = page[len(page)-1].ID
	}
}
