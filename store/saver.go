package store

import (
	"context"
	"database/sql"
	"strings"

	"github.com/uptrace/bun"
)

// savedColumn is a column of a player's row that fetches change.
type savedColumn struct {
	name, kind string
	one        func(*fetchedRow) any
	list       func([]*fetchedRow) any
}

// saved says what goes into a column.
func saved[T any](name, kind string, value func(*fetchedRow) T) savedColumn {
	return savedColumn{
		name: name, kind: kind,
		one: func(r *fetchedRow) any { return value(r) },
		list: func(rows []*fetchedRow) any {
			list := make([]T, len(rows))
			for i, r := range rows {
				list[i] = value(r)
			}
			return list
		},
	}
}

// savedColumns are the columns that fetches change, and the id at the end.
var savedColumns = []savedColumn{
	saved("status", "text", func(r *fetchedRow) string { return string(r.Status) }),
	saved("covered_until", "bigint", func(r *fetchedRow) int64 { return r.CoveredUntil }),
	saved("last_attempt_at", "bigint", func(r *fetchedRow) int64 { return r.LastAttemptAt }),
	saved("last_fetched_at", "bigint", func(r *fetchedRow) int64 { return r.LastFetchedAt }),
	saved("last_changed_at", "bigint", func(r *fetchedRow) int64 { return r.LastChangedAt }),
	saved("last_result", "text", func(r *fetchedRow) string { return string(r.LastResult) }),
	saved("last_error", "text", func(r *fetchedRow) string { return r.LastError }),
	saved("missing_since", "bigint", func(r *fetchedRow) int64 { return r.MissingSince }),
	saved("first_at", "bigint", func(r *fetchedRow) int64 { return r.FirstAt }),
	saved("snapshot_at", "bigint", func(r *fetchedRow) int64 { return r.SnapshotAt }),
	saved("snapshot", "bytea", func(r *fetchedRow) []byte { return r.Snapshot }),
	saved("peaks", "bytea", func(r *fetchedRow) []byte { return r.Peaks }),
	saved("recent", "bytea", func(r *fetchedRow) []byte { return r.Recent }),
	saved("id", "bigint", func(r *fetchedRow) int64 { return r.ID }),
}

// saver is a prepared UPDATE of rows. Like a bulk insert it takes them one by one on
// SQLite, and on PostgreSQL all at once, as a list a column.
type saver struct {
	stmt   *sql.Stmt
	listed bool
}

func (s *Store) prepareSaver(ctx context.Context) (saver, error) {
	listed := s.engine == postgresEngine
	var sets, names, lists []string
	for _, c := range savedColumns {
		value := "?"
		if listed {
			value = "v." + c.name
		}
		if c.name != "id" {
			sets = append(sets, c.name+" = "+value)
		}
		names, lists = append(names, c.name), append(lists, "?::"+c.kind+"[]")
	}
	query := "UPDATE players AS p SET " + strings.Join(sets, ", ")
	if listed {
		query += " FROM unnest(" + strings.Join(lists, ", ") + ") AS v (" + strings.Join(names, ", ") + ") WHERE p.id = v.id"
	} else {
		query += " WHERE p.id = ?"
	}
	stmt, err := s.write.DB.PrepareContext(ctx, s.placeholders(query))
	return saver{stmt: stmt, listed: listed}, err
}

// save writes the columns of rows that fetches may change.
func (s saver) save(ctx context.Context, tx bun.Tx, rows []*fetchedRow) error {
	if len(rows) == 0 {
		return nil
	}
	stmt := tx.StmtContext(ctx, s.stmt) //nolint:sqlclosecheck // closed with the transaction
	args := make([]any, len(savedColumns))
	if s.listed {
		for i, c := range savedColumns {
			args[i] = c.list(rows)
		}
		_, err := stmt.ExecContext(ctx, args...)
		return err
	}
	// As in bulk.insert: the transaction is cut off anyway.
	ctx = context.WithoutCancel(ctx)
	for _, r := range rows {
		for i, c := range savedColumns {
			args[i] = c.one(r)
		}
		if _, err := stmt.ExecContext(ctx, args...); err != nil {
			return err
		}
	}
	return nil
}
