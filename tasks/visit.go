package tasks

import (
	"context"

	"github.com/osrsdiff/osrsdiff/hiscores"
	"github.com/osrsdiff/osrsdiff/permits"
	"github.com/osrsdiff/osrsdiff/player"
)

// visit is the requests of one run: each uses up a permit. Only the wait for the
// first is broken off early, since a run broken off between its requests has to
// make them again.
type visit struct {
	guest   *Guest
	request permits.Request
	permit  permits.Permit
	// begun is set from the first permit on, permitted while one is unused, asked
	// from the first request on, probed when one was a probe.
	begun, permitted, asked, probed bool
	// untold is set while it is still to be told that the last request was answered.
	untold bool
}

var _ hiscores.Fetcher = (*visit)(nil)

// visit begins a run.
func (g *Guest) visit(r permits.Request) *visit {
	r.Patience = g.opts.Patience
	return &visit{guest: g, request: r}
}

// take takes a permit for the next request.
func (v *visit) take(ctx context.Context) error {
	permit, err := v.guest.take(ctx, v.request)
	if err != nil {
		return err
	}
	v.permit, v.begun, v.permitted = permit, true, true
	v.probed = v.probed || permit.Probe()
	v.request.Patience = max(v.guest.opts.Patience, patienceInside)
	return nil
}

// Fetch makes one request and tells everybody what came of it. That it was answered
// changes little, so a holder of a marker tells it with giving that back, or with
// the next request.
func (v *visit) Fetch(ctx context.Context, name player.Name, table hiscores.Table) (hiscores.Snapshot, error) {
	if !v.permitted {
		if err := v.take(ctx); err != nil {
			return hiscores.Snapshot{}, err
		}
	}
	v.tell(ctx)
	v.permitted, v.asked = false, true
	snapshot, answer, err := v.guest.ask(ctx, name, table)
	if v.untold = answer.Outcome == permits.Answered && v.request.Holder != "" && !v.permit.Probe(); !v.untold {
		v.guest.report(ctx, v.permit, answer)
	}
	return snapshot, err
}

// tell tells what has not been told yet.
func (v *visit) tell(ctx context.Context) {
	if v.untold {
		v.guest.report(ctx, permits.Permit{}, permits.Answer{Outcome: permits.Answered})
	}
	v.untold = false
}

// end tells what is left to tell, and lets somebody else probe when this run did
// not use its permit to do so.
func (v *visit) end(ctx context.Context) {
	v.tell(ctx)
	if v.permitted && v.permit.Probe() {
		v.guest.report(ctx, v.permit, permits.Answer{Outcome: permits.Unknown})
	}
	v.permitted = false
}
