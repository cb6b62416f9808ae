package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/osrsdiff/osrsdiff/hiscores"
	"github.com/osrsdiff/osrsdiff/player"
	"github.com/osrsdiff/osrsdiff/store"
	"github.com/osrsdiff/osrsdiff/tasks"
)

// fedChanges is how many changes a line of the feed names.
const fedChanges = 4

// feed records fetches in the database and prints a line for each, so that
// whoever runs the demo sees what happens.
type feed struct {
	*store.Store
	paint painter
	now   func() time.Time

	mu sync.Mutex
	w  io.Writer
}

var _ tasks.Records = (*feed)(nil)

// RecordSnapshot stores a snapshot and prints what changed.
func (f *feed) RecordSnapshot(ctx context.Context, a player.Attempt, s hiscores.Snapshot) ([]hiscores.Change, error) {
	changes, err := f.Store.RecordSnapshot(ctx, a, s)
	if err == nil {
		f.print(ctx, a.PlayerID, f.summary(changes))
	}
	return changes, err
}

// RecordMissing stores that a player was not found and prints it.
func (f *feed) RecordMissing(ctx context.Context, a player.Attempt) error {
	err := f.Store.RecordMissing(ctx, a)
	if err == nil {
		f.print(ctx, a.PlayerID, f.paint.red("not on the hiscores"))
	}
	return err
}

// RecordFailure stores that a fetch failed and prints it.
func (f *feed) RecordFailure(ctx context.Context, a player.Attempt, cause string) error {
	err := f.Store.RecordFailure(ctx, a, cause)
	if err == nil {
		f.print(ctx, a.PlayerID, f.paint.red("failed: "+cause))
	}
	return err
}

// modeChanged prints a change of game mode.
func (f *feed) modeChanged(ctx context.Context, c tasks.ModeChange) {
	text := f.paint.faint("found as " + modeWord(c.To))
	if c.From != "" {
		text = f.paint.red(fmt.Sprintf("was %s and is %s now", c.From, c.To))
	}
	f.print(ctx, c.PlayerID, text)
}

func (f *feed) print(ctx context.Context, playerID int64, text string) {
	name := fmt.Sprintf("player %d", playerID)
	if p, err := f.Player(ctx, playerID); err == nil {
		name = p.Name.String()
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	// Failure policy: carry on; the feed is a courtesy and stdout may be closed.
	_, _ = fmt.Fprintf(f.w, "%s  %-12s  %s\n", f.now().UTC().Format(time.TimeOnly), name, text)
}

// summary names the changes of one fetch, those of skills and bosses before the
// total they add up to.
func (f *feed) summary(changes []hiscores.Change) string {
	var told []string
	firstSeen, more := 0, 0
	for _, c := range changes {
		switch {
		case c.What == hiscores.FirstSeen:
			firstSeen++
		case c.Metric == hiscores.Overall && len(changes) > 1:
		case len(told) == fedChanges:
			more++
		default:
			told = append(told, f.change(c))
		}
	}
	if firstSeen > 0 {
		told = append(told, f.paint.faint(fmt.Sprintf("%d values first seen", firstSeen)))
	}
	if more > 0 {
		told = append(told, fmt.Sprintf("%d more", more))
	}
	if len(told) == 0 {
		return f.paint.faint("unchanged")
	}
	return strings.Join(told, ", ")
}

func (f *feed) change(c hiscores.Change) string {
	switch c.What {
	case hiscores.Gained:
		return c.Metric + " " + f.paint.green("+"+grouped(c.Gain)) + levelUp(c)
	case hiscores.Fell:
		return c.Metric + " " + f.paint.red(grouped(c.Gain))
	case hiscores.Lost:
		return c.Metric + " no longer ranked"
	}
	return c.Metric + " " + string(c.What)
}

func levelUp(c hiscores.Change) string {
	before, ok1 := c.LevelBefore.Get()
	after, ok2 := c.LevelAfter.Get()
	if !ok1 || !ok2 || before == after {
		return ""
	}
	return fmt.Sprintf(" (level %d)", after)
}
