package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/osrsdiff/osrsdiff/groups"
	"github.com/osrsdiff/osrsdiff/player"
)

func (a *app) groupSyncCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "sync NAME FILE", Short: "Keep a group in step with a list of names",
		Long: `Makes the members of a group those that a file lists, one name a line, with a rank
behind a comma or a tab if there is one. Blank lines and lines that begin with #
are left out; - is standard input. What "group export" writes can be read again.

Who is tracked already joins. Who is not is added and fetched by its schedule.
Who is no longer listed leaves the group and stays tracked, unless --untrack. All
of it happens or nothing does; with the same file a second time nothing changes. A
line that cannot be read is an error, and then nothing happens, unless --skip-bad.`,
		Example: `  osrsdiff group sync "Iron Clan" roster.txt --dry-run
  osrsdiff group sync "Iron Clan" roster.txt --every 6h
  cat roster.txt | osrsdiff group sync "Iron Clan" - --json`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 2 {
				return usage("give the name of a group and a file, or - for standard input; put names with spaces in quotes")
			}
			return nil
		},
	}
	var request groups.SyncRequest
	flags := cmd.Flags()
	every := flags.String("every", player.DefaultInterval.String(), "how often to fetch players that are added: 30m, 6h, 7d or minutes, from 1m to 7d")
	flags.BoolVar(&request.DryRun, "dry-run", false, "only say what would change")
	flags.BoolVar(&request.SkipBad, "skip-bad", false, "leave out lines that cannot be read")
	flags.BoolVar(&request.Untrack, "untrack", false, "remove players, with their history, who leave and are in no other group")
	asJSON := jsonFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		var err error
		if request.Every, err = player.ParseInterval(*every); err != nil {
			return fmt.Errorf("--every: %w", err)
		}
		if request.Roster, err = a.readRoster(args[1]); err != nil {
			return err
		}
		s, g, err := a.ofGroup(cmd, args[0], need{redis: redisIfRunning, database: true})
		if err != nil {
			return err
		}
		defer s.close()
		request.Group = g.Name
		done, err := groups.Keeper{Rosters: s.store, Players: s.roster()}.Sync(cmd.Context(), request)
		if err != nil {
			return fmt.Errorf("%s: %w", args[1], err)
		}
		return a.printSync(s, request, done, *asJSON)
	}
	return cmd
}

// readRoster reads a file of names, or standard input for "-".
func (a *app) readRoster(path string) (groups.Roster, error) {
	from := a.stdin
	if path != "-" {
		f, err := os.Open(path)
		if err != nil {
			return groups.Roster{}, mark(errUsage, err)
		}
		defer f.Close() //nolint:errcheck // Only read.
		from = f
	}
	r, err := groups.ReadRoster(from)
	if err != nil {
		return r, fmt.Errorf("%s: %w", path, err)
	}
	return r, nil
}

func (a *app) printSync(s *session, request groups.SyncRequest, done groups.Sync, asJSON bool) error {
	for _, bad := range done.Bad {
		fmt.Fprintf(a.stderr, "line %d left out: %q: %s\n", bad.Line, bad.Text, bad.Reason)
	}
	if asJSON {
		if err := printJSON(a.stdout, done.Changes...); err != nil {
			return err
		}
	} else if err := a.printChanges(done); err != nil {
		return err
	}
	would := ""
	if request.DryRun {
		would = "would be: "
	}
	after := ""
	if !request.DryRun && done.Count(groups.Added) > 0 {
		after = s.waiting()
	}
	fmt.Fprintf(a.stderr, "%s%d added, %d joined, %d with another rank, %d left, %d untracked, %d unchanged%s\n", would,
		done.Count(groups.Added), done.Count(groups.Joined), done.Count(groups.Ranked), done.Count(groups.Left), done.Count(groups.Untracked), done.Kept, after)
	return nil
}

func (a *app) printChanges(done groups.Sync) error {
	t := newTable(a.stdout)
	for _, c := range done.Changes {
		note := c.Rank
		switch c.What {
		case groups.Ranked:
			note = fmt.Sprintf("%s, was %s", orDash(c.Rank), orDash(c.Was))
		case groups.Left, groups.Untracked:
			note = c.Was
		}
		if c.ListedAs != "" {
			note += " (listed as " + c.ListedAs + ")"
		}
		t.row(string(c.What), c.Player.String(), note)
	}
	return t.flush()
}
