package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/osrsdiff/osrsdiff/hiscores"
	"github.com/osrsdiff/osrsdiff/player"
	"github.com/osrsdiff/osrsdiff/roster"
	"github.com/osrsdiff/osrsdiff/store"
)

// fetchLine is what became of an asked-for fetch, as --json shows it.
type fetchLine struct {
	Player   string             `json:"player"`
	TaskID   string             `json:"task_id,omitempty"`
	Queued   bool               `json:"queued"`
	Message  string             `json:"message"`
	Snapshot *hiscores.Snapshot `json:"snapshot,omitempty"`
}

func (a *app) playerFetchCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "fetch NAME", Short: "Fetch a player now", Args: oneName,
		Long: `Puts a fetch into the queue, before the scheduled ones; paused players too. A
player fetched less than 60 seconds ago is not asked for again: the stored
snapshot is printed. It needs a running "up", or a Redis whose workers run.`,
		Example: `  osrsdiff player fetch Zezima`,
	}
	asJSON := jsonFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		name, err := player.ParseName(args[0])
		if err != nil {
			return err
		}
		s, err := a.session(cmd, need{redis: redisRequired, database: true})
		if err != nil {
			return err
		}
		defer s.close()
		ticket, err := s.roster().Fetch(cmd.Context(), name)
		if err != nil {
			return err
		}
		line, err := s.fetchLine(cmd.Context(), ticket)
		if err != nil {
			return err
		}
		if *asJSON {
			return printJSON(a.stdout, line)
		}
		return a.printFetch(line)
	}
	return cmd
}

func (s *session) fetchLine(ctx context.Context, t roster.Ticket) (fetchLine, error) {
	line := fetchLine{Player: t.Player.Name.String(), TaskID: t.TaskID, Queued: t.Queued}
	switch {
	case t.Fresh:
		line.Message = "fetched less than 60 seconds ago; this is the stored snapshot"
		snap, err := s.store.Latest(ctx, t.Player.ID)
		if errors.Is(err, store.ErrNotFound) {
			line.Message = "asked for less than 60 seconds ago; the hiscores did not list the player"
			return line, nil
		}
		line.Snapshot = &snap
		return line, err
	case t.Queued:
		line.Message = "the fetch waits in the queue"
	default:
		line.Message = "a fetch was waiting in the queue already"
	}
	return line, nil
}

func (a *app) printFetch(line fetchLine) error {
	text := line.Player + ": " + line.Message
	if line.TaskID != "" {
		text += " as " + line.TaskID
	}
	if _, err := fmt.Fprintln(a.stdout, text); err != nil {
		return err
	}
	if line.Snapshot == nil {
		return nil
	}
	return printSnapshot(a.stdout, *line.Snapshot, false)
}
