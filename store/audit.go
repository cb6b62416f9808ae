package store

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/osrsdiff/osrsdiff/access"
)

type auditRow struct {
	bun.BaseModel `bun:"table:audit,alias:a"`
	ID            int64  `bun:"id,pk,autoincrement"`
	At            int64  `bun:"at"`
	Who           string `bun:"who"`
	Role          string `bun:"role"`
	Origin        string `bun:"origin"`
	Action        string `bun:"action"`
	Target        string `bun:"target"`
	Old           string `bun:"old_value"`
	New           string `bun:"new_value"`
}

// AuditFilter chooses and pages through the audit log. The zero filter is the
// latest hundred entries.
type AuditFilter struct {
	// BeforeID continues a listing behind this entry. Zero: from the latest.
	BeforeID int64
	// Limit is the most entries to return. Zero or less: 100.
	Limit int
	// Who and Target choose those of one caller, and those about one target.
	// Empty: any.
	Who, Target string
}

// AddAudit puts entries into the audit log. Long values are cut.
func (s *Store) AddAudit(ctx context.Context, entries []access.Entry) error {
	if len(entries) == 0 {
		return nil
	}
	rows := make([]auditRow, 0, len(entries))
	for _, e := range entries {
		rows = append(rows, auditRow{
			At: micros(e.At), Who: shorten(e.Name), Role: e.Role.String(), Origin: shorten(e.From), Action: shorten(e.Action),
			Target: shorten(e.Target), Old: shorten(e.Old), New: shorten(e.New),
		})
	}
	if _, err := s.write.NewInsert().Model(&rows).Returning("NULL").Exec(ctx); err != nil {
		return fmt.Errorf("write %d entries of the audit log: %w", len(entries), err)
	}
	return nil
}

// Audit lists the audit log, the latest entry first. The next page begins with
// BeforeID set to the last id returned.
func (s *Store) Audit(ctx context.Context, f AuditFilter) ([]access.Entry, error) {
	if f.Limit <= 0 {
		f.Limit = defaultLimit
	}
	var rows []auditRow
	q := s.read.NewSelect().Model(&rows).OrderExpr("a.id DESC").Limit(int64(f.Limit))
	if f.BeforeID > 0 {
		q = q.Where("a.id < ?", f.BeforeID)
	}
	if f.Who != "" {
		q = q.Where("a.who = ?", f.Who)
	}
	if f.Target != "" {
		q = q.Where("a.target = ?", f.Target)
	}
	if err := q.Scan(ctx); err != nil {
		return nil, fmt.Errorf("read the audit log: %w", err)
	}
	entries := make([]access.Entry, 0, len(rows))
	for _, r := range rows {
		role, _ := access.ParseRole(r.Role) // anyone is none
		entries = append(entries, access.Entry{
			ID: r.ID, At: fromMicros(r.At),
			Caller: access.Caller{Name: r.Who, Role: role, From: r.Origin},
			Change: access.Change{Action: r.Action, Target: r.Target, Old: r.Old, New: r.New},
		})
	}
	return entries, nil
}

// PruneAudit forgets entries from before a time and says how many.
func (s *Store) PruneAudit(ctx context.Context, before time.Time) (int64, error) {
	res, err := s.write.NewDelete().Table("audit").Where("at < ?", micros(before)).Exec(ctx)
	if err != nil {
		return 0, fmt.Errorf("prune the audit log: %w", err)
	}
	return res.RowsAffected()
}
