package tasks_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/osrsdiff/osrsdiff/tasks"
)

func TestAsynqLogger(t *testing.T) {
	var out bytes.Buffer
	l := tasks.NewAsynqLogger(slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{
		Level: slog.LevelDebug,
		ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey {
				return slog.Attr{}
			}
			return a
		},
	})))
	l.Debug("poll")
	l.Info("Starting processing")
	l.Warn("slow ", 3)
	l.Error("Failed to close: redis connection is shared so the Client can't be closed through asynq")
	l.Error("Dequeue error")
	l.Fatal("gone")
	want := []string{
		`level=DEBUG msg=asynq said=poll`,
		`level=DEBUG msg=asynq said="Starting processing"`,
		`level=WARN msg=asynq said="slow 3"`,
		`level=ERROR msg=asynq said="Dequeue error"`,
		`level=ERROR msg=asynq said=gone`,
	}
	if diff := cmp.Diff(want, strings.Split(strings.TrimSpace(out.String()), "\n")); diff != "" {
		t.Errorf("log (-want +got):\n%s", diff)
	}
	tasks.NewAsynqLogger(nil).Error("nobody listens")
}
