package access

import (
	"context"
	"sync"
	"time"
)

// Change is one thing that somebody changed.
type Change struct {
	// Action says what was done, such as "player.pause" or the route of a request.
	Action string
	// Target names what it was done to. Empty: the server as a whole.
	Target string
	// Old and New say how it was and how it is, as far as there is something to
	// say. Never secrets.
	Old, New string
}

// Entry is a change as the audit log keeps it.
type Entry struct {
	// ID is never reused, and higher of later entries.
	ID int64
	// At is when it was done.
	At time.Time
	// Caller is who did it.
	Caller
	Change
}

// Trail gathers what one request or one command changes, wherever it is changed.
// Whoever began it writes it into the audit log when the work is done, so that
// nothing is forgotten. It is safe for concurrent use.
type Trail struct {
	mu      sync.Mutex
	caller  Caller
	changes []Change
	idle    bool
}

type trailKey struct{}

// Begin returns a context whose changes are noted on a new trail, as those of the
// caller that ctx carries.
func Begin(ctx context.Context) (context.Context, *Trail) {
	t := &Trail{caller: CallerOf(ctx)}
	return context.WithValue(ctx, trailKey{}, t), t
}

// Note puts a change on the trail of the context. Without one, as in work that
// nobody asked for, it does nothing.
func Note(ctx context.Context, c Change) {
	t, ok := ctx.Value(trailKey{}).(*Trail)
	if !ok {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.changes = append(t.changes, c)
}

// Idle tells the trail of the context that the work changes nothing, although work
// of its kind does: a dry run.
func Idle(ctx context.Context) {
	if t, ok := ctx.Value(trailKey{}).(*Trail); ok {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.idle = true
	}
}

// Became tells the trail of the context who the caller turned out to be: somebody
// who signs in proves that only in the middle of the work.
func Became(ctx context.Context, caller Caller) {
	t, ok := ctx.Value(trailKey{}).(*Trail)
	if !ok {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	caller.From = t.caller.From
	t.caller = caller
}

// Entries are the changes noted so far, or the one that is given when none was and
// the work was not Idle: a write that nobody described is in the log all the same.
func (t *Trail) Entries(now time.Time, undescribed Change) []Entry {
	t.mu.Lock()
	defer t.mu.Unlock()
	changes := t.changes
	if len(changes) == 0 && !t.idle && undescribed.Action != "" {
		changes = []Change{undescribed}
	}
	entries := make([]Entry, 0, len(changes))
	for _, c := range changes {
		entries = append(entries, Entry{At: now, Caller: t.caller, Change: c})
	}
	return entries
}
