package store

import (
	"context"
	"crypto/rand"
	"embed"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"github.com/uptrace/bun"
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

// migration is one step of the schema, from a file named "0001_what.sql", or
// "0001_what.postgres.sql" where it is for one engine only.
type migration struct {
	version int
	name    string
	only    engine // empty: it is for all
	script  string
}

// migrate applies what is missing, all in one transaction that holds a lock:
// a process killed in the middle leaves neither half a schema nor a lock.
func (s *Store) migrate(ctx context.Context) error {
	steps, err := migrations()
	if err != nil {
		return err
	}
	// Most starts find the schema done and need not wait for a writer.
	if done, err := appliedVersions(ctx, s.read); err == nil && len(missing(steps, done)) == 0 && len(done) == len(steps) {
		return nil
	}
	err = s.inTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if err := s.lock(ctx, tx, lockMigrate); err != nil {
			return err
		}
		return s.applyMissing(ctx, tx, steps)
	})
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	return nil
}

func (s *Store) applyMissing(ctx context.Context, tx bun.Tx, steps []migration) error {
	const ledger = `CREATE TABLE IF NOT EXISTS schema_migrations (
		version BIGINT PRIMARY KEY, name TEXT NOT NULL, applied_at BIGINT NOT NULL)`
	if _, err := tx.ExecContext(ctx, ledger); err != nil {
		return err
	}
	done, err := appliedVersions(ctx, tx)
	if err != nil {
		return err
	}
	if schema, known := slices.Max(append(done, 0)), steps[len(steps)-1].version; schema > known {
		return fmt.Errorf("the schema has version %d, newer than this program's %d: use a newer osrsdiff", schema, known)
	}
	for _, step := range missing(steps, done) {
		if err := s.apply(ctx, tx, step); err != nil {
			return fmt.Errorf("%s: %w", step.name, err)
		}
	}
	return giveID(ctx, tx)
}

func (s *Store) apply(ctx context.Context, tx bun.Tx, step migration) error {
	script := step.script
	if step.only != "" && step.only != s.engine {
		script = ""
	}
	for statement := range strings.SplitSeq(s.dialect().Replace(script), ";\n") {
		if strings.TrimSpace(statement) == "" {
			continue
		}
		if _, err := tx.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	_, err := tx.ExecContext(ctx, "INSERT INTO schema_migrations (version, name, applied_at) VALUES (?, ?, ?)",
		step.version, step.name, micros(s.now()))
	s.log.InfoContext(ctx, "migrated the database", "migration", step.name)
	return err
}

// dialect fills in the three things that the engines spell differently. Both
// kinds of id are never given out twice.
func (s *Store) dialect() *strings.Replacer {
	if s.engine == sqliteEngine {
		return strings.NewReplacer("$ID", "INTEGER PRIMARY KEY AUTOINCREMENT", "$BYTES", "BLOB", "$KEYED", "WITHOUT ROWID")
	}
	return strings.NewReplacer("$ID", "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY", "$BYTES", "BYTEA", "$KEYED", "")
}

// appliedVersions are the versions of the migrations that a database has seen.
func appliedVersions(ctx context.Context, db bun.IDB) ([]int, error) {
	var versions []int
	err := db.NewSelect().Table("schema_migrations").Column("version").Scan(ctx, &versions)
	return versions, err
}

// missing are the steps that a database has not seen, in order: those made side
// by side may reach it in any order.
func missing(steps []migration, done []int) []migration {
	return slices.DeleteFunc(slices.Clone(steps), func(m migration) bool { return slices.Contains(done, m.version) })
}

func giveID(ctx context.Context, tx bun.Tx) error {
	_, err := tx.ExecContext(ctx, "INSERT INTO meta (name, value) VALUES (?, ?) ON CONFLICT (name) DO NOTHING",
		metaDatabaseID, rand.Text())
	return err
}

// migrations are the embedded files in order of their versions, of which each has
// its own.
func migrations() ([]migration, error) {
	entries, err := fs.ReadDir(migrationFiles, "migrations")
	if err != nil {
		return nil, fmt.Errorf("list migrations: %w", err)
	}
	steps := make([]migration, 0, len(entries))
	last := 0
	for _, e := range entries {
		number, _, _ := strings.Cut(e.Name(), "_")
		version, err := strconv.Atoi(number)
		if err != nil || version <= last {
			return nil, fmt.Errorf("migration %s: want a version after %d", e.Name(), last)
		}
		last = version
		script, err := fs.ReadFile(migrationFiles, "migrations/"+e.Name())
		if err != nil {
			return nil, fmt.Errorf("read migration %s: %w", e.Name(), err)
		}
		name, only, _ := strings.Cut(strings.TrimSuffix(e.Name(), ".sql"), ".")
		steps = append(steps, migration{version: version, name: name, only: engine(only), script: string(script)})
	}
	return steps, nil
}
