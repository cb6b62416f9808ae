package tasks

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/osrsdiff/osrsdiff/player"
)

// ErrDoubtful is why a "not found" is not believed: the hiscores lose many
// players at once, or have only just come back from an outage. It counts as a
// try, like an outage, and marks nobody.
var ErrDoubtful = errors.New("not found like many other players just now, or right after an outage: taken for an outage")

// ErrRecheck is why a fetch comes again after "not found".
var ErrRecheck = errors.New("not found is looked at again")

const (
	// missingFor is how long a player must have been missing to be fetched only
	// once a day.
	missingFor = 7 * 24 * time.Hour
	// missingEvery is how often it is fetched then: a day, less what the queue
	// and the limit may have delayed the last fetch by.
	missingEvery = 24*time.Hour - 15*time.Minute
	// repeatAfter is the least time between two requests for one tick.
	repeatAfter = time.Minute
)

// rechecks are the times after the first "not found" at which it is looked at
// again: gaps of 1, 2, 4 and 8 minutes. After that the schedule goes on.
var rechecks = []time.Duration{1 * time.Minute, 3 * time.Minute, 7 * time.Minute, 15 * time.Minute}

// nextRecheck is when a player who was listed once and is not any more is to be
// looked at again apart from its schedule. Zero: it is not.
func nextRecheck(p player.Player) time.Time {
	if p.LastResult != player.NotFound || p.LastFetchedAt.IsZero() || p.MissingSince.IsZero() {
		return time.Time{}
	}
	for _, after := range rechecks {
		if at := p.MissingSince.Add(after); at.After(p.LastAttemptAt) {
			if soonest := p.LastAttemptAt.Add(repeatAfter); at.Before(soonest) {
				return soonest
			}
			return at
		}
	}
	return time.Time{}
}

// need is what a fetch still has to do.
type need struct {
	// request: ask the hiscores. skip: nothing, and the tick is to be covered.
	request, skip bool
	// after is when to look again. Zero: this is it.
	after time.Duration
}

// need says what a fetch still has to do: a tick that is covered or paused needs
// nothing, unless a "not found" is to be looked at again; nor does a person while
// the answer is fresh, nor the tick of a missing player within a day.
func (f Fetch) need(p player.Player, now time.Time) need {
	if p.Status == player.Archived {
		return need{}
	}
	if f.ByHand() {
		return need{request: !Fresh(p, now)}
	}
	if p.Paused {
		return need{}
	}
	if p.CoveredUntil.Before(f.tick()) {
		rests := p.LastResult == player.NotFound && !p.MissingSince.IsZero() && now.Sub(p.MissingSince) >= missingFor
		if rests && f.tick().Sub(p.LastAttemptAt) < missingEvery {
			return need{skip: true}
		}
		return need{request: true}
	}
	at := nextRecheck(p)
	if at.IsZero() {
		return need{}
	}
	if left := at.Sub(now); left > 0 {
		return need{after: left}
	}
	return need{request: true}
}

// missing records that the hiscores do not list the player, and puts the tick
// back when that is to be looked at again. A person is told at once instead.
func (r *fetchRun) missing(ctx context.Context) error {
	err := r.record(ctx, func(ctx context.Context) error {
		err := r.opts.Records.RecordMissing(ctx, r.attempt)
		if err == nil {
			r.opts.Log.InfoContext(ctx, "player not on the hiscores", "player", r.player.Name.String())
		}
		return err
	})
	if err != nil || r.fetch.ByHand() {
		return err
	}
	p := r.player
	p.LastResult, p.LastAttemptAt = player.NotFound, r.attempt.At
	if p.MissingSince.IsZero() {
		p.MissingSince = r.attempt.At
	}
	if at := nextRecheck(p); !at.IsZero() {
		return &PostponedError{For: max(at.Sub(r.opts.Now()), 0), Cause: ErrRecheck}
	}
	return nil
}

// doubtful reports whether a "not found" is more likely an outage. Failure
// policy: log and believe the answer, since it takes a week of them to matter.
func (r *fetchRun) doubtful(ctx context.Context) bool {
	absences := r.opts.Guest.opts.Absences
	if absences == nil {
		return false
	}
	if r.probed {
		return true
	}
	var doubt bool
	var err error
	if p := r.player; !p.LastFetchedAt.IsZero() && (p.MissingSince.IsZero() || r.attempt.At.Sub(p.MissingSince) < missingFor) {
		doubt, err = absences.Unlisted(ctx, strconv.FormatInt(p.ID, 10))
	} else {
		doubt, err = absences.Doubtful(ctx)
	}
	if err != nil {
		r.opts.Log.WarnContext(ctx, "absence is believed unseen", "player", r.player.Name.String(), "error", err)
	}
	return doubt
}

// listed notes that the hiscores list the player. Failure policy: log and carry
// on, since others are noted too.
func (r *fetchRun) listed(ctx context.Context) {
	absences := r.opts.Guest.opts.Absences
	if absences == nil {
		return
	}
	if err := absences.Listed(ctx, strconv.FormatInt(r.player.ID, 10)); err != nil {
		r.opts.Log.WarnContext(ctx, "presence is not noted", "player", r.player.Name.String(), "error", err)
	}
}
