package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/uptrace/bun"

	"github.com/osrsdiff/osrsdiff/access"
	"github.com/osrsdiff/osrsdiff/events"
	"github.com/osrsdiff/osrsdiff/webhooks"
)

type hookRow struct {
	bun.BaseModel `bun:"table:webhooks,alias:h"`
	ID            int64           `bun:"id,pk,autoincrement"`
	Name          string          `bun:"name"`
	URL           string          `bun:"url"`
	Format        webhooks.Format `bun:"format"`
	Kinds         string          `bun:"kinds"`
	PlayerID      int64           `bun:"player_id,nullzero"`
	GroupID       int64           `bun:"group_id,nullzero"`
	Secret        string          `bun:"secret"`
	Enabled       bool            `bun:"enabled"`
	Failures      int             `bun:"failures"`
	CreatedAt     int64           `bun:"created_at"`
	UpdatedAt     int64           `bun:"updated_at"`
	Player        string          `bun:"player,scanonly"`
	GroupName     string          `bun:"group_name,scanonly"`
}

func (r hookRow) hook() webhooks.Hook {
	h := webhooks.Hook{
		ID: r.ID, Name: r.Name, URL: webhooks.Address(r.URL), Format: r.Format, PlayerID: r.PlayerID, Player: r.Player,
		GroupID: r.GroupID, Group: r.GroupName, Secret: webhooks.Secret(r.Secret), Enabled: r.Enabled, Failures: r.Failures, CreatedAt: fromMicros(r.CreatedAt),
	}
	for word := range strings.SplitSeq(r.Kinds, ",") {
		if word != "" {
			h.Kinds = append(h.Kinds, events.Kind(word))
		}
	}
	return h
}

// hookQuery is a query for webhooks with the names of their players and groups.
func hookQuery(db bun.IDB) *bun.SelectQuery {
	return db.NewSelect().ColumnExpr("h.*").ColumnExpr("COALESCE(p.name, '') AS player").ColumnExpr("COALESCE(g.name, '') AS group_name").
		Join("LEFT JOIN players AS p ON p.id = h.player_id").Join("LEFT JOIN player_groups AS g ON g.id = h.group_id").OrderExpr("h.id")
}

// AddHook keeps a webhook, which gets what happens from now on. One that cannot be
// matches webhooks.ErrInvalid.
func (s *Store) AddHook(ctx context.Context, h webhooks.Hook) (webhooks.Hook, error) {
	h, err := h.Checked()
	if err != nil {
		return webhooks.Hook{}, fmt.Errorf("add webhook: %w", err)
	}
	kinds := make([]string, 0, len(h.Kinds))
	for _, k := range h.Kinds {
		kinds = append(kinds, string(k))
	}
	now := micros(s.now())
	row := &hookRow{
		Name: h.Name, URL: h.URL.Reveal(), Format: h.Format, Kinds: strings.Join(kinds, ","), PlayerID: h.PlayerID,
		GroupID: h.GroupID, Secret: h.Secret.Reveal(), Enabled: true, CreatedAt: now, UpdatedAt: now,
	}
	if _, err := s.write.NewInsert().Model(row).Returning("id").Exec(ctx); err != nil {
		return webhooks.Hook{}, fmt.Errorf("add webhook %q: %w", h.Name, err)
	}
	access.Note(ctx, access.Change{Action: "webhook.add", Target: h.Name, New: h.URL.String()})
	return s.Hook(ctx, row.ID)
}

// Hooks lists all webhooks, the oldest first.
func (s *Store) Hooks(ctx context.Context) ([]webhooks.Hook, error) {
	hooks, err := hooksOf(ctx, hookQuery(s.read))
	if err != nil {
		return nil, fmt.Errorf("list webhooks: %w", err)
	}
	return hooks, nil
}

func hooksOf(ctx context.Context, q *bun.SelectQuery) ([]webhooks.Hook, error) {
	var rows []hookRow
	if err := q.Model(&rows).Scan(ctx); err != nil {
		return nil, err
	}
	hooks := make([]webhooks.Hook, 0, len(rows))
	for _, r := range rows {
		hooks = append(hooks, r.hook())
	}
	return hooks, nil
}

// Hook returns a webhook. An unknown one matches ErrNotFound.
func (s *Store) Hook(ctx context.Context, id int64) (webhooks.Hook, error) {
	row := new(hookRow)
	err := hookQuery(s.read).Model(row).Where("h.id = ?", id).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrNotFound
	}
	if err != nil {
		return webhooks.Hook{}, fmt.Errorf("webhook %d: %w", id, err)
	}
	return row.hook(), nil
}

// RemoveHook forgets a webhook and its deliveries and returns it. An unknown one
// matches ErrNotFound.
func (s *Store) RemoveHook(ctx context.Context, id int64) (webhooks.Hook, error) {
	h, err := s.Hook(ctx, id)
	if err != nil {
		return webhooks.Hook{}, err
	}
	if _, err := s.write.NewDelete().Table("webhooks").Where("id = ?", id).Exec(ctx); err != nil {
		return webhooks.Hook{}, fmt.Errorf("remove webhook %d: %w", id, err)
	}
	access.Note(ctx, access.Change{Action: "webhook.remove", Target: h.Name, Old: h.URL.String()})
	return h, nil
}
