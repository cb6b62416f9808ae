package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/osrsdiff/osrsdiff/export"
	"github.com/osrsdiff/osrsdiff/gains"
	"github.com/osrsdiff/osrsdiff/player"
	"github.com/osrsdiff/osrsdiff/store"
)

// exportFlags are the flags of every export.
type exportFlags struct{ format, output string }

func exportFlagsOf(cmd *cobra.Command) *exportFlags {
	var f exportFlags
	cmd.Flags().StringVar(&f.format, "format", string(export.CSV), "csv, or jsonl for one JSON object a line")
	cmd.Flags().StringVar(&f.output, "output", "-", "`file` to write, which must not exist yet; - is standard output")
	return &f
}

// chosenPlayers are the flags that choose players.
type chosenPlayers struct{ status, mode, search string }

func chosenPlayersOf(cmd *cobra.Command) *chosenPlayers {
	var c chosenPlayers
	flags := cmd.Flags()
	flags.StringVar(&c.status, "status", "", "only players that are pending, active, missing, flagged, archived or paused")
	flags.StringVar(&c.mode, "mode", "", "only players of a game mode")
	flags.StringVar(&c.search, "search", "", "only names that contain this `text`")
	return &c
}

func (a *app) exportPlayersCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "players", Short: "Write players", Args: cobra.NoArgs,
		Long: `Writes a row for each tracked player, by id, as CSV or JSON Lines. However many
there are, they are written as they are read.`,
		Example: `  osrsdiff export players --output players.csv
  osrsdiff export players --status missing --format jsonl`,
	}
	f, chosen := exportFlagsOf(cmd), chosenPlayersOf(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		filter, err := playerFilter(chosen.status, chosen.mode, chosen.search)
		if err != nil {
			return err
		}
		return a.export(cmd, *f, func(ctx context.Context, s *session, w *export.Writer) error {
			return export.Players(ctx, s.store, filter, w)
		})
	}
	return cmd
}

func (a *app) exportHistoryCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "history NAME", Short: "Write every change of a player's values", Args: oneName,
		Long: `Writes a row for each time that a value of a player became different, metric by
metric and oldest first.`,
		Example: `  osrsdiff export history Zezima --output zezima.csv
  osrsdiff export history Zezima --since 30d --format jsonl`,
	}
	f := exportFlagsOf(cmd)
	since := cmd.Flags().String("since", "", "start: how long ago (24h, 7d), a day or an RFC 3339 time (default the beginning)")
	until := cmd.Flags().String("until", "0s", "end, in the same forms")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		name, err := player.ParseName(args[0])
		if err != nil {
			return err
		}
		filter, err := historyFilter(*since, *until, time.Now())
		if err != nil {
			return err
		}
		return a.export(cmd, *f, func(ctx context.Context, s *session, w *export.Writer) error {
			p, err := s.store.PlayerByName(ctx, name)
			if err != nil {
				return err
			}
			filter.PlayerID = p.ID
			return export.History(ctx, s.store, filter, w)
		})
	}
	return cmd
}

func historyFilter(since, until string, now time.Time) (f store.HistoryFilter, err error) {
	if since != "" {
		f.From, f.To, err = parsePeriod(since, until, now)
		return f, err
	}
	f.To, err = parseMoment("until", until, now)
	return f, err
}

func (a *app) exportGainsCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "gains", Short: "Write what players gained in a period", Args: cobra.NoArgs,
		Long: `Writes a row for each metric of a player that changed in a period, by player.`,
		Example: `  osrsdiff export gains --period week --output week.csv
  osrsdiff export gains --period month --calendar --mode ironman --format jsonl`,
	}
	f, chosen, wanted := exportFlagsOf(cmd), chosenPlayersOf(cmd), periodFlags(cmd, string(gains.Day))
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		filter, err := playerFilter(chosen.status, chosen.mode, chosen.search)
		if err != nil {
			return err
		}
		window, err := wanted.window(time.Now())
		if err != nil {
			return err
		}
		return a.export(cmd, *f, func(ctx context.Context, s *session, w *export.Writer) error {
			return export.Gains(ctx, s.store, filter, window, w)
		})
	}
	return cmd
}

// export opens the database and the file, and says how much was written to it.
func (a *app) export(cmd *cobra.Command, f exportFlags, write func(context.Context, *session, *export.Writer) error) (err error) {
	format, err := export.ParseFormat(f.format)
	if err != nil {
		return mark(errUsage, fmt.Errorf("--format: %w", err))
	}
	s, err := a.session(cmd, need{database: true})
	if err != nil {
		return err
	}
	defer s.close()
	to, done, err := a.exportFile(f.output)
	if err != nil {
		return err
	}
	w := export.NewWriter(to, format)
	if err := write(cmd.Context(), s, w); err != nil {
		return errors.Join(err, done(false))
	}
	if err := done(true); err != nil {
		return err
	}
	_, err = fmt.Fprintf(a.stderr, "%d rows\n", w.Rows())
	return err
}

// exportFile opens what an export goes to. done closes it; a file that is not
// whole is removed, so that nobody takes it for the whole.
func (a *app) exportFile(path string) (to io.Writer, done func(whole bool) error, err error) {
	if path == "-" || path == "" {
		return a.stdout, func(bool) error { return nil }, nil
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, os.ErrExist) {
		return nil, nil, usage("--output %s: exists already; name another file or remove it", path)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("--output: %w", err)
	}
	return file, func(whole bool) error {
		err := file.Close()
		if !whole || err != nil {
			return errors.Join(err, os.Remove(path))
		}
		return nil
	}, nil
}
