package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/uptrace/bun"

	"github.com/osrsdiff/osrsdiff/access"
	"github.com/osrsdiff/osrsdiff/webhooks"
)

type deliveryRow struct {
	bun.BaseModel `bun:"table:deliveries,alias:d"`
	ID            int64           `bun:"id,pk,autoincrement"`
	WebhookID     int64           `bun:"webhook_id"`
	CreatedAt     int64           `bun:"created_at"`
	AttemptedAt   int64           `bun:"attempted_at"`
	Attempts      int             `bun:"attempts"`
	Answer        int             `bun:"answer"`
	Status        webhooks.Status `bun:"status"`
	Error         string          `bun:"error"`
	Events        string          `bun:"events"`
}

func (r deliveryRow) delivery(h webhooks.Hook) (webhooks.Delivery, error) {
	d := webhooks.Delivery{
		ID: r.ID, Hook: h, Status: r.Status, CreatedAt: fromMicros(r.CreatedAt), AttemptedAt: fromMicros(r.AttemptedAt),
		Attempts: r.Attempts, Answer: r.Answer, Error: r.Error,
	}
	if err := json.Unmarshal([]byte(r.Events), &d.Events); err != nil {
		return webhooks.Delivery{}, fmt.Errorf("read delivery %d: %w", r.ID, err)
	}
	return d, nil
}

// AddTestDelivery makes a delivery that only says that a webhook works, and
// returns its id. An unknown webhook matches ErrNotFound.
func (s *Store) AddTestDelivery(ctx context.Context, hookID int64) (int64, error) {
	h, err := s.Hook(ctx, hookID)
	if err != nil {
		return 0, err
	}
	row, err := s.newDelivery(hookID, webhooks.NewTest(s.now().UTC()))
	if err != nil {
		return 0, err
	}
	ids, err := insertDeliveries(ctx, s.write, []deliveryRow{row})
	if err != nil {
		return 0, fmt.Errorf("test webhook %d: %w", hookID, err)
	}
	access.Note(ctx, access.Change{Action: "webhook.test", Target: h.Name})
	return ids[0], nil
}

// Delivery returns a delivery with its webhook. One that is gone, maybe with its
// webhook, matches ErrNotFound.
func (s *Store) Delivery(ctx context.Context, id int64) (webhooks.Delivery, error) {
	row := new(deliveryRow)
	err := s.read.NewSelect().Model(row).Where("d.id = ?", id).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrNotFound
	}
	if err != nil {
		return webhooks.Delivery{}, fmt.Errorf("delivery %d: %w", id, err)
	}
	h, err := s.Hook(ctx, row.WebhookID)
	if err != nil {
		return webhooks.Delivery{}, fmt.Errorf("delivery %d: %w", id, err)
	}
	return row.delivery(h)
}

// WaitingDeliveries returns the ids of deliveries that are to be sent, in order,
// at most limit of those behind afterID.
func (s *Store) WaitingDeliveries(ctx context.Context, afterID int64, limit int) ([]int64, error) {
	var ids []int64
	err := s.read.NewSelect().Table("deliveries").Column("id").Where("status = 'waiting' AND id > ?", afterID).
		OrderExpr("id").Limit(int64(limit)).Scan(ctx, &ids)
	if err != nil {
		return nil, fmt.Errorf("read waiting deliveries: %w", err)
	}
	return ids, nil
}

// Deliveries is the log of a webhook, the latest first: at most limit deliveries
// (zero or less: 100) from before one. Zero beforeID: from the latest. An unknown
// webhook matches ErrNotFound.
func (s *Store) Deliveries(ctx context.Context, hookID, beforeID int64, limit int) ([]webhooks.Delivery, error) {
	h, err := s.Hook(ctx, hookID)
	if err != nil {
		return nil, err
	}
	if limit <= 0 {
		limit = defaultLimit
	}
	var rows []deliveryRow
	q := s.read.NewSelect().Model(&rows).Where("d.webhook_id = ?", hookID).OrderExpr("d.id DESC").Limit(int64(limit))
	if beforeID > 0 {
		q.Where("d.id < ?", beforeID)
	}
	if err := q.Scan(ctx); err != nil {
		return nil, fmt.Errorf("deliveries of webhook %d: %w", hookID, err)
	}
	list := make([]webhooks.Delivery, 0, len(rows))
	for _, r := range rows {
		d, err := r.delivery(h)
		if err != nil {
			return nil, err
		}
		list = append(list, d)
	}
	return list, nil
}

// CountDeliveries counts those in the log by status. A status without any is
// there, with zero.
func (s *Store) CountDeliveries(ctx context.Context) (map[webhooks.Status]int, error) {
	var rows []struct {
		Status webhooks.Status `bun:"status"`
		Count  int             `bun:"n"`
	}
	err := s.read.NewSelect().Table("deliveries").Column("status").ColumnExpr("COUNT(*) AS n").Group("status").Scan(ctx, &rows)
	if err != nil {
		return nil, fmt.Errorf("count deliveries: %w", err)
	}
	counts := map[webhooks.Status]int{}
	for _, status := range webhooks.Statuses() {
		counts[status] = 0
	}
	for _, r := range rows {
		counts[r.Status] = r.Count
	}
	return counts, nil
}

// RecordDelivery notes an attempt of a delivery that waits, and switches its
// webhook off or on as webhooks.DisableAfter says. A delivery that waits no more
// stays as it is.
func (s *Store) RecordDelivery(ctx context.Context, d webhooks.Delivery, a webhooks.Attempt) error {
	err := s.inTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		res, err := tx.NewUpdate().Table("deliveries").Set("attempts = attempts + 1").
			Set("attempted_at = ?", micros(a.At)).Set("answer = ?", a.Answer).Set("error = ?", shorten(a.Error)).Set("status = ?", a.Status).
			Where("id = ? AND status = 'waiting'", d.ID).Exec(ctx)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return err
		}
		q := tx.NewUpdate().Table("webhooks").Set("updated_at = ?", micros(s.now())).Where("id = ?", d.Hook.ID)
		switch a.Status {
		case webhooks.Waiting:
			return nil
		case webhooks.Sent:
			q.Set("failures = 0")
			if d.IsTest() {
				q.Set("enabled = TRUE")
			}
		case webhooks.Failed:
			q.Set("failures = failures + 1").
				Set("enabled = (enabled AND NOT ? AND failures + 1 < ?)", a.Gone, webhooks.DisableAfter)
		}
		_, err = q.Exec(ctx)
		return err
	})
	return wrapped(err, fmt.Sprintf("record an attempt of delivery %d", d.ID))
}
