package roster

import (
	"context"
	"errors"
	"fmt"

	"github.com/osrsdiff/osrsdiff/hiscores"
	"github.com/osrsdiff/osrsdiff/player"
	"github.com/osrsdiff/osrsdiff/store"
)

// AddRequest asks for a player to be tracked.
type AddRequest struct {
	// Name is the player's name.
	Name player.Name
	// Every is the interval of the schedule. Zero: player.DefaultInterval.
	Every player.Interval
	// Mode is the game mode. Empty: it is read from the hiscores.
	Mode player.Mode
	// Verify asks the hiscores first whether they list the name.
	Verify bool
}

// Added is a player that is tracked from now on.
type Added struct {
	// Player is the row as stored.
	Player player.Player
	// Pending means the hiscores have not been seen to list the name: they could
	// not be asked, or were not to be. The first fetch will tell.
	Pending bool
	// Restored means the player was removed before and came back with its history.
	Restored bool
	// TaskID is the id of the first fetch. Empty: it was not queued, and comes
	// when the scheduler has applied the addition.
	TaskID string
}

// Add tracks a player and asks for the first fetch. With Verify a name that the
// hiscores do not list fails with hiscores.ErrNotFound, one they refuse with
// hiscores.ErrInvalidName; when they cannot be asked within about fifteen
// seconds the player is added pending. A name that is tracked already, in
// whatever spelling, is a *store.ExistsError, one that opted out a
// *store.OptedOutError.
func (r *Roster) Add(ctx context.Context, req AddRequest) (Added, error) {
	p, err := req.player()
	if err != nil {
		return Added{}, fmt.Errorf("add %q: %w", req.Name, err)
	}
	if err := r.refuseName(ctx, req.Name); err != nil {
		return Added{}, fmt.Errorf("add %q: %w", req.Name, err)
	}
	verified := false
	if req.Verify && r.opts.Hiscores != nil {
		p.Mode, verified, err = r.verify(ctx, req)
		if err != nil {
			return Added{}, fmt.Errorf("add %q: %w", req.Name, err)
		}
	}
	stored, err := r.opts.Additions.AddPlayer(ctx, p)
	if err != nil {
		return Added{}, fmt.Errorf("add %q: %w", req.Name, err)
	}
	r.apply(ctx, stored)
	noteAdded(ctx, []player.Player{stored})
	return Added{Player: stored, Pending: !verified, Restored: stored.Revision > 1, TaskID: r.firstFetch(ctx, stored)}, nil
}

// player is the row to add.
func (req AddRequest) player() (player.Player, error) {
	if req.Name.IsZero() {
		return player.Player{}, fmt.Errorf("%w: it is empty", player.ErrInvalidName)
	}
	if req.Every == 0 {
		req.Every = player.DefaultInterval
	}
	if err := req.Every.Validate(); err != nil {
		return player.Player{}, err
	}
	if req.Mode != "" {
		if _, err := player.ParseMode(string(req.Mode)); err != nil {
			return player.Player{}, err
		}
	}
	return player.Player{Name: req.Name, Every: req.Every, Mode: req.Mode, Status: player.Pending}, nil
}

// refuseName saves the requests to the hiscores for a name that is tracked, and
// for one that must not be.
func (r *Roster) refuseName(ctx context.Context, name player.Name) error {
	out, err := r.opts.Additions.OptedOut(ctx, []player.Name{name})
	if err != nil {
		return err
	}
	if len(out) > 0 {
		return &store.OptedOutError{Names: []player.Name{name}}
	}
	p, err := r.opts.Lookup.PlayerByName(ctx, name)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return nil
	case err != nil:
		return err
	}
	return &store.ExistsError{Existing: p}
}

// verify asks the hiscores whether they list the name and in which mode. A mode
// that was asked for must be that of a table that lists the player. When the
// hiscores cannot tell, the player is not verified, which is no error.
func (r *Roster) verify(ctx context.Context, req AddRequest) (mode player.Mode, verified bool, err error) {
	inTime, cancel := context.WithTimeout(ctx, r.opts.VerifyTimeout)
	defer cancel()
	if mode = req.Mode; mode != "" {
		_, err = r.opts.Hiscores.Fetch(inTime, req.Name, hiscores.TableOf(mode))
	} else {
		mode, err = r.detect(inTime, req.Name)
	}
	switch {
	case err == nil:
		return mode, true, nil
	case errors.Is(err, hiscores.ErrNotFound) && req.Mode != "":
		return "", false, fmt.Errorf("not listed as %s: %w", req.Mode, err)
	case errors.Is(err, hiscores.ErrNotFound), errors.Is(err, hiscores.ErrInvalidName), ctx.Err() != nil:
		return "", false, err
	}
	r.opts.Log.WarnContext(ctx, "player added without verification", "player", req.Name.String(), "error", err)
	return req.Mode, false, nil
}

func (r *Roster) detect(ctx context.Context, name player.Name) (player.Mode, error) {
	readings, err := hiscores.ReadTables(ctx, r.opts.Hiscores, name)
	if err != nil {
		return "", err
	}
	return hiscores.Detect(readings)
}

// firstFetch asks for the first fetch of a new player. Failure policy: log and
// carry on, since the schedule of a player never fetched is due at once.
func (r *Roster) firstFetch(ctx context.Context, p player.Player) (taskID string) {
	ticket, err := r.queueFetch(ctx, p)
	if err != nil {
		r.opts.Log.WarnContext(ctx, "first fetch waits for the scheduler", "player", p.Name.String(), "error", err)
	}
	return ticket.TaskID
}
