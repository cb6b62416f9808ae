package main

import (
	"time"

	"github.com/spf13/cobra"

	"github.com/osrsdiff/osrsdiff/gains"
	"github.com/osrsdiff/osrsdiff/player"
)

func (a *app) gainsCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "gains NAME",
		Short: "Show what a player gained in a day, week, month or year",
		Long: `Compares the values at the two ends of a period. Without --calendar it is the
last 24 hours, 7, 30 or 365 times that; with it, the day, the week from Monday,
the month or the year of the calendar, as far as it has come. For any other two
times use "diff".`,
		Example: `  osrsdiff gains Zezima --period week
  osrsdiff gains Zezima --period day --calendar --zone Europe/Berlin
  osrsdiff gains Zezima --period month --calendar --at 2026-01-15 --json`,
		Args: oneName,
	}
	wanted := periodFlags(cmd, string(gains.Day))
	asJSON := jsonFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		name, err := player.ParseName(args[0])
		if err != nil {
			return err
		}
		w, err := wanted.window(time.Now())
		if err != nil {
			return err
		}
		s, p, err := a.tracked(cmd, name, need{database: true})
		if err != nil {
			return err
		}
		defer s.close()
		changes, err := s.store.Gains(cmd.Context(), p.ID, w.From, w.To)
		if err != nil {
			return err
		}
		if *asJSON {
			return printJSON(a.stdout, changes...)
		}
		return a.printDiff(p, w.From, w.To, changes)
	}
	return cmd
}

// period is a period as it was typed.
type period struct {
	name, zone, at string
	calendar       bool
}

// periodFlags adds the flags that choose a period to a command.
func periodFlags(cmd *cobra.Command, name string) *period {
	var p period
	flags := cmd.Flags()
	flags.StringVar(&p.name, "period", name, "day, week, month or year")
	flags.BoolVar(&p.calendar, "calendar", false, "the period of the calendar, instead of one that ends now")
	flags.StringVar(&p.zone, "zone", "", "with --calendar: IANA time zone such as Europe/Berlin (default UTC)")
	flags.StringVar(&p.at, "at", "0s", "end of the period, or with --calendar any time within it: how long ago (24h, 7d), a day or an RFC 3339 time")
	return &p
}

// window is the stretch of time that is meant.
func (p *period) window(now time.Time) (gains.Window, error) {
	length, err := gains.ParsePeriod(p.name)
	if err != nil {
		return gains.Window{}, err
	}
	if p.zone != "" && !p.calendar {
		return gains.Window{}, usage("--zone %q: needs --calendar; a period that ends now is the same everywhere", p.zone)
	}
	zone, err := gains.Zone(p.zone)
	if err != nil {
		return gains.Window{}, err
	}
	at, err := p.moment(zone, now)
	if err != nil {
		return gains.Window{}, err
	}
	w := gains.Choice{Period: length, Calendar: p.calendar, Zone: zone, At: at}.Window(now)
	if w.To.Before(w.From) {
		return w, usage("--at %q: must not be in the future", p.at)
	}
	return w, nil
}

// moment reads --at. A day alone is meant in the zone.
func (p *period) moment(zone *time.Location, now time.Time) (time.Time, error) {
	if at, err := time.ParseInLocation(time.DateOnly, p.at, zone); err == nil {
		return at, nil
	}
	return parseMoment("at", p.at, now)
}
