package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/osrsdiff/osrsdiff/player"
	"github.com/osrsdiff/osrsdiff/store"
)

func (a *app) playerRemoveCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "remove NAME...", Short: "Stop tracking players", Args: someNames,
		Long: `Stops tracking players: they are not listed or fetched any more. Their history is
kept for 30 days, and adding a name again restores it until then. --purge deletes
it at once, also that of players removed before. On a terminal it asks first;
--yes answers.`,
		Example: `  osrsdiff player remove Zezima --dry-run
  osrsdiff player remove Zezima --yes
  osrsdiff player remove Zezima --purge`,
	}
	dryRun := cmd.Flags().Bool("dry-run", false, "only say what would be removed")
	purge := cmd.Flags().Bool("purge", false, "delete the history at once")
	yes := cmd.Flags().Bool("yes", false, "do not ask")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		names, err := parseNames(args)
		if err != nil {
			return err
		}
		s, err := a.session(cmd, need{redis: redisIfRunning, database: true})
		if err != nil {
			return err
		}
		defer s.close()
		players, err := s.findAll(cmd.Context(), names)
		if *purge && errors.Is(err, store.ErrNotFound) {
			return a.purge(cmd.Context(), s, names, *dryRun)
		}
		if err != nil {
			return err
		}
		if *dryRun {
			return a.wouldRemove(players, *purge)
		}
		if !*yes && terminal(a.stderr) && !a.confirmed(players) {
			return errors.New("nothing was removed")
		}
		if *purge {
			return a.purge(cmd.Context(), s, names, false)
		}
		return a.remove(cmd.Context(), s, players)
	}
	return cmd
}

// findAll finds every player before the first is removed.
func (s *session) findAll(ctx context.Context, names []player.Name) ([]player.Player, error) {
	var players []player.Player
	var errs []error
	for _, name := range names {
		p, err := s.store.PlayerByName(ctx, name)
		players, errs = append(players, p), append(errs, err)
	}
	return players, errors.Join(errs...)
}

func (a *app) wouldRemove(players []player.Player, purge bool) error {
	history := "keep its history for 30 days"
	if purge {
		history = "delete its history"
	}
	for _, p := range players {
		if _, err := fmt.Fprintf(a.stdout, "would remove %s, tracked since %s, and %s\n", p.Name, stamp(p.CreatedAt), history); err != nil {
			return err
		}
	}
	return nil
}

func (a *app) confirmed(players []player.Player) bool {
	for _, p := range players {
		fmt.Fprintf(a.stderr, "%s, tracked since %s\n", p.Name, stamp(p.CreatedAt))
	}
	return a.agreed("Stop tracking %d players?", len(players))
}

// agreed asks a question on the terminal.
func (a *app) agreed(question string, args ...any) bool {
	fmt.Fprintf(a.stderr, question+" [y/N] ", args...)
	answer, _ := bufio.NewReader(a.stdin).ReadString('\n') // No answer is no.
	return strings.EqualFold(strings.TrimSpace(answer), "y")
}

func (a *app) remove(ctx context.Context, s *session, players []player.Player) error {
	r := s.roster()
	for _, p := range players {
		if _, err := r.Remove(ctx, p.Name); err != nil {
			return err
		}
		if _, err := fmt.Fprintf(a.stdout, "removed %s; its history is kept for 30 days\n", p.Name); err != nil {
			return err
		}
	}
	return nil
}

// purge deletes players and their history, whether they are tracked or were
// removed before.
func (a *app) purge(ctx context.Context, s *session, names []player.Name, dryRun bool) error {
	r := s.roster()
	for _, name := range names {
		word := "purged"
		if dryRun {
			word = "would purge"
		} else if err := r.Purge(ctx, name); err != nil {
			return err
		}
		if _, err := fmt.Fprintf(a.stdout, "%s %s and its history\n", word, name); err != nil {
			return err
		}
	}
	return nil
}
