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
	Take(ctx context.Context, holder, token string) (permits.Permit, error)
	Release(ctx context.Context, holder, token string) error
	Pause(ctx context.Context, d time.Duration) error
}

var _ Permits = (*permits.Office)(nil)

// SitePauses remembers in the database until when the hiscores asked to be left
// alone, so that a Redis that loses its data does not forget it.
type SitePauses interface {
	SitePause(ctx context.Context) (until time.Time, err error)
	SetSitePause(ctx context.Context, until time.Time) error
}

const (
	// defaultPatience is the longest wait for one permit before a task is put
	// back: longer than what the engine lets queue up takes.
	defaultPatience = 2 * time.Minute
	// defaultPause is the pause when the hiscores ask for one but do not say how
	// long.
	defaultPause = time.Minute
	// longestPause bounds what a wrong header can do.
	longestPause = 24 * time.Hour
	// comeBack is how long a task that could not wait for its permit is put back.
	comeBack = 5 * time.Second
)

// GuestOptions configures a Guest.
type GuestOptions struct {
	// Site is the hiscores.
	Site hiscores.Fetcher
	// Permits is the shared limit.
	Permits Permits
	// Pauses is the database's memory of pauses. Nil: there is none.
	Pauses SitePauses
	// Patience is the longest wait for one permit. Zero: two minutes.
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
// first, and a request for a pause makes all processes pause. It is a
// hiscores.Fetcher for whoever reads tables without a run marker.
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

// Fetch waits for a permit and reads one table. It fails with *PostponedError
// when no permit came, else as the hiscores client does.
func (g *Guest) Fetch(ctx context.Context, name player.Name, table hiscores.Table) (hiscores.Snapshot, error) {
	if _, err := g.take(ctx, "", ""); err != nil {
		return hiscores.Snapshot{}, err
	}
	return g.ask(ctx, name, table)
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
	if err := g.opts.Permits.Pause(ctx, until.Sub(g.opts.Now())); err != nil {
		return fmt.Errorf("restore the pause: %w", err)
	}
	return nil
}

// take waits for a permit as long as the worker runs. It fails with
// *PostponedError, or with the error of ctx when that ended.
func (g *Guest) take(ctx context.Context, holder, token string) (permits.Permit, error) {
	if stopping(ctx).Err() != nil {
		return permits.Permit{}, &PostponedError{Cause: ErrStopping}
	}
	wait, cancel := waiting(ctx, g.opts.Patience)
	defer cancel()
	permit, err := g.opts.Permits.Take(wait, holder, token)
	var marked *permits.MarkedError
	switch {
	case err == nil:
		return permit, nil
	case errors.As(err, &marked):
		return permit, &PostponedError{For: max(marked.For, time.Second), Cause: err}
	case ctx.Err() != nil:
		return permit, err
	case stopping(ctx).Err() != nil:
		return permit, &PostponedError{Cause: ErrStopping}
	}
	return permit, &PostponedError{For: comeBack, Cause: err}
}

// ask makes one request and lets everybody pause when the site asks for that.
func (g *Guest) ask(ctx context.Context, name player.Name, table hiscores.Table) (hiscores.Snapshot, error) {
	snapshot, err := g.opts.Site.Fetch(ctx, name, table)
	var limited *hiscores.RateLimitError
	if errors.As(err, &limited) {
		return snapshot, &PostponedError{For: g.pause(ctx, limited.RetryAfter), Cause: err}
	}
	return snapshot, err
}

// pause makes all processes pause and returns for how long. Failure policy: log
// and carry on, since a pause that was not stored only costs one more request.
func (g *Guest) pause(ctx context.Context, asked time.Duration) time.Duration {
	d := min(asked, longestPause)
	if d <= 0 {
		d = g.opts.Pause
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), comeBack)
	defer cancel()
	g.opts.Log.WarnContext(ctx, "hiscores ask for a pause", "pause", d)
	if err := g.opts.Permits.Pause(ctx, d); err != nil {
		g.opts.Log.ErrorContext(ctx, "pause is not in Redis", "error", err)
	}
	if g.opts.Pauses == nil {
		return d
	}
	if err := g.opts.Pauses.SetSitePause(ctx, g.opts.Now().Add(d)); err != nil {
		g.opts.Log.ErrorContext(ctx, "pause is not in the database", "error", err)
	}
	return d
}

// orDiscard is log, or a logger that drops everything.
func orDiscard(log *slog.Logger) *slog.Logger {
	if log == nil {
		return slog.New(slog.DiscardHandler)
	}
	return log
}
