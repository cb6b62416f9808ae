package tasks

import (
	"context"
	"fmt"
	"log/slog"
	"strings"

	"github.com/hibiken/asynq"
)

// spurious are messages of asynq that tell of nothing wrong: it tries to close a
// Redis client that it was told is shared.
var spurious = []string{"redis connection is shared"}

// NewAsynqLogger makes asynq log through log. What asynq calls information is
// about its own insides and becomes debug; Fatal does not end the process.
// Nil: nothing is logged.
func NewAsynqLogger(log *slog.Logger) asynq.Logger { return asynqLogger{orDiscard(log)} }

type asynqLogger struct{ log *slog.Logger }

// Debug implements asynq.Logger.
func (l asynqLogger) Debug(args ...any) { l.write(slog.LevelDebug, args) }

// Info implements asynq.Logger.
func (l asynqLogger) Info(args ...any) { l.write(slog.LevelDebug, args) }

// Warn implements asynq.Logger.
func (l asynqLogger) Warn(args ...any) { l.write(slog.LevelWarn, args) }

// Error implements asynq.Logger.
func (l asynqLogger) Error(args ...any) { l.write(slog.LevelError, args) }

// Fatal implements asynq.Logger.
func (l asynqLogger) Fatal(args ...any) { l.write(slog.LevelError, args) }

func (l asynqLogger) write(level slog.Level, args []any) {
	ctx := context.Background()
	if !l.log.Enabled(ctx, level) {
		return
	}
	said := fmt.Sprint(args...)
	for _, s := range spurious {
		if strings.Contains(said, s) {
			return
		}
	}
	l.log.Log(ctx, level, "asynq", "said", said)
}
