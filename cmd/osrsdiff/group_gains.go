package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/osrsdiff/osrsdiff/gains"
	"github.com/osrsdiff/osrsdiff/groups"
	"github.com/osrsdiff/osrsdiff/hiscores"
	"github.com/osrsdiff/osrsdiff/store"
)

func (a *app) groupGainsCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "gains NAME", Short: "Compare what the members of a group gained", Args: oneGroup,
		Long: `Compares what each member gained of a metric: in the last day, week, month or
year, with --calendar in one of the calendar of the group's time zone, or between
any two times. A value that was unknown at the start counts from when it was first
seen, never from nothing.`,
		Example: `  osrsdiff group gains "Iron Clan" --period week
  osrsdiff group gains "Iron Clan" --metric Zulrah --period month --calendar
  osrsdiff group gains "Iron Clan" --from 2026-10-01 --to 2026-10-08T18:00:00Z --json`,
	}
	wanted := periodFlags(cmd, string(gains.Week))
	var from, to string
	flags := cmd.Flags()
	flags.StringVar(&from, "from", "", "in place of --period: a day, an RFC 3339 time or how long ago (24h, 7d)")
	flags.StringVar(&to, "to", "now", "with --from: where it ends")
	metric := flags.String("metric", hiscores.Overall, "row of the hiscores")
	asJSON := jsonFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		s, g, err := a.ofGroup(cmd, args[0], need{database: true})
		if err != nil {
			return err
		}
		defer s.close()
		w, err := wanted.ofGroup(cmd, g, from, to)
		if err != nil {
			return err
		}
		m, err := s.store.Metric(cmd.Context(), *metric)
		if err != nil {
			return err
		}
		standings, err := s.store.GroupGains(cmd.Context(), g.ID, m.Name, w)
		if err != nil {
			return err
		}
		if *asJSON {
			return printStandings(a, standings, groups.Standing.View)
		}
		title := fmt.Sprintf("%s gained by %s from %s to %s", m.Name, g.Name, stamp(w.From), stamp(w.To))
		return a.printGained(title, "RANK", standings)
	}
	return cmd
}

// ofGroup is the stretch of time that is meant: between two times, or a period of
// the group's calendar.
func (p *period) ofGroup(cmd *cobra.Command, g groups.Group, from, to string) (gains.Window, error) {
	now := time.Now()
	zone, err := gains.Zone(g.Zone)
	if err != nil {
		return gains.Window{}, err
	}
	if from == "" {
		if cmd.Flags().Changed("to") {
			return gains.Window{}, usage("--to: needs --from; --at ends a period")
		}
		if p.calendar && p.zone == "" {
			p.zone = g.Zone
		}
		return p.window(now)
	}
	for _, flag := range []string{"period", "calendar", "at"} {
		if cmd.Flags().Changed(flag) {
			return gains.Window{}, usage("--from and --%s exclude each other", flag)
		}
	}
	if p.zone != "" {
		if zone, err = gains.Zone(p.zone); err != nil {
			return gains.Window{}, err
		}
	}
	return parseWindow(from, to, clock{now: now, zone: zone})
}

func printStandings(a *app, standings []groups.Standing, view func(groups.Standing) groups.StandingView) error {
	for _, s := range standings {
		if err := printJSON(a.stdout, view(s)); err != nil {
			return err
		}
	}
	return nil
}

// printGained prints what each player gained, under a title.
func (a *app) printGained(title, label string, standings []groups.Standing) error {
	if _, err := fmt.Fprintln(a.stdout, title); err != nil {
		return err
	}
	if len(standings) == 0 {
		_, err := fmt.Fprintln(a.stdout, "nobody")
		return err
	}
	t := newTable(a.stdout, "PLACE", "PLAYER", label, "START", "END", "GAIN", "NOTE")
	for _, s := range standings {
		place, note := "-", ""
		if s.Place > 0 {
			place = fmt.Sprint(s.Place)
		}
		if !s.FirstSeen.IsZero() {
			note = "first seen " + stamp(s.FirstSeen)
		}
		t.row(place, s.Player.String(), orDash(s.Rank), valueWord(s.Start), valueWord(s.End), gainWord(s.Gain), note)
	}
	return t.flush()
}

func valueWord(n hiscores.Number) string {
	v, known := n.Get()
	if !known {
		return "unknown"
	}
	return grouped(v)
}

func gainWord(n hiscores.Number) string {
	if v, _ := n.Get(); v > 0 {
		return "+" + grouped(v)
	}
	return valueWord(n)
}

func (a *app) groupLeaderboardCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "leaderboard NAME", Short: "Rank the members of a group by a value", Args: oneGroup,
		Long: `Ranks the members of a group by the value of a metric. Who has nothing of it is
left out. "group gains" ranks them by what they gained.`,
		Example: `  osrsdiff group leaderboard "Iron Clan" --metric Zulrah --limit 10`,
	}
	f := store.LeaderboardFilter{}
	var mode string
	flags := cmd.Flags()
	metric := flags.String("metric", hiscores.Overall, "row of the hiscores")
	flags.StringVar(&mode, "mode", "", "only players of a game mode")
	flags.IntVar(&f.Limit, "limit", 20, "how many places to show")
	flags.IntVar(&f.Offset, "offset", 0, "how many places to leave out from the top")
	asJSON := jsonFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		filter, err := boardFilter(f, []string{*metric}, mode)
		if err != nil {
			return err
		}
		s, g, err := a.ofGroup(cmd, args[0], need{database: true})
		if err != nil {
			return err
		}
		defer s.close()
		filter.GroupID = g.ID
		m, err := s.store.Metric(cmd.Context(), filter.Metric)
		if err != nil {
			return err
		}
		places, err := s.store.Leaderboard(cmd.Context(), filter)
		if err != nil {
			return err
		}
		if *asJSON {
			return printJSON(a.stdout, placeLines(places)...)
		}
		return a.printPlaces(m, nil, places)
	}
	return cmd
}
