package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/osrsdiff/osrsdiff/player"
	"github.com/osrsdiff/osrsdiff/schedules"
)

// listing is what `schedule list` was asked for.
type listing struct {
	filter schedules.ListFilter
	// limit is the most schedules listed. Zero: all.
	limit int
}

func (a *app) scheduleListCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "list", Short: "List schedules by their next tick", Args: cobra.NoArgs,
		Long: `Lists the schedules in Redis, the one due next first. Paused ones have no next
tick and are left out unless --paused asks for them. However many there are, they
are printed as they are read. With --limit, what to give --after for the next page
is printed to standard error.`,
		Example: `  osrsdiff schedule list --limit 20
  osrsdiff schedule list --overdue --json
  osrsdiff schedule list --every 30m --search zez`,
	}
	var l listing
	var every string
	flags := cmd.Flags()
	flags.BoolVar(&l.filter.Overdue, "overdue", false, "only schedules whose tick has come")
	flags.BoolVar(&l.filter.Paused, "paused", false, "only paused schedules")
	flags.StringVar(&every, "every", "", "only schedules of this `interval`, such as 30m, 6h or 7d")
	flags.StringVar(&l.filter.Name, "search", "", "only names that contain this `text`")
	flags.IntVar(&l.limit, "limit", 0, "at most so many; 0 for all")
	flags.StringVar(&l.filter.After, "after", "", "go on behind the `page` that ended with this")
	asJSON := jsonFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if err := l.check(every); err != nil {
			return err
		}
		s, err := a.session(cmd, need{redis: redisRequired, database: true})
		if err != nil {
			return err
		}
		defer s.close()
		if *asJSON {
			return a.streamSchedules(cmd.Context(), s, l)
		}
		return a.printSchedules(cmd.Context(), s, l)
	}
	return cmd
}

// check reads the interval and refuses what chooses nothing.
func (l *listing) check(every string) error {
	if l.limit < 0 {
		return usage("--limit %d: must be 0, for all, or more", l.limit)
	}
	if l.filter.Overdue && l.filter.Paused {
		return usage("--overdue and --paused: a paused schedule waits for no tick, so choose one of them")
	}
	if every == "" {
		return nil
	}
	var err error
	l.filter.Every, err = player.ParseInterval(every)
	return err
}

// eachPage calls do for every page of schedules and returns what to go on with
// where the limit ended the listing. Only one page is in memory.
func (s *session) eachPage(ctx context.Context, l listing, do func([]schedules.Entry) error) (next string, err error) {
	for left := l.limit; ; {
		l.filter.Limit = listPage
		if l.limit > 0 {
			l.filter.Limit = min(left, listPage)
		}
		page, next, err := s.book().List(ctx, l.filter, s.log)
		if errors.Is(err, schedules.ErrBadCursor) {
			return "", usage("--after %q: must be what a page ended with", l.filter.After)
		}
		if err != nil {
			return "", err
		}
		if err := do(page); err != nil {
			return "", err
		}
		left -= len(page)
		if next == "" || l.limit > 0 && left <= 0 {
			return next, nil
		}
		l.filter.After = next
	}
}

func (a *app) streamSchedules(ctx context.Context, s *session, l listing) error {
	out := bufio.NewWriterSize(a.stdout, 64<<10)
	next, err := s.eachPage(ctx, l, func(page []schedules.Entry) error {
		if err := printJSON(out, page...); err != nil {
			return err
		}
		return out.Flush()
	})
	if err != nil {
		return err
	}
	return a.sayMore(next)
}

// sayMore says how to go on.
func (a *app) sayMore(next string) error {
	if next == "" {
		return nil
	}
	_, err := fmt.Fprintf(a.stderr, "more with --after %s\n", next)
	return err
}

func (a *app) printSchedules(ctx context.Context, s *session, l listing) error {
	stats, err := s.book().Stats(ctx)
	if err != nil {
		return err
	}
	shown := 0
	next, err := s.eachPage(ctx, l, func(page []schedules.Entry) error {
		err := printSchedulePage(a.stdout, page, stats.Now, shown == 0)
		shown += len(page)
		return err
	})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(a.stderr, "%d shown; %d schedules, %d paused, %d due now\n",
		shown, stats.Schedules, stats.Schedules-stats.Active, stats.Due)
	return errors.Join(err, a.sayMore(next))
}

// printSchedulePage prints a page. The columns of all pages line up, though each
// is printed before the next is read: no cell is wider than its column.
func printSchedulePage(w io.Writer, page []schedules.Entry, now time.Time, first bool) error {
	const format = "%-24s  %-12s  %-6s  %-20s  %s\n"
	out := bufio.NewWriter(w)
	if first && len(page) > 0 {
		if _, err := fmt.Fprintf(out, format, "ID", "PLAYER", "EVERY", "NEXT TICK", ""); err != nil {
			return err
		}
	}
	for _, e := range page {
		if _, err := fmt.Fprintf(out, format, e.ID, e.Player, e.Every, stamp(e.NextTick), tickCell(e, now)); err != nil {
			return err
		}
	}
	return out.Flush()
}

// tickCell says how far off the tick of a schedule is by the clock of Redis.
func tickCell(e schedules.Entry, now time.Time) string {
	switch {
	case e.Paused:
		return "paused"
	case e.NextTick.IsZero():
		return "not indexed yet"
	case e.NextTick.After(now):
		return ago(e.NextTick, now)
	}
	return "due for " + brief(now.Sub(e.NextTick))
}
