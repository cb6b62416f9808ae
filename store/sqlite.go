package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/sqlitedialect"
	_ "modernc.org/sqlite" // the "sqlite" driver of database/sql
)

const (
	sqliteReaders = 4
	// sqliteIdleTime is how long a connection, whose cache takes up to two
	// megabytes, is kept without being used.
	sqliteIdleTime = time.Minute
	// busyTimeout is how long a write waits for another process.
	busyTimeout = 10 * time.Second
	busyRetry   = 20 * time.Millisecond
)

// connectSQLite opens the file twice: for one writer, since SQLite has one and
// a queue of our own is fairer than its busy handler, and for readers, which the
// write-ahead log lets go on meanwhile.
func (s *Store) connectSQLite(ctx context.Context, to target, maxConns int) error {
	path, err := filepath.Abs(to.path)
	if err != nil {
		return fmt.Errorf("find %s: %w", to.path, err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return fmt.Errorf("make the folder: %w", err)
	}
	if maxConns <= 0 {
		maxConns = sqliteReaders
	}
	if s.write, err = openFile(path, "_txlock=immediate", 1); err != nil {
		return err
	}
	if s.read, err = openFile(path, "_query_only=1", maxConns); err != nil {
		return errors.Join(err, s.write.Close())
	}
	if err := s.writeAhead(ctx); err != nil {
		return errors.Join(err, s.Close())
	}
	return nil
}

func openFile(path, option string, conns int) (*bun.DB, error) {
	name := url.URL{Scheme: "file", Path: path}
	dsn := fmt.Sprintf("%s?_pragma=busy_timeout(%d)&_pragma=foreign_keys(1)&%s",
		name.String(), busyTimeout.Milliseconds(), option)
	pool, err := sql.Open("sqlite", dsn)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	pool.SetMaxOpenConns(conns)
	pool.SetMaxIdleConns(conns)
	pool.SetConnMaxIdleTime(sqliteIdleTime)
	return bun.NewDB(pool, sqlitedialect.New()), nil
}

// writeAhead switches the file to a write-ahead log, which stays so. SQLite does
// not always wait for others here, so this does.
func (s *Store) writeAhead(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, busyTimeout)
	defer cancel()
	for {
		var mode string
		err := s.write.QueryRowContext(ctx, "PRAGMA journal_mode = WAL").Scan(&mode)
		if err == nil && mode != "wal" {
			return fmt.Errorf("this file system has no write-ahead log for SQLite (journal mode is %q)", mode)
		}
		if !isBusy(err) {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(busyRetry):
		}
	}
}
