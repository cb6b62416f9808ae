package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"github.com/uptrace/bun"
)

// bulk is a prepared INSERT of many rows whose columns are whole numbers or null,
// as every fetch that found changes makes some. SQLite takes the rows one by one,
// which costs it less than to read a long statement and to be able to undo half of
// it; PostgreSQL takes all at once, as a list a column, which costs one round trip.
type bulk struct {
	stmt    *sql.Stmt
	columns int
	listed  bool
}

// prepareBulk prepares an insert into the columns of a table. The conflict clause
// says what becomes of a row that exists.
func (s *Store) prepareBulk(ctx context.Context, table, conflict string, columns ...string) (bulk, error) {
	b := bulk{columns: len(columns), listed: s.engine == postgresEngine}
	into := "INSERT INTO " + table + " (" + strings.Join(columns, ", ") + ") "
	marks := strings.TrimSuffix(strings.Repeat("?, ", len(columns)), ", ")
	if b.listed {
		into += "SELECT * FROM unnest(" + strings.ReplaceAll(marks, "?", "?::bigint[]") + ") "
	} else {
		into += "VALUES (" + marks + ") "
	}
	var err error
	if b.stmt, err = s.write.DB.PrepareContext(ctx, s.placeholders(into+conflict)); err != nil {
		return bulk{}, fmt.Errorf("prepare to insert into %s: %w", table, err)
	}
	return b, nil
}

// insert writes rows, each with a number for every column; nil is null.
func (b bulk) insert(ctx context.Context, tx bun.Tx, rows [][]*int64) error {
	if len(rows) == 0 {
		return nil
	}
	stmt := tx.StmtContext(ctx, b.stmt) //nolint:sqlclosecheck // closed with the transaction
	if b.listed {
		_, err := stmt.ExecContext(ctx, b.lists(rows)...)
		return err
	}
	// The driver watches each statement that may be cut off; the transaction is
	// cut off anyway.
	ctx = context.WithoutCancel(ctx)
	args := make([]any, b.columns)
	for _, row := range rows {
		for i, n := range row {
			args[i] = n
		}
		if _, err := stmt.ExecContext(ctx, args...); err != nil {
			return err
		}
	}
	return nil
}

// lists turns rows into a list a column.
func (b bulk) lists(rows [][]*int64) []any {
	lists := make([]any, b.columns)
	for i := range lists {
		list := make([]*int64, len(rows))
		for j, row := range rows {
			list[j] = row[i]
		}
		lists[i] = list
	}
	return lists
}
