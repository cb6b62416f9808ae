package store

import (
	"context"
	"errors"
	"time"

	"github.com/uptrace/bun"

	"github.com/osrsdiff/osrsdiff/events"
	"github.com/osrsdiff/osrsdiff/player"
)

const (
	// groupMost is how many recordings are committed together: enough that neither
	// the disk nor the way to the server is a limit, few enough that another writer
	// waits for milliseconds only.
	groupMost = 64
	// recordingRest is how long a lane gathers once several recordings came together.
	// A commit costs as much as some recordings do, and a fetch takes longer than
	// this by far.
	recordingRest = 10 * time.Millisecond
	// groupTimeout bounds a transaction of many, which the context of none of them
	// may end.
	groupTimeout = 30 * time.Second
)

// recordingLanes is how many groups are recorded at once. SQLite has one writer; in
// PostgreSQL one process works on each group.
var recordingLanes = map[engine]int{sqliteEngine: 1, postgresEngine: 2}

// outcome writes what a fetch said to the locked row and returns the error text
// of the run.
type outcome func(ctx context.Context, w *writing, row *fetchedRow) (cause string, err error)

// recording is how one fetch ended, on its way into the database. It may be tried
// more than once.
type recording struct {
	ctx     context.Context //nolint:containedctx // The caller waits meanwhile, as in a call.
	attempt player.Attempt
	apply   outcome
	done    chan error

	// err is why this one was left out though the others were committed.
	err error
	// news is what is kept of it as events, told what is told once it is committed.
	news, told []events.Event
	// ended is the end of the fetch itself, which is told and not kept.
	ended []events.Event
}

// record applies an outcome to the locked row of its player. Whatever the outcome,
// the attempt covers its tick. Recordings that wait at the same time share a
// transaction: SQLite has one writer and waits for the disk at each commit, and on
// PostgreSQL most of the cost is the way there and back, which is then gone once for
// all of them. When ctx ends meanwhile the outcome may still be recorded.
func (s *Store) record(ctx context.Context, a player.Attempt, apply outcome) error {
	r := &recording{ctx: ctx, attempt: a, apply: apply, done: make(chan error, 1)}
	s.recordings.Join(r)
	select {
	case err := <-r.done:
		if err == nil {
			s.tell(ctx, r.told...)
		}
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// recordAll records some together, those of one player one after another. When one
// of them fails each is recorded by itself, so that only the one to blame does.
func (s *Store) recordAll(all []*recording) {
	for len(all) > 0 {
		group, again := onePerPlayer(all)
		ctx, cancel := context.WithTimeout(context.WithoutCancel(group[0].ctx), groupTimeout)
		if len(group) == 1 {
			ctx = group[0].ctx
		}
		err := s.recordGroup(ctx, group)
		cancel()
		var own *memberError
		alone := errors.As(err, &own) && len(group) > 1
		for _, r := range group {
			if alone {
				err = s.recordGroup(r.ctx, []*recording{r})
			}
			if err == nil {
				r.done <- r.err
			} else {
				r.done <- err
			}
		}
		all = again
	}
}

// onePerPlayer takes the first recording of each player, and leaves the others for
// later: they build on it.
func onePerPlayer(all []*recording) (group, again []*recording) {
	seen := make(map[int64]bool, len(all))
	for _, r := range all {
		if seen[r.attempt.PlayerID] {
			again = append(again, r)
			continue
		}
		seen[r.attempt.PlayerID] = true
		group = append(group, r)
	}
	return group, again
}

// memberError is an error that may be due to one recording of a group.
type memberError struct{ error }

// Unwrap is the error itself.
func (e *memberError) Unwrap() error { return e.error }

// recordGroup records some in one transaction.
func (s *Store) recordGroup(ctx context.Context, group []*recording) error {
	ids := make([]int64, len(group))
	for i, r := range group {
		ids[i] = r.attempt.PlayerID
	}
	return s.inTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		rows, err := s.lockFetched(ctx, tx, ids...)
		if err != nil {
			return &memberError{err}
		}
		w := &writing{Tx: tx, prepared: &s.prepared}
		for _, r := range group {
			row := rows[r.attempt.PlayerID]
			if r.leaveOut(row) {
				continue
			}
			if err := r.write(ctx, s, w, row); err != nil {
				return &memberError{err}
			}
		}
		if err := w.flush(ctx); err != nil {
			return &memberError{err}
		}
		return s.keepNews(ctx, tx, group)
	})
}

// leaveOut reports whether nothing can be recorded: the caller has given up, or the
// player is gone. What an earlier try left behind is forgotten.
func (r *recording) leaveOut(row *fetchedRow) bool {
	r.news, r.told, r.ended = nil, nil, nil
	if r.err = r.ctx.Err(); r.err == nil && row == nil {
		r.err = ErrNotFound
	}
	return r.err != nil
}

// write applies the outcome to the row of its player.
func (r *recording) write(ctx context.Context, s *Store, w *writing, row *fetchedRow) error {
	was := row.playerColumns
	cause, err := r.apply(ctx, w, row)
	stale := errors.Is(err, errStale)
	if err != nil && !stale {
		return err
	}
	row.keepDecision(was)
	ran := run{result: row.LastResult, cause: cause}
	if at := micros(r.attempt.At); at < was.LastAttemptAt {
		// A later attempt has spoken on how the player stands.
		row.keepStanding(was)
	} else if !stale {
		row.LastAttemptAt = at
	}
	row.CoveredUntil = max(row.CoveredUntil, micros(r.attempt.Covers))
	w.save(row)
	if stale {
		return nil
	}
	row.Recent = remember(row.Recent, r.attempt, ran.result)
	r.news = append(row.news, row.turned(was, r.attempt.At)...)
	if s.onEvents != nil {
		r.ended = []events.Event{row.ended(r.attempt.At, ran.result)}
	}
	return writeRun(ctx, w.Tx, r.attempt, ran)
}

// keepNews keeps the events of a group, all at once.
func (s *Store) keepNews(ctx context.Context, tx bun.Tx, group []*recording) error {
	var news []events.Event
	for _, r := range group {
		news = append(news, r.news...)
	}
	kept, err := s.keep(ctx, tx, news...)
	if err != nil {
		return err
	}
	for _, r := range group {
		r.told = append(kept[:len(r.news):len(r.news)], r.ended...)
		kept = kept[len(r.news):]
	}
	return nil
}
