package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/osrsdiff/osrsdiff/player"
	"github.com/osrsdiff/osrsdiff/roster"
	"github.com/osrsdiff/osrsdiff/store"
)

func (a *app) playerSetCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "set NAME", Short: "Change a player's interval, game mode or name", Args: oneName,
		Long: `Changes a player. A new name keeps the history, for a player who changed names
in the game.`,
		Example: `  osrsdiff player set Zezima --every 6h
  osrsdiff player set Zezima --name "Zezima II"`,
	}
	var every, mode, name string
	flags := cmd.Flags()
	flags.StringVar(&every, "every", "", "how often to fetch: 30m, 6h, 7d or minutes, from 1m to 7d")
	flags.StringVar(&mode, "mode", "", "game mode: regular, ironman, hardcore_ironman or ultimate_ironman")
	flags.StringVar(&name, "name", "", "the player's new name")
	asJSON := jsonFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		patch, err := playerPatch(every, mode, name)
		if err != nil {
			return err
		}
		return a.changePlayers(cmd, args, *asJSON, func(ctx context.Context, r *roster.Roster, n player.Name) (player.Player, error) {
			return r.Change(ctx, n, patch)
		})
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
	asJSON := jsonFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return a.changePlayers(cmd, args, *asJSON, func(ctx context.Context, r *roster.Roster, n player.Name) (player.Player, error) {
			return r.Pause(ctx, n)
		})
	}
	return cmd
}

func (a *app) playerResumeCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "resume NAME...", Short: "Let the scheduled fetches of players go on", Args: someNames,
		Long: `Lets the schedules of paused players go on. Ticks missed meanwhile are not made
up. Resuming a player that is not paused changes nothing.`,
	}
	asJSON := jsonFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return a.changePlayers(cmd, args, *asJSON, func(ctx context.Context, r *roster.Roster, n player.Name) (player.Player, error) {
			return r.Resume(ctx, n)
		})
	}
	return cmd
}

func someNames(_ *cobra.Command, args []string) error {
	if len(args) == 0 {
		return usage("give the name of a player")
	}
	return nil
}

// changePlayers makes the same change to each player named, and says how each
// stands then.
func (a *app) changePlayers(cmd *cobra.Command, args []string, asJSON bool,
	change func(context.Context, *roster.Roster, player.Name) (player.Player, error)) error {
	names, err := parseNames(args)
	if err != nil {
		return err
	}
	s, err := a.session(cmd, need{redis: redisIfRunning, database: true})
	if err != nil {
		return err
	}
	defer s.close()
	r := s.roster()
	var errs []error
	for _, name := range names {
		p, err := change(cmd.Context(), r, name)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		if asJSON {
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
