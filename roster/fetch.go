package roster

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/osrsdiff/osrsdiff/access"
	"github.com/osrsdiff/osrsdiff/player"
	"github.com/osrsdiff/osrsdiff/store"
	"github.com/osrsdiff/osrsdiff/tasks"
)

var (
	// ErrNoQueue means nothing can be asked for by hand, because no Redis is
	// configured or running.
	ErrNoQueue = errors.New("no queue to put the task into")
	// ErrUnknownTask is matched by *UnknownTaskError.
	ErrUnknownTask = errors.New("unknown task")
)

// UnknownTaskError says that no task has the name. It matches ErrUnknownTask.
type UnknownTaskError struct {
	// Name is what was asked for.
	Name string
	// Known are the names there are; the schedules of players are one pattern.
	Known []string
}

// Error names the task and those that exist.
func (e *UnknownTaskError) Error() string {
	return fmt.Sprintf("%v %q: there are %s", ErrUnknownTask, e.Name, strings.Join(e.Known, ", "))
}

// Unwrap makes the error match ErrUnknownTask.
func (e *UnknownTaskError) Unwrap() error { return ErrUnknownTask }

// Ticket is what became of a fetch that a person asked for.
type Ticket struct {
	// TaskID is the id of the fetch in the queue. Empty when Fresh.
	TaskID string
	// Player is the player to be fetched.
	Player player.Player
	// Fresh means the hiscores answered less than tasks.FreshFor ago: nothing was
	// queued, what is stored is current.
	Fresh bool
	// Queued means the fetch was put into the queue now.
	Queued bool
	// AlreadyQueued means a fetch asked for by hand is outstanding already.
	AlreadyQueued bool
}

// Fetch asks for a fetch of a player now, paused or not. Unknown players match
// store.ErrNotFound.
func (r *Roster) Fetch(ctx context.Context, name player.Name) (Ticket, error) {
	p, err := r.opts.Lookup.PlayerByName(ctx, name)
	if err != nil {
		return Ticket{}, fmt.Errorf("fetch %q: %w", name, err)
	}
	if err := fetchable(p); err != nil {
		return Ticket{}, fmt.Errorf("fetch %q: %w", name, err)
	}
	if tasks.Fresh(p, r.opts.Now()) {
		return Ticket{Player: p, Fresh: true}, nil
	}
	ticket, err := r.queueFetch(ctx, p)
	if err != nil {
		return Ticket{}, fmt.Errorf("fetch %q: %w", name, err)
	}
	note(ctx, "player.fetch", p.Name, "", "")
	return ticket, nil
}

// fetchable refuses what has no name on the hiscores.
func fetchable(p player.Player) error {
	if p.Status != player.Archived {
		return nil
	}
	return fmt.Errorf("%w: %q is the history of an account whose name another has; it is not fetched", store.ErrArchived, p.Name)
}

// queueFetch enqueues a fetch by hand.
func (r *Roster) queueFetch(ctx context.Context, p player.Player) (Ticket, error) {
	if err := fetchable(p); err != nil {
		return Ticket{}, err
	}
	task, err := tasks.NewFetch(tasks.Fetch{PlayerID: p.ID, Player: p.Name.String()}, tasks.QueueInteractive)
	if err != nil {
		return Ticket{}, err
	}
	_, already, err := r.enqueue(ctx, task)
	if err != nil {
		return Ticket{}, err
	}
	return Ticket{TaskID: tasks.ScheduleID(p.ID), Player: p, Queued: !already, AlreadyQueued: already}, nil
}

// Trigger runs a task now and returns the id of the task: a static task by its
// id, with or without "_task" behind it, or a player's schedule by its id. Other
// names are an *UnknownTaskError.
func (r *Roster) Trigger(ctx context.Context, name string) (taskID string, err error) {
	defer func() {
		if err == nil {
			access.Note(ctx, access.Change{Action: "task.trigger", Target: name, New: taskID})
		}
	}()
	statics := r.opts.Statics
	for _, s := range statics {
		if name != s.ID && name != s.ID+"_task" {
			continue
		}
		id, _, err := r.enqueue(ctx, s.ManualTask())
		if err != nil {
			return "", fmt.Errorf("trigger %q: %w", name, err)
		}
		return id, nil
	}
	id, ok := tasks.ParseScheduleID(name)
	if !ok {
		return "", unknownTask(name, statics)
	}
	p, err := r.opts.Lookup.Player(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return "", unknownTask(name, statics)
	}
	if err != nil {
		return "", fmt.Errorf("trigger %q: %w", name, err)
	}
	ticket, err := r.queueFetch(ctx, p)
	if err != nil {
		return "", fmt.Errorf("trigger %q: %w", name, err)
	}
	return ticket.TaskID, nil
}

func unknownTask(name string, statics []tasks.Static) error {
	known := make([]string, 0, len(statics)+1)
	for _, s := range statics {
		known = append(known, s.ID)
	}
	return &UnknownTaskError{Name: name, Known: append(known, "player_fetch_<player id>")}
}
