package web

import (
	"context"
	"fmt"

	"github.com/osrsdiff/osrsdiff/player"
)

// flagNotice is what a flagged player's page says for a person to decide by.
type flagNotice struct {
	Reason string
	Since  moment
	Falls  []fallRow
	// More is how many falls are not shown.
	More int
	// Held is how many different answers are held aside.
	Held int
}

type fallRow struct{ Metric, Before, After string }

// noticedFalls is how many falls a page shows: the first is the total.
const noticedFalls = 8

// flagNotice is nil for a player that is not flagged.
func (p *pages) flagNotice(ctx context.Context, pl player.Player) (*flagNotice, error) {
	if pl.Status != player.Flagged {
		return nil, nil
	}
	flag, err := p.flag(ctx, pl)
	if err != nil {
		return nil, fmt.Errorf("flag of player %q: %w", pl.Name, err)
	}
	notice := &flagNotice{Reason: flag.Reason, Since: ago(p.now(), flag.FlaggedAt, ""), Held: flag.Held}
	for i, f := range flag.Falls {
		if i == noticedFalls {
			notice.More = len(flag.Falls) - i
			break
		}
		notice.Falls = append(notice.Falls, fallRow{Metric: f.Metric, Before: groupedOrUnknown(f.Before), After: groupedOrUnknown(f.After)})
	}
	return notice, nil
}

func groupedOrUnknown(n *int64) string {
	if n == nil {
		return "unknown"
	}
	return grouped(*n)
}

// decide carries out what a person decided about a flagged player.
func (p *pages) decide(ctx context.Context, action string, name player.Name) (done string, err error) {
	if action == "accept" {
		_, err = p.Identities.Accept(ctx, name)
		return "accepted", err
	}
	_, err = p.Identities.Split(ctx, name)
	return "split", err
}
