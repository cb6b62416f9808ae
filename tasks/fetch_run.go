package tasks

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/osrsdiff/osrsdiff/hiscores"
	"github.com/osrsdiff/osrsdiff/player"
)

const (
	// databaseAway is how long a fetch is put back when the database does not
	// answer before its request.
	databaseAway = 30 * time.Second
	// writeTimeout bounds the recording of one answer: longer than a database is
	// usually locked.
	writeTimeout = 30 * time.Second
	// releaseTimeout bounds giving the run marker back.
	releaseTimeout = 2 * time.Second
	// trusted is how long a player's row is taken for what it was when it was read,
	// where no other run has ended since: far less than permits.RecentFor.
	trusted = time.Second
)

// writePauses are the waits between tries to record an answer. The answer cost a
// request, and throwing it away costs another.
var writePauses = []time.Duration{100 * time.Millisecond, 500 * time.Millisecond, 2 * time.Second}

// fetchRun is one run of a fetch task.
type fetchRun struct {
	*FetchHandler
	*visit
	fetch     Fetch
	player    player.Player
	loaded    time.Time // when player was about to be read
	token     string
	triesLeft int
	attempt   player.Attempt
	// absent is the answer of a table that does not list the player: it is not
	// asked twice in one run.
	absent map[hiscores.Table]error
	// mode is the change of mode that the reading of several tables showed, and
	// suspect one that has yet to be confirmed.
	mode    *ModeChange
	suspect *FirstVerdict
}

func (r *fetchRun) holder() string { return ScheduleID(r.fetch.PlayerID) }

// load reads the player's row and reports whether a request is still needed.
func (r *fetchRun) load(ctx context.Context) (needed bool, err error) {
	r.loaded = r.opts.Now()
	p, err := r.opts.Players.Player(ctx, r.fetch.PlayerID)
	if errors.Is(err, r.opts.NotFound) {
		return false, nil
	}
	if err != nil {
		return false, &PostponedError{For: databaseAway, Cause: err}
	}
	r.player = p
	need := r.fetch.need(p, r.opts.Now())
	if need.skip && r.opts.Cover != nil {
		if err := r.opts.Cover(ctx, p.ID, r.fetch.tick()); err != nil {
			return false, &PostponedError{For: databaseAway, Cause: err}
		}
	}
	if need.after > 0 {
		return false, &PostponedError{For: need.after, Cause: ErrRecheck}
	}
	return need.request, nil
}

// reload is load for a run that has its permit, for which it may have waited long.
// The row is read again only where it may differ: a person who changes it within a
// second is as late as one who does so within the request.
func (r *fetchRun) reload(ctx context.Context) (needed bool, err error) {
	if age := r.opts.Now().Sub(r.loaded); !r.permit.Recent && age >= 0 && age < trusted {
		return true, nil
	}
	return r.load(ctx)
}

// take takes the run marker and a permit. The first permit's time is what the
// attempt covers the schedule up to.
func (r *fetchRun) take(ctx context.Context) error {
	first := !r.begun
	if err := r.visit.take(ctx); err != nil {
		return err
	}
	if at := r.permit.At; first && r.attempt.Covers.Before(at) {
		r.attempt.Covers = at
	}
	return nil
}

// Fetch makes fetchRun a hiscores.Fetcher: each request uses up a permit.
func (r *fetchRun) Fetch(ctx context.Context, name player.Name, table hiscores.Table) (hiscores.Snapshot, error) {
	if err := r.absent[table]; err != nil {
		return hiscores.Snapshot{}, err
	}
	snapshot, err := r.visit.Fetch(ctx, name, table)
	if errors.Is(err, hiscores.ErrNotFound) {
		r.absent[table] = err
	}
	return snapshot, err
}

// read reads the table of the player's mode, or all that tell the mode when it
// is not known, or when a player never seen before is not on the table it was
// said to be on. An iron player who is gone from its table is looked for on the
// looser ones.
func (r *fetchRun) read(ctx context.Context) (hiscores.Snapshot, error) {
	if r.player.Mode == "" {
		return r.detect(ctx)
	}
	snapshot, err := r.Fetch(ctx, r.player.Name, hiscores.TableOf(r.player.Mode))
	switch {
	case !errors.Is(err, hiscores.ErrNotFound):
		return snapshot, err
	case r.player.LastFetchedAt.IsZero():
		return r.detect(ctx)
	case r.player.Mode.Iron():
		return r.fallBack(ctx)
	}
	return snapshot, err
}

// fallBack reads the looser tables, which a player stays on who died as hardcore
// or left its mode, or whose own row fell off the end of its table. What they
// say of the mode is left to a mode check to confirm.
func (r *fetchRun) fallBack(ctx context.Context) (hiscores.Snapshot, error) {
	readings, err := hiscores.ReadTables(ctx, r, r.player.Name)
	if err != nil {
		return hiscores.Snapshot{}, err
	}
	found, err := hiscores.Loosest(readings)
	if err != nil {
		return hiscores.Snapshot{}, err
	}
	if v := hiscores.Downgrade(r.player.Mode, readings); v.Known && v.Changed {
		r.suspect = &FirstVerdict{From: r.player.Mode, To: v.Mode, At: r.opts.Now()}
	}
	return found.Snapshot, nil
}

// detect reads the tables that tell the game mode and returns what the table of
// that mode said.
func (r *fetchRun) detect(ctx context.Context) (hiscores.Snapshot, error) {
	readings, err := hiscores.ReadTables(ctx, r, r.player.Name)
	if err != nil {
		return hiscores.Snapshot{}, err
	}
	mode, err := hiscores.Detect(readings)
	if err != nil {
		return hiscores.Snapshot{}, err
	}
	if mode != r.player.Mode {
		evidence, err := encode(TypeFetch, readings)
		if err != nil {
			return hiscores.Snapshot{}, err
		}
		r.mode = &ModeChange{
			PlayerID: r.player.ID, From: r.player.Mode, To: mode, At: r.opts.Now(), Evidence: evidence, Applied: true,
		}
	}
	for _, reading := range readings {
		if reading.Table == hiscores.TableOf(mode) && reading.Found {
			return reading.Snapshot, nil
		}
	}
	return hiscores.Snapshot{}, fmt.Errorf("%w: the table of mode %s was not read", hiscores.ErrUnavailable, mode)
}

// settle records how the reading ended. An answer is recorded even when ctx
// ended meanwhile. Without one the run marker stays wherever a request was made
// or may have been, so that nobody, by hand or from another queue, repeats it
// within a minute; only after a request for a pause does the pause see to that.
func (r *fetchRun) settle(ctx context.Context, snapshot hiscores.Snapshot, err error) error {
	r.attempt.At = r.opts.Now()
	if errors.Is(err, hiscores.ErrNotFound) && r.doubtful(ctx) {
		err = ErrDoubtful
	}
	var postponed *PostponedError
	switch {
	case err == nil:
		return r.record(ctx, func(ctx context.Context) error { return r.found(ctx, snapshot) })
	case errors.Is(err, hiscores.ErrNotFound):
		return r.missing(ctx)
	case errors.Is(err, hiscores.ErrInvalidName):
		return r.giveUp(ctx, err)
	case errors.As(err, &postponed):
		if !r.asked || errors.Is(err, hiscores.ErrRateLimited) {
			r.release(ctx)
		}
		return err
	case ctx.Err() != nil:
		return fmt.Errorf("fetch %q: cut off, outcome unknown: %w", r.player.Name, err)
	case r.triesLeft <= 1:
		return r.giveUp(ctx, err)
	}
	return fmt.Errorf("fetch %q: %w", r.player.Name, err)
}

// found stores the mode, if it was found out, and the values.
func (r *fetchRun) found(ctx context.Context, snapshot hiscores.Snapshot) error {
	if r.mode != nil {
		if err := r.opts.RecordMode(ctx, *r.mode); err != nil {
			return err
		}
		r.mode = nil
	}
	changes, err := r.opts.Records.RecordSnapshot(ctx, r.attempt, snapshot)
	if err != nil {
		return err
	}
	r.opts.Log.InfoContext(ctx, "player fetched", "player", r.player.Name.String(), "changes", len(changes))
	r.listed(ctx)
	r.suspectMode(ctx)
	return nil
}

// suspectMode asks for the check of a mode that an absent row casts doubt on.
// Failure policy: log and carry on, since the daily check looks anyway.
func (r *fetchRun) suspectMode(ctx context.Context) {
	if r.suspect == nil || r.opts.Queue == nil {
		return
	}
	err := enqueueConfirmation(ctx, r.opts.Queue, CheckMode{
		PlayerID: r.player.ID, Player: r.player.Name.String(), Date: r.suspect.At.UTC().Format(time.DateOnly), First: r.suspect,
	})
	if err != nil {
		r.opts.Log.WarnContext(ctx, "mode check is left to the daily one", "player", r.player.Name.String(), "error", err)
	}
}

// giveUp records that the tick failed, which covers it, so the next tick starts
// with all tries.
func (r *fetchRun) giveUp(ctx context.Context, cause error) error {
	if r.attempt.At.IsZero() {
		r.attempt.At = r.opts.Now()
	}
	return r.record(ctx, func(ctx context.Context) error {
		err := r.opts.Records.RecordFailure(ctx, r.attempt, cause.Error())
		if err == nil {
			r.opts.Log.WarnContext(ctx, "fetch failed", "player", r.player.Name.String(), "error", cause)
		}
		return err
	})
}

// record runs write until it succeeds or its tries are used up, whether or not
// ctx has ended, and gives the marker back once the outcome is stored. When it
// is not, the marker stays, so that no one repeats the request within a minute.
func (r *fetchRun) record(ctx context.Context, write func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), writeTimeout)
	defer cancel()
	err := write(ctx)
	for _, pause := range writePauses {
		if err == nil || errors.Is(err, r.opts.NotFound) || r.opts.Sleep(ctx, pause) != nil {
			break
		}
		err = write(ctx)
	}
	if err != nil && !errors.Is(err, r.opts.NotFound) {
		return fmt.Errorf("record the fetch of %q: %w", r.player.Name, err)
	}
	r.release(ctx)
	return nil
}

// release gives the run marker back, and tells with it that the site answered where
// that is still untold. Failure policy: log and carry on, since the marker dies by
// itself and the end of the run tells the rest.
func (r *fetchRun) release(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), releaseTimeout)
	defer cancel()
	if err := r.opts.Guest.opts.Permits.Release(ctx, r.holder(), r.token, r.untold); err != nil {
		r.opts.Log.WarnContext(ctx, "run marker stays until it expires", "holder", r.holder(), "error", err)
		return
	}
	r.untold = false
}
