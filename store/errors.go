package store

import (
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/osrsdiff/osrsdiff/player"
)

// The errors that callers tell apart with errors.Is.
var (
	// ErrNotFound means there is no such row: a player nobody tracks, a snapshot
	// before the first fetch, a metric no body ever had.
	ErrNotFound = errors.New("not found")
	// ErrExists means the name belongs to a tracked player already, maybe under
	// another spelling. The error is an *ExistsError, which says whose.
	ErrExists = errors.New("player exists already")
	// ErrModeMoved means a mode change does not start from the mode the player
	// has by now.
	ErrModeMoved = errors.New("game mode has changed meanwhile")
	// ErrUnreachable is matched by every error of Open that the database URL or
	// the server behind it is to blame for.
	ErrUnreachable = errors.New("database unreachable")
	// ErrInvalidURL means the database URL itself is wrong. It comes together
	// with ErrUnreachable.
	ErrInvalidURL = errors.New("invalid database URL")
)

// ExistsError says which player already has a name. It matches ErrExists.
type ExistsError struct {
	// Existing is the player that has the name, as it is stored.
	Existing player.Player
}

// Error names the existing player as it was typed when it was added.
func (e *ExistsError) Error() string {
	return fmt.Sprintf("%v: %q is tracked as player %d", ErrExists, e.Existing.Name, e.Existing.ID)
}

// Unwrap makes the error match ErrExists.
func (e *ExistsError) Unwrap() error { return ErrExists }

// isUnique reports whether err is a violated unique constraint of either engine.
func isUnique(err error) bool {
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		return pg.Code == "23505"
	}
	var lite *sqlite.Error
	return errors.As(err, &lite) && lite.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE
}

// isBusy reports whether err says that another connection holds SQLite's lock.
func isBusy(err error) bool {
	var lite *sqlite.Error
	return errors.As(err, &lite) && lite.Code()&0xff == sqlite3.SQLITE_BUSY
}
