package tasks

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/hibiken/asynq"
)

// clockSkew is how far ahead of this host the clock of the scheduler may be that
// enqueued a run.
const clockSkew = 10 * time.Second

// Ledger is the database's memory of static runs, which makes a run happen once
// however many schedulers enqueued it.
type Ledger interface {
	// ClaimRun reports whether owner may make the run of the nominal time: nobody
	// has made it or a later one, or the same owner began it.
	ClaimRun(ctx context.Context, id string, nominal time.Time, owner string) (bool, error)
	// FinishRun stores how the last run ended.
	FinishRun(ctx context.Context, id, result string, at time.Time) error
}

// Job does the work of a static task and says in a line what it did.
type Job interface {
	Run(ctx context.Context, t *asynq.Task) (result string, err error)
}

// JobFunc makes a function a Job.
type JobFunc func(ctx context.Context, t *asynq.Task) (result string, err error)

// Run calls f.
func (f JobFunc) Run(ctx context.Context, t *asynq.Task) (string, error) { return f(ctx, t) }

// StaticHandler handles a static task: it runs the job once for each nominal
// time, whoever enqueued it how often, and writes the result into the ledger.
// A task that a person asked for always runs.
type StaticHandler struct {
	// Static is the declaration, and the job.
	Static Static
	// Ledger remembers runs.
	Ledger Ledger
	// Now is the host's clock. Nil: time.Now.
	Now func() time.Time
	// Log gets results. Nil: nothing is logged.
	Log *slog.Logger
}

var _ asynq.Handler = (*StaticHandler)(nil)

// StaticHandlers are the handlers of those tasks, by type, that run in a queue,
// for the server of that queue.
func StaticHandlers(list []Static, queue string, ledger Ledger, log *slog.Logger) map[string]asynq.Handler {
	handlers := map[string]asynq.Handler{}
	for _, s := range list {
		if s.Queue == queue {
			handlers[s.TaskType()] = &StaticHandler{Static: s, Ledger: ledger, Log: log}
		}
	}
	return handlers
}

// ProcessTask makes the run that is due now, unless it was made. The retry of a
// run claims it anew, because it has the same task id.
func (h *StaticHandler) ProcessTask(ctx context.Context, t *asynq.Task) error {
	run, err := decode[manualRun](t)
	if err != nil {
		return err
	}
	if !run.Manual {
		if claimed, err := h.claim(ctx); err != nil || !claimed {
			return err
		}
	}
	started := h.now()
	result, err := h.Static.Job.Run(ctx, t)
	if err != nil {
		h.finish(ctx, "failed: "+err.Error())
		return fmt.Errorf("run %s: %w", h.Static.ID, err)
	}
	orDiscard(h.Log).InfoContext(ctx, "task ran", "task", h.Static.ID, "result", result)
	h.finish(ctx, result)
	// Failure policy: log and carry on, since the work itself is done.
	if err := (Outcome{Result: result, StartedAt: started.UTC(), EndedAt: h.now().UTC()}).leave(t); err != nil {
		orDiscard(h.Log).WarnContext(ctx, "result of a task is not in the queue", "task", h.Static.ID, "error", err)
	}
	return nil
}

// claim claims the run of the nominal time that is due now.
func (h *StaticHandler) claim(ctx context.Context) (bool, error) {
	nominal, err := h.Static.Previous(h.now().Add(clockSkew))
	if err != nil {
		return false, fmt.Errorf("%w: %w", err, asynq.SkipRetry)
	}
	owner, _ := asynq.GetTaskID(ctx)
	claimed, err := h.Ledger.ClaimRun(ctx, h.Static.ID, nominal, owner)
	if err != nil {
		return false, fmt.Errorf("claim the run of %s at %s: %w", h.Static.ID, nominal.Format(time.RFC3339), err)
	}
	if !claimed {
		orDiscard(h.Log).DebugContext(ctx, "run was made already", "task", h.Static.ID, "nominal", nominal)
	}
	return claimed, nil
}

// finish writes the result. Failure policy: log and carry on, since the work
// itself is done.
func (h *StaticHandler) finish(ctx context.Context, result string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), writeTimeout)
	defer cancel()
	if err := h.Ledger.FinishRun(ctx, h.Static.ID, result, h.now()); err != nil {
		orDiscard(h.Log).ErrorContext(ctx, "result of a task was not stored", "task", h.Static.ID, "error", err)
	}
}

func (h *StaticHandler) now() time.Time {
	if h.Now == nil {
		return time.Now()
	}
	return h.Now()
}
