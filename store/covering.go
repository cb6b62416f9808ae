package store

import (
	"context"
	"fmt"
	"time"
)

// CoverTick raises a player's covered_until to a tick that needs no fetch, such
// as one of a missing player that comes sooner than a day after the last. An
// earlier time than the one stored changes nothing, nor does an unknown player.
func (s *Store) CoverTick(ctx context.Context, playerID int64, tick time.Time) error {
	_, err := s.write.NewUpdate().Table("players").Set("covered_until = ?", micros(tick)).
		Where("id = ?", playerID).Where("covered_until < ?", micros(tick)).Exec(ctx)
	if err != nil {
		return fmt.Errorf("cover the tick of player %d at %v: %w", playerID, tick, err)
	}
	return nil
}
