package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/uptrace/bun"

	"github.com/osrsdiff/osrsdiff/events"
	"github.com/osrsdiff/osrsdiff/internal/crowd"
)

// openTimeout is how long Open waits for a server to answer.
const openTimeout = 4 * time.Second

// Options are what Open may be told. The zero Options are useful.
type Options struct {
	// Log gets the few things worth a line: migrations, ignored answers. If nil,
	// nothing is logged.
	Log *slog.Logger
	// Now is the clock of UpdatedAt and the like. If nil, time.Now.
	Now func() time.Time
	// OnEvents is told what happened once it is committed, in the process that did
	// it. It must return at once. Nil: nobody is told.
	OnEvents func(ctx context.Context, happened []events.Event)
	// MaxConns is the number of connections to PostgreSQL, or of readers of an
	// SQLite file. If zero, 10 and 4.
	MaxConns int
}

// Store is an open database. It is safe for use by many goroutines, and many
// processes may have one database open.
type Store struct {
	engine     engine
	read       *bun.DB
	write      *bun.DB // of one connection on SQLite; the same as read on PostgreSQL
	log        *slog.Logger
	now        func() time.Time
	metrics    dictionary
	recordings *crowd.Crowd[*recording]
	lookups    *crowd.Crowd[*lookup]
	prepared   prepared
	id         string
	onEvents   func(ctx context.Context, happened []events.Event)
}

// Open opens the database behind url and brings its schema up to date under a
// lock, so many processes may start at once. The URL is "sqlite:///abs/path",
// "sqlite://rel/path" (from the working folder; missing folders are made),
// "postgres://user:password@host:port/name", or the same with "postgresql" or
// "postgresql+asyncpg".
//
// A wrong URL or a server that does not answer within about four seconds is an
// error that matches ErrUnreachable and shows the URL without its password.
func Open(ctx context.Context, url string, o Options) (*Store, error) {
	to, err := parseURL(url)
	if err != nil {
		return nil, err
	}
	s := &Store{engine: to.engine, log: o.Log, now: o.Now, onEvents: o.OnEvents}
	s.recordings = crowd.New(crowd.Options{Most: groupMost, Lanes: recordingLanes[to.engine], Rest: recordingRest}, s.recordAll)
	s.lookups = crowd.New(crowd.Options{Most: groupMost, Lanes: 1, Rest: lookupRest}, s.lookUp)
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.now == nil {
		s.now = time.Now
	}
	if err := s.connect(ctx, to, o.MaxConns); err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrUnreachable, to.shown, err)
	}
	if err := s.prepare(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("prepare database %s: %w", to.shown, err), s.Close())
	}
	return s, nil
}

func (s *Store) connect(ctx context.Context, to target, maxConns int) error {
	if to.engine == sqliteEngine {
		return s.connectSQLite(ctx, to, maxConns)
	}
	return s.connectPostgres(ctx, to, maxConns)
}

// prepare migrates the schema and learns what never changes afterwards.
func (s *Store) prepare(ctx context.Context) error {
	if err := s.migrate(ctx); err != nil {
		return err
	}
	id, err := s.Meta(ctx, metaDatabaseID)
	if err != nil {
		return err
	}
	s.id = id
	if err := s.prepareQueries(ctx); err != nil {
		return err
	}
	if err := s.metrics.reload(ctx, s.read); err != nil {
		return err
	}
	return s.countOnce(ctx)
}

// Close closes all connections. It may be called again.
func (s *Store) Close() error {
	if s.read == s.write {
		return s.write.Close()
	}
	return errors.Join(s.read.Close(), s.write.Close())
}

// Ping reports whether the database answers.
func (s *Store) Ping(ctx context.Context) error {
	if err := s.read.PingContext(ctx); err != nil {
		return fmt.Errorf("ping database: %w", err)
	}
	return nil
}

// DatabaseID is the random id that the first migration gave this database. It
// tells Redis whether what it holds was made from this database.
func (s *Store) DatabaseID() string { return s.id }

// inTx runs f in a transaction that may write. On SQLite it holds the only
// write lock from its start; on PostgreSQL f locks the rows it reads first.
func (s *Store) inTx(ctx context.Context, f func(ctx context.Context, tx bun.Tx) error) error {
	return s.write.RunInTx(ctx, nil, f)
}

// forUpdate locks the rows that a query of a transaction returns. SQLite has
// one writer at a time and needs none.
func (s *Store) forUpdate(q *bun.SelectQuery) *bun.SelectQuery {
	if s.engine == postgresEngine {
		return q.For("UPDATE")
	}
	return q
}

// The advisory locks of PostgreSQL, which end with the transaction and so
// cannot outlive a killed process.
const (
	lockMigrate int64 = 0x6f737273_00000001
	lockMetrics int64 = 0x6f737273_00000002
	lockAdding  int64 = 0x6f737273_00000003
)

// lock makes transactions that take the same lock run one after another. A
// transaction on SQLite does so anyway.
func (s *Store) lock(ctx context.Context, tx bun.Tx, id int64) error {
	if s.engine == sqliteEngine {
		return nil
	}
	if _, err := tx.ExecContext(ctx, "SELECT pg_advisory_xact_lock(?)", id); err != nil {
		return fmt.Errorf("take lock %x: %w", id, err)
	}
	return nil
}
