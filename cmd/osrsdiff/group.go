package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/osrsdiff/osrsdiff/groups"
)

// groupPage is how many groups or competitions one query reads.
const groupPage = 100

func oneGroup(_ *cobra.Command, args []string) error {
	if len(args) != 1 {
		return usage("give the name of one group, not %d; put names with spaces in quotes", len(args))
	}
	return nil
}

// ofGroup opens a session and finds the group it is about. Close it with close.
func (a *app) ofGroup(cmd *cobra.Command, typed string, n need) (*session, groups.Group, error) {
	name, err := groups.ParseName(typed)
	if err != nil {
		return nil, groups.Group{}, err
	}
	s, err := a.session(cmd, n)
	if err != nil {
		return nil, groups.Group{}, err
	}
	g, err := s.store.GroupByName(cmd.Context(), name)
	if err != nil {
		s.close()
		return nil, groups.Group{}, err
	}
	return s, g, nil
}

// withMembers opens a session and hands over a group and its members.
func (a *app) withMembers(cmd *cobra.Command, typed string, do func(groups.Group, []groups.Member) error) error {
	s, g, err := a.ofGroup(cmd, typed, need{database: true})
	if err != nil {
		return err
	}
	defer s.close()
	members, err := s.store.Members(cmd.Context(), g.ID)
	if err != nil {
		return err
	}
	return do(g, members)
}

func (a *app) groupAddCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "add NAME", Short: "Make a group", Args: oneGroup,
		Long: `Makes a group without members. "group sync" gives it its roster.`,
		Example: `  osrsdiff group add "Iron Clan" --description "irons of the north" --zone Europe/Berlin
  osrsdiff group sync "Iron Clan" roster.txt`,
	}
	var g groups.Group
	flags := cmd.Flags()
	flags.StringVar(&g.Description, "description", "", "what the group is, in a line")
	flags.StringVar(&g.Zone, "zone", "", "IANA time zone of its days and weeks such as Europe/Berlin (default UTC)")
	asJSON := jsonFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		var err error
		if g.Name, err = groups.ParseName(args[0]); err != nil {
			return err
		}
		s, err := a.session(cmd, need{})
		if err != nil {
			return err
		}
		defer s.close()
		added, err := s.store.AddGroup(cmd.Context(), g)
		if err != nil {
			return err
		}
		return a.printGroup(added, *asJSON, "added %s; `osrsdiff group sync` gives it its roster\n", added.Name)
	}
	return cmd
}

// printGroup prints a group as JSON, or what became of it in words.
func (a *app) printGroup(g groups.Group, asJSON bool, words string, args ...any) error {
	if asJSON {
		return printJSON(a.stdout, g.View())
	}
	_, err := fmt.Fprintf(a.stdout, words, args...)
	return err
}

func (a *app) groupListCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "list", Aliases: []string{"ls"}, Short: "List groups", Args: cobra.NoArgs,
		Example: `  osrsdiff group list --json | jq -r .name`,
	}
	return a.listing(cmd, func(ctx context.Context, s *session, asJSON bool) error {
		var all []groups.Group
		for after := int64(0); ; after = all[len(all)-1].ID {
			page, err := s.store.Groups(ctx, after, groupPage)
			if err != nil {
				return err
			}
			all = append(all, page...)
			if len(page) < groupPage {
				return a.printGroups(all, asJSON)
			}
		}
	})
}

func (a *app) printGroups(all []groups.Group, asJSON bool) error {
	if len(all) == 0 && !asJSON {
		_, err := fmt.Fprintln(a.stderr, "no groups; make one with: osrsdiff group add NAME")
		return err
	}
	t := newTable(a.stdout, "NAME", "MEMBERS", "ZONE", "CHANGED", "DESCRIPTION")
	for _, g := range all {
		v := g.View()
		if asJSON {
			if err := printJSON(a.stdout, v); err != nil {
				return err
			}
			continue
		}
		t.row(v.Name, fmt.Sprint(v.Members), v.Zone, stamp(v.UpdatedAt), v.Description)
	}
	if asJSON {
		return nil
	}
	return t.flush()
}

func (a *app) groupShowCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "show NAME", Short: "Show a group and its members", Args: oneGroup,
		Example: `  osrsdiff group show "Iron Clan"
  osrsdiff group show "Iron Clan" --json | jq -r .player`,
	}
	asJSON := cmd.Flags().Bool("json", false, "print one JSON object a line: a member each")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return a.withMembers(cmd, args[0], func(g groups.Group, members []groups.Member) error {
			if *asJSON {
				return groups.Export(a.stdout, groups.JSONLines, members)
			}
			v := g.View()
			text := fmt.Sprintf("%s: %d members, days in %s\n", v.Name, v.Members, v.Zone)
			if v.Description != "" {
				text += v.Description + "\n"
			}
			if _, err := fmt.Fprint(a.stdout, text); err != nil {
				return err
			}
			return a.printMembers(members)
		})
	}
	return cmd
}

func (a *app) groupSetCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "set NAME", Short: "Change a group's description or time zone", Args: oneGroup,
		Example: `  osrsdiff group set "Iron Clan" --zone America/New_York`,
	}
	var description, zone string
	flags := cmd.Flags()
	flags.StringVar(&description, "description", "", "what the group is, in a line")
	flags.StringVar(&zone, "zone", "", "IANA time zone of its days and weeks; empty for UTC")
	asJSON := jsonFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		var patch groups.Patch
		if flags.Changed("description") {
			patch.Description = &description
		}
		if flags.Changed("zone") {
			patch.Zone = &zone
		}
		if patch == (groups.Patch{}) {
			return usage("give --description or --zone; \"group rename\" changes the name")
		}
		return a.changeGroup(cmd, args[0], patch, *asJSON)
	}
	return cmd
}

func (a *app) groupRenameCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "rename OLD NEW", Short: "Rename a group", Args: twoNames,
		Example: `  osrsdiff group rename "Iron Clan" Irons`,
	}
	asJSON := jsonFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		to, err := groups.ParseName(args[1])
		if err != nil {
			return err
		}
		return a.changeGroup(cmd, args[0], groups.Patch{Name: &to}, *asJSON)
	}
	return cmd
}

func (a *app) changeGroup(cmd *cobra.Command, typed string, patch groups.Patch, asJSON bool) error {
	s, g, err := a.ofGroup(cmd, typed, need{database: true})
	if err != nil {
		return err
	}
	defer s.close()
	changed, err := s.store.UpdateGroup(cmd.Context(), g.Name, patch)
	if err != nil {
		return err
	}
	if patch.Name != nil {
		return a.printGroup(changed, asJSON, "renamed %s to %s\n", g.Name, changed.Name)
	}
	return a.printGroup(changed, asJSON, "changed %s\n", changed.Name)
}

func (a *app) groupRemoveCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "remove NAME", Short: "Remove a group, but not its players", Args: oneGroup,
		Long: `Removes a group. Its players stay tracked, and its competitions go on with those
who take part. On a terminal it asks first; --yes answers.`,
		Example: `  osrsdiff group remove "Iron Clan" --yes`,
	}
	dryRun := cmd.Flags().Bool("dry-run", false, "only say what would be removed")
	yes := cmd.Flags().Bool("yes", false, "do not ask")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		s, g, err := a.ofGroup(cmd, args[0], need{database: true})
		if err != nil {
			return err
		}
		defer s.close()
		if *dryRun {
			_, err := fmt.Fprintf(a.stdout, "would remove %s with %d members, who stay tracked\n", g.Name, g.Members)
			return err
		}
		if !*yes && terminal(a.stderr) && !a.agreed("Remove the group %s of %d members?", g.Name, g.Members) {
			return errors.New("nothing was removed")
		}
		if _, err := s.store.RemoveGroup(cmd.Context(), g.Name); err != nil {
			return err
		}
		_, err = fmt.Fprintf(a.stdout, "removed %s; its %d members stay tracked\n", g.Name, g.Members)
		return err
	}
	return cmd
}
