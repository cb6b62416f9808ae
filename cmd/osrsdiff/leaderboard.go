package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/osrsdiff/osrsdiff/gains"
	"github.com/osrsdiff/osrsdiff/player"
	"github.com/osrsdiff/osrsdiff/store"
)

func (a *app) leaderboardCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "leaderboard [METRIC]",
		Short: "Rank players by a value, or by what they gained",
		Long: `Ranks players by the value of a metric, Overall when none is named, or with
--period by how much it grew. Who has nothing of it is left out.`,
		Example: `  osrsdiff leaderboard
  osrsdiff leaderboard Zulrah --limit 10
  osrsdiff leaderboard Overall --period week --calendar
  osrsdiff leaderboard Sailing --mode ironman --json
  osrsdiff leaderboard Overall --player Zezima`,
		Args: cobra.MaximumNArgs(1),
	}
	wanted := periodFlags(cmd, "")
	var filter store.LeaderboardFilter
	var mode, only string
	flags := cmd.Flags()
	flags.StringVar(&mode, "mode", "", "only players of a game mode")
	flags.StringVar(&only, "player", "", "only this player, with its place among the others")
	flags.IntVar(&filter.Limit, "limit", 20, "how many places to show")
	flags.IntVar(&filter.Offset, "offset", 0, "how many places to leave out from the top")
	asJSON := jsonFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		var err error
		if filter, err = boardFilter(filter, args, mode); err != nil {
			return err
		}
		window, err := wanted.optional(cmd)
		if err != nil {
			return err
		}
		s, err := a.session(cmd, need{database: true})
		if err != nil {
			return err
		}
		defer s.close()
		m, err := s.store.Metric(cmd.Context(), filter.Metric)
		if err != nil {
			return err
		}
		if only != "" {
			if filter.PlayerID, err = s.playerID(cmd.Context(), only); err != nil {
				return err
			}
		}
		places, err := s.ranked(cmd.Context(), filter, window)
		if err != nil {
			return err
		}
		if *asJSON {
			return printJSON(a.stdout, placeLines(places)...)
		}
		return a.printPlaces(m, window, places)
	}
	return cmd
}

// playerID is that of the player of a name.
func (s *session) playerID(ctx context.Context, typed string) (int64, error) {
	name, err := player.ParseName(typed)
	if err != nil {
		return 0, err
	}
	p, err := s.store.PlayerByName(ctx, name)
	return p.ID, err
}

func boardFilter(f store.LeaderboardFilter, args []string, mode string) (store.LeaderboardFilter, error) {
	f.Metric = "Overall"
	if len(args) > 0 {
		f.Metric = args[0]
	}
	if f.Limit < 1 || f.Offset < 0 {
		return f, usage("--limit %d, --offset %d: must be from 1 and from 0 on", f.Limit, f.Offset)
	}
	if mode == "" {
		return f, nil
	}
	m, err := player.ParseMode(mode)
	f.Mode = m
	return f, err
}

// optional is the window that is meant, nil when none of its flags was given.
func (p *period) optional(cmd *cobra.Command) (*gains.Window, error) {
	if p.name == "" {
		for _, flag := range []string{"calendar", "zone", "at"} {
			if cmd.Flags().Changed(flag) {
				return nil, usage("--%s: needs --period", flag)
			}
		}
		return nil, nil //nolint:nilnil // No window is an answer.
	}
	w, err := p.window(time.Now())
	return &w, err
}

// ranked asks for a leaderboard of gains in a window, or of values without one.
func (s *session) ranked(ctx context.Context, f store.LeaderboardFilter, w *gains.Window) ([]store.Place, error) {
	if w == nil {
		return s.store.Leaderboard(ctx, f)
	}
	return s.store.GainsLeaderboard(ctx, f, *w)
}

// placeLine is a place as --json shows it.
type placeLine struct {
	Place  int    `json:"place"`
	Player string `json:"player"`
	Mode   string `json:"mode"`
	Value  int64  `json:"value"`
}

func placeLines(places []store.Place) []placeLine {
	lines := make([]placeLine, 0, len(places))
	for _, p := range places {
		lines = append(lines, placeLine{Place: p.Place, Player: p.Player.String(), Mode: modeWord(p.Mode), Value: p.Value})
	}
	return lines
}

func (a *app) printPlaces(m store.Metric, w *gains.Window, places []store.Place) error {
	title := m.Name
	if w != nil {
		title = fmt.Sprintf("%s gained from %s to %s", m.Name, stamp(w.From), stamp(w.To))
	}
	if _, err := fmt.Fprintln(a.stdout, title); err != nil {
		return err
	}
	if len(places) == 0 {
		_, err := fmt.Fprintln(a.stdout, "nobody")
		return err
	}
	t := newTable(a.stdout, "PLACE", "PLAYER", "MODE", "VALUE")
	for _, p := range places {
		t.row(fmt.Sprint(p.Place), p.Player.String(), modeWord(p.Mode), grouped(p.Value))
	}
	return t.flush()
}
