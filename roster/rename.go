package roster

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/osrsdiff/osrsdiff/hiscores"
	"github.com/osrsdiff/osrsdiff/identity"
	"github.com/osrsdiff/osrsdiff/player"
	"github.com/osrsdiff/osrsdiff/store"
)

// Identities keeps which account a player is; *store.Store does.
type Identities interface {
	// RenamePlayer gives a player another name and keeps its history.
	RenamePlayer(ctx context.Context, id int64, renaming store.Renaming) (player.Player, error)
	// AcceptHeld takes the values held aside for the player's own.
	AcceptHeld(ctx context.Context, id int64) (player.Player, error)
	// SplitPlayer takes them for another account's.
	SplitPlayer(ctx context.Context, id int64) (store.Split, error)
}

// Snapshots returns what the hiscores said last of a player; *store.Store does.
type Snapshots interface {
	Latest(ctx context.Context, playerID int64) (hiscores.Snapshot, error)
}

var (
	_ Identities = (*store.Store)(nil)
	_ Snapshots  = (*store.Store)(nil)
)

var (
	// ErrStillListed means the hiscores list the old name with values that go on
	// from the player's: the account still has that name.
	ErrStillListed = errors.New("the account still has its old name")
	// ErrFalls is matched by *FallsError.
	ErrFalls = errors.New("values would fall")
	// ErrUnverified means the hiscores could not be asked about a rename.
	ErrUnverified = errors.New("the hiscores cannot be asked")
)

// FallsError says that the account of the new name has lower values than the
// player, where the game lowers none. It matches ErrFalls.
type FallsError struct {
	// Name is the new name.
	Name player.Name
	// Falls are the values that would fall.
	Falls []hiscores.Change
}

// shownFalls is how many falls an error names.
const shownFalls = 3

// Error names the first falls.
func (e *FallsError) Error() string {
	var shown []string
	for _, c := range e.Falls[:min(shownFalls, len(e.Falls))] {
		shown = append(shown, fmt.Sprintf("%s from %s to %s", c.Metric, c.Before, c.After))
	}
	if more := len(e.Falls) - len(shown); more > 0 {
		shown = append(shown, fmt.Sprintf("%d more", more))
	}
	return fmt.Sprintf("%v: %q is not the same account as far as the hiscores say: %s", ErrFalls, e.Name, strings.Join(shown, ", "))
}

// Unwrap makes the error match ErrFalls.
func (e *FallsError) Unwrap() error { return ErrFalls }

// RenameRequest asks for a player to follow an account to its new name.
type RenameRequest struct {
	// From is the name the player has.
	From player.Name
	// To is the name the account has now.
	To player.Name
	// Force renames without asking the hiscores. If values fall then, the next
	// fetch flags the player.
	Force bool
}

// Rename gives a player the new name of its account and asks for a fetch; id,
// schedule and history stay. Unless forced, both names are looked up first: the
// new one must be listed with no value lower than the player's (*FallsError),
// the old one must not go on as the same account (ErrStillListed), and hiscores
// that cannot be asked are ErrUnverified. Another spelling of the same name needs
// no look-up. Unknown players match store.ErrNotFound, a name that is tracked is
// a *store.ExistsError, one that opted out a *store.OptedOutError, flagged players match store.ErrFlagged.
func (r *Roster) Rename(ctx context.Context, req RenameRequest) (player.Player, error) {
	p, err := r.opts.Lookup.PlayerByName(ctx, req.From)
	if err != nil {
		return player.Player{}, fmt.Errorf("rename %q: %w", req.From, err)
	}
	respelled := p.Name.Key() == req.To.Key()
	if !respelled {
		if err := r.checkRename(ctx, p, req); err != nil {
			return player.Player{}, fmt.Errorf("rename %q to %q: %w", p.Name, req.To, err)
		}
	}
	renamed, err := r.opts.Identities.RenamePlayer(ctx, p.ID, store.Renaming{To: req.To, Forced: req.Force})
	if err != nil {
		return player.Player{}, fmt.Errorf("rename %q to %q: %w", p.Name, req.To, err)
	}
	if renamed.Revision != p.Revision {
		r.apply(ctx, renamed)
	}
	note(ctx, "player.rename", p.Name, p.Name.String(), renamed.Name.String())
	if !respelled {
		r.firstFetch(ctx, renamed)
	}
	return renamed, nil
}

// checkRename refuses what cannot be, cheapest first.
func (r *Roster) checkRename(ctx context.Context, p player.Player, req RenameRequest) error {
	if req.To.IsZero() {
		return fmt.Errorf("%w: the new name is empty", player.ErrInvalidName)
	}
	if err := r.refuseName(ctx, req.To); err != nil {
		return err
	}
	if p.Status == player.Flagged {
		return fmt.Errorf("%w: accept or split it first; after a split the history can be renamed", store.ErrFlagged)
	}
	if req.Force {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, r.opts.VerifyTimeout)
	defer cancel()
	return r.verifyRename(ctx, p, req.To)
}

// verifyRename compares what the hiscores say of both names with what is stored.
func (r *Roster) verifyRename(ctx context.Context, p player.Player, to player.Name) error {
	stored, err := r.opts.Snapshots.Latest(ctx, p.ID)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	now, listed, err := r.ask(ctx, p, to)
	if err != nil {
		return err
	}
	if !listed {
		return fmt.Errorf("%q: %w", to, hiscores.ErrNotFound)
	}
	if falls := identity.Falls(stored, now); len(falls) > 0 {
		return &FallsError{Name: to, Falls: falls}
	}
	if p.Status == player.Archived {
		return nil // its name is one of ours
	}
	old, listed, err := r.ask(ctx, p, p.Name)
	if err != nil {
		return err
	}
	// For a while after a rename both names may show the same account.
	if listed && len(identity.Falls(stored, old)) == 0 && len(hiscores.Diff(old, now)) > 0 {
		return fmt.Errorf("%w: the hiscores list %q, and nothing there is lower than before", ErrStillListed, p.Name)
	}
	return nil
}

// ask reads the table of a player's mode for a name.
func (r *Roster) ask(ctx context.Context, p player.Player, name player.Name) (s hiscores.Snapshot, listed bool, err error) {
	if r.opts.Hiscores == nil {
		return s, false, ErrUnverified
	}
	s, err = r.opts.Hiscores.Fetch(ctx, name, hiscores.TableOf(p.Mode))
	switch {
	case err == nil:
		return s, true, nil
	case errors.Is(err, hiscores.ErrNotFound):
		return s, false, nil
	case errors.Is(err, hiscores.ErrInvalidName), errors.Is(err, context.Canceled):
		return s, false, err
	}
	return s, false, fmt.Errorf("%w: %w", ErrUnverified, err)
}

// Accept takes the values held aside of a flagged player for its own. A player
// that is not flagged matches store.ErrNotFlagged, an unknown one
// store.ErrNotFound.
func (r *Roster) Accept(ctx context.Context, name player.Name) (player.Player, error) {
	p, err := r.opts.Lookup.PlayerByName(ctx, name)
	if err != nil {
		return player.Player{}, fmt.Errorf("accept %q: %w", name, err)
	}
	accepted, err := r.opts.Identities.AcceptHeld(ctx, p.ID)
	if err != nil {
		return player.Player{}, fmt.Errorf("accept %q: %w", name, err)
	}
	note(ctx, "player.accept", p.Name, "", "")
	return accepted, nil
}

// Split takes the values held aside of a flagged player for another account's:
// the history is archived, and a fresh player has the name from now on and is
// fetched at once. A player that is not flagged matches store.ErrNotFlagged, an
// unknown one store.ErrNotFound.
func (r *Roster) Split(ctx context.Context, name player.Name) (store.Split, error) {
	p, err := r.opts.Lookup.PlayerByName(ctx, name)
	if err != nil {
		return store.Split{}, fmt.Errorf("split %q: %w", name, err)
	}
	split, err := r.opts.Identities.SplitPlayer(ctx, p.ID)
	if err != nil {
		return store.Split{}, fmt.Errorf("split %q: %w", name, err)
	}
	note(ctx, "player.split", p.Name, "", "its history is "+split.Archived.Name.String())
	r.apply(ctx, split.Archived)
	r.apply(ctx, split.Fresh)
	if !split.Fresh.Paused {
		r.firstFetch(ctx, split.Fresh)
	}
	return split, nil
}
