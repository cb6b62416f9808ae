package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/osrsdiff/osrsdiff/player"
	"github.com/osrsdiff/osrsdiff/store"
)

// listPage is how many players one query reads.
const listPage = 500

func (a *app) playerListCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "list", Short: "List tracked players", Args: cobra.NoArgs,
		Example: `  osrsdiff player list --status missing
  osrsdiff player list --json | jq -r .name`,
	}
	var status, mode, search string
	flags := cmd.Flags()
	flags.StringVar(&status, "status", "", "only players that are pending, active, missing, flagged, archived or paused")
	flags.StringVar(&mode, "mode", "", "only players of a game mode")
	flags.StringVar(&search, "search", "", "only names that contain this `text`")
	asJSON := jsonFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		filter, err := playerFilter(status, mode, search)
		if err != nil {
			return err
		}
		s, err := a.session(cmd, need{database: true})
		if err != nil {
			return err
		}
		defer s.close()
		if *asJSON {
			return eachPlayer(cmd.Context(), s.store, filter, func(p player.Player) error {
				return printJSON(a.stdout, viewPlayer(p, time.Time{}))
			})
		}
		return a.printPlayers(cmd.Context(), s.store, filter)
	}
	return cmd
}

func playerFilter(status, mode, search string) (store.PlayerFilter, error) {
	f := store.PlayerFilter{Limit: listPage, Search: search}
	switch s := player.Status(status); s {
	case "", player.Pending, player.Active, player.Missing, player.Flagged, player.Archived:
		f.Status = s
	case "paused":
		paused := true
		f.Paused = &paused
	default:
		return f, usage("--status %q: must be pending, active, missing, flagged, archived or paused", status)
	}
	if mode == "" {
		return f, nil
	}
	m, err := player.ParseMode(mode)
	f.Mode = m
	return f, err
}

// playerPages is what a listing needs of the database.
type playerPages interface {
	Players(ctx context.Context, f store.PlayerFilter) ([]player.Player, error)
}

// eachPlayer calls do for every player that the filter chooses, reading a page
// at a time.
func eachPlayer(ctx context.Context, db playerPages, f store.PlayerFilter, do func(player.Player) error) error {
	for {
		page, err := db.Players(ctx, f)
		if err != nil {
			return err
		}
		for _, p := range page {
			if err := do(p); err != nil {
				return err
			}
		}
		if len(page) < f.Limit {
			return nil
		}
		f.AfterID = page[len(page)-1].ID
	}
}

func (a *app) printPlayers(ctx context.Context, db playerPages, f store.PlayerFilter) error {
	now, n := time.Now(), 0
	t := newTable(a.stdout, "NAME", "MODE", "STATUS", "EVERY", "LAST FETCH", "LAST CHANGE", "LAST RESULT")
	err := eachPlayer(ctx, db, f, func(p player.Player) error {
		n++
		t.row(p.Name.String(), modeWord(p.Mode), standing(p), p.Every.String(),
			ago(p.LastFetchedAt, now), ago(p.LastChangedAt, now), orDash(string(p.LastResult)))
		return t.err
	})
	if err != nil {
		return err
	}
	if n == 0 {
		_, err := fmt.Fprintln(a.stderr, noPlayers(f))
		return err
	}
	return t.flush()
}

func noPlayers(f store.PlayerFilter) string {
	if f.Status != "" || f.Mode != "" || f.Paused != nil || f.Search != "" {
		return "no such players"
	}
	return "no players; add one with: osrsdiff player add NAME"
}
