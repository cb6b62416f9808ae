package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/redis/go-redis/v9"
	"gopkg.in/natefinch/lumberjack.v2"

	"github.com/osrsdiff/osrsdiff/config"
)

// How a log file is rotated: at a size of so many megabytes, keeping so many
// old files.
const (
	logFileMegabytes = 50
	logFilesKept     = 5
)

// logLevel reads what config has checked; an unknown word is info.
func logLevel(word string) slog.Level {
	var level slog.Level
	if err := level.UnmarshalText([]byte(word)); err != nil {
		return slog.LevelInfo
	}
	return level
}

func newLogger(w io.Writer, format string, level slog.Level) *slog.Logger {
	opts := &slog.HandlerOptions{Level: level}
	if format == "json" {
		return slog.New(slog.NewJSONHandler(w, opts))
	}
	return slog.New(slog.NewTextHandler(w, opts))
}

// openLog makes the logger of a role, which writes to standard error and, when
// one is set, to a file that is rotated. Close the file last.
func (a *app) openLog(settings config.Log) (*slog.Logger, io.Closer, error) {
	level := logLevel(settings.Level)
	if settings.File == "" {
		return newLogger(a.stderr, settings.Format, level), io.NopCloser(nil), nil
	}
	if err := checkLogFile(settings.File); err != nil {
		return nil, nil, mark(config.ErrInvalid, fmt.Errorf("log.file: %w", err))
	}
	file := &lumberjack.Logger{Filename: settings.File, MaxSize: logFileMegabytes, MaxBackups: logFilesKept}
	return newLogger(io.MultiWriter(a.stderr, file), settings.Format, level), file, nil
}

// checkLogFile finds out at the start that a file cannot be written: the library
// would only fail at the first line, unseen.
func checkLogFile(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}

// redisLog sends what go-redis says of its connections to the log at debug: each
// failure it mentions also comes back as the error of a command.
type redisLog struct{ log *slog.Logger }

// Printf is called by go-redis.
func (l redisLog) Printf(ctx context.Context, format string, v ...any) {
	l.log.DebugContext(ctx, "redis client", slog.String("message", fmt.Sprintf(format, v...)))
}

// logRedis is set once a process, since go-redis has one logger for all clients.
func logRedis(log *slog.Logger) { redis.SetLogger(redisLog{log}) }
