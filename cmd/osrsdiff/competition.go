package main

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/osrsdiff/osrsdiff/gains"
	"github.com/osrsdiff/osrsdiff/groups"
	"github.com/osrsdiff/osrsdiff/hiscores"
	"github.com/osrsdiff/osrsdiff/store"
)

func (a *app) competitionAddCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "add TITLE", Short: "Let players compete for what they gain",
		Long: `Makes a competition: who gains most of a metric between two times. The members of
a group take part, also those who join it before the end, or the players that a
file lists, one a line, with a team behind a comma if there are teams. Who is not
tracked yet is added.

Times are a day or a minute of --zone (of the group's zone, or UTC), RFC 3339, "now",
or how far ahead: +2d; --to +7d is seven days after --from.`,
		Example: `  osrsdiff competition add "Zulrah week" --metric Zulrah --group "Iron Clan" --from 2026-12-01 --to +7d
  osrsdiff competition add "Red against Blue" --players teams.txt --from now --to +24h`,
		Args: cobra.ExactArgs(1),
	}
	var group, players, zone, from, to string
	c := groups.Competition{}
	flags := cmd.Flags()
	flags.StringVar(&c.Metric, "metric", hiscores.Overall, "row of the hiscores that counts")
	flags.StringVar(&group, "group", "", "whose members take part")
	flags.StringVar(&players, "players", "", "read who takes part from this `file`; - is standard input")
	flags.StringVar(&from, "from", "now", "when it starts")
	flags.StringVar(&to, "to", "+7d", "when it ends")
	flags.StringVar(&zone, "zone", "", "IANA time zone of --from and --to such as Europe/Berlin")
	asJSON := jsonFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if (group == "") == (players == "") {
			return usage("give --group or --players: who takes part")
		}
		c.Title = args[0]
		roster, err := a.contestants(players)
		if err != nil {
			return err
		}
		s, g, err := a.competing(cmd, group)
		if err != nil {
			return err
		}
		defer s.close()
		if zone == "" {
			zone = g.Zone
		}
		where, err := gains.Zone(zone)
		if err != nil {
			return err
		}
		if c.Window, err = parseWindow(from, to, clock{now: time.Now(), zone: where}); err != nil {
			return err
		}
		c.GroupID = g.ID
		added, err := s.store.AddCompetition(cmd.Context(), c, roster)
		if err != nil {
			return err
		}
		if *asJSON {
			return printJSON(a.stdout, added.View(time.Now()))
		}
		_, err = fmt.Fprintf(a.stdout, "added competition %d: %s, %s from %s to %s, %d players\n",
			added.ID, added.Title, added.Metric, stamp(added.From), stamp(added.To), added.Players)
		return err
	}
	return cmd
}

// contestants reads a file of who takes part; without one the group does.
func (a *app) contestants(path string) (groups.Roster, error) {
	if path == "" {
		return groups.Roster{}, nil
	}
	roster, err := a.readRoster(path)
	if err != nil {
		return roster, err
	}
	return roster, roster.Check(false)
}

// competing opens a session, and finds the group of a name if there is one.
func (a *app) competing(cmd *cobra.Command, group string) (*session, groups.Group, error) {
	n := need{redis: redisIfRunning, database: true}
	if group != "" {
		return a.ofGroup(cmd, group, n)
	}
	s, err := a.session(cmd, n)
	return s, groups.Group{}, err
}

func (a *app) competitionListCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "list", Aliases: []string{"ls"}, Short: "List competitions, those made last first", Args: cobra.NoArgs,
		Example: `  osrsdiff competition list --group "Iron Clan"`,
	}
	group := cmd.Flags().String("group", "", "only those of a group")
	asJSON := jsonFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		s, g, err := a.competing(cmd, *group)
		if err != nil {
			return err
		}
		defer s.close()
		f := store.CompetitionFilter{GroupID: g.ID, Limit: groupPage}
		var all []groups.Competition
		for {
			page, err := s.store.Competitions(cmd.Context(), f)
			if err != nil {
				return err
			}
			all = append(all, page...)
			if len(page) < groupPage {
				return a.printCompetitions(all, *asJSON)
			}
			f.BeforeID = page[len(page)-1].ID
		}
	}
	return cmd
}

func (a *app) printCompetitions(all []groups.Competition, asJSON bool) error {
	now := time.Now()
	if asJSON {
		for _, c := range all {
			if err := printJSON(a.stdout, c.View(now)); err != nil {
				return err
			}
		}
		return nil
	}
	if len(all) == 0 {
		_, err := fmt.Fprintln(a.stderr, "no competitions; make one with: osrsdiff competition add TITLE")
		return err
	}
	t := newTable(a.stdout, "ID", "TITLE", "METRIC", "PHASE", "FROM", "TO", "GROUP", "PLAYERS")
	for _, c := range all {
		t.row(fmt.Sprint(c.ID), c.Title, c.Metric, string(c.Phase(now)), stamp(c.From), stamp(c.To), orDash(c.Group), fmt.Sprint(c.Players))
	}
	return t.flush()
}

// oneCompetition opens a session and finds the competition of an id.
func (a *app) oneCompetition(cmd *cobra.Command, typed string) (*session, groups.Competition, error) {
	id, err := strconv.ParseInt(typed, 10, 64)
	if err != nil || id < 1 {
		return nil, groups.Competition{}, usage("competition %q: must be an id, as \"competition list\" shows it", typed)
	}
	s, err := a.session(cmd, need{database: true})
	if err != nil {
		return nil, groups.Competition{}, err
	}
	c, err := s.store.Competition(cmd.Context(), id)
	if err != nil {
		s.close()
		return nil, c, err
	}
	return s, c, nil
}

func (a *app) competitionShowCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "show ID", Short: "Show the standings of a competition",
		Long: `Shows who gained how much so far. Equal gains share a place. After the end the
standings stay as they are: only values from before it count.`,
		Example: `  osrsdiff competition show 3
  osrsdiff competition show 3 --json | jq -r 'select(.place == 1).player'`,
		Args: cobra.ExactArgs(1),
	}
	asJSON := jsonFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		s, c, err := a.oneCompetition(cmd, args[0])
		if err != nil {
			return err
		}
		defer s.close()
		standings, err := s.store.CompetitionStandings(cmd.Context(), c)
		if err != nil {
			return err
		}
		if *asJSON {
			return printStandings(a, standings, groups.Standing.Contestant)
		}
		return a.printCompetition(c, standings)
	}
	return cmd
}

func (a *app) printCompetition(c groups.Competition, standings []groups.Standing) error {
	now := time.Now()
	when := fmt.Sprintf("starts %s", ago(c.From, now))
	switch c.Phase(now) {
	case groups.Running:
		when = fmt.Sprintf("ends %s", ago(c.To, now))
	case groups.Ended:
		when = fmt.Sprintf("ended %s", ago(c.To, now))
	}
	title := fmt.Sprintf("%s: %s gained from %s to %s, %s", c.Title, c.Metric, stamp(c.From), stamp(c.To), when)
	if err := a.printGained(title, "TEAM", standings); err != nil {
		return err
	}
	for _, t := range groups.Teams(standings) {
		if _, err := fmt.Fprintf(a.stdout, "team %d. %s: %s, %d players\n", t.Place, t.Team, grouped(t.Gain), t.Players); err != nil {
			return err
		}
	}
	if c.Phase(now) != groups.Ended {
		return nil
	}
	for _, w := range groups.Winners(standings) {
		if _, err := fmt.Fprintf(a.stdout, "won by %s\n", w.Player); err != nil {
			return err
		}
	}
	return nil
}

func (a *app) competitionRemoveCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "remove ID", Short: "Remove a competition, but no players or values", Args: cobra.ExactArgs(1),
		Long:    `Removes a competition. On a terminal it asks first; --yes answers.`,
		Example: `  osrsdiff competition remove 3 --yes`,
	}
	yes := cmd.Flags().Bool("yes", false, "do not ask")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		s, c, err := a.oneCompetition(cmd, args[0])
		if err != nil {
			return err
		}
		defer s.close()
		if !*yes && terminal(a.stderr) && !a.agreed("Remove the competition %s?", c.Title) {
			return errors.New("nothing was removed")
		}
		if _, err := s.store.RemoveCompetition(cmd.Context(), c.ID); err != nil {
			return err
		}
		_, err = fmt.Fprintf(a.stdout, "removed competition %d: %s\n", c.ID, c.Title)
		return err
	}
	return cmd
}
