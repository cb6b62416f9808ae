package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/osrsdiff/osrsdiff/hiscores"
	"github.com/osrsdiff/osrsdiff/player"
	"github.com/osrsdiff/osrsdiff/store"
)

func (a *app) playerFlagsCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "flags", Short: "Show flagged players and what is held aside of them", Args: cobra.NoArgs,
		Long: `Lists players whose values fell although the game never lowers them: their names
may belong to other accounts now. Their history rests until "player accept" or
"player split" decides.`,
	}
	asJSON := jsonFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		s, err := a.session(cmd, need{database: true})
		if err != nil {
			return err
		}
		defer s.close()
		n := 0
		filter := store.PlayerFilter{Limit: listPage, Status: player.Flagged}
		err = eachPlayer(cmd.Context(), s.store, filter, func(p player.Player) error {
			n++
			f, err := s.flagged(cmd.Context(), p)
			if err != nil {
				return err
			}
			if *asJSON {
				return printJSON(a.stdout, f.line())
			}
			return a.printFlagged(f)
		})
		if err == nil && n == 0 && !*asJSON {
			_, err = fmt.Fprintln(a.stderr, "no player is flagged")
		}
		return err
	}
	return cmd
}

// flagged is a flagged player with what a decision needs.
type flagged struct {
	player player.Player
	event  store.Event
	held   []store.HeldSnapshot
}

// flagged reads why a player was flagged. Of one that is not, nothing is held.
func (s *session) flagged(ctx context.Context, p player.Player) (flagged, error) {
	f := flagged{player: p}
	events, err := s.store.Events(ctx, p.ID)
	if err != nil {
		return f, err
	}
	for _, e := range events {
		if e.Kind == store.WasFlagged {
			f.event = e
			break
		}
	}
	f.held, err = s.store.HeldSnapshots(ctx, p.ID)
	return f, err
}

// flagLine is a flagged player as --json shows it.
type flagLine struct {
	Player    playerLine        `json:"player"`
	FlaggedAt time.Time         `json:"flagged_at"`
	Reason    string            `json:"reason"`
	Falls     []hiscores.Change `json:"falls"`
	Held      int               `json:"held"`
}

func (f flagged) line() flagLine {
	return flagLine{
		Player: viewPlayer(f.player, time.Time{}), FlaggedAt: f.event.At.UTC(),
		Reason: f.event.Reason, Falls: f.event.Falls, Held: len(f.held),
	}
}

func (a *app) printFlagged(f flagged) error {
	_, err := fmt.Fprintf(a.stdout, "%s: flagged %s: %s; %d answers are held aside\n", f.player.Name, stamp(f.event.At), f.event.Reason, len(f.held))
	if err != nil {
		return err
	}
	t := newTable(a.stdout, "METRIC", "BEFORE", "AFTER")
	for _, c := range f.event.Falls {
		t.row(c.Metric, numberCell(c.Before), numberCell(c.After))
	}
	return t.flush()
}
