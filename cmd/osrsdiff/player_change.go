package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/osrsdiff/osrsdiff/player"
	"github.com/osrsdiff/osrsdiff/store"
)

func (a *app) playerSetCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "set NAME...", Short: "Change the interval, game mode or name of players", Args: someNames,
		Long: `Changes players. A new name, of one player, keeps the history, for a player who
changed names in the game.`,
		Example: `  osrsdiff player set Zezima --every 6h
  osrsdiff player set Zezima B0aty "Lynx Titan" --every 1d --dry-run
  osrsdiff player set Zezima --name "Zezima II"`,
	}
	var every, mode, name string
	flags := cmd.Flags()
	flags.StringVar(&every, "every", "", "how often to fetch: 30m, 6h, 7d or minutes, from 1m to 7d")
	flags.StringVar(&mode, "mode", "", "game mode: regular, ironman, hardcore_ironman or ultimate_ironman")
	flags.StringVar(&name, "name", "", "the player's new name")
	how := changeFlagsOf(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		patch, err := playerPatch(every, mode, name)
		if err != nil {
			return err
		}
		if patch.Name != nil && len(args) > 1 {
			return usage("--name: one player can have it, not %d; put names with spaces in quotes", len(args))
		}
		return a.changePlayers(cmd, args, patch, how)
	}
	return cmd
}

func playerPatch(every, mode, name string) (store.PlayerPatch, error) {
	var patch store.PlayerPatch
	var errs []error
	if every != "" {
		v, err := player.ParseInterval(every)
		patch.Every, errs = &v, append(errs, prefixed("--every", err))
	}
	if mode != "" {
		v, err := player.ParseMode(mode)
		patch.Mode, errs = &v, append(errs, prefixed("--mode", err))
	}
	if name != "" {
		v, err := player.ParseName(name)
		patch.Name, errs = &v, append(errs, prefixed("--name", err))
	}
	if len(errs) == 0 {
		return patch, usage("say what to change: --every, --mode or --name")
	}
	return patch, errors.Join(errs...)
}

func prefixed(flag string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", flag, err)
}

func (a *app) playerPauseCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "pause NAME...", Short: "Stop the scheduled fetches of players", Args: someNames,
		Long: `Stops the scheduled fetches of players; "player fetch" still works. Pausing a
paused player changes nothing.`,
	}
	how := changeFlagsOf(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return a.changePlayers(cmd, args, store.PlayerPatch{Paused: new(true)}, how)
	}
	return cmd
}

func (a *app) playerResumeCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "resume NAME...", Short: "Let the scheduled fetches of players go on", Args: someNames,
		Long: `Lets the schedules of paused players go on. Ticks missed meanwhile are not made
up. Resuming a player that is not paused changes nothing.`,
	}
	how := changeFlagsOf(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return a.changePlayers(cmd, args, store.PlayerPatch{Paused: new(false)}, how)
	}
	return cmd
}

func someNames(_ *cobra.Command, args []string) error {
	if len(args) == 0 {
		return usage("give the name of a player")
	}
	return nil
}

// changeFlags are those of the commands that change players.
type changeFlags struct{ asJSON, dryRun *bool }

func changeFlagsOf(cmd *cobra.Command) changeFlags {
	return changeFlags{asJSON: jsonFlag(cmd), dryRun: cmd.Flags().Bool("dry-run", false, "only say what would change")}
}

// changePlayers makes the same change to each player named, and says how each
// stands then.
func (a *app) changePlayers(cmd *cobra.Command, args []string, patch store.PlayerPatch, how changeFlags) error {
	names, err := parseNames(args)
	if err != nil {
		return err
	}
	s, err := a.session(cmd, need{redis: redisIfRunning, database: true})
	if err != nil {
		return err
	}
	defer s.close()
	if *how.dryRun {
		return a.wouldChange(cmd.Context(), s, names, patch, *how.asJSON)
	}
	r := s.roster()
	var errs []error
	for _, name := range names {
		p, err := r.Change(cmd.Context(), name, patch)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		if *how.asJSON {
			err = printJSON(a.stdout, viewPlayer(p, s.nextTick(cmd.Context(), p)))
		} else {
			_, err = fmt.Fprintf(a.stdout, "%s (%s): every %s, %s%s\n", p.Name, modeWord(p.Mode), p.Every, standing(p), s.waiting())
		}
		if err != nil {
			return err
		}
	}
	return errors.Join(errs...)
}

// wouldBe is what a dry run says of a player.
type wouldBe struct {
	Name        string `json:"name"`
	WouldChange bool   `json:"would_change"`
}

// wouldChange says which of the players a change would alter.
func (a *app) wouldChange(ctx context.Context, s *session, names []player.Name, patch store.PlayerPatch, asJSON bool) error {
	players, missing := s.findAll(ctx, names)
	for _, p := range players {
		if p.ID == 0 { // it is among the missing
			continue
		}
		would := wouldBe{Name: p.Name.String(), WouldChange: patch.Alters(p)}
		var err error
		switch {
		case asJSON:
			err = printJSON(a.stdout, would)
		case would.WouldChange:
			_, err = fmt.Fprintf(a.stdout, "would change %s (%s): every %s, %s\n", p.Name, modeWord(p.Mode), p.Every, standing(p))
		default:
			_, err = fmt.Fprintf(a.stdout, "would leave %s as it is\n", p.Name)
		}
		if err != nil {
			return err
		}
	}
	return missing
}
