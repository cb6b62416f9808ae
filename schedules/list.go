package schedules

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/osrsdiff/osrsdiff/player"
)

// listPart is how many schedules one call of List reads at once.
const listPart = 500

// ErrBadCursor says that a cursor is none that a page of List returned.
var ErrBadCursor = errors.New("no cursor of a list of schedules")

// ListFilter chooses schedules of List. The zero ListFilter chooses those that
// are not paused.
type ListFilter struct {
	// After is the cursor that the page before returned. Empty: the first page.
	After string
	// Limit is the most schedules of a page. Zero: 100.
	Limit int
	// Overdue leaves out those whose next tick has not come yet.
	Overdue bool
	// Every leaves out those of another interval. Zero: none.
	Every player.Interval
	// Name leaves out those whose player's name does not contain it; letter case
	// and separators are alike. Empty: none.
	Name string
	// Paused chooses those that are paused instead. They wait for no tick, so
	// Overdue with it chooses nothing.
	Paused bool
}

// matches reports whether the index says that a filter chooses a schedule.
func (f ListFilter) matches(x indexed) bool {
	return (f.Every == 0 || x.every == f.Every) && (f.Name == "" || strings.Contains(foldName(x.player), foldName(f.Name)))
}

// separators are alike in names.
var separators = strings.NewReplacer("_", " ", "-", " ", "\u00a0", " ")

// foldName makes what people type like the names it is looked for in.
func foldName(s string) string { return separators.Replace(strings.ToLower(s)) }

// List returns schedules by ascending next tick, paused ones in no order, and the
// cursor of the next page, empty on the last. While ticks pass a schedule that
// moves on may be seen twice; none that stays is left out. The memory it takes
// does not grow with the number of schedules.
func (b *Book) List(ctx context.Context, f ListFilter, log *slog.Logger) ([]Entry, string, error) {
	if f.Limit <= 0 {
		f.Limit = 100
	}
	if f.Paused {
		return b.listPaused(ctx, f, log)
	}
	var chosen []dueSchedule
	cursor, err := parsePlace(f.After)
	if err != nil {
		return nil, "", err
	}
	for {
		p, err := b.read(ctx, listing{after: cursor, overdue: f.Overdue, most: listPart})
		if err != nil {
			return nil, "", err
		}
		for _, d := range p.due {
			cursor = d.place()
			if d.standing == nil || f.matches(indexed{every: d.standing.Every, player: d.player}) {
				chosen = append(chosen, d)
			}
			if len(chosen) == f.Limit {
				list, err := b.entries(ctx, chosen, f, log)
				return list, cursor.String(), err
			}
		}
		if len(p.due) < listPart {
			list, err := b.entries(ctx, chosen, f, log)
			return list, "", err
		}
	}
}

// place is where a page ended in the due index. The zero place is before it.
type place struct{ tick, member string }

func (p place) String() string { return p.tick + ":" + p.member }

func parsePlace(cursor string) (place, error) {
	if cursor == "" {
		return place{}, nil
	}
	tick, m, found := strings.Cut(cursor, ":")
	score, err := strconv.ParseFloat(tick, 64)
	if !found || err != nil || math.IsNaN(score) || math.IsInf(score, 0) {
		return place{}, fmt.Errorf("cursor %q: %w", cursor, ErrBadCursor)
	}
	return place{tick, m}, nil
}

// entries reads the definitions of schedules, in their order. An unreadable one
// is skipped and logged: reconcile rewrites it.
func (b *Book) entries(ctx context.Context, found []dueSchedule, f ListFilter, log *slog.Logger) ([]Entry, error) {
	list := make([]Entry, 0, len(found))
	for part := range slices.Chunk(found, listPart) {
		members := make([]string, len(part))
		for i, d := range part {
			members[i] = d.member
		}
		defs, err := b.definitions(ctx, members)
		if err != nil {
			return nil, err
		}
		for i, d := range defs {
			if d.err != nil {
				log.WarnContext(ctx, "schedule skipped", "schedule", d.id, "error", d.err)
				continue
			}
			if !f.matches(indexed{every: d.schedule.Every, player: d.schedule.Player}) {
				continue // the index could not tell
			}
			e := Entry{Schedule: d.schedule}
			if part[i].tick > 0 {
				e.NextTick = time.Unix(part[i].tick, 0).UTC()
			}
			list = append(list, e)
		}
	}
	return list, nil
}

// pausedPlace is where a page of paused schedules ended: within the answer to
// one step through the index, behind a player.
type pausedPlace struct {
	step   uint64
	player int64
}

func (p pausedPlace) String() string { return fmt.Sprintf("paused:%d:%d", p.step, p.player) }

func parsePausedPlace(cursor string) (pausedPlace, error) {
	var p pausedPlace
	if cursor == "" {
		return p, nil
	}
	if n, err := fmt.Sscanf(cursor, "paused:%d:%d", &p.step, &p.player); err != nil || n != 2 {
		return p, fmt.Errorf("cursor %q: %w", cursor, ErrBadCursor)
	}
	return p, nil
}

// listPaused goes through the index, which is in no order.
func (b *Book) listPaused(ctx context.Context, f ListFilter, log *slog.Logger) ([]Entry, string, error) {
	at, err := parsePausedPlace(f.After)
	if err != nil || f.Overdue {
		return nil, "", err
	}
	var chosen []dueSchedule
	for {
		found, next, err := b.scanPaused(ctx, at.step, f)
		if err != nil {
			return nil, "", err
		}
		for _, d := range found {
			if d.playerID <= at.player {
				continue
			}
			chosen, at.player = append(chosen, d), d.playerID
			if len(chosen) == f.Limit {
				list, err := b.entries(ctx, chosen, f, log)
				return list, at.String(), err
			}
		}
		if next == 0 {
			list, err := b.entries(ctx, chosen, f, log)
			return list, "", err
		}
		at = pausedPlace{step: next}
	}
}

// scanPaused makes one step through the index and returns the paused schedules
// that the filter chooses, by player.
func (b *Book) scanPaused(ctx context.Context, step uint64, f ListFilter) ([]dueSchedule, uint64, error) {
	fields, next, err := b.rdb.HScan(ctx, b.keys.index(), step, "", listPart).Result()
	if err != nil {
		return nil, 0, fmt.Errorf("list paused schedules: %w", err)
	}
	var found []dueSchedule
	for i := 0; i+1 < len(fields); i += 2 {
		playerID, ok := playerOf(fields[i])
		x, err := parseIndexed(fields[i+1])
		if ok && err == nil && x.state == statePaused && f.matches(x) {
			found = append(found, dueSchedule{member: fields[i], playerID: playerID})
		}
	}
	slices.SortFunc(found, func(a, b dueSchedule) int { return int(a.playerID - b.playerID) })
	return found, next, nil
}
