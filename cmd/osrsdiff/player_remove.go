package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/osrsdiff/osrsdiff/player"
)

func (a *app) playerRemoveCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "remove NAME...", Short: "Stop tracking players and delete their history", Args: someNames,
		Long: `Stops tracking players and deletes everything stored of them. On a terminal it
asks first; --yes answers. To stop fetching and keep the history, pause instead.`,
		Example: `  osrsdiff player remove Zezima --dry-run
  osrsdiff player remove Zezima --yes`,
	}
	dryRun := cmd.Flags().Bool("dry-run", false, "only say what would be removed")
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
		if err != nil {
			return err
		}
		if *dryRun {
			return a.wouldRemove(players)
		}
		if !*yes && terminal(a.stderr) && !a.confirmed(players) {
			return errors.New("nothing was removed")
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

func (a *app) wouldRemove(players []player.Player) error {
	for _, p := range players {
		if _, err := fmt.Fprintf(a.stdout, "would remove %s, tracked since %s, and its history\n", p.Name, stamp(p.CreatedAt)); err != nil {
			return err
		}
	}
	return nil
}

func (a *app) confirmed(players []player.Player) bool {
	for _, p := range players {
		fmt.Fprintf(a.stderr, "%s, tracked since %s\n", p.Name, stamp(p.CreatedAt))
	}
	return a.agreed("Remove %d players and delete their history?", len(players))
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
		if _, err := fmt.Fprintf(a.stdout, "removed %s\n", p.Name); err != nil {
			return err
		}
	}
	return nil
}
