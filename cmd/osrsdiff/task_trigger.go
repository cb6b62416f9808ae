package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

func (a *app) taskTriggerCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "trigger TASK", Short: "Run a task now", Args: cobra.ExactArgs(1),
		Long: `Puts a task into the queue: one that runs by the clock, by its id with or without
"_task" behind it, or the fetch of a player by the id of its schedule.`,
		Example: `  osrsdiff task trigger check_game_mode_downgrades
  osrsdiff task trigger player_fetch_123`,
	}
	asJSON := jsonFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		s, err := a.session(cmd, need{redis: redisRequired, database: true})
		if err != nil {
			return err
		}
		defer s.close()
		id, err := s.roster().Trigger(cmd.Context(), args[0])
		if err != nil {
			return err
		}
		if *asJSON {
			return printJSON(a.stdout, map[string]string{"task": args[0], "task_id": id})
		}
		_, err = fmt.Fprintf(a.stdout, "%s waits in the queue as %s\n", args[0], id)
		return err
	}
	return cmd
}
