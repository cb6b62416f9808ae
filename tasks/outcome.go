package tasks

import (
	"encoding/json"
	"time"

	"github.com/hibiken/asynq"
)

// Outcome is what a run that ended well leaves in the queue for as long as its
// task is retained.
type Outcome struct {
	// Result is what the job said.
	Result string `json:"result"`
	// StartedAt and EndedAt bound the run.
	StartedAt time.Time `json:"started_at,omitzero"`
	EndedAt   time.Time `json:"ended_at,omitzero"`
}

// ParseOutcome reads what a task left. What is no Outcome is a result itself.
func ParseOutcome(data []byte) Outcome {
	var o Outcome
	if json.Unmarshal(data, &o) != nil {
		return Outcome{Result: string(data)}
	}
	return o
}

// leave writes an outcome where asynq's tools show it. A task that was made by
// hand has no place for it.
func (o Outcome) leave(t *asynq.Task) error {
	w := t.ResultWriter()
	if w == nil {
		return nil
	}
	data, err := encode(t.Type(), o)
	if err != nil {
		return err
	}
	_, err = w.Write(data)
	return err
}
