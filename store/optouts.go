package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"github.com/osrsdiff/osrsdiff/groups"
	"github.com/osrsdiff/osrsdiff/player"
)

// ErrOptedOut means that whoever has the name asked not to be tracked. The error
// is an *OptedOutError, which says whose.
var ErrOptedOut = errors.New("opted out of being tracked")

// OptedOutError says which names are on the opt-out list. It matches ErrOptedOut.
type OptedOutError struct {
	// Names are those on the list, as they were put there. There is at least one.
	Names []player.Name
}

// Error names the first of them.
func (e *OptedOutError) Error() string {
	const most = 5
	quoted := make([]string, 0, most)
	for _, name := range e.Names[:min(most, len(e.Names))] {
		quoted = append(quoted, fmt.Sprintf("%q", name))
	}
	more := ""
	if n := len(e.Names) - most; n > 0 {
		more = fmt.Sprintf(" and %d more", n)
	}
	return fmt.Sprintf("%s%s %v", strings.Join(quoted, ", "), more, ErrOptedOut)
}

// Unwrap makes the error match ErrOptedOut.
func (e *OptedOutError) Unwrap() error { return ErrOptedOut }

// OptOut is a name that must not be tracked.
type OptOut struct {
	// Name is the name. Every spelling of it counts.
	Name player.Name
	// Reason is what was said of it. Empty: nothing.
	Reason string
	// At is when it was put on the list.
	At time.Time
}

// OptOutRequest asks for a name not to be tracked.
type OptOutRequest struct {
	// Name is the name.
	Name player.Name
	// Reason is what to keep with it, for those who read the list.
	Reason string
	// KeepHistory keeps the history of the player as any removal does. Otherwise
	// it is deleted at once.
	KeepHistory bool
	// DryRun only says what would happen.
	DryRun bool
}

// OptedOut is what an OptOutRequest did, or would do.
type OptedOut struct {
	// OptOut is how the name stands on the list.
	OptOut
	// Already means that it was on the list before; its reason stays then.
	Already bool
	// Removed is the player of the name that was tracked, with the revision of its
	// removal. Zero: nobody was.
	Removed player.Player
	// Histories is how many histories of the name are deleted: that of the player,
	// and those of players removed before.
	Histories int64
}

type optOutRow struct {
	bun.BaseModel `bun:"table:optouts,alias:o"`
	NameKey       string `bun:"name_key,pk"`
	Name          string `bun:"name"`
	Reason        string `bun:"reason"`
	At            int64  `bun:"at"`
}

func (r *optOutRow) optOut() (OptOut, error) {
	name, err := player.ParseName(r.Name)
	if err != nil {
		return OptOut{}, fmt.Errorf("opt-out %q: %w", r.Name, err)
	}
	return OptOut{Name: name, Reason: r.Reason, At: fromMicros(r.At)}, nil
}

// OptOut puts a name on the opt-out list and stops tracking its player, all of it
// or nothing. From then on nothing adds, restores or renames a player to the name.
// It is safe to repeat.
func (s *Store) OptOut(ctx context.Context, request OptOutRequest) (OptedOut, error) {
	var done OptedOut
	err := s.inTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		done = OptedOut{}
		if err := s.lock(ctx, tx, lockAdding); err != nil {
			return err
		}
		if err := s.list(ctx, tx, request, &done); err != nil {
			return err
		}
		return s.forget(ctx, tx, request, &done)
	})
	if err != nil {
		return OptedOut{}, fmt.Errorf("opt %q out: %w", request.Name, err)
	}
	return done, nil
}

// list puts the name on the list.
func (s *Store) list(ctx context.Context, tx bun.Tx, request OptOutRequest, done *OptedOut) error {
	row := &optOutRow{NameKey: request.Name.Key()}
	err := tx.NewSelect().Model(row).WherePK().Scan(ctx)
	switch {
	case err == nil:
		done.Already = true
		done.OptOut, err = row.optOut()
		return err
	case !errors.Is(err, sql.ErrNoRows):
		return err
	}
	row.Name, row.Reason, row.At = request.Name.String(), shorten(request.Reason), micros(s.now())
	if done.OptOut, err = row.optOut(); err != nil || request.DryRun {
		return err
	}
	_, err = tx.NewInsert().Model(row).Exec(ctx)
	return err
}

// forget removes the player of the name, and the history if it is not to be kept.
func (s *Store) forget(ctx context.Context, tx bun.Tx, request OptOutRequest, done *OptedOut) error {
	row, err := playerRowOf(ctx, s.forUpdate(tx.NewSelect().Where("p.name_key = ?", request.Name.Key())))
	switch {
	case err == nil:
		row.Revision++
		if done.Removed, err = row.player(); err != nil {
			return err
		}
		if !request.DryRun {
			err = s.retire(ctx, tx, row)
		}
	case errors.Is(err, ErrNotFound):
		err = nil
	}
	if err != nil || request.KeepHistory {
		return err
	}
	removed := func(q bun.QueryBuilder) bun.QueryBuilder {
		return q.Where("removed_at > 0 AND removed_key = ?", request.Name.Key())
	}
	if done.Histories, err = tx.NewSelect().Table("players").ApplyQueryBuilder(removed).Count(ctx); err != nil {
		return err
	}
	if request.DryRun {
		if done.Removed.ID != 0 {
			done.Histories++
		}
		return nil
	}
	_, err = tx.NewDelete().Table("players").ApplyQueryBuilder(removed).Exec(ctx)
	return err
}

// LiftOptOut takes a name off the opt-out list and returns what stood there. One
// that is not on it matches ErrNotFound.
func (s *Store) LiftOptOut(ctx context.Context, name player.Name) (OptOut, error) {
	row := new(optOutRow)
	err := s.write.NewDelete().Model(row).Where("name_key = ?", name.Key()).Returning("*").Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return OptOut{}, fmt.Errorf("lift the opt-out of %q: %w: it is not on the list", name, ErrNotFound)
	}
	if err != nil {
		return OptOut{}, fmt.Errorf("lift the opt-out of %q: %w", name, err)
	}
	return row.optOut()
}

// OptOuts lists the opt-out list by name.
func (s *Store) OptOuts(ctx context.Context) ([]OptOut, error) {
	var rows []optOutRow
	if err := s.read.NewSelect().Model(&rows).OrderExpr("o.name_key").Scan(ctx); err != nil {
		return nil, fmt.Errorf("list opt-outs: %w", err)
	}
	return optOutsOf(rows)
}

func optOutsOf(rows []optOutRow) ([]OptOut, error) {
	list := make([]OptOut, 0, len(rows))
	for i := range rows {
		o, err := rows[i].optOut()
		if err != nil {
			return nil, err
		}
		list = append(list, o)
	}
	return list, nil
}

// keysAtOnce is how many keys one query looks for: SQLite bounds its parameters.
const keysAtOnce = 500

// OptedOut returns which of the names are on the opt-out list, by their keys.
func (s *Store) OptedOut(ctx context.Context, names []player.Name) (map[string]OptOut, error) {
	keys := make([]string, 0, len(names))
	for _, name := range names {
		keys = append(keys, name.Key())
	}
	found, err := optedOut(ctx, s.read, keys)
	if err != nil {
		return nil, fmt.Errorf("look for opt-outs: %w", err)
	}
	return found, nil
}

func optedOut(ctx context.Context, db bun.IDB, keys []string) (map[string]OptOut, error) {
	found := map[string]OptOut{}
	for len(keys) > 0 {
		n := min(keysAtOnce, len(keys))
		var rows []optOutRow
		if err := db.NewSelect().Model(&rows).Where("o.name_key IN (?)", bun.List(keys[:n])).Scan(ctx); err != nil {
			return nil, err
		}
		list, err := optOutsOf(rows)
		if err != nil {
			return nil, err
		}
		for _, o := range list {
			found[o.Name.Key()] = o
		}
		keys = keys[n:]
	}
	return found, nil
}

// refuseOptedOut is what every transaction asks that gives a player a name, before
// it touches a row: the lock keeps a name from being opted out meanwhile. Names on
// the list are an *OptedOutError.
func (s *Store) refuseOptedOut(ctx context.Context, tx bun.Tx, keys ...string) error {
	if err := s.lock(ctx, tx, lockAdding); err != nil {
		return err
	}
	found, err := optedOut(ctx, tx, keys)
	if err != nil {
		return err
	}
	var names []player.Name
	for _, key := range keys {
		if o, ok := found[key]; ok {
			names = append(names, o.Name)
			delete(found, key)
		}
	}
	if len(names) > 0 {
		return &OptedOutError{Names: names}
	}
	return nil
}

// withoutOptedOut makes those entries of a roster bad lines who opted out: a roster
// is written by somebody else, and those who are not on the list have nothing to do
// with it.
func withoutOptedOut(ctx context.Context, tx bun.Tx, roster groups.Roster) (groups.Roster, error) {
	keys := make([]string, 0, len(roster.Entries))
	for _, e := range roster.Entries {
		keys = append(keys, e.Name.Key())
	}
	found, err := optedOut(ctx, tx, keys)
	if err != nil || len(found) == 0 {
		return roster, err
	}
	kept := groups.Roster{Bad: append([]groups.BadLine(nil), roster.Bad...)}
	for _, e := range roster.Entries {
		if _, out := found[e.Name.Key()]; out {
			kept.Bad = append(kept.Bad, groups.BadLine{Line: e.Line, Text: e.Name.String(), Reason: ErrOptedOut.Error()})
			continue
		}
		kept.Entries = append(kept.Entries, e)
	}
	return kept, nil
}
