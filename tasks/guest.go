package tasks

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/osrsdiff/osrsdiff/hiscores"
	"github.com/osrsdiff/osrsdiff/permits"
	"github.com/osrsdiff/osrsdiff/player"
)

// Permits grants the shared right to make one request; *permits.Office does.
type Permits interface {
	Take(ctx context.Context, r permits.Request) (permits.Permit, error)
	Release(ctx context.Context, holder, token string, answered bool) error
	Report(ctx context.Context, p permits.Permit, a permits.Answer) error
}

// Absences compares players whom the hiscores do not list any more, because an
// outage can answer "not found"; *permits.Office does.
type Absences interface {
	Listed(ctx context.Context, player string) error
	Unlisted(ctx context.Context, player string) (doubtful bool, err error)
	Doubtful(ctx context.Context) (bool, error)
}

var (
	_ Permits  = (*permits.Office)(nil)
	_ Absences = (*permits.Office)(nil)
)

// SitePauses remembers in the database until when the hiscores asked to be left
// alone, so that a Redis that loses its data does not forget it.
type SitePauses interface {
	SitePause(ctx context.Context) (until time.Time, err error)
	SetSitePause(ctx context.Context, until time.Time) error
}

const (
	// defaultPatience is the longest wait for a permit that a task sits out in
	// its worker. For a longer one it goes back to the queue and keeps its place.
	defaultPatience = 10 * time.Second
	// patienceInside is the same between the requests of one run: breaking that
	// off would repeat those made already.
	patienceInside = 45 * time.Second
	// longestWait bounds a wait that lasts longer than it looked at first.
	longestWait = 3 * time.Minute
	// defaultPause is the pause when the hiscores ask for one but do not say how
	// long.
	defaultPause = time.Minute
	// longestPause bounds what a wrong header can do.
	longestPause = 24 * time.Hour
	// comeBack is how long a task waits whose permit could not be asked for.
	comeBack = 5 * time.Second
	// ahead is how much earlier than its turn a task comes back for its permit,
	// and longestAway how long it stays away at most, since a turn may come sooner
	// than it looked.
	ahead, longestAway = 3 * time.Second, 30 * time.Second
	// reportTimeout bounds telling the others what came of a request.
	reportTimeout = 2 * time.Second
)

// GuestOptions configures a Guest.
type GuestOptions struct {
	// Site is the hiscores.
	Site hiscores.Fetcher
	// Permits is the shared limit.
	Permits Permits
	// Absences tells absent players from an outage. Nil: every answer is believed.
	Absences Absences
	// Pauses is the database's memory of pauses. Nil: there is none.
	Pauses SitePauses
	// Patience is the longest wait for a permit that a task sits out before its
	// first request. Zero: ten seconds.
	Patience time.Duration
	// Pause is how long everything pauses when the hiscores limit the rate
	// without saying how long. Zero: a minute.
	Pause time.Duration
	// Now is the host's clock. Nil: time.Now.
	Now func() time.Time
	// Log gets pauses. Nil: nothing is logged.
	Log *slog.Logger
}

// Guest reads the hiscores as a good guest does: each request takes a permit
// first, all are told what came of it, and a request for a pause makes all
// processes pause. It is a hiscores.Fetcher for a person who waits for the answer.
type Guest struct{ opts GuestOptions }

var _ hiscores.Fetcher = (*Guest)(nil)

// NewGuest makes a Guest.
func NewGuest(opts GuestOptions) *Guest {
	if opts.Patience <= 0 {
		opts.Patience = defaultPatience
	}
	if opts.Pause <= 0 {
		opts.Pause = defaultPause
	}
	if opts.Now == nil {
		opts.Now = time.Now
	}
	opts.Log = orDiscard(opts.Log)
	return &Guest{opts: opts}
}

// Fetch waits for a permit as a person would and reads one table. It fails with
// *PostponedError when no permit came, else as the hiscores client does.
func (g *Guest) Fetch(ctx context.Context, name player.Name, table hiscores.Table) (hiscores.Snapshot, error) {
	return g.visit(permits.Request{Class: permits.Interactive}).Fetch(ctx, name, table)
}

// RestorePause makes permits pause for as long as the database remembers, for a
// start with a Redis that knows nothing of it.
func (g *Guest) RestorePause(ctx context.Context) error {
	if g.opts.Pauses == nil {
		return nil
	}
	until, err := g.opts.Pauses.SitePause(ctx)
	if err != nil {
		return fmt.Errorf("restore the pause: %w", err)
	}
	left := until.Sub(g.opts.Now())
	if left <= 0 {
		return nil
	}
	if err := g.opts.Permits.Report(ctx, permits.Permit{}, permits.Answer{Outcome: permits.Unknown, Pause: left}); err != nil {
		return fmt.Errorf("restore the pause: %w", err)
	}
	return nil
}

// take waits for a permit as long as the worker runs. It fails with
// *PostponedError, or with the error of ctx when that ended.
func (g *Guest) take(ctx context.Context, r permits.Request) (permits.Permit, error) {
	if stopping(ctx).Err() != nil {
		return permits.Permit{}, &PostponedError{Cause: ErrStopping}
	}
	wait, cancel := waiting(ctx, longestWait)
	defer cancel()
	permit, err := g.opts.Permits.Take(wait, r)
	switch {
	case err == nil:
		return permit, nil
	case ctx.Err() != nil:
		return permit, err
	case stopping(ctx).Err() != nil:
		return permit, &PostponedError{Cause: ErrStopping}
	}
	return permit, &PostponedError{For: awayFor(err), Cause: err}
}

// awayFor is how long a task goes back to the queue that did not get a permit.
func awayFor(err error) time.Duration {
	var marked *permits.MarkedError
	var away *permits.WaitError
	switch {
	case errors.As(err, &marked):
		return max(marked.For, time.Second)
	case errors.As(err, &away) && away.Reason == permits.Busy:
		return min(max(away.For-ahead, time.Second), longestAway)
	case errors.As(err, &away):
		return max(away.For, time.Second)
	}
	return comeBack
}

// ask makes one request and says what there is to tell everybody of it. When the
// site asks for a pause it fails with *PostponedError.
func (g *Guest) ask(ctx context.Context, name player.Name, table hiscores.Table) (hiscores.Snapshot, permits.Answer, error) {
	snapshot, err := g.opts.Site.Fetch(ctx, name, table)
	answer := permits.Answer{Outcome: outcomeOf(ctx, err)}
	if answer.Outcome == permits.Failed {
		answer.Cause = err.Error()
	}
	if limited, ok := errors.AsType[*hiscores.RateLimitError](err); ok {
		if answer.Pause = min(limited.RetryAfter, longestPause); answer.Pause <= 0 {
			answer.Pause = g.opts.Pause
		}
		err = &PostponedError{For: answer.Pause, Cause: err}
	}
	return snapshot, answer, err
}

// outcomeOf is what a request said of the site's health.
func outcomeOf(ctx context.Context, err error) permits.Outcome {
	switch {
	case err == nil, errors.Is(err, hiscores.ErrNotFound), errors.Is(err, hiscores.ErrInvalidName):
		return permits.Answered
	case ctx.Err() != nil:
		return permits.Unknown
	case errors.Is(err, hiscores.ErrUnavailable), errors.Is(err, hiscores.ErrBlocked):
		return permits.Failed
	}
	return permits.Unknown
}

// report tells all processes what came of a request, and the database of a
// pause. Failure policy: log and carry on, since what was not stored costs a few
// more requests at most.
func (g *Guest) report(ctx context.Context, p permits.Permit, a permits.Answer) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), reportTimeout)
	defer cancel()
	if err := g.opts.Permits.Report(ctx, p, a); err != nil {
		g.opts.Log.ErrorContext(ctx, "outcome of a request is not in Redis", "error", err)
	}
	if a.Pause <= 0 {
		return
	}
	g.opts.Log.WarnContext(ctx, "hiscores ask for a pause", "pause", a.Pause)
	if g.opts.Pauses == nil {
		return
	}
	if err := g.opts.Pauses.SetSitePause(ctx, g.opts.Now().Add(a.Pause)); err != nil {
		g.opts.Log.ErrorContext(ctx, "pause is not in the database", "error", err)
	}
}

// orDiscard is log, or a logger that drops everything.
func orDiscard(log *slog.Logger) *slog.Logger {
	if log == nil {
		return slog.New(slog.DiscardHandler)
	}
	return log
}
