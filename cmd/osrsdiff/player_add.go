package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/osrsdiff/osrsdiff/player"
	"github.com/osrsdiff/osrsdiff/roster"
)

// addFlags are the flags of `player add`.
type addFlags struct {
	every, mode, file        string
	noVerify, dryRun, asJSON bool
}

func (a *app) playerAddCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "add NAME...",
		Short: "Track players",
		Long: `Adds players and asks for their first fetch. Each name is looked up on the
hiscores first; while those cannot be asked, the player is added as pending and
the first fetch looks it up.

With --file the names are read from a file, one a line, blank lines and lines
that begin with # left out; - is standard input. A file can be added again after
an interruption: names tracked already are skipped.`,
		Example: `  osrsdiff player add Zezima "Lynx Titan" --every 30m
  osrsdiff player add --file names.txt --every 6h --no-verify
  osrsdiff player add --file names.txt --dry-run`,
	}
	var f addFlags
	flags := cmd.Flags()
	flags.StringVar(&f.every, "every", player.DefaultInterval.String(), "how often to fetch: 30m, 6h, 7d or minutes, from 1m to 7d")
	flags.StringVar(&f.mode, "mode", "auto", "game mode: auto, regular, ironman, hardcore_ironman or ultimate_ironman")
	flags.StringVar(&f.file, "file", "", "read names from this `file`")
	flags.BoolVar(&f.noVerify, "no-verify", false, "do not look names up on the hiscores first")
	flags.BoolVar(&f.dryRun, "dry-run", false, "only say what would be added, without asking the hiscores")
	flags.BoolVar(&f.asJSON, "json", false, "print one JSON object a line")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		requests, err := a.addRequests(f, args)
		if err != nil {
			return err
		}
		s, err := a.session(cmd, need{redis: redisIfRunning})
		if err != nil {
			return err
		}
		defer s.close()
		switch {
		case f.dryRun:
			return a.wouldAdd(cmd.Context(), s, requests, f.asJSON)
		case f.file != "":
			return a.addMany(cmd.Context(), s, requests, f.asJSON)
		}
		return a.addEach(cmd.Context(), s, requests, f.asJSON)
	}
	return cmd
}

// addRequests checks everything that was typed before anything is added.
func (a *app) addRequests(f addFlags, args []string) ([]roster.AddRequest, error) {
	if (f.file == "") == (len(args) == 0) {
		return nil, usage("give names, or a file of names with --file")
	}
	every, err := player.ParseInterval(f.every)
	if err != nil {
		return nil, fmt.Errorf("--every: %w", err)
	}
	mode, err := parseModeFlag(f.mode)
	if err != nil {
		return nil, err
	}
	names, err := parseNames(args)
	if f.file != "" {
		names, err = a.readNames(f.file)
	}
	if err != nil {
		return nil, err
	}
	requests := make([]roster.AddRequest, 0, len(names))
	for _, name := range names {
		requests = append(requests, roster.AddRequest{Name: name, Every: every, Mode: mode, Verify: !f.noVerify})
	}
	return requests, nil
}

// parseModeFlag reads a mode, or auto for one that is to be found out.
func parseModeFlag(s string) (player.Mode, error) {
	if s == "auto" {
		return "", nil
	}
	m, err := player.ParseMode(s)
	if err != nil {
		return "", fmt.Errorf("--mode: %w, or auto", err)
	}
	return m, nil
}

func parseNames(args []string) ([]player.Name, error) {
	var names []player.Name
	var errs []error
	for _, arg := range args {
		name, err := player.ParseName(arg)
		names, errs = append(names, name), append(errs, err)
	}
	return names, errors.Join(errs...)
}

// addEach adds the names of the command line one by one: one that cannot be
// added does not keep the others from it.
func (a *app) addEach(ctx context.Context, s *session, requests []roster.AddRequest, asJSON bool) error {
	r := s.roster()
	var errs []error
	for _, req := range requests {
		added, err := r.Add(ctx, req)
		if err != nil {
			errs = append(errs, explainAdd(err))
			if ctx.Err() != nil {
				break
			}
			continue
		}
		if asJSON {
			err = printJSON(a.stdout, viewPlayer(added.Player, s.nextTick(ctx, added.Player)))
		} else {
			_, err = fmt.Fprintln(a.stdout, s.addedText(req, added))
		}
		if err != nil {
			return err
		}
	}
	return errors.Join(errs...)
}

func (s *session) addedText(req roster.AddRequest, added roster.Added) string {
	p := added.Player
	what := "added"
	if added.Restored {
		what = "restored, with its history,"
	}
	text := fmt.Sprintf("%s %s (%s), fetched every %s", what, p.Name, modeWord(p.Mode), p.Every)
	switch {
	case added.Pending && req.Verify:
		text += "; the hiscores cannot be asked now, so the first fetch looks the name up"
	case added.Pending:
		text += "; not looked up on the hiscores, the first fetch does"
	}
	return text + s.waiting()
}

// waiting says what a change waits for when nothing is running.
func (s *session) waiting() string {
	if s.redis != nil {
		return ""
	}
	if s.settings.Redis.URL != "" {
		return "; its schedule waits for the next scheduler"
	}
	return fmt.Sprintf("; nothing runs on %s now, the next start of `osrsdiff up` or a scheduler goes on from there", s.settings.Data.Dir)
}
