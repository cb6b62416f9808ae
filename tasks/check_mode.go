package tasks

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/hibiken/asynq"

	"github.com/osrsdiff/osrsdiff/hiscores"
	"github.com/osrsdiff/osrsdiff/permits"
	"github.com/osrsdiff/osrsdiff/player"
)

// ConfirmAfter is the least time between the reading that shows a change of mode
// and the one that confirms it.
const ConfirmAfter = 10 * time.Minute

var errTooEarly = errors.New("too early to confirm the first reading")

// early is how much too early it is for a confirmation. Zero or less: it is time.
func (c CheckMode) early(now time.Time) time.Duration {
	if c.First == nil {
		return 0
	}
	return ConfirmAfter - now.Sub(c.First.At)
}

// CheckModeOptions configures a CheckModeHandler.
type CheckModeOptions struct {
	// Players finds players. Its error for one that is gone matches NotFound.
	Players Players
	// NotFound is matched by errors that mean the player is not tracked any more.
	NotFound error
	// RecordMode stores a confirmed change and gives the player the new mode.
	RecordMode func(ctx context.Context, c ModeChange) error
	// MarkModeChecked stores that a check of the player came to an end.
	MarkModeChecked func(ctx context.Context, playerID int64, at time.Time) error
	// Guest reads the hiscores.
	Guest *Guest
	// Queue takes the confirmation.
	Queue Enqueuer
	// Tries is how often a check is tried before it is left to the next day.
	// Zero: DefaultTries.
	Tries int
	// Now is the host's clock. Nil: time.Now.
	Now func() time.Time
	// Log gets what was found. Nil: nothing is logged.
	Log *slog.Logger
}

// CheckModeHandler handles TypeCheckMode: it reads the tables of an iron player,
// loosest first, and asks hiscores.Downgrade whether the player died as hardcore
// or left the mode. Only what a second full reading at least ConfirmAfter later
// shows as well is applied, and that a player left the irons because the ironman
// table does not list it only after a third. A table that does not answer is no
// verdict. What looks like a move up is kept for people to see, and not applied.
type CheckModeHandler struct{ opts CheckModeOptions }

var _ asynq.Handler = (*CheckModeHandler)(nil)

// NewCheckModeHandler makes a CheckModeHandler.
func NewCheckModeHandler(opts CheckModeOptions) *CheckModeHandler {
	if opts.Tries <= 0 {
		opts.Tries = DefaultTries
	}
	if opts.Now == nil {
		opts.Now = time.Now
	}
	opts.Log = orDiscard(opts.Log)
	return &CheckModeHandler{opts: opts}
}

// ProcessTask checks one player. Running it twice changes nothing the second
// time, since the mode a change starts from is gone then.
func (h *CheckModeHandler) ProcessTask(ctx context.Context, t *asynq.Task) error {
	c, err := decode[CheckMode](t)
	if err != nil {
		return err
	}
	p, needed, err := h.load(ctx, c)
	if err != nil || !needed {
		return err
	}
	readings, err := h.read(ctx, c, p)
	if err != nil {
		return h.unread(ctx, p, err)
	}
	if err := h.judge(ctx, c, p, readings); err != nil && !errors.Is(err, h.opts.NotFound) {
		return fmt.Errorf("check the mode of %q: %w", p.Name, err)
	}
	return nil
}

// load reads the player's row and reports whether there is a mode to check.
func (h *CheckModeHandler) load(ctx context.Context, c CheckMode) (p player.Player, needed bool, err error) {
	p, err = h.opts.Players.Player(ctx, c.PlayerID)
	switch {
	case errors.Is(err, h.opts.NotFound):
		return p, false, nil
	case err != nil:
		return p, false, &PostponedError{For: databaseAway, Cause: err}
	case !p.Mode.Iron(), p.Status != player.Active: // whose account a flagged name is, nobody knows
		return p, false, nil
	case c.First != nil && c.First.From != p.Mode: // another check or a person was faster
		return p, false, nil
	}
	if early := c.early(h.opts.Now()); early > 0 {
		return p, false, &PostponedError{For: early, Cause: errTooEarly}
	}
	return p, true, nil
}

// unread decides about a check whose tables did not all answer.
func (h *CheckModeHandler) unread(ctx context.Context, p player.Player, err error) error {
	if IsFailure(err) && ctx.Err() == nil && triesLeft(ctx, h.opts.Tries) <= 1 {
		h.opts.Log.WarnContext(ctx, "mode check given up", "player", p.Name.String(), "error", err)
		return nil
	}
	return fmt.Errorf("check the mode of %q: %w", p.Name, err)
}

// read reads the tables: those that can matter, or all when the reading may end
// in a change, of which they are the evidence.
func (h *CheckModeHandler) read(ctx context.Context, c CheckMode, p player.Player) ([]hiscores.Reading, error) {
	visit := h.opts.Guest.visit(permits.Request{Class: permits.Background, Place: c.id()})
	defer visit.end(ctx)
	if c.First == nil {
		return hiscores.ReadTables(ctx, visit, p.Name)
	}
	return hiscores.ReadEveryTable(ctx, visit, p.Name)
}

// judge draws the conclusion from a full reading.
func (h *CheckModeHandler) judge(ctx context.Context, c CheckMode, p player.Player, readings []hiscores.Reading) error {
	now := h.opts.Now()
	v := hiscores.Downgrade(p.Mode, readings)
	h.opts.Log.DebugContext(ctx, "mode checked", "player", p.Name.String(), "mode", v.Mode, "known", v.Known, "reason", v.Reason)
	if v.Stricter != "" {
		if err := h.flag(ctx, p, v, readings); err != nil {
			return err
		}
	}
	switch {
	case !v.Known || !v.Changed || v.Weak && h.doubtful(ctx):
		return h.opts.MarkModeChecked(ctx, p.ID, now)
	case c.First == nil:
		return h.confirm(ctx, c, FirstVerdict{From: p.Mode, To: v.Mode, At: now})
	case c.First.To != v.Mode: // two readings that disagree prove nothing
		return h.opts.MarkModeChecked(ctx, p.ID, now)
	case c.First.Confirmed+1 < confirmations(v):
		return h.confirm(ctx, c, FirstVerdict{From: p.Mode, To: v.Mode, At: now, Confirmed: c.First.Confirmed + 1})
	}
	return h.apply(ctx, p, v, readings)
}

// confirmations is how many further readings a verdict needs. Players below the
// end of the ironman table are absent from it as well, so that is weak evidence.
func confirmations(v hiscores.Verdict) int {
	if v.Weak && v.Mode == player.Regular {
		return 2
	}
	return 1
}

// doubtful reports whether absent rows are more likely an outage. Failure
// policy: doubt them, since the next day's check looks again.
func (h *CheckModeHandler) doubtful(ctx context.Context) bool {
	absences := h.opts.Guest.opts.Absences
	if absences == nil {
		return false
	}
	doubt, err := absences.Doubtful(ctx)
	if err != nil {
		h.opts.Log.WarnContext(ctx, "absent rows are no evidence", "error", err)
	}
	return doubt || err != nil
}

// flag keeps a move up, which the game does not know, for people to see.
func (h *CheckModeHandler) flag(ctx context.Context, p player.Player, v hiscores.Verdict, readings []hiscores.Reading) error {
	evidence, err := encode(TypeCheckMode, readings)
	if err != nil {
		return err
	}
	h.opts.Log.WarnContext(ctx, "player looks stricter than its mode; a person must decide",
		"player", p.Name.String(), "mode", p.Mode, "looks", v.Stricter)
	return h.opts.RecordMode(ctx, ModeChange{PlayerID: p.ID, From: p.Mode, To: v.Stricter, At: h.opts.Now(), Evidence: evidence})
}

// apply stores a confirmed change.
func (h *CheckModeHandler) apply(ctx context.Context, p player.Player, v hiscores.Verdict, readings []hiscores.Reading) error {
	now := h.opts.Now()
	evidence, err := encode(TypeCheckMode, readings)
	if err != nil {
		return err
	}
	change := ModeChange{PlayerID: p.ID, From: p.Mode, To: v.Mode, At: now, Evidence: evidence, Applied: true}
	if err := h.opts.RecordMode(ctx, change); err != nil {
		return err
	}
	h.opts.Log.InfoContext(ctx, "player left a game mode", "player", p.Name.String(), "from", p.Mode, "to", v.Mode, "reason", v.Reason)
	return h.opts.MarkModeChecked(ctx, p.ID, now)
}

// confirm puts the next reading into the queue.
func (h *CheckModeHandler) confirm(ctx context.Context, c CheckMode, first FirstVerdict) error {
	c.First = &first
	return enqueueConfirmation(ctx, h.opts.Queue, c)
}
