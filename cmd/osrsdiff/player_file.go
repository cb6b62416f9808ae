package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/osrsdiff/osrsdiff/hiscores"
	"github.com/osrsdiff/osrsdiff/player"
	"github.com/osrsdiff/osrsdiff/roster"
	"github.com/osrsdiff/osrsdiff/store"
)

// shownNameErrors is how many bad lines of a file are listed.
const shownNameErrors = 20

// readNames reads a file of names, or standard input for "-". A file with bad
// names is refused as a whole, so that they can be mended before anything is added.
func (a *app) readNames(path string) ([]player.Name, error) {
	if path == "-" {
		return scanNames("standard input", a.stdin)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, mark(errUsage, fmt.Errorf("--file: %w", err))
	}
	defer f.Close() //nolint:errcheck // Only read.
	return scanNames(path, f)
}

func scanNames(from string, r io.Reader) ([]player.Name, error) {
	var names []player.Name
	var errs []error
	seen := map[string]bool{}
	lines := bufio.NewScanner(r)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(strings.TrimPrefix(lines.Text(), "\ufeff"))
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		name, err := player.ParseName(line)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s:%d: %w", from, n, err))
			continue
		}
		if !seen[name.Key()] {
			seen[name.Key()] = true
			names = append(names, name)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("read names from %s: %w", from, err)
	}
	if more := len(errs) - shownNameErrors; more > 0 {
		errs = append(errs[:shownNameErrors], usage("%s: %d more bad names", from, more))
	}
	if len(errs) == 0 && len(names) == 0 {
		errs = append(errs, usage("%s: has no names", from))
	}
	return names, errors.Join(errs...)
}

// addMany adds a file of names. Names that are tracked already are no error, so
// that it can be repeated.
func (a *app) addMany(ctx context.Context, s *session, requests []roster.AddRequest, asJSON bool) error {
	bar := a.progress(len(requests), "players")
	many, err := s.roster().AddMany(ctx, requests, func(done int) { _ = bar.Set(done) }) // A bar that cannot be drawn is no failure.
	_ = bar.Finish()
	if asJSON {
		for _, p := range many.Added {
			if err := printJSON(a.stdout, viewPlayer(p, s.nextTick(ctx, p))); err != nil {
				return err
			}
		}
	}
	var refused []error
	for _, r := range many.Refused {
		refused = append(refused, fmt.Errorf("%q was not added: %w", r.Name, r.Err))
	}
	fmt.Fprintf(a.stderr, "added %d players, %d were tracked already, %d refused%s\n",
		len(many.Added), len(many.Existing), len(many.Refused), s.waiting())
	if err != nil {
		return fmt.Errorf("%w; add the file again to go on from there", err)
	}
	return errors.Join(refused...)
}

// wouldAdd says what adding would do, as far as the database knows.
func (a *app) wouldAdd(ctx context.Context, s *session, requests []roster.AddRequest, asJSON bool) error {
	for _, req := range requests {
		verdict, as := "add", req.Name
		out, err := s.store.OptedOut(ctx, []player.Name{req.Name})
		if err != nil {
			return err
		}
		p, err := s.store.PlayerByName(ctx, req.Name)
		switch {
		case len(out) > 0:
			verdict = "refuse"
		case err == nil:
			verdict, as = "exists", p.Name
		case !errors.Is(err, store.ErrNotFound):
			return err
		}
		if asJSON {
			err = printJSON(a.stdout, map[string]string{"name": req.Name.String(), "would": verdict, "as": as.String()})
		} else {
			_, err = fmt.Fprintln(a.stdout, wouldText(verdict, req.Name, as))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func wouldText(verdict string, name, as player.Name) string {
	switch verdict {
	case "add":
		return fmt.Sprintf("would add %s", name)
	case "refuse":
		return fmt.Sprintf("would refuse %s: it opted out of being tracked", name)
	}
	return fmt.Sprintf("would skip %s: it is tracked as %s", name, as)
}

// explainAdd tells a person what the refusal of a name means.
func explainAdd(err error) error {
	var exists *store.ExistsError
	switch {
	case errors.As(err, &exists):
		return mark(store.ErrExists, fmt.Errorf("%q is tracked already, every %s, since %s",
			exists.Existing.Name, exists.Existing.Every, stamp(exists.Existing.CreatedAt)))
	case errors.Is(err, hiscores.ErrNotFound):
		return fmt.Errorf("%w; --no-verify adds the player all the same", err)
	}
	return err
}
