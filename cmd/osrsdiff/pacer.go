package main

import (
	"context"
	"fmt"

	"golang.org/x/time/rate"

	"github.com/osrsdiff/osrsdiff/config"
	"github.com/osrsdiff/osrsdiff/hiscores"
	"github.com/osrsdiff/osrsdiff/player"
)

// pacer keeps the rate of a process that shares no Redis with others.
type pacer struct {
	site    hiscores.Fetcher
	limiter *rate.Limiter
}

func newPacer(site hiscores.Fetcher, s config.Hiscores) pacer {
	return pacer{site: site, limiter: rate.NewLimiter(rate.Limit(s.Rate), s.Burst)}
}

// Fetch waits for its turn, then asks the site.
func (p pacer) Fetch(ctx context.Context, name player.Name, table hiscores.Table) (hiscores.Snapshot, error) {
	if err := p.limiter.Wait(ctx); err != nil {
		return hiscores.Snapshot{}, fmt.Errorf("wait to fetch %q: %w", name, err)
	}
	return p.site.Fetch(ctx, name, table)
}
