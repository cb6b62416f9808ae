package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/osrsdiff/osrsdiff/groups"
)

func (a *app) groupExportCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "export NAME", Short: "Write a group's members as text, CSV or JSON", Args: oneGroup,
		Long: `Writes the members of a group: as a roster that "group sync" reads, as CSV with
mode, status and levels, or as one JSON object a line.`,
		Example: `  osrsdiff group export "Iron Clan" > roster.txt
  osrsdiff group export "Iron Clan" --format csv > clan.csv`,
	}
	typed := cmd.Flags().String("format", string(groups.Text), "text, csv or jsonl")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		format, err := groups.ParseFormat(*typed)
		if err != nil {
			return fmt.Errorf("--format: %w", err)
		}
		return a.withMembers(cmd, args[0], func(_ groups.Group, members []groups.Member) error {
			return groups.Export(a.stdout, format, members)
		})
	}
	return cmd
}

func (a *app) groupOutdatedCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "outdated NAME", Short: "List members whose values are old or unknown", Args: oneGroup,
		Example: `  osrsdiff group outdated "Iron Clan" --after 12h
  osrsdiff group outdated "Iron Clan" --json | jq -r .player`,
	}
	after := cmd.Flags().String("after", "24h", "how old values may be, such as 12h or 7d")
	asJSON := jsonFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		age, ok := parseAgo(*after)
		if !ok || age <= 0 || age > longestAgo {
			return usage("--after %q: must be how old values may be, such as 12h or 7d", *after)
		}
		return a.withMembers(cmd, args[0], func(_ groups.Group, members []groups.Member) error {
			old := groups.Outdated(members, time.Now(), age)
			if *asJSON {
				return groups.Export(a.stdout, groups.JSONLines, old)
			}
			if len(old) == 0 {
				fmt.Fprintf(a.stderr, "all %d members were fetched in the last %s\n", len(members), *after)
				return nil
			}
			return a.printMembers(old)
		})
	}
	return cmd
}

func (a *app) printMembers(members []groups.Member) error {
	now := time.Now()
	t := newTable(a.stdout, "PLAYER", "RANK", "MODE", "TOTAL LEVEL", "EXPERIENCE", "STATUS", "LAST FETCH")
	for _, m := range members {
		t.row(m.Player.Name.String(), orDash(m.Rank), modeWord(m.Player.Mode), orUnknown(m.Level), orUnknown(m.Experience),
			standing(m.Player), ago(m.Player.LastFetchedAt, now))
	}
	return t.flush()
}

// orUnknown is a number that cannot be zero when it is known.
func orUnknown(n int64) string {
	if n == 0 {
		return "unknown"
	}
	return grouped(n)
}
