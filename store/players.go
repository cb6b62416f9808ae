package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/uptrace/bun"

	"github.com/osrsdiff/osrsdiff/player"
)

// defaultLimit is the length of a list when nobody chose.
const defaultLimit = 100

// PlayerFilter chooses and pages through players. The zero filter is the first
// hundred of all.
type PlayerFilter struct {
	// AfterID continues a listing behind this player. Zero: from the start.
	AfterID int64
	// Limit is the most players to return. Zero or less: 100.
	Limit int
	// Status chooses one status. Empty: any.
	Status player.Status
	// Mode chooses one game mode. Empty: any.
	Mode player.Mode
	// Paused chooses paused or running players. Nil: both.
	Paused *bool
	// Search chooses names that contain it, with the letter case and separators
	// of names being equal. Empty: any.
	Search string
}

// PlayerByName returns the player whose name has the same key, or an error that
// matches ErrNotFound.
func (s *Store) PlayerByName(ctx context.Context, name player.Name) (player.Player, error) {
	p, err := onePlayer(ctx, s.read.NewSelect().Where("p.name_key = ?", name.Key()))
	if err != nil {
		return player.Player{}, fmt.Errorf("player %q: %w", name, err)
	}
	return p, nil
}

func onePlayer(ctx context.Context, q *bun.SelectQuery) (player.Player, error) {
	row, err := playerRowOf(ctx, q)
	if err != nil {
		return player.Player{}, err
	}
	return row.player()
}

// playerRowOf runs a query for one player; none is ErrNotFound.
func playerRowOf(ctx context.Context, q *bun.SelectQuery) (*playerRow, error) {
	row := new(playerRow)
	err := q.Model(row).Where("p.removed_at = 0").Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, ErrNotFound
	}
	return row, err
}

// Players lists players by id. The next page begins after the last id returned.
func (s *Store) Players(ctx context.Context, f PlayerFilter) ([]player.Player, error) {
	if f.Limit <= 0 {
		f.Limit = defaultLimit
	}
	var rows []playerRow
	// It is never below 0, but of = PostgreSQL expects few rows until it has
	// statistics, and sorts the whole table for each page.
	q := s.read.NewSelect().Model(&rows).Where("p.removed_at <= 0 AND p.id > ?", f.AfterID).OrderExpr("p.id").Limit(int64(f.Limit))
	if f.Status != "" {
		q = q.Where("p.status = ?", f.Status)
	}
	if f.Mode != "" {
		q = q.Where("p.mode = ?", f.Mode)
	}
	if f.Paused != nil {
		q = q.Where("p.paused = ?", *f.Paused)
	}
	if f.Search != "" {
		q = q.Where("p.name_key LIKE ? ESCAPE '!'", containsPattern(f.Search))
	}
	if err := q.Scan(ctx); err != nil {
		return nil, fmt.Errorf("list players after %d: %w", f.AfterID, err)
	}
	return playersOf(rows)
}

// containsPattern is the LIKE pattern, escaped with "!", of keys that contain
// what was typed.
func containsPattern(typed string) string {
	key := strings.ToLower(typed)
	if name, err := player.ParseName(typed); err == nil {
		key = name.Key()
	}
	return "%" + strings.NewReplacer("!", "!!", "%", "!%", "_", "!_").Replace(key) + "%"
}

// PlayersByID returns those of the given players that exist, by id.
func (s *Store) PlayersByID(ctx context.Context, ids []int64) ([]player.Player, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	var rows []playerRow
	err := s.read.NewSelect().Model(&rows).Where("p.removed_at = 0 AND p.id IN (?)", bun.List(ids)).OrderExpr("p.id").Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("read %d players: %w", len(ids), err)
	}
	return playersOf(rows)
}

// CountPlayers returns how many players are tracked, paused ones included.
func (s *Store) CountPlayers(ctx context.Context) (int, error) {
	// Both are counted in an index; counting those that are not removed would read
	// every row, with its snapshot.
	removed := s.read.NewSelect().Table("players").ColumnExpr("COUNT(*)").Where("removed_at > 0")
	var n int
	err := s.read.NewSelect().ColumnExpr("COUNT(*) - (?)", removed).Table("players").Scan(ctx, &n)
	if err != nil {
		return 0, fmt.Errorf("count players: %w", err)
	}
	return n, nil
}
