package tasks

import (
	"encoding/json"
	"fmt"

	"github.com/hibiken/asynq"
)

// encode writes a payload as JSON.
func encode(taskType string, payload any) ([]byte, error) {
	data, err := json.Marshal(payload)
	if err != nil {
		return nil, fmt.Errorf("encode %s: %w", taskType, err)
	}
	return data, nil
}

// decode reads the payload of a task. Its error carries asynq.SkipRetry, since
// an unreadable payload stays unreadable.
func decode[P any](t *asynq.Task) (P, error) {
	var p P
	if len(t.Payload()) == 0 {
		return p, nil
	}
	if err := json.Unmarshal(t.Payload(), &p); err != nil {
		return p, fmt.Errorf("decode %s %q: %w: %w", t.Type(), t.Payload(), err, asynq.SkipRetry)
	}
	return p, nil
}
