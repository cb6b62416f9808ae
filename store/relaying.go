package store

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/uptrace/bun"

	"github.com/osrsdiff/osrsdiff/events"
	"github.com/osrsdiff/osrsdiff/webhooks"
)

// relayMost is how many events one transaction relays.
const relayMost = 500

// RelayEvents makes deliveries to webhooks of the events that have none yet, in
// the transaction that marks them as relayed: each event becomes part of one
// delivery to each webhook that wants it, whoever else relays at the same time and
// wherever they are killed. It returns the ids of the new deliveries and whether
// there may be more to relay.
func (s *Store) RelayEvents(ctx context.Context) (deliveries []int64, more bool, err error) {
	some, err := s.read.NewSelect().Table("activity").Where("NOT relayed").Exists(ctx)
	if err != nil || !some {
		return nil, false, wrapped(err, "look for events to relay")
	}
	err = s.inTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		rows, err := s.toRelay(ctx, tx)
		if err != nil || len(rows) == 0 {
			return err
		}
		more = len(rows) == relayMost
		hooks, err := hooksOf(ctx, hookQuery(tx).Where("h.enabled"))
		if err != nil {
			return err
		}
		if deliveries, err = s.addDeliveries(ctx, tx, hooks, rows); err != nil {
			return err
		}
		ids := make([]int64, 0, len(rows))
		for _, r := range rows {
			ids = append(ids, r.ID)
		}
		_, err = tx.NewUpdate().Table("activity").Set("relayed = TRUE").Where("id IN (?)", bun.List(ids)).Exec(ctx)
		return err
	})
	if err != nil {
		return nil, false, fmt.Errorf("relay events: %w", err)
	}
	return deliveries, more, nil
}

func wrapped(err error, what string) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", what, err)
}

// toRelay takes events for the transaction; those that another has are left to it.
func (s *Store) toRelay(ctx context.Context, tx bun.Tx) ([]activityRow, error) {
	var rows []activityRow
	q := tx.NewSelect().Model(&rows).ColumnExpr("a.*").
		ColumnExpr("COALESCE(p.name, '') AS player").ColumnExpr("COALESCE(p.removed_at, 0) > 0 AS removed").
		Join("LEFT JOIN players AS p ON p.id = a.player_id").Where("NOT a.relayed").OrderExpr("a.id").Limit(relayMost)
	if s.engine == postgresEngine {
		q.For("UPDATE OF a SKIP LOCKED")
	}
	err := q.Scan(ctx)
	return rows, err
}

func (s *Store) addDeliveries(ctx context.Context, tx bun.Tx, hooks []webhooks.Hook, rows []activityRow) ([]int64, error) {
	if len(hooks) == 0 {
		return nil, nil
	}
	happened := make([]events.Event, 0, len(rows))
	for _, r := range rows {
		e, err := r.event()
		if err != nil {
			return nil, err
		}
		if !r.Removed {
			happened = append(happened, e)
		}
	}
	members, err := membersFor(ctx, tx, hooks)
	if err != nil {
		return nil, err
	}
	var made []deliveryRow
	for _, h := range hooks {
		wanted := slices.DeleteFunc(slices.Clone(happened), func(e events.Event) bool {
			return !h.Wants(e) || h.GroupID != 0 && !members[h.GroupID][e.PlayerID]
		})
		for batch := range slices.Chunk(wanted, webhooks.MaxEvents) {
			row, err := s.newDelivery(h.ID, batch...)
			if err != nil {
				return nil, err
			}
			made = append(made, row)
		}
	}
	return insertDeliveries(ctx, tx, made)
}

// membersFor tells who is in the groups that webhooks are about.
func membersFor(ctx context.Context, db bun.IDB, hooks []webhooks.Hook) (map[int64]map[int64]bool, error) {
	members := map[int64]map[int64]bool{}
	for _, h := range hooks {
		if h.GroupID == 0 || members[h.GroupID] != nil {
			continue
		}
		ids, err := memberIDs(ctx, db, h.GroupID)
		if err != nil {
			return nil, err
		}
		members[h.GroupID] = make(map[int64]bool, len(ids))
		for _, id := range ids {
			members[h.GroupID][id] = true
		}
	}
	return members, nil
}

func (s *Store) newDelivery(hookID int64, happened ...events.Event) (deliveryRow, error) {
	told, err := json.Marshal(happened)
	if err != nil {
		return deliveryRow{}, fmt.Errorf("keep a delivery: %w", err)
	}
	return deliveryRow{WebhookID: hookID, CreatedAt: micros(s.now()), Status: webhooks.Waiting, Events: string(told)}, nil
}

func insertDeliveries(ctx context.Context, db bun.IDB, rows []deliveryRow) ([]int64, error) {
	if len(rows) == 0 {
		return nil, nil
	}
	if _, err := db.NewInsert().Model(&rows).Returning("id").Exec(ctx); err != nil {
		return nil, fmt.Errorf("keep deliveries: %w", err)
	}
	ids := make([]int64, 0, len(rows))
	for _, r := range rows {
		ids = append(ids, r.ID)
	}
	return ids, nil
}
